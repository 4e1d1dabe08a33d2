package fhir

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

func outFlag(o object, d *document, e *record.Entry) object {
	return o.with("category", listOf(outText(e.Kind))).with("code", about(e)).with("subject", refer(d.patient)).with("period", outPeriod(e.When, e.Until))
}

func outAllergy(o object, d *document, e *record.Entry) object {
	if criticality := strings.ReplaceAll(e.Criticality, " ", "-"); slices.Contains([]string{"low", "high", "unable-to-assess"}, criticality) {
		o = o.with("criticality", criticality)
	}
	o = o.with("code", about(e)).with("patient", refer(d.patient))
	return notes(recorded(onset(o, e), e).with("reaction", reactions(e)), e)
}

// severe finds the severity behind a reaction.
var severe = regexp.MustCompile(`^(.*\S)\s*\((mild|moderate|severe)\)$`)

func reactions(e *record.Entry) (l list) {
	for _, words := range e.Reactions {
		severity := ""
		if m := severe.FindStringSubmatch(words); m != nil {
			words, severity = m[1], m[2]
		}
		l = append(l, object{}.with("manifestation", listOf(outText(words))).with("severity", severity))
	}
	return l
}

func outPrescription(o object, d *document, e *record.Entry) object {
	intent := "order"
	if kind := strings.ToLower(e.Kind); kind == "proposal" || kind == "plan" || kind == "option" {
		intent = kind
	}
	o = o.with("intent", intent)
	if e.Assertion == record.Refuted || e.Assertion == record.Forbidden {
		o = o.with("doNotPerform", true)
	}
	o = o.with("medicationCodeableConcept", about(e)).with("subject", refer(d.patient)).with("authoredOn", outDate(e.When)).
		with("requester", shown(e.By)).with("reasonCode", listOf(outText(e.Reason)))
	o = notes(o, e).with("dosageInstruction", listOf(outText(e.Dose)))
	if !e.Until.IsZero() {
		o = o.with("dispenseRequest", object{}.with("validityPeriod", outPeriod(record.Date{}, e.Until)))
	}
	return o
}

func outMedicine(o object, d *document, e *record.Entry) object {
	o = o.with("medicationCodeableConcept", about(e)).with("subject", refer(d.patient))
	o = timed(o, "effective", e, false).with("dateAsserted", outDate(e.Recorded)).with("informationSource", shown(e.By)).with("reasonCode", listOf(outText(e.Reason)))
	return notes(o, e).with("dosage", listOf(outText(e.Dose)))
}

func outPlan(o object, d *document, e *record.Entry) object {
	o = o.with("intent", "plan").with("title", e.What.Words()).with("subject", refer(d.patient)).with("period", outPeriod(e.When, e.Until)).with("author", shown(e.By))
	if len(e.What.Codings) > 0 {
		o = o.with("category", listOf(outConcept(e.What)))
	}
	return notes(o, e)
}

func outGoal(o object, d *document, e *record.Entry) object {
	o = o.with("description", about(e)).with("subject", refer(d.patient)).with("startDate", outDay(e.When)).with("expressedBy", shown(e.By))
	return notes(o, e)
}

func outTeam(o object, d *document, e *record.Entry) object {
	o = o.with("name", about(e).words()).with("subject", refer(d.patient)).with("period", outPeriod(e.When, e.Until))
	var members list
	for _, p := range e.Parts {
		members = append(members, object{}.with("role", listOf(outText(p.Name))).with("member", shown(p.Words())))
	}
	o = o.with("participant", members)
	if e.Phone != "" {
		o = o.with("telecom", listOf(object{}.with("system", "phone").with("value", e.Phone)))
	}
	return notes(o, e)
}

func outEpisode(o object, d *document, e *record.Entry) object {
	return o.with("type", listOf(about(e))).with("patient", refer(d.patient)).with("period", outPeriod(e.When, e.Until)).with("careManager", shown(e.By))
}

func outTask(o object, d *document, e *record.Entry) object {
	o = o.with("intent", "order").with("code", about(e)).with("for", refer(d.patient)).with("authoredOn", outDate(e.When)).with("requester", shown(e.By))
	return notes(o.with("reasonCode", outText(e.Reason)), e)
}

