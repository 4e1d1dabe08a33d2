package bundles

import (
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

const hl7 = "http://terminology.hl7.org/CodeSystem/"

// inject adds what real partners have in common, and where they differ.
func (s *splitter) inject() {
	s.shareResults()
	s.admit()
	s.discharge()
	s.contradict()
	s.support()
}

// at are the holdings of a type at a partner, oldest first.
func (s *splitter) at(partner nhs.ODSCode, kind string, want func(resource.Map) bool) (found []holding) {
	for _, h := range s.holdings {
		if h.at == partner && h.item.kind == kind && (want == nil || want(h.item.body)) {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b holding) int { return when(a.item.body).Compare(when(b.item.body)) })
	return found
}

func last(hs []holding, n int) []holding { return hs[max(0, len(hs)-n):] }

// shareResults sends the last laboratory results, order number and all, to
// practice and trust alike, and repeats one of them on the next day: that is
// another test, and must not be merged.
func (s *splitter) shareResults() {
	laboratory := func(m resource.Map) bool { return slices.Contains(codes(m["category"]), "laboratory") }
	from, to := Acute, Practice
	results := s.at(from, "Observation", laboratory)
	if len(results) == 0 {
		from, to = to, from
		results = s.at(from, "Observation", laboratory)
	}
	for _, h := range last(results, 5) {
		s.orders[h.item] = "LD" + strings.ToUpper(resource.ID(s.person.Number.Digits(), h.item.key)[:8])
		s.record("exact-share", h, s.hold(h.item, to, "shared", nil))
	}
	for _, h := range last(results, 1) {
		s.record("near-miss", h, s.hold(h.item, to, "next day", func(m resource.Map) {
			nextDay(m, "effectiveDateTime")
			nextDay(m, "issued")
			delete(m, "identifier")
		}))
	}
}

// nextDay moves a time of day by a day.
func nextDay(m resource.Map, element string) {
	if at, err := time.Parse(time.RFC3339, text(m[element])); err == nil {
		m[element] = at.AddDate(0, 0, 1).Format(time.RFC3339)
	}
}

// admit has the trust copy allergies on admission, as patients tell them.
func (s *splitter) admit() {
	var admitted string
	for _, e := range last(s.at(Acute, "Encounter", nil), 1) {
		admitted = text(object(e.item.body["period"])["start"])
	}
	for _, from := range []nhs.ODSCode{Practice, second, third, further} {
		for _, h := range s.at(from, "AllergyIntolerance", nil) {
			s.record("copied-on-admission", h, s.hold(h.item, Acute, "admission", func(m resource.Map) {
				m["verificationStatus"] = concept("allergyintolerance-verification", "unconfirmed")
				if admitted != "" {
					m["recordedDate"] = admitted
				}
			}))
		}
	}
}

// discharge sends the trust's last letter to the practice, and its current
// prescriptions, which the practice writes anew three days later.
func (s *splitter) discharge() {
	for _, h := range last(s.at(Acute, "DocumentReference", nil), 1) {
		s.record("discharge", h, s.hold(h.item, Practice, "discharge", nil))
	}
	for _, h := range s.at(Acute, "MedicationRequest", active) {
		s.record("discharge", h, s.hold(h.item, Practice, "discharge", func(m resource.Map) {
			if at := moment(text(m["authoredOn"])); !at.IsZero() {
				m["authoredOn"] = at.AddDate(0, 0, 3).Format(time.RFC3339)
			}
		}))
	}
}

func active(m resource.Map) bool { return text(m["status"]) == "active" }

// contradict has the trust stop what the practice prescribes, and another
// trust deny all allergies, for some patients.
func (s *splitter) contradict() {
	if given := s.at(Practice, "MedicationRequest", active); len(given) > 0 && s.chance.IntN(2) == 0 {
		h := given[len(given)-1]
		s.record("conflict", h, s.hold(h.item, Acute, "stopped", func(m resource.Map) {
			m["status"], m["statusReason"] = "stopped", resource.Map{"text": "Stopped on admission"}
		}))
	}
	allergies := s.at(Acute, "AllergyIntolerance", nil)
	if len(allergies) == 0 || s.chance.IntN(3) > 0 {
		return
	}
	none := s.invent("AllergyIntolerance", resource.Map{
		"clinicalStatus": concept("allergyintolerance-clinical", "active"), "verificationStatus": concept("allergyintolerance-verification", "confirmed"),
		"code":    resource.Map{"coding": []any{resource.Map{"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}}},
		"patient": patientRef(), "recordedDate": s.today.AddDate(0, -2, 0).Format(time.DateOnly),
	})
	s.record("conflict", append(allergies, s.hold(none, second, "", nil))...)
}

// support gives every patient an open episode at the trust and at the
// council, which also holds who looks after them and, for some, why.
func (s *splitter) support() {
	since := resource.Map{"start": s.today.AddDate(0, -1, 0).Format(time.DateOnly)}
	for _, episode := range []struct {
		at   nhs.ODSCode
		what string
	}{{Acute, "Hospital at home"}, {Council, "Home support"}} {
		s.hold(s.invent("EpisodeOfCare", resource.Map{
			"status": "active", "patient": patientRef(), "period": since, "type": []any{resource.Map{"text": episode.what}},
		}), episode.at, "", nil)
	}
	for _, h := range s.holdings {
		if h.item.kind == "CareTeam" && active(h.item.body) && h.at != Council {
			s.record("exact-share", h, s.hold(h.item, Council, "", nil))
			break
		}
	}
	s.hold(s.invent("CareTeam", resource.Map{
		"status": "active", "name": "Adult social care", "subject": patientRef(), "period": since,
		"participant": []any{resource.Map{"member": resource.Map{"display": "Duty social worker"}, "role": []any{resource.Map{"text": "Social worker"}}}},
	}), Council, "", nil)
	if s.chance.IntN(3) == 0 {
		s.hold(s.invent("Condition", resource.Map{"subject": patientRef(), "code": resource.Map{"text": "Adult at Risk"}}), Council, "", nil)
	}
}

// invent makes an item that the bundle did not have.
func (s *splitter) invent(kind string, body resource.Map) *item {
	body["resourceType"] = kind
	return &item{kind: kind, key: "invented/" + kind, body: body}
}

// patientRef is a reference to the bundle's patient.
func patientRef() resource.Map { return resource.Map{"reference": thePatient} }

func concept(system, code string) resource.Map {
	return resource.Map{"coding": []any{resource.Map{"system": hl7 + system, "code": code}}}
}
