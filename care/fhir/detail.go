package fhir

import (
	"bytes"
	"strings"

	"example.org/icr/care/record"
)

// readMeasured takes the elements that hold values.
func (r *resource) readMeasured(c *cursor, name []byte) bool {
	switch string(name) {
	case "interpretation":
		r.flag, r.abnormal = c.interpretation(r.abnormal)
	case "referenceRange":
		r.limits = c.limits()
	case "component":
		c.each(func() { r.addPart(c.component(&r.abnormal)) })
	case "dataAbsentReason":
		r.absent = c.concept().Words()
	case "conclusion":
		r.value.Text = c.text()
	case "conclusionCode", "codedDiagnosis", "outcome", "achievementStatus":
		r.outcome = c.concept()
	case "activity":
		c.each(func() { r.addPart(c.activity()) })
	case "target":
		c.each(func() { r.addPart(c.target()) })
	default:
		if !bytes.HasPrefix(name, []byte("value")) {
			return false
		}
		r.value, r.quantity = c.choiceOfValue(name)
	}
	return true
}

func (r *resource) addPart(part record.Part) {
	if part != (record.Part{}) {
		r.parts = append(r.parts, part)
	}
}

// readDetail takes everything else that is shown.
func (r *resource) readDetail(c *cursor, name []byte) bool {
	switch string(name) {
	case "text":
		r.narrative = c.raw()
	case "doNotPerform":
		r.forbidden = c.peek() == 't'
	case "notGiven", "wasNotGiven", "notDone":
		r.denied = r.denied || c.peek() == 't'
	case "isSubpotent":
		if c.text() == "true" {
			r.notes = append(r.notes, "Subpotent: this dose may not protect")
		}
	case "subpotentReason":
		r.reasons = c.notes(r.reasons)
	case "taken":
		r.denied = r.denied || c.code() == "n"
	case "reasonCode", "reason", "statusReason", "cancelationReason", "reasonNotTaken", "indication":
		r.reasons = c.notes(r.reasons)
	case "reasonReference":
		r.problems = c.notes(r.problems)
	case "dosageInstruction", "dosage":
		r.dose = c.dosages()
	case "doseQuantity":
		r.dose = c.quantity().String()
	case "criticality":
		r.criticality = c.code()
	case "severity":
		r.severity = c.concept().Words()
	case "bodySite", "site", "laterality":
		r.site = joined(", ", r.site, joined("; ", c.notes(nil)...))
	case "reaction":
		c.each(func() { r.addReaction(c.reaction()) })
	case "content", "presentedForm":
		c.each(func() {
			if c.room(len(r.documents)) {
				r.addDocument(c.attachment())
			}
		})
	case "context":
		r.readContext(c)
	case "explanation":
		r.reasons = c.explanation(r.reasons)
	case "extension":
		r.readExtensions(c)
	case "specimen":
		r.specimen = true
		for _, specimen := range c.references(nil) {
			r.addNote(prefixed("specimen: ", specimen.display))
		}
	case "securityLabel":
		r.readLabels(c)
	default:
		return r.readNote(c, name)
	}
	return true
}

// readNote takes the elements that are shown as notes.
func (r *resource) readNote(c *cursor, name []byte) bool {
	note := ""
	switch string(name) {
	case "note", "comment", "patientInstruction", "complication", "followUp":
		r.notes = c.notes(r.notes)
		return true
	case "stage", "evidence":
		note = prefixed(string(name)+": ", c.grounds())
	case "priority":
		if words := inWords(c.concept()); strings.ToLower(words) != "routine" && strings.Trim(words, "0123456789") != "" {
			note = "priority: " + words
		}
	case "ingredient":
		note, r.strength = c.ingredients()
	case "lastOccurrence":
		note = prefixed("last occurred ", c.date().String())
	case "lotNumber":
		note = prefixed("batch ", c.text())
	case "protocolApplied", "vaccinationProtocol":
		note = c.protocol()
	case "dispenseRequest":
		note = c.supply()
	case "courseOfTherapyType":
		note = r.runs(c.concept())
	case "method":
		note = prefixed("method: ", r.how(c.concept()))
	default:
		return false
	}
	if note != "" {
		r.notes = append(r.notes, note)
	}
	return true
}

// grounds are the stages of a problem, or what it was concluded from, in words.
func (c *cursor) grounds() string {
	var all []string
	c.each(func() {
		c.members(func(name []byte) {
			switch string(name) {
			case "summary", "code", "type":
				all = c.notes(all)
			}
		})
	})
	return joined(", ", all...)
}

func (r *resource) addReaction(words, severity string) {
	if words != "" {
		r.reactions = append(r.reactions, words)
	}
	if severities[severity] > severities[r.severity] {
		r.severity = severity
	}
}

// severities orders the severities of reactions.
var severities = map[string]int{"mild": 1, "moderate": 2, "severe": 3}

func (r *resource) addDocument(d record.Document, title string, created record.Date) {
	r.documents = append(r.documents, d)
	if len(r.documents) == 1 {
		r.created = created
		if r.title == "" {
			r.title = title
		}
	}
}

func (r *resource) readMeta(c *cursor) {
	c.members(func(name []byte) {
		switch string(name) {
		case "versionId":
			r.version = c.text()
		case "tag":
			r.readTags(c)
		case "security":
			r.readLabels(c)
		}
	})
}

// readLabels notes whether the source labels the resource as restricted.
func (r *resource) readLabels(c *cursor) {
	c.each(func() {
		switch c.code() {
		case "R", "V", "REDACTED":
			r.sensitive = true
		}
	})
}

// readContext takes the period and the kind of care that a document is about.
func (r *resource) readContext(c *cursor) {
	c.members(func(name []byte) {
		switch string(name) {
		case "period":
			r.when, r.until = c.moment()
		case "event", "practiceSetting", "facilityType": // which are not shown, words and all
			for _, words := range c.notes(nil) {
				c.aside = append(c.aside, record.Coding{Display: words})
			}
		}
	})
}

// readContained notes the resources that stand within r, one level deep.
func (r *resource) readContained(c *cursor) {
	if r.contained {
		return
	}
	c.each(func() {
		if !c.room(len(r.local)) {
			return
		}
		start := c.i
		inner := resource{contained: true}
		inner.read(c)
		r.sensitive = r.sensitive || inner.sensitive
		local := named{address: "#" + inner.id, concept: inner.named()}
		if inner.resourceType == "Patient" {
			patient := readPatient(&cursor{b: c.b[start:c.i], words: c.words}, "#"+inner.id)
			local.patient = &patient
		}
		r.local = append(r.local, local)
	})
}

// named is r as others name it.
func (r *resource) named() record.Concept {
	switch r.resourceType {
	case "Medication":
		concept := r.what
		if concept.IsZero() {
			concept.Text = joined(", ", r.notes...)
		}
		if words := concept.Words(); r.strength != "" && !strings.ContainsAny(words, "0123456789") {
			concept.Text = joined(" ", words, r.strength) // which its name leaves out
		}
		return concept
	case "Practitioner", "Organization", "Location", "HealthcareService", "RelatedPerson", "CareTeam":
		return record.Concept{Text: r.title}
	case "PractitionerRole":
		return record.Concept{Text: together(append(r.services, r.what)).Words()}
	}
	return record.Concept{}
}