func outRequest(o object, d *document, e *record.Entry) object {
	o = o.with("intent", "order")
	if e.Assertion == record.Refuted || e.Assertion == record.Forbidden {
		o = o.with("doNotPerform", true)
	}
	o = o.with("code", about(e)).with("subject", refer(d.patient)).with("authoredOn", outDate(e.When)).with("requester", shown(e.By))
	return notes(o.with("reasonCode", listOf(outText(e.Reason))), e)
}

func outDevice(o object, d *document, e *record.Entry) object {
	o = o.with("intent", "order").with("codeCodeableConcept", about(e)).with("subject", refer(d.patient)).with("authoredOn", outDate(e.When)).with("requester", shown(e.By))
	return notes(o.with("reasonCode", listOf(outText(e.Reason))), e)
}

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

// outEncounter must say what class it is of; where that is not known, it says
// so.
func outEncounter(o object, d *document, e *record.Entry) object {
	class := object{}.with("system", absentReason).with("code", "unknown")
	for _, code := range []string{"IMP", "SS", "OBSENC", "EMER", "AMB", "HH", "VR", "FLD"} {
		if encounterKinds[code] == e.Kind {
			class = object{}.with("system", actCode).with("code", code)
		}
	}
	o = o.with("class", class).with("type", listOf(about(e))).with("subject", refer(d.patient))
	if e.By != "" {
		o = o.with("participant", listOf(object{}.with("individual", shown(e.By))))
	}
	o = o.with("period", outPeriod(e.When, e.Until)).with("reasonCode", listOf(outText(e.Reason)))
	if e.At != "" {
		o = o.with("location", listOf(object{}.with("location", shown(e.At))))
	}
	return o
}

func outAppointment(o object, d *document, e *record.Entry) object {
	o = o.with("serviceType", listOf(about(e))).with("reasonCode", listOf(outText(e.Reason)))
	start, end := outInstant(e.When), outInstant(e.Until)
	if start != "" && end != "" {
		o = o.with("start", start).with("end", end)
	}
	o = o.with("comment", strings.Join(e.Notes, "\n")).with("participant", participants(d, e))
	if start == "" || end == "" {
		o = o.with("requestedPeriod", listOf(outPeriod(e.When, e.Until)))
	}
	return o
}

func participants(d *document, e *record.Entry) list {
	all := listOf(object{}.with("actor", refer(d.patient)).with("status", "accepted"))
	for _, name := range []string{e.By, e.At} {
		if name != "" {
			all = append(all, object{}.with("actor", shown(name)).with("status", "accepted"))
		}
	}
	return all
}

func outCondition(o object, d *document, e *record.Entry) object {
	o = o.with("severity", outText(e.Severity)).with("code", about(e)).with("bodySite", listOf(outText(e.Site))).with("subject", refer(d.patient))
	o = onset(o, e)
	if e.Standing == record.Past {
		o = o.with("abatementDateTime", outDate(e.Until))
	}
	return notes(recorded(o, e), e)
}

func outProcedure(o object, d *document, e *record.Entry) object {
	o = timed(o.with("code", about(e)).with("subject", refer(d.patient)), "performed", e, true)
	o = performers(o, e).with("location", shown(e.At)).with("reasonCode", listOf(outText(e.Reason))).with("bodySite", listOf(outText(e.Site)))
	return notes(o.with("outcome", outConcept(e.Value)), e)
}

func outReport(o object, d *document, e *record.Entry) object {
	o = timed(o.with("code", about(e)).with("subject", refer(d.patient)), "effective", e, false).with("issued", outInstant(e.Recorded))
	if e.By != "" {
		o = o.with("performer", listOf(shown(e.By)))
	}
	return o.with("conclusion", strings.Join(append([]string{e.Value.Words()}, e.Notes...), "\n"))
}

const observationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"

func outObservation(o object, d *document, e *record.Entry) object {
	if e.Section == record.Results {
		o = o.with("category", listOf(inSystem(observationCategory, "laboratory")))
	}
	o = timed(o.with("code", about(e)).with("subject", refer(d.patient)), "effective", e, false).with("issued", outInstant(e.Recorded))
	if e.By != "" {
		o = o.with("performer", listOf(shown(e.By)))
	}
	o = value(o, e.Quantity, e.Value)
	if e.Flag != "" || e.Abnormal {
		o = o.with("interpretation", listOf(outText(cmp.Or(e.Flag, "Out of range"))))
	}
	o = notes(o, e).with("bodySite", outText(e.Site))
	if e.Range != "" {
		o = o.with("referenceRange", listOf(outText(e.Range)))
	}
	var parts list
	for _, p := range e.Parts {
		part := object{}.with("code", outText(cmp.Or(clean(p.Name), "Part")))
		parts = append(parts, value(part, p.Quantity, record.Concept{Text: p.Words()}))
	}
	return o.with("component", parts)
}

