package stories

import (
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

// The classes of an encounter.
const (
	inpatient  = "IMP"
	emergency  = "EMER"
	outpatient = "AMB"
	homeVisit  = "HH"
	byPhone    = "VR"
)

var classes = map[string]string{
	inpatient: "inpatient encounter", emergency: "emergency", outpatient: "ambulatory", homeVisit: "home health", byPhone: "virtual",
}

// visit puts an encounter on file; end is empty while it lasts. It is a
// ground: the organisation's feed tells of it.
func (f *file) visit(class, kind, start, end string, details ...detail) string {
	t := f.person.t
	period, state, ends := resource.Map{"start": start}, "in-progress", time.Time{}
	if end != "" {
		period["end"], state, ends = end, "finished", t.parse(end)
	}
	r := resource.Map{
		"status": state, "class": resource.Map{"system": hl7 + "v3-ActCode", "code": class, "display": classes[class]},
		"type": concepts(words(kind)), "period": period, "serviceProvider": organisation(f.partner),
	}
	ref := f.add("Encounter", start, r, details...)
	if _, silent := r[unfed]; silent {
		delete(r, unfed)
		return ref
	}
	f.person.ground(f.partner, "encounter", ref, t.parse(start), ends)
	return ref
}

// unfed marks an encounter that the feed does not tell of (yet). It never
// leaves this package.
const unfed = "(unfed)"

func notInFeed(r resource.Map) { r[unfed] = true }

// place says which ward, clinic or unit.
func place(name string) detail {
	return func(r resource.Map) {
		if r["resourceType"] == "Appointment" {
			r["participant"] = append(r["participant"].([]any), resource.Map{"actor": resource.Map{"type": "Location", "display": name}, "status": "accepted"})
			return
		}
		r["location"] = []any{resource.Map{"location": shown(name)}}
	}
}

// specialty says which kind of service.
func specialty(name string) detail {
	return func(r resource.Map) {
		if r["resourceType"] == "Appointment" {
			r["serviceType"] = concepts(words(name))
			r["specialty"] = concepts(words(name))
			return
		}
		r["serviceType"] = words(name).fhir()
	}
}

// appointment books the person, which is a ground.
func (f *file) appointment(what, when string, minutes int, details ...detail) {
	t := f.person.t
	starts := t.parse(when)
	ends := starts.Add(time.Duration(minutes) * time.Minute)
	state := "booked"
	if ends.Before(t.today) {
		state = "fulfilled"
	}
	ref := f.add("Appointment", t.day(-1), resource.Map{
		"status": state, "description": what, "start": when, "end": ends.In(london).Format(time.RFC3339), "minutesDuration": minutes,
		"participant": []any{resource.Map{"actor": f.patient(), "status": "accepted"}},
	}, details...)
	f.person.ground(f.partner, "appointment", ref, starts, ends)
}

// refer sends the person to another organisation, for which that is a ground.
func (f *file) refer(what concept, to nhs.ODSCode, when string, details ...detail) {
	ref := f.add("ServiceRequest", when, resource.Map{
		"status": "active", "intent": "order", "priority": "routine",
		"category": concepts(snomed("3457005", "Patient referral")),
		"code":     what.fhir(), "authoredOn": when, "performer": []any{organisation(to)},
	}, details...)
	f.person.ground(to, "referral", ref, f.person.t.parse(when), time.Time{})
}
