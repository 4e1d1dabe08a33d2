package fhir

import (
	"bytes"

	"example.org/icr/care/record"
)

// resource is what is read of any resource. FHIR has many names for the same
// thing; here it has one.
type resource struct {
	kind, id, version              string
	status, clinical, verification string
	intent, docStatus, criticality string
	denied, sensitive, contained   bool

	what, class, value, outcome record.Concept
	types, categories, services []record.Concept
	title, description          string
	narrative                   []byte

	when, until, recorded, authored, created record.Date

	subjects, by, performers, at []ref
	medicine                     ref
	people                       []participant
	local                        []named
	phone                        string

	quantity             record.Quantity
	parts                []record.Part
	limits, flag, absent string
	abnormal             bool

	dose, severity, site      string
	reactions, reasons, notes []string
	documents                 []record.Document
}

// named is what others point to: a medicine, a person, a place, a patient.
type named struct {
	address string
	concept record.Concept
	patient *Patient
}

// clear empties r, and keeps the room of lists that no entry holds on to.
func (r *resource) clear() {
	*r = resource{
		types: r.types[:0], categories: r.categories[:0], services: r.services[:0], subjects: r.subjects[:0],
		by: r.by[:0], performers: r.performers[:0], at: r.at[:0], people: r.people[:0], local: r.local[:0],
		documents: r.documents[:0],
	}
}

// read fills r from the resource that comes next.
func (r *resource) read(c *cursor) {
	c.members(func(name []byte) {
		_ = r.readWhat(c, name) || r.readWhen(c, name) || r.readWho(c, name) || r.readMeasured(c, name) || r.readDetail(c, name)
	})
}

// readWhat takes the elements that say what a resource is about.
func (r *resource) readWhat(c *cursor, name []byte) bool {
	switch string(name) {
	case "resourceType":
		r.kind = c.text()
	case "id":
		r.id = c.text()
	case "meta":
		r.readMeta(c)
	case "status", "lifecycleStatus":
		r.status = c.code()
	case "clinicalStatus":
		r.clinical = c.code()
	case "verificationStatus":
		r.verification = c.code()
	case "docStatus":
		r.docStatus = c.code()
	case "intent":
		r.intent = c.code()
	case "code", "vaccineCode", "codeCodeableConcept", "medicationCodeableConcept":
		r.what = c.concept()
	case "medicationReference", "codeReference":
		r.medicine = c.reference()
	case "type":
		r.types = c.concepts(r.types)
	case "category":
		r.categories = c.concepts(r.categories)
	case "class":
		r.class = c.concept()
	case "serviceType", "serviceCategory", "specialty":
		r.services = c.concepts(r.services)
	case "title":
		r.title = c.text()
	case "name":
		r.title = c.nameWords()
	case "description":
		r.describe(c.concept())
	default:
		return false
	}
	return true
}

// describe takes a description, which in a goal is what it is about, in codes.
func (r *resource) describe(description record.Concept) {
	r.description = description.Words()
	if len(description.Codings) > 0 {
		r.what = description
	}
}

// readWhen takes the elements that say when.
func (r *resource) readWhen(c *cursor, name []byte) bool {
	switch string(name) {
	case "period", "executionPeriod":
		r.when, r.until = c.moment()
	case "start", "startDate":
		r.when = c.date()
	case "end":
		r.until = c.date()
	case "recordedDate", "assertedDate", "dateAsserted", "dateRecorded", "recorded", "issued", "date", "created", "indexed":
		r.recorded = c.date()
	case "authoredOn", "dateWritten":
		r.authored = c.date()
	default:
		return r.readChoiceOfTime(c, name)
	}
	return true
}

