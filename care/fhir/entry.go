package fhir

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// fill makes e the entry for r in section.
func (k kind) fill(e *record.Entry, r *resource, section record.Section) {
	status := cmp.Or(r.clinical, r.status)
	e.Section, e.Kind = section, k.noun
	e.What, e.Standing = r.what, k.standing[status]
	e.Status, e.Verification = plain(status), plain(r.verification)
	e.When, e.WhenMeans, e.Until, e.Recorded = r.when, k.when, r.until, r.filed()
	e.Course, e.Issued, e.ByPatient = r.course, r.issued, r.byPatient || r.measuredAtHome()
	e.Dose, e.Severity, e.Criticality, e.Site = r.dose, plain(r.severity), plain(r.criticality), r.site
	e.Value, e.Quantity, e.Parts, e.Range = r.value, r.quantity, r.parts, r.limits
	e.Flag, e.Abnormal = r.flag, r.abnormal
	e.Reactions, e.Notes, e.Phone = r.reactions, r.notes, r.phone
	e.Reason = joined("; ", r.reasons...)
	e.Aside = r.asides()
	if r.verification == "refuted" || r.denied {
		e.Assertion = record.Refuted
	}
	k.finish(r, e)
	if r.forbidden {
		forbid(e)
	}
	date(e, r)
	if e.What.Words() == "" {
		e.What = k.nameless(r)
	}
}

// forbid makes e an order that something is not to be done, which counts until
// it is over.
func forbid(e *record.Entry) {
	switch {
	case e.Standing == record.Past:
		e.Assertion = record.Refuted
	case e.Assertion == record.Present:
		e.Assertion = record.Forbidden
	}
}

// asides are the codes beside what r is, what it found and what it is part of.
func (r *resource) asides() []record.Coding {
	all := appendTelling(r.aside, r.services...)
	all = appendTelling(all, r.types...)
	all = appendTelling(all, r.categories...)
	return slices.Clone(appendTelling(all, r.class, r.outcome))
}

// date falls back on when it was recorded, and says what the date means.
func date(e *record.Entry, r *resource) {
	if e.When.IsZero() {
		e.When, e.WhenMeans = e.Recorded, "recorded"
	}
	switch {
	case e.When.IsZero():
		e.WhenMeans = ""
	case e.Assertion == record.Refuted && e.WhenMeans != "recorded":
		e.WhenMeans = "dated" // what was not done was not given or taken
	}
}

// filed is when the source took r down, by whichever name it calls that. For a
// vaccination in STU3 "date" is when it was given.
func (r *resource) filed() record.Date {
	switch {
	case !r.recorded.IsZero():
		return r.recorded
	case r.dated.IsZero() || r.resourceType == "Immunization":
		return r.made
	}
	return r.dated
}

// nameless is what is said of an entry whose source gives it neither words nor
// a code: its narrative, or else that there is none. It is shown all the same.
func (k kind) nameless(r *resource) record.Concept {
	return record.Concept{Text: cmp.Or(narrative(r.narrative), r.title, r.description, k.noun+" with no description")}
}

// inError reports whether the source says that r should never have been.
func (r *resource) inError() bool {
	const inError = "entered-in-error"
	return r.status == inError || r.clinical == inError || r.verification == inError || r.docStatus == inError
}

// fillDates makes e the entry for a visit of which only date and organisation
// may be seen.
func (k kind) fillDates(e *record.Entry, r *resource, section record.Section) {
	when := r.when
	if when.IsZero() {
		when = r.authored
	}
	e.Section, e.What = section, record.Concept{Text: k.noun} // a referral is no visit
	e.When, e.Until = when.DayOnly(), r.until.DayOnly()
	e.Standing = k.standing[r.status]
}

// called reports whether a visit was called off or missed.
func called(r *resource) bool {
	switch r.status {
	case "cancelled", "noshow", "revoked":
		return true
	}
	return r.denied
}

// instead gives e words from elsewhere where its code has none, keeping codes.
func instead(e *record.Entry, words ...string) {
	if !described(e.What) {
		e.What.Text = cmp.Or(words...)
	}
}

