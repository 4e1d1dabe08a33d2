package source

import (
	"maps"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// What a partner says of one section is that section's state, in its words;
// what it says of the whole is the whole's.
func TestP4_IssuesBecomeStates(t *testing.T) {
	type states = map[record.Section]record.State
	type reasons = map[record.Section]string
	problem := record.Entry{Section: record.Problems}
	for _, test := range []struct {
		name       string
		issues     []fhir.Issue
		given      states
		states     states
		reasons    reasons
		incomplete string
	}{
		{"nothing", nil, nil, states{}, nil, ""},
		{
			"confidential",
			[]fhir.Issue{{Severity: "warning", Code: "confidential-items", Text: "Items excluded.", Section: record.Problems}},
			nil,
			states{record.Problems: record.Withheld},
			reasons{record.Problems: "Items excluded."},
			"",
		},
		{
			"in transit and awaiting filing",
			[]fhir.Issue{
				{Severity: "warning", Code: "data-in-transit", Text: "Up to 1 May.", Section: record.Results},
				{Severity: "warning", Code: "data-awaiting-filing", Section: record.Results},
			},
			nil,
			states{record.Results: record.Incomplete},
			reasons{record.Results: "Up to 1 May.; some items wait to be filed at the practice"},
			"",
		},
		{
			"the gravest stands",
			[]fhir.Issue{
				{Severity: "warning", Code: "confidential-items", Section: record.Results},
				{Severity: "error", Code: "timeout", Text: "No laboratory", Section: record.Results},
			},
			states{record.Results: record.NotSupported},
			states{record.Results: record.Withheld},
			reasons{record.Results: "some items are left out because they are confidential; No laboratory"},
			"",
		},
		{"a section not supplied", []fhir.Issue{{Severity: "warning", Code: "not-supported", Section: record.Visits}}, nil, states{record.Visits: record.NotSupported}, nil, ""},
		{"a part of a section not supplied", []fhir.Issue{{Severity: "warning", Code: "not-supported", Section: record.Problems}}, nil, states{}, nil, ""},
		{"the whole", []fhir.Issue{{Severity: "error", Code: "exception", Text: "Half is missing"}, {Severity: "warning"}}, nil, states{}, nil, "it says: Half is missing; it says that something is missing"},
		{"information", []fhir.Issue{{Severity: "information", Text: "Hello", Section: record.Problems}}, nil, states{}, nil, ""},
		{
			"a provider of an exchange",
			[]fhir.Issue{{Severity: "error", Code: "timeout", Text: "Too slow", Source: fhir.Provider{Code: "P-7", Name: "Council system"}}},
			nil,
			states{},
			nil, "",
		},
	} {
		a := partner.Answer{Entries: []record.Entry{problem}, States: test.given}
		tell(&a, test.issues)
		if !maps.Equal(a.States, test.states) || !maps.Equal(a.Reasons, test.reasons) || a.Incomplete != test.incomplete {
			t.Errorf("%s: %v, %v, %q", test.name, a.States, a.Reasons, a.Incomplete)
		}
	}
}
