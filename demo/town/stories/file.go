package stories

import (
	"strconv"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

// file is what one partner holds about one person.
type file struct {
	person    *person
	partner   nhs.ODSCode
	resources []resource.Map
}

// detail adds something to a resource that has been made.
type detail func(resource.Map)

// subjects are the elements that name whose a resource is, where it is not
// subject.
var subjects = map[string]string{
	"AllergyIntolerance": "patient", "Immunization": "patient", "EpisodeOfCare": "patient", "Consent": "patient", "Task": "for",
}

// aboutNobody are the types that name nobody in an element of their own.
var aboutNobody = map[string]bool{"Appointment": true, "Medication": true, "Binary": true}

// unprofiled are the types for which UK Core has no profile.
var unprofiled = map[string]bool{"Binary": true, "Goal": true, "Task": true, "DeviceRequest": true}

// add puts a resource on file and returns its reference. updated is when the
// partner last changed it.
func (f *file) add(kind, updated string, r resource.Map, details ...detail) string {
	id := resource.ID(string(f.partner), f.person.Number.Digits(), kind, strconv.Itoa(len(f.resources)))
	r["resourceType"], r["id"] = kind, id
	meta := resource.Map{"versionId": "1", "lastUpdated": f.person.t.instant(updated)}
	if !unprofiled[kind] {
		meta["profile"] = []string{ukCore + kind}
	}
	r["meta"] = meta
	if !aboutNobody[kind] {
		subject := subjects[kind]
		if subject == "" {
			subject = "subject"
		}
		r[subject] = f.patient()
	}
	for _, d := range details {
		d(r)
	}
	f.resources = append(f.resources, r)
	return kind + "/" + id
}

func (f *file) patient() resource.Map {
	return resource.Map{"reference": "Patient/" + f.person.HeldID(f.partner), "display": f.person.Name()}
}

// organisation is a reference by ODS code and name: no partner serves
// Organization resources.
func organisation(code nhs.ODSCode) resource.Map {
	return resource.Map{"display": names[code], "identifier": resource.Map{"system": nhs.ODSSystem, "value": string(code)}}
}

// shown is a reference that is only words.
func shown(name string) resource.Map { return resource.Map{"display": name} }

// instant completes a FHIR date to the instant that meta.lastUpdated needs.
func (t *teller) instant(date string) string {
	return t.parse(date).Format("2006-01-02T15:04:05Z07:00")
}

// with sets an element.
func with(element string, value any) detail { return func(r resource.Map) { r[element] = value } }

// status sets the resource's own status code.
func status(code string) detail { return with("status", code) }

// note adds a note.
func note(text string) detail { return with("note", []any{resource.Map{"text": text}}) }

// reason says why something was done or given. A Task has one reason, all
// else a list of them.
func reason(c concept) detail {
	return func(r resource.Map) {
		if r["resourceType"] == "Task" {
			r["reasonCode"] = c.fhir()
			return
		}
		r["reasonCode"] = concepts(c)
	}
}

// authors are the elements that hold who wrote or did something.
var authors = map[string]string{
	"AllergyIntolerance": "recorder", "Condition": "recorder", "MedicationRequest": "requester", "ServiceRequest": "requester",
	"MedicationStatement": "informationSource", "CarePlan": "author", "Flag": "author", "Task": "owner", "DeviceRequest": "requester",
}

// by names who recorded, ordered, gave or wrote it.
func by(name string) detail {
	return func(r resource.Map) {
		kind, _ := r["resourceType"].(string)
		if element, ok := authors[kind]; ok {
			r[element] = shown(name)
			return
		}
		switch kind {
		case "Procedure", "Immunization":
			r["performer"] = []any{resource.Map{"actor": shown(name)}}
		case "DocumentReference":
			r["author"] = []any{shown(name)}
		case "Encounter":
			r["participant"] = []any{resource.Map{"individual": shown(name)}}
		default:
			r["performer"] = []any{shown(name)}
		}
	}
}

// sensitive marks an item as restricted by the partner that holds it.
func sensitive(r resource.Map) {
	meta, _ := r["meta"].(resource.Map)
	meta["security"] = []any{resource.Map{"system": hl7 + "v3-Confidentiality", "code": "R", "display": "restricted"}}
}

// inError marks an item as entered in error.
func inError(r resource.Map) {
	switch r["resourceType"] {
	case "AllergyIntolerance":
		r["verificationStatus"] = hl7Code("allergyintolerance-verification", "entered-in-error").fhir()
		delete(r, "clinicalStatus")
	case "Condition":
		r["verificationStatus"] = hl7Code("condition-ver-status", "entered-in-error").fhir()
		delete(r, "clinicalStatus")
	default:
		r["status"] = "entered-in-error"
	}
}
