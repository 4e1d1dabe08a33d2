package source_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

var learnAll = source.Learn{Ask: true, SearchBy: true, Types: true, Release: true}

func learner(t *testing.T, s *partnertest.Server, c source.Config) *source.Source {
	t.Helper()
	c.Base, c.HTTP = s.URL, source.NewHTTPClient()
	from, err := source.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func wide(t *testing.T) partner.Query {
	return partner.Query{
		Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute},
		Scope: record.Scope{record.Allergies: record.Everything, record.Problems: record.Everything, record.Medications: record.Everything},
	}
}

// Where configuration leaves it open, a partner is asked as its
// CapabilityStatement says: in one question or in several, and for no type that
// it does not have.
func TestAskedAsTheStatementSays(t *testing.T) {
	everything := strings.Replace(partnertest.Statement("AllergyIntolerance", "Condition"), `{"type":"Patient",`, `{"type":"Patient","operation":[{"name":"everything"}],`, 1)
	readOnly := strings.Replace(partnertest.Statement("AllergyIntolerance", "Condition"), `"type":"Condition","interaction":[{"code":"search-type"}]`, `"type":"Condition","interaction":[{"code":"read"}]`, 1)
	for _, test := range []struct {
		name, statement string
		config          source.Config
		ways            string
		asked           []string
		medications     record.State
	}{
		{
			"searches", partnertest.Statement("AllergyIntolerance", "Condition"),
			source.Config{Learn: learnAll},
			"a search a type by POST",
			[]string{"AllergyIntolerance", "Condition"},
			record.NotSupported,
		},
		{
			"everything", everything,
			source.Config{Learn: learnAll},
			"$everything, found by POST",
			[]string{"AllergyIntolerance", "Condition"},
			record.NotSupported,
		},
		{
			"no search for one type", readOnly,
			source.Config{Learn: learnAll},
			"a search a type by POST",
			[]string{"AllergyIntolerance"},
			record.NotSupported,
		},
		{
			"configuration comes first", everything,
			source.Config{Learn: source.Learn{SearchBy: true}},
			"a search a type by POST",
			[]string{"AllergyIntolerance", "Condition", "MedicationRequest", "MedicationStatement"},
			"",
		},
		{
			"servers without ids", everything,
			source.Config{Learn: learnAll, ByNumber: true},
			"a search a type by POST, by NHS number",
			[]string{"AllergyIntolerance", "Condition"},
			record.NotSupported,
		},
		{
			"an older release", strings.Replace(everything, "4.0.1", "3.0.2", 1),
			source.Config{Learn: learnAll},
			"$everything, found by POST, STU3",
			[]string{"AllergyIntolerance", "Condition"},
			record.NotSupported,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := partnertest.New(t, partnertest.Holds, person(t))
			s.Statement = test.statement
			from := learner(t, s, test.config)
			if _, err := from.Fetch(t.Context(), wide(t)); err != nil || len(s.Asked()) < 4 && !test.config.Everything {
				t.Errorf("before the statement is read: %v, asked %v", err, s.Asked())
			}
			before := len(s.Asked())
			if err := from.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer, err := from.Fetch(t.Context(), wide(t))
			asked := s.Asked()[before:]
			slices.Sort(asked)
			if err != nil || from.Ways() != test.ways || !slices.Equal(asked, test.asked) {
				t.Errorf("%s; asked %v; %v", from.Ways(), asked, err)
			}
			if answer.States[record.Medications] != test.medications || answer.States[record.Allergies] != "" || len(answer.Entries) == 0 {
				t.Errorf("%v, %d entries", answer.States, len(answer.Entries))
			}
		})
	}
}

// What is no CapabilityStatement changes nothing, and says what it is.
func TestNoStatement(t *testing.T) {
	s := partnertest.New(t, partnertest.NoStatement, person(t))
	from := learner(t, s, source.Config{Learn: learnAll})
	if err := from.Probe(t.Context()); !errors.Is(err, partner.ErrNoCapability) {
		t.Errorf("%v", err)
	}
	answer, err := from.Fetch(t.Context(), query(t))
	if err != nil || len(answer.Entries) != 1 {
		t.Errorf("%d entries, %v", len(answer.Entries), err)
	}
	if got := partner.Cause(from.Probe(t.Context())); got != "it sends no CapabilityStatement of a FHIR server" {
		t.Errorf("%q", got)
	}
}