// readChoiceOfTime takes the elements whose name ends in the shape of a time,
// like onsetDateTime, effectivePeriod and occurrenceString.
func (r *resource) readChoiceOfTime(c *cursor, name []byte) bool {
	switch {
	case bytes.HasPrefix(name, []byte("onset")):
		r.when, _ = c.moment()
	case bytes.HasPrefix(name, []byte("abatement")):
		r.until, _ = c.moment()
	case bytes.HasPrefix(name, []byte("effective")), bytes.HasPrefix(name, []byte("performed")), bytes.HasPrefix(name, []byte("occurrence")):
		r.when, r.until = c.moment()
	default:
		return false
	}
	return true
}

// readWho takes the elements that name people and places.
func (r *resource) readWho(c *cursor, name []byte) bool {
	switch string(name) {
	case "subject", "patient", "for":
		r.subjects = c.references(r.subjects)
	case "requester", "recorder", "asserter", "author", "informationSource", "practitioner", "careManager", "owner", "expressedBy", "prescriber":
		r.by = c.references(r.by)
	case "performer":
		r.performers = c.references(r.performers)
	case "participant":
		c.each(func() { r.people = append(r.people, c.participant()) })
	case "location", "serviceProvider", "managingOrganization", "custodian":
		r.at = c.references(r.at)
	case "telecom":
		r.phone = c.phone()
	case "contained":
		r.readContained(c)
	default:
		return false
	}
	return true
}

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
		c.each(func() { r.addPart(c.target(&r.until)) })
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
	case "doNotPerform", "notGiven", "wasNotGiven", "notDone":
		r.denied = r.denied || c.peek() == 't'
	case "taken":
		r.denied = r.denied || c.code() == "n"
	case "reasonCode", "reasonReference", "reason", "statusReason", "cancelationReason", "indication":
		r.reasons = c.notes(r.reasons)
	case "dosageInstruction", "dosage":
		r.dose = c.dosages()
	case "doseQuantity":
		r.dose = c.quantity().String()
	case "criticality":
		r.criticality = c.code()
	case "severity":
		r.severity = c.concept().Words()
	case "bodySite", "site", "laterality":
		r.site = joined(", ", r.site, c.concept().Words())
	case "reaction":
		c.each(func() { r.addReaction(c.reaction()) })
	case "content", "presentedForm":
		c.each(func() { r.addDocument(c.attachment()) })
	case "context":
		r.readContext(c)
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
	case "ingredient":
		note = c.ingredients()
	case "lastOccurrence":
		note = prefixed("last occurred ", c.date().String())
	case "lotNumber":
		note = prefixed("batch ", c.text())
	case "protocolApplied", "vaccinationProtocol":
		note = c.protocol()
	case "dispenseRequest":
		note = c.supply(&r.until)
	default:
		return false
	}
	if note != "" {
		r.notes = append(r.notes, note)
	}
	return true
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

// readContext takes the period of care that a document is about.
func (r *resource) readContext(c *cursor) {
	c.members(func(name []byte) {
		if string(name) == "period" {
			r.when, r.until = c.moment()
		}
	})
}

// readContained notes the resources that stand within r, one level deep.
func (r *resource) readContained(c *cursor) {
	if r.contained {
		return
	}
	c.each(func() {
		start := c.i
		inner := resource{contained: true}
		inner.read(c)
		local := named{address: "#" + inner.id, concept: inner.named()}
		if inner.kind == "Patient" {
			patient := readPatient(&cursor{b: c.b[start:c.i], words: c.words}, "#"+inner.id)
			local.patient = &patient
		}
		r.local = append(r.local, local)
	})
}

// named is r as others name it.
func (r *resource) named() record.Concept {
	switch r.kind {
	case "Medication":
		concept := r.what
		if concept.IsZero() {
			concept.Text = joined(", ", r.notes...)
		}
		return concept
	case "Practitioner", "Organization", "Location", "HealthcareService", "RelatedPerson", "Device", "CareTeam":
		return record.Concept{Text: r.title}
	case "PractitionerRole":
		return record.Concept{Text: together(append(r.services, r.what)).Words()}
	}
	return record.Concept{}
}
