package source_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

func visit(id, subject string) string {
	return `{"resourceType":"Encounter","id":"` + id + `","status":"in-progress","subject":{"reference":"` + subject + `"},"period":{"start":"2026-06-01T09:00:00Z"}}`
}

func inquiry(t *testing.T) partner.Query {
	return partner.Query{Viewing: "i1", Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Reason: partner.InquiryReason}
}

// A partner is asked for care alone, and its answer is judged as any other.
func TestCaresAsksForCareAlone(t *testing.T) {
	for _, everything := range []bool{false, true} {
		s := partnertest.New(t, partnertest.Holds, person(t))
		s.Items = map[string][]string{"Encounter": {visit("e1", "Patient/p1")}}
		told, err := open(t, s, everything, false).Cares(t.Context(), inquiry(t))
		if err != nil || len(told) != 1 || told[0].Kind != access.Encounter || told[0].Organisation != "RKB" || told[0].Starts.IsZero() {
			t.Errorf("%+v, %v", told, err)
		}
		asked := s.Asked()
		slices.Sort(asked)
		if !slices.Equal(asked, []string{"Appointment", "CareTeam", "Encounter", "EpisodeOfCare"}) {
			t.Errorf("P2: asked for %v", asked)
		}
	}
}

func TestP5_CareOfSomebodyElseIsNone(t *testing.T) {
	for name, item := range map[string]string{
		"another patient":        visit("e2", "Patient/p2"),
		"another server":         visit("e2", "https://elsewhere.example/fhir/Patient/p1"),
		"another's NHS number":   `{"resourceType":"Encounter","id":"e2","status":"in-progress","subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000433"}},"period":{"start":"2026-06-01"}}`,
		"an appointment's":       `{"resourceType":"Appointment","id":"a2","status":"booked","start":"2026-06-01T09:00:00Z","participant":[{"actor":{"reference":"Patient/p2"}}]}`,
		"nobody that is sayable": `{"resourceType":"EpisodeOfCare","id":"s2","status":"active","patient":{"display":"OTHER, Bob"},"period":{"start":"2026-06-01"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := partnertest.New(t, partnertest.Holds, person(t))
			s.Items = map[string][]string{"Encounter": {visit("e1", "Patient/p1"), item}}
			told, err := open(t, s, false, false).Cares(t.Context(), inquiry(t))
			if !errors.Is(err, partner.ErrWrongPatient) || told != nil {
				t.Errorf("%+v, %v", told, err)
			}
		})
	}
}

// Whatever a partner does that is no answer is no care, in time.
func TestCaresInEveryMode(t *testing.T) {
	for mode := range partnertest.Want {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := partnertest.New(t, mode, person(t))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			told, err := open(t, s, false, false).Cares(ctx, inquiry(t))
			if len(told) > 0 || time.Since(began) > time.Minute {
				t.Errorf("%+v, %v after %v", told, err, time.Since(began))
			}
		})
	}
}