// firstDescribed makes e about the first concept that has words, or else about
// the first that has codes.
func firstDescribed(e *record.Entry, concepts ...record.Concept) {
	for _, concept := range concepts {
		if e.What.IsZero() || !described(e.What) && described(concept) {
			e.What = concept
		}
	}
}

// inWords is a concept's words, empty where it has bare codes only.
func inWords(concept record.Concept) string {
	if !described(concept) {
		return ""
	}
	return concept.Words()
}

func note(e *record.Entry, text string) {
	if text != "" && !slices.Contains(e.Notes, text) {
		e.Notes = append(e.Notes, text)
	}
}

// noteOnce notes a text that is not already what e says.
func noteOnce(e *record.Entry, text string) {
	if text != e.What.Words() {
		note(e, text)
	}
}

func finishFlag(r *resource, e *record.Entry) {
	e.Kind = cmp.Or(inWords(together(r.categories)), e.Kind)
}

// degraded are allergies that lost their coding on the way from one GP system
// to another: no system can check prescriptions against them.
var degraded = map[string]bool{"196461000000101": true, "196471000000108": true}

func finishAllergy(r *resource, e *record.Entry) {
	for _, coding := range e.What.Codings {
		if degraded[coding.Code] {
			note(e, cmp.Or(coding.Display, "Transfer-degraded allergy")+": prescribing systems cannot check against it")
		}
	}
	if words := together(r.types).Words(); words != "" {
		e.Kind = capital(plain(words))
	}
	e.NoMedicine = len(r.categories) > 0 && !slices.ContainsFunc(codesOf(r.categories), medicinal)
	if e.Assertion == record.Present && len(r.reactions) == 0 && noneKnown(e) {
		e.Assertion = record.NoneKnown
	}
}

// medicinal reports whether a category of an allergy is one of medicines. FHIR
// R4, AllergyIntolerance.category.
func medicinal(code string) bool { return code == "medication" || code == "biologic" }

// codesOf are the bare codes of concepts, or else their words.
func codesOf(concepts []record.Concept) []string {
	var codes []string
	for _, concept := range concepts {
		if len(concept.Codings) == 0 {
			codes = append(codes, concept.Text)
		}
		for _, coding := range concept.Codings {
			codes = append(codes, cmp.Or(coding.Code, coding.Display))
		}
	}
	return codes
}

func finishMedicine(r *resource, e *record.Entry) {
	if e.When.IsZero() && !r.authored.IsZero() {
		e.When, e.WhenMeans = r.authored, "prescribed"
	}
	if r.status == "not-taken" {
		e.Assertion = record.Refuted
	}
	switch r.intent {
	case "proposal", "plan", "option":
		e.Kind = capital(r.intent)
	}
	if e.Assertion == record.Present && noneKnown(e) {
		e.Assertion = record.NoneKnown
	}
}

// finishTitled is for plans and goals, which have a title, a category or a
// description rather than a code.
func finishTitled(r *resource, e *record.Entry) {
	if e.What.IsZero() {
		e.What = together(r.categories)
	}
	if r.title != "" {
		e.What.Text = r.title
	}
	instead(e, r.description)
	noteOnce(e, r.description)
	if e.Value.IsZero() {
		e.Value = r.outcome
	}
}

func finishTeam(r *resource, e *record.Entry) {
	finishTitled(r, e)
	instead(e, "Care team")
}

func finishTyped(r *resource, e *record.Entry) {
	if e.What.IsZero() {
		e.What = together(r.types)
	}
	instead(e, r.title, r.description)
}

func finishRequest(r *resource, e *record.Entry) {
	if !r.authored.IsZero() {
		if !r.when.IsZero() {
			note(e, "for "+r.when.String())
		}
		e.When = r.authored
	}
	if e.Section == record.SocialCare && r.resourceType == "ServiceRequest" {
		e.Kind = "Request"
	}
	if e.What.IsZero() {
		e.What = together(append(r.types, r.categories...))
	}
	instead(e, r.description)
	noteOnce(e, r.description)
}

