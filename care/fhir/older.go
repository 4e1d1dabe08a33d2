package fhir

import (
	"strings"

	"example.org/icr/care/record"
)

// What only STU3 has: CareConnect and GP Connect still speak it. Elements that
// merely have another name there are read under both names where the elements
// of R4 are.

// Release is a release of FHIR. It decides what is asked for; what comes back
// is read whatever its release.
type Release uint8

// The releases that partners speak.
const (
	R4 Release = iota
	STU3
)

// Types are Types as the release calls them.
func (v Release) Types(scope record.Scope, from record.Kind) []string {
	if v == R4 {
		return Types(scope, from)
	}
	var types []string
	for _, name := range Types(scope, from) {
		if name == "ServiceRequest" { // R4 has made one of two
			types = append(types, "ReferralRequest", "ProcedureRequest")
		} else {
			types = append(types, name)
		}
	}
	return types
}

// Holds are Holds for a type as the release calls it.
func (v Release) Holds(resourceType string, from record.Kind) []record.Section {
	return Holds(today(resourceType), from)
}

// today is the name in R4 of a type.
func today(resourceType string) string {
	switch resourceType {
	case "ReferralRequest", "ProcedureRequest":
		return "ServiceRequest"
	}
	return resourceType
}

// extension is one extension: its short name, its value in words, as a date,
// and those that stand within it.
type extension struct {
	name    string
	concept record.Concept
	date    record.Date
	within  []extension
}

// extensions reads those that come next.
func (c *cursor) extensions() (all []extension) {
	c.each(func() { all = append(all, c.extension()) })
	return all
}

func (c *cursor) extension() (e extension) {
	c.members(func(name []byte) {
		switch string(name) {
		case "url":
			url := c.text()
			e.name = url[strings.LastIndexByte(url, '/')+1:]
		case "extension":
			e.within = c.extensions()
		case "valueDate", "valueDateTime", "valueInstant":
			e.date = c.date()
		case "valueCodeableConcept", "valueCoding", "valueCode", "valueString", "valueUnsignedInt", "valueInteger", "valuePositiveInt":
			e.concept = c.concept()
		}
	})
	return e
}

// is reports whether e is the extension that the English guides call so, with
// whatever prefix and version.
func (e extension) is(name string) bool { return strings.Contains(e.name, name) }

// words are the words of the extension of that name within e.
func (e extension) words(name string) string {
	for _, inner := range e.within {
		if inner.name == name {
			return joined(" ", inner.concept.Words(), inner.date.String())
		}
	}
	return ""
}

// readExtensions takes what the English guides put into extensions and a page
// cannot do without.
func (r *resource) readExtensions(c *cursor) {
	for _, e := range c.extensions() {
		switch {
		case e.is("VaccinationProcedure"):
			r.procedure = e.concept
		case e.is("DateRecorded"):
			r.recorded = e.date
		case e.is("LastIssueDate"):
			r.issued = e.date
			r.addNote(prefixed("last issued ", e.date.String()))
		case e.is("PrescriptionType"):
			r.addNote(r.runs(e.concept))
		case e.is("PrescribingAgency"):
			r.addNote(e.concept.Words())
		case e.is("MedicationRepeatInformation"):
			r.course = record.RepeatCourse
			r.addNote(e.repeats())
		case e.is("StatusReason"):
			r.addReason(joined(", ", e.words("statusReason"), e.words("statusChangeDate")))
		case e.is("AllergyIntoleranceEnd"):
			r.end(e)
		}
	}
}

func (e extension) repeats() string {
	return joined(", ",
		suffixed(e.words("numberOfRepeatPrescriptionsAllowed"), " repeats allowed"),
		suffixed(e.words("numberOfRepeatPrescriptionsIssued"), " issued"),
		prefixed("authorised until ", e.words("authorisationExpiryDate")))
}

// end takes when and why an allergy ended.
func (r *resource) end(e extension) {
	for _, inner := range e.within {
		if inner.name == "endDate" {
			r.until = inner.date
		}
	}
	r.addNote(prefixed("ended: ", e.words("reasonEnded")))
}

func (r *resource) addNote(text string) {
	if text != "" {
		r.notes = append(r.notes, text)
	}
}

func (r *resource) addReason(text string) {
	if text != "" {
		r.reasons = append(r.reasons, text)
	}
}

// explanation is why a vaccination was, or was not, given.
func (c *cursor) explanation(to []string) []string {
	c.members(func(name []byte) {
		switch string(name) {
		case "reason", "reasonNotGiven":
			to = c.notes(to)
		}
	})
	return to
}

// finishImmunisation names a vaccination by its procedure where the vaccine is
// not known: GP systems often know no more.
func finishImmunisation(r *resource, e *record.Entry) {
	if r.procedure.Words() != "" {
		if unknownCode(e.What) {
			e.What = r.procedure
		} else {
			noteOnce(e, r.procedure.Words())
		}
	}
	if e.When.IsZero() {
		e.When = r.dated
	}
	if r.denied {
		e.Status, e.Standing = "not done", record.Past
	}
	finishProcedure(r, e)
}

// unknownCode reports whether a concept says only that it is not known.
func unknownCode(concept record.Concept) bool {
	for _, coding := range concept.Codings {
		if strings.Contains(coding.System, "NullFlavor") {
			return true
		}
	}
	return !described(concept)
}

// finishReferral is for what R4 calls a ServiceRequest, of which the older
// kinds often say no more than why.
func finishReferral(r *resource, e *record.Entry) {
	firstDescribed(e, together(r.services))
	finishRequest(r, e)
	if !described(e.What) && e.Reason != "" {
		e.What.Text, e.Reason = e.Reason, ""
	}
	noteOnce(e, inWords(together(r.services)))
}
