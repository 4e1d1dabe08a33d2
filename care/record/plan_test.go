package record_test

import (
	"testing"

	"example.org/icr/care/record"
)

func TestPlansForACrisis(t *testing.T) {
	for _, test := range []struct {
		entry record.Entry
		want  bool
	}{
		{record.Entry{Section: record.CarePlans, What: record.Concept{Codings: []record.Coding{{Code: "736253002"}}}}, true},
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "End of Life Care Plan"}}, true},
		{record.Entry{Section: record.CarePlans, Kind: "Contingency plan", What: record.Concept{Text: "If the carer is ill"}}, true},
		{record.Entry{Section: record.Documents, What: record.Concept{Text: "ReSPECT"}}, true},
		{record.Entry{Section: record.Documents, What: record.Concept{Text: "Letter"}, Notes: []string{"Advance care plan"}}, true},
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "Diabetes care plan"}, Notes: []string{"in a crisis ring"}}, false},
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "To be treated with respect"}}, false},
		{record.Entry{Section: record.Problems, What: record.Concept{Text: "Hypertensive crisis"}}, false},
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "ReSPECT form"}, Assertion: record.Refuted}, false},
	} {
		if got := test.entry.ForCrisis(); got != test.want {
			t.Errorf("%+v: %v", test.entry.What, got)
		}
	}
}