// encounterKinds are the classes of v3-ActCode, as people say them here.
var encounterKinds = map[string]string{
	"IMP": "Inpatient stay", "ACUTE": "Inpatient stay", "NONAC": "Inpatient stay", "SS": "Short stay", "OBSENC": "Observation stay",
	"EMER": "Emergency attendance", "AMB": "Attendance", "HH": "Home visit", "VR": "Virtual visit", "FLD": "Visit in the field",
}

func finishEncounter(r *resource, e *record.Entry) {
	for _, coding := range r.class.Codings {
		e.Kind = cmp.Or(encounterKinds[coding.Code], e.Kind)
	}
	firstDescribed(e, together(r.types), together(r.services), r.class)
	noteOnce(e, inWords(together(r.services)))
	if called(r) {
		e.Assertion = record.Refuted
	}
}

func finishAppointment(r *resource, e *record.Entry) {
	firstDescribed(e, together(r.services), together(r.types), together(r.categories))
	instead(e, r.description)
	noteOnce(e, inWords(together(r.types)))
	noteOnce(e, r.description)
	if called(r) {
		e.Assertion = record.Refuted
	}
}

func finishCondition(r *resource, e *record.Entry) {
	if e.Status == "" && !r.until.IsZero() {
		e.Standing = record.Past
	}
	if e.Assertion == record.Present && noneKnown(e) {
		e.Assertion = record.NoneKnown
	}
}

func finishProcedure(r *resource, e *record.Entry) {
	if r.status == "not-done" {
		e.Assertion = record.Refuted
	}
	note(e, prefixed("outcome: ", r.outcome.Words()))
	if e.Assertion == record.Present && noneKnown(e) {
		e.Assertion = record.NoneKnown
	}
}

func finishReport(r *resource, e *record.Entry) {
	if e.What.IsZero() {
		e.What = together(r.categories)
	}
	if e.Value.IsZero() {
		e.Value = r.outcome
	} else {
		note(e, r.outcome.Words())
	}
	attach(r, e)
	refuteCancelled(r, e)
}

func finishObservation(r *resource, e *record.Entry) {
	if e.Section == record.Results {
		e.Kind = "Result"
	}
	if r.absent != "" {
		e.Value.Text = joined("; ", e.Value.Text, "no value: "+r.absent)
	}
	refuteCancelled(r, e)
}

func refuteCancelled(r *resource, e *record.Entry) {
	if r.status == "cancelled" {
		e.Assertion = record.Refuted
	}
}

func finishDocument(r *resource, e *record.Entry) {
	e.What = together(r.types)
	if !described(e.What) {
		e.What.Text = cmp.Or(r.title, r.description, together(r.categories).Words(), r.class.Words(), e.What.Text)
	}
	noteOnce(e, r.title)
	noteOnce(e, r.description)
	if e.When.IsZero() {
		e.When = r.created
		if e.When.IsZero() {
			e.When = r.made
		}
	} else {
		e.WhenMeans = "care on"
	}
	if r.docStatus != "" {
		e.Status = joined(", ", e.Status, plain(r.docStatus))
	}
	e.Replaces = r.replaces
	attach(r, e)
}

// readRelations takes the documents that r takes the place of.
func (r *resource) readRelations(c *cursor) {
	c.each(func() {
		code, target := "", ref{}
		c.members(func(name []byte) {
			switch string(name) {
			case "code":
				code = c.code()
			case "target":
				target = c.reference()
			}
		})
		if _, id, ok := strings.Cut(unversioned(target.to), "DocumentReference/"); ok && code == "replaces" {
			r.replaces = append(r.replaces, id)
		}
	})
}

// attach keeps the first of several renderings of a document, and names the
// others.
func attach(r *resource, e *record.Entry) {
	for _, d := range r.documents {
		if d.URL == "" && d.Inline == nil && d.ContentType == "" {
			continue // named, with nothing to open
		}
		if e.Document == nil {
			e.Document = &d
			continue
		}
		note(e, "also sent as "+cmp.Or(d.ContentType, "another attachment"))
	}
}
