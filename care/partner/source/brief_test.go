package source_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// longRecord is a partner that holds much that happened again and again, the
// oldest first, and one visit that began long ago and is not over.
func longRecord(t *testing.T) *partnertest.Server {
	s := partnertest.New(t, partnertest.Holds, person(t))
	s.Items = map[string][]string{}
	day := func(i int) string { return fmt.Sprintf("20%02d-%02d-11", 10+i/12, 1+i%12) }
	for i := range 60 {
		s.Items["Observation"] = append(s.Items["Observation"], fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"text":"Pulse"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":%q,"valueString":"70"}`, i, day(i)))
		s.Items["Encounter"] = append(s.Items["Encounter"], fmt.Sprintf(`{"resourceType":"Encounter","id":"e%d","status":"finished","type":[{"text":"Clinic"}],"subject":{"reference":"Patient/p1"},"period":{"start":%q}}`, i, day(i)))
		s.Items["MedicationRequest"] = append(s.Items["MedicationRequest"], fmt.Sprintf(`{"resourceType":"MedicationRequest","id":"m%d","status":"completed","medicationCodeableConcept":{"text":"Drug %d"},"subject":{"reference":"Patient/p1"},"authoredOn":%q}`, i, i, day(i)))
		s.Items["AllergyIntolerance"] = append(s.Items["AllergyIntolerance"], fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":"x%d","code":{"text":"Allergen %d"},"patient":{"reference":"Patient/p1"}}`, i, i))
	}
	s.Items["Encounter"] = append(s.Items["Encounter"], `{"resourceType":"Encounter","id":"ward","status":"in-progress","type":[{"text":"On a ward"}],"subject":{"reference":"Patient/p1"},"period":{"start":"2009-01-01"}}`)
	s.Items["Observation"] = append(s.Items["Observation"], `{"resourceType":"Observation","id":"wrong","status":"entered-in-error","code":{"text":"Pulse"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-01","valueString":"0"}`)
	return s
}

func briefly(t *testing.T) partner.Query {
	q := partner.Query{Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{}, Brief: true}
	for _, s := range []record.Section{record.Allergies, record.Medications, record.Results, record.Observations, record.Visits} {
		q.Scope[s] = record.Everything
	}
	return q
}

// A summary asks for the newest of what happens again and again, where the
// partner can be asked so, and for all of everything else; and it says so. A
// partner that cannot be, or does otherwise than it says, loses nothing.
func TestASummaryAsksForTheNewest(t *testing.T) {
	everything := func(statement string) string {
		return strings.Replace(statement, `{"type":"Patient",`, `{"type":"Patient","operation":[{"name":"everything"}],`, 1)
	}
	batch := func(statement string) string {
		return strings.Replace(statement, `"mode":"server",`, `"mode":"server","interaction":[{"code":"batch"}],`, 1)
	}
	types := []string{"AllergyIntolerance", "MedicationRequest", "Observation", "DiagnosticReport", "Encounter"}
	dated := partnertest.Statement(types...)
	undated := strings.ReplaceAll(dated, `{"name":"date"}`, `{"name":"code"}`)
	for _, test := range []struct {
		name, statement string
		change          func(*partnertest.Server, *source.Config, *partner.Query)
		cut             bool
	}{
		{"search by search", dated, nil, true},
		{"beside $everything", everything(dated), nil, true},
		{"in one request", batch(dated), nil, true},
		{"in one request, beside $everything", batch(everything(dated)), nil, true},
		{"where configuration says so", undated, func(_ *partnertest.Server, c *source.Config, _ *partner.Query) { c.Newest = true }, true},
		{"not in one request, though it says so", batch(dated), func(s *partnertest.Server, _ *source.Config, _ *partner.Query) { s.NoBatch = true }, true},
		{"it does not sort", dated, func(s *partnertest.Server, _ *source.Config, _ *partner.Query) { s.Unsorted = true }, false},
		{"it does not sort, in one request", batch(everything(dated)), func(s *partnertest.Server, _ *source.Config, _ *partner.Query) { s.Unsorted = true }, false},
		{"it knows no dates", undated, nil, false},
		{"configuration forbids it", dated, func(_ *partnertest.Server, c *source.Config, _ *partner.Query) { c.Learn.Newest = false }, false},
		{"an exchange", dated, func(_ *partnertest.Server, c *source.Config, _ *partner.Query) { c.Exchange = true }, false},
		{"a section in full", dated, func(_ *partnertest.Server, _ *source.Config, q *partner.Query) { q.Brief = false }, false},
		{"a role that sees dates alone", batch(dated), func(_ *partnertest.Server, _ *source.Config, q *partner.Query) {
			q.Scope = record.Scope{record.Allergies: record.Everything, record.Medications: record.Everything, record.Visits: record.DatesOnly}
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, q := longRecord(t), briefly(t)
			s.Statement = test.statement
			config := source.Config{Learn: source.Learn{Ask: true, Types: true, Newest: true}}
			if test.change != nil {
				test.change(s, &config, &q)
			}
			from := learner(t, s, config)
			if err := from.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer, err := from.Fetch(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			for _, e := range answer.Entries {
				counts[e.Item.Type]++
			}
			want := map[string]int{"AllergyIntolerance": 61, "MedicationRequest": 60, "Encounter": 61, "Observation": 60}
			if test.cut {
				want["Encounter"], want["Observation"] = 21, 19 // the ward; and one of the newest is in error
			} else if q.Scope[record.Observations] == record.Nothing {
				delete(want, "Observation")
			}
			if fmt.Sprint(counts) != fmt.Sprint(want) {
				t.Errorf("there are %v, not %v", counts, want)
			}
			if answer.InError != min(1, want["Observation"]) || answer.Unreadable != 0 {
				t.Errorf("%d in error, %d unreadable", answer.InError, answer.Unreadable)
			}
			if cut := answer.Newest[record.Visits] && answer.Newest[record.Observations]; cut != test.cut || len(answer.Newest) > 0 && !test.cut || answer.Newest[record.Allergies] || answer.Newest[record.Medications] {
				t.Errorf("it says of %v that there is more", answer.Newest)
			}
			if test.cut && !slices.ContainsFunc(answer.Entries, func(e record.Entry) bool { return e.Item.ID == "ward" }) {
				t.Error("the visit that is not over is missing")
			}
			if answer.Incomplete != "" || len(answer.Reasons) > 0 {
				t.Errorf("it calls itself incomplete: %q %v", answer.Incomplete, answer.Reasons)
			}
		})
	}
}

// Nothing is said of more where there is none.
func TestAShortRecordIsNotCut(t *testing.T) {
	s := partnertest.New(t, partnertest.Holds, person(t))
	s.Items = map[string][]string{"Observation": longRecord(t).Items["Observation"][:20]}
	answer, err := learner(t, s, source.Config{Newest: true, Batch: true}).Fetch(t.Context(), briefly(t))
	if err != nil || len(answer.Newest) > 0 || len(answer.Entries) != 21 {
		t.Error(err, answer.Newest, len(answer.Entries))
	}
}

func TestConformsBriefly(t *testing.T) {
	partnertest.Conform(t, person(t), func(t *testing.T, s *partnertest.Server) partner.Source {
		client, err := source.NewTLSClient(source.TLS{CAFile: s.CAFile})
		if err != nil {
			t.Fatal(err)
		}
		from, err := source.New(source.Config{Base: s.URL, HTTP: client, Newest: true, Batch: true})
		if err != nil {
			t.Fatal(err)
		}
		return briefSource{from}
	})
}

// briefSource is a source that is always asked briefly.
type briefSource struct{ partner.Source }

// Fetch asks for the visits too, of which the newest are enough.
func (s briefSource) Fetch(ctx context.Context, q partner.Query) (partner.Answer, error) {
	q.Brief = true
	q.Scope = record.Scope{record.Allergies: record.Everything, record.Visits: record.Everything}
	return s.Source.Fetch(ctx, q)
}