// value writes a measured value as a quantity if it is one, and else as words.
func value(o object, q record.Quantity, words record.Concept) object {
	switch quantity := outQuantity(q); {
	case len(quantity) > 0:
		return o.with("valueQuantity", quantity)
	case q.Number != "":
		return o.with("valueString", q.String())
	case len(words.Codings) > 0:
		return o.with("valueCodeableConcept", outConcept(words))
	}
	return o.with("valueString", words.Text)
}

func outImmunisation(o object, d *document, e *record.Entry) object {
	o = o.with("vaccineCode", about(e)).with("patient", refer(d.patient))
	if e.When.Dated() {
		o = o.with("occurrenceDateTime", outDate(e.When))
	} else {
		o = o.with("occurrenceString", cmp.Or(clean(e.When.String()), "not known"))
	}
	o = o.with("recorded", outDate(e.Recorded)).with("location", shown(e.At)).with("site", outText(e.Site))
	number, unit, _ := strings.Cut(e.Dose, " ")
	o = o.with("doseQuantity", outQuantity(record.Quantity{Number: number, Unit: unit}))
	return notes(performers(o, e).with("reasonCode", listOf(outText(e.Reason))), e)
}

func outDocument(o object, d *document, e *record.Entry) object {
	o = o.with("type", about(e)).with("subject", refer(d.patient)).with("date", outInstant(e.Recorded))
	if e.By != "" {
		o = o.with("author", listOf(shown(e.By)))
	}
	var earlier list
	for _, id := range e.Replaces {
		if name, ok := d.versions[versionOf(e, id)]; ok {
			earlier = append(earlier, object{}.with("code", "replaces").with("target", refer(name)))
		}
	}
	o = o.with("relatesTo", earlier)
	attachment := object{}.with("title", cmp.Or(about(e).words(), "Document"))
	if e.Document != nil {
		attachment = attachment.with("contentType", e.Document.ContentType)
	}
	return o.with("description", strings.Join(e.Notes, "\n")).with("content", listOf(object{}.with("attachment", attachment))).
		with("context", object{}.with("period", outPeriod(e.When, e.Until)))
}

// about is what an entry is about. There is always something.
func about(e *record.Entry) object {
	if c := outConcept(e.What); len(c) > 0 {
		return c
	}
	return outText(cmp.Or(clean(e.Kind), "No description sent"))
}

// words are the text of a concept, or its first display.
func (o object) words() string {
	for _, m := range o {
		if m.name == "text" {
			return m.value.(string)
		}
	}
	for _, m := range o {
		if codings, ok := m.value.(list); ok {
			for _, c := range codings {
				for _, m := range c.(object) {
					if m.name == "display" || m.name == "code" {
						return m.value.(string)
					}
				}
			}
		}
	}
	return ""
}

// onset writes when something began, unless that is only when it was recorded.
func onset(o object, e *record.Entry) object {
	switch {
	case e.When.IsZero() || e.WhenMeans == "recorded":
		return o
	case e.When.Dated():
		return o.with("onsetDateTime", outDate(e.When))
	}
	return o.with("onsetString", e.When.String())
}

func recorded(o object, e *record.Entry) object {
	date := e.Recorded
	if date.IsZero() && e.WhenMeans == "recorded" {
		date = e.When
	}
	return o.with("recordedDate", outDate(date)).with("recorder", shown(e.By))
}

// timed writes when something was, as a time or a period. Some types have room
// for words that are no date.
func timed(o object, element string, e *record.Entry, text bool) object {
	switch {
	case e.When.Dated() && e.Until.Dated():
		return o.with(element+"Period", outPeriod(e.When, e.Until))
	case e.When.Dated():
		return o.with(element+"DateTime", outDate(e.When))
	case text:
		return o.with(element+"String", e.When.String())
	}
	return o
}

func performers(o object, e *record.Entry) object {
	if e.By == "" {
		return o
	}
	return o.with("performer", listOf(object{}.with("actor", shown(e.By))))
}

func notes(o object, e *record.Entry) object {
	var all list
	for _, note := range e.Notes {
		if note = clean(note); note != "" {
			all = append(all, outText(note))
		}
	}
	return o.with("note", all)
}
