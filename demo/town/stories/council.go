package stories

import (
	"time"

	"example.org/icr/demo/town/resource"
)

// service puts a package of social care on file, open; a ground while it is.
// Councils seldom code: the words are all there is.
func (f *file) service(what, since string, details ...detail) {
	ref := f.add("EpisodeOfCare", since, resource.Map{
		"status": "active", "type": concepts(words(what)), "period": resource.Map{"start": since},
		"managingOrganization": organisation(f.partner),
	}, details...)
	f.person.ground(f.partner, "episode", ref, f.person.t.parse(since), time.Time{})
}

// assessment puts an assessment on file, completed on the day.
func (f *file) assessment(what, when string, details ...detail) {
	f.add("Task", when, resource.Map{
		"status": "completed", "intent": "order", "code": words(what).fhir(), "description": what,
		"authoredOn": when, "lastModified": when,
	}, details...)
}

// contact puts a request for help on file.
func (f *file) contact(what, when string, details ...detail) {
	f.add("ServiceRequest", when, resource.Map{
		"status": "completed", "intent": "order", "code": words(what).fhir(), "authoredOn": when, "occurrenceDateTime": when,
	}, details...)
}

// equipment puts something lent or fitted on file.
func (f *file) equipment(what, when string, details ...detail) {
	f.add("DeviceRequest", when, resource.Map{
		"status": "completed", "intent": "order", "codeCodeableConcept": words(what).fhir(), "authoredOn": when,
	}, details...)
}

// supportReason puts down why somebody is supported.
func (f *file) supportReason(what, since string) {
	f.add("Condition", since, resource.Map{
		"clinicalStatus": hl7Code("condition-clinical", "active").fhir(),
		"category":       concepts(words("Support reason")), "code": words(what).fhir(), "recordedDate": since,
	})
}
