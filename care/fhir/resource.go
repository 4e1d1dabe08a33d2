package fhir

import (
	"bytes"

	"example.org/icr/care/record"
)

// resource is what is read of any resource that a page shows. FHIR gives the
// same thing many names; here it has one.
type resource struct {
	kind, id, version                          string
	status, clinical, verification             string
	intent, docStatus, criticality, note, dose string
	title, description, phone                  string
	sensitive, denied, inner                   bool

	what, class, value, outcome record.Concept
	types, categories, services []record.Concept
	subjects, by, performers    []ref
	at                          []ref
	medicine                    ref
	people                      []participant
	local                       []named

	when, until, recorded, authored, created record.Date

	quantity              record.Quantity
	parts                 []record.Part
	limits, flag, absent  string
	abnormal              bool
	severity, site        string
	reactions, reasons    []string
	notes                 []string
	attachments           []record.Document
	attachmentTitle, size string
	narrative             []byte
}

// named is something that others point to: a medicine, a person, a place.
type named struct {
	address string
	concept record.Concept
}

// participant takes part in an encounter, an appointment or a care team.
type participant struct {
	role   string
	who    ref
	status string
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
	case "doNotPerform", "notGiven", "wasNotGiven", "notDone":
		r.denied = r.denied || c.text() == "true"
	case "taken":
		r.denied = r.denied || c.text() == "n"
	case "code", "vaccineCode", "codeCodeableConcept", "medicationCodeableConcept":
		r.what = c.concept()
	case "medicationReference", "codeReference":
		r.medicine = c.reference()
	case "type":
		r.types = c.concepts()
	case "category":
		r.categories = c.concepts()
	case "class":
		r.class = c.concept()
	case "serviceType", "serviceCategory", "specialty":
		r.services = append(r.services, c.concepts()...)
	case "title":
		r.title = c.text()
	case "name":
		r.title = c.names()
	case "description":
		r.description = c.concept().Words()
	case "ingredient":
		r.readIngredients(c)
	default:
		return false
	}
	return true
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
	case "context":
		r.readContext(c)
	case "dispenseRequest":
		r.readDispense(c)
	default:
		return r.readChoiceOfTime(c, name)
	}
	return true
}

// readChoiceOfTime takes the elements whose name ends in the shape of a time:
// onsetDateTime, effectivePeriod, occurrenceString.
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
	case "performer", "actor":
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
		r.flag, r.abnormal = c.interpretation()
	case "referenceRange":
		r.limits = c.limits()
	case "component":
		c.each(func() { r.addPart(c.component()) })
	case "dataAbsentReason":
		r.absent = c.concept().Words()
	case "conclusion":
		r.value.Text = c.text()
	case "conclusionCode", "codedDiagnosis":
		r.outcome = c.concept()
	case "outcome", "achievementStatus":
		r.outcome = c.concept()
	case "activity":
		c.each(func() { r.addPart(c.activity(), false) })
	case "target":
		c.each(func() { r.addPart(c.target(), false) })
	default:
		if !bytes.HasPrefix(name, []byte("value")) {
			return false
		}
		c.value(name, &r.value, &r.quantity)
	}
	return true
}

func (r *resource) addPart(part record.Part, abnormal bool) {
	if part != (record.Part{}) {
		r.parts = append(r.parts, part)
	}
	r.abnormal = r.abnormal || abnormal
}

// readDetail takes everything else that is shown.
func (r *resource) readDetail(c *cursor, name []byte) bool {
	switch string(name) {
	case "text":
		r.narrative = c.raw()
	case "note", "comment", "patientInstruction", "complication", "followUp":
		r.notes = append(r.notes, c.concept2notes()...)
	case "reasonCode", "reasonReference", "reason", "statusReason", "cancelationReason", "indication":
		r.reasons = append(r.reasons, c.concept().Words())
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
	case "lastOccurrence":
		r.notes = append(r.notes, prefixed("last occurred ", c.date().String()))
	case "lotNumber":
		r.notes = append(r.notes, prefixed("batch ", c.text()))
	case "protocolApplied", "vaccinationProtocol":
		r.notes = append(r.notes, c.protocol())
	case "content", "presentedForm":
		c.each(func() { r.addAttachment(c.attachment()) })
	case "securityLabel":
		r.readLabels(c)
	default:
		return false
	}
	return true
}
