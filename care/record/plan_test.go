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
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "Temperature chart"}}, false},
		{record.Entry{Section: record.Alerts, What: record.Concept{Text: "DNACPR in place"}}, true},
		{record.Entry{Section: record.Observations, What: record.Concept{Text: "Resuscitation status"}, Value: record.Concept{Text: "Not for resuscitation"}}, true},
		{record.Entry{Section: record.Observations, What: record.Concept{Text: "Resuscitation status"}, Value: record.Concept{Text: "For resuscitation"}}, false},
		{record.Entry{Section: record.Problems, What: record.Concept{Text: "DNACPR in place"}, Standing: record.Past}, false},
		{record.Entry{Section: record.Visits, What: record.Concept{Text: "Cardiopulmonary resuscitation"}, Assertion: record.Forbidden}, true},
		{record.Entry{Section: record.Visits, What: record.Concept{Text: "Physiotherapy"}, Assertion: record.Forbidden}, false},
		{record.Entry{Section: record.Problems, What: record.Concept{Text: "Hypertensive crisis"}}, false},
		{record.Entry{Section: record.CarePlans, What: record.Concept{Text: "ReSPECT form"}, Assertion: record.Refuted}, false},
	} {
		if got := test.entry.ForCrisis(); got != test.want {
			t.Errorf("%+v: %v", test.entry.What, got)
		}
	}
}

// Every system has its own name for what must be known before anybody is
// resuscitated.
func TestP4_PlansForACrisisByTheirTitles(t *testing.T) {
	for _, title := range []string{
		"DNAR form", "DNR", "DNA-CPR decision", "Do not attempt CPR", "Not for CPR", "Do not resuscitate order", "Not for attempted cardiopulmonary resuscitation",
		"Do Not Attempt Resuscitation (DNAR)", "TEP form", "EPaCCS summary", "Emergency care plan", "Anticipatory care plan", "Advance directive",
		"Advance statement", "Universal care plan", "RESPECT", "End-of-life plan", "Mental health crisis plan",
		"eReSPECT form", "eReSPECT", "uDNACPR form", "eDNACPR", "DNACPRs", "ReSPECTform v3", "ReSPECT forms", "Advance care planning", "Advance care plans",
		"Advance decisions", "Palliative care planning", "Emergency health care planning", "Crisis/contingency", "Recommended summary plans", "just-in-case box",
	} {
		for _, s := range []record.Section{record.CarePlans, record.Documents} {
			if e := (record.Entry{Section: s, What: record.Concept{Text: title}}); !e.ForCrisis() {
				t.Errorf("%s among %s", title, s)
			}
		}
	}
}

// That there is no decision, or none any more, is no plan for a crisis.
func TestDecisionsThatDoNotStand(t *testing.T) {
	for _, e := range []record.Entry{
		{Section: record.Observations, What: record.Concept{Text: "DNACPR status"}, Value: record.Concept{Text: "No"}},
		{Section: record.Observations, What: record.Concept{Text: "DNACPR status"}, Value: record.Concept{Text: "For resuscitation"}},
		{Section: record.Problems, What: record.Concept{Text: "DNACPR decision cancelled"}},
		{Section: record.Problems, What: record.Concept{Text: "DNACPR not in place"}},
		{Section: record.Alerts, What: record.Concept{Text: "No DNACPR in place"}},
		{Section: record.Problems, What: record.Concept{Text: "Do not attempt cardiopulmonary resuscitation order rescinded"}},
	} {
		if e.ForCrisis() {
			t.Errorf("%s %s", e.What.Text, e.Value.Text)
		}
	}
	for what, value := range map[string]string{
		"DNACPR status": "In place", "Treatment escalation plan": "Not for intensive care", "Ceiling of care": "For ward-based care", "TEP form": "No escalation to ITU",
		"Resuscitation status": "Not for CPR", "DNACPR": "",
	} {
		e := record.Entry{Section: record.Observations, What: record.Concept{Text: what}, Value: record.Concept{Text: value}}
		if !e.ForCrisis() {
			t.Errorf("%s: %s is no decision", what, value)
		}
	}
}
