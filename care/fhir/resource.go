package fhir

import (
	"bytes"

	"example.org/icr/care/record"
)

// resource is what is read of any resource. FHIR has many names for the same
// thing; here it has one.
type resource struct {
	resourceType, id, version, url string
	status, clinical, verification string
	intent, docStatus, criticality string
	denied, forbidden              bool
	sensitive, contained           bool
	specimen, byPatient            bool
	course                         record.Course

	what, class, value, outcome record.Concept
	procedure                   record.Concept
	source, provenance          Provider
	types, categories, services []record.Concept
	aside                       []record.Coding // those of concepts of which only words were taken
	title, description          string
	strength                    string
	narrative                   []byte

	when, until, recorded, authored, created record.Date
	issued                                   record.Date
	dated, made                              record.Date // of no certain meaning without the type

	subjects, by, performers, at []ref
	focus                        []ref // whom or what an observation is about, if not its subject
	bases                        []ref
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
	problems                  []string // pointed to as reasons
	documents                 []record.Document
	replaces                  []string // ids of earlier versions
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
		focus: r.focus[:0], bases: r.bases[:0], by: r.by[:0], performers: r.performers[:0], at: r.at[:0], people: r.people[:0], local: r.local[:0],
		documents: r.documents[:0],
	}
}

// read fills r from the resource that comes next.
func (r *resource) read(c *cursor) {
	if !r.contained {
		c.aside = c.aside[:0]
	}
	c.members(func(name []byte) {
		_ = r.readWhat(c, name) || r.readWhen(c, name) || r.readWho(c, name) || r.readMeasured(c, name) || r.readDetail(c, name)
	})
	r.aside = c.aside
}

// readWhat takes the elements that say what a resource is about.
func (r *resource) readWhat(c *cursor, name []byte) bool {
	switch string(name) {
	case "resourceType":
		r.resourceType = c.text()
	case "id":
		r.id = c.text()
	case "meta":
		r.readMeta(c)
	case "status", "lifecycleStatus":
		r.status = c.code()
	case "clinicalStatus":
		r.clinical = c.codeOf(clinicalStatuses)
	case "verificationStatus":
		r.verification = c.codeOf(verificationStatuses)
	case "docStatus":
		r.docStatus = c.code()
	case "relatesTo":
		r.readRelations(c)
	case "intent":
		r.intent = c.code()
	case "code", "vaccineCode", "codeCodeableConcept", "medicationCodeableConcept":
		r.what = c.concept()
	case "medicationReference", "codeReference":
		r.medicine = c.reference()
	case "type", "appointmentType":
		r.types = c.concepts(r.types)
	case "category":
		r.categories = c.concepts(r.categories)
	case "class":
		r.class = c.concept()
	case "serviceType", "serviceCategory", "specialty", "serviceRequested":
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
	case "recordedDate", "assertedDate", "dateAsserted", "dateRecorded", "recorded", "issued", "indexed":
		r.recorded = c.date()
	case "date":
		r.dated = c.date()
	case "created":
		r.made = c.date()
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
	case "focus":
		c.each(func() {
			if c.room(len(r.focus)) {
				r.focus = append(r.focus, c.reference())
			}
		})
	case "requester", "recorder", "asserter", "author", "informationSource", "practitioner", "careManager", "owner", "expressedBy", "prescriber":
		r.by = c.references(r.by)
	case "basedOn":
		r.bases = c.references(r.bases)
	case "performer", "recipient":
		r.performers = c.references(r.performers)
	case "participant":
		c.each(func() {
			if c.room(len(r.people)) {
				r.people = append(r.people, c.participant())
			}
		})
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
