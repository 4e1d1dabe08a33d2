package views

import (
	"maps"
	"slices"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

func TestOrdersNameEverything(t *testing.T) {
	if got, want := slices.Sorted(slices.Values(kindOrder)), slices.Sorted(maps.Keys(audit.Kinds)); !slices.Equal(got, want) {
		t.Errorf("the filter offers %v, want %v", got, want)
	}
	if got, want := slices.Sorted(slices.Values(claimReasons)), slices.Sorted(maps.Keys(access.ClaimReasons)); !slices.Equal(got, want) {
		t.Errorf("the reason page offers %v, want %v", got, want)
	}
	for _, s := range record.Sections {
		if unnamed[s] == "" {
			t.Errorf("a bare entry of %s has no words", s)
		}
	}
	for _, s := range record.States {
		if got := (RecordPage{}).shapeOf(record.Contribution{State: s}); got == cross && (s.Spoken() || s.Neutral()) {
			t.Errorf("%s looks like a failure", s)
		} else if got == tick && s != record.Answered {
			t.Errorf("%s looks like an answer", s)
		}
	}
}

func TestEventInWords(t *testing.T) {
	for want, e := range map[string]audit.Event{
		"Record shown":                           {Kind: audit.Disclosed},
		"Refused: no care relationship recorded": {Kind: audit.Denied, Rule: access.NoRelationship},
		"Refused: new-rule":                      {Kind: audit.Denied, Rule: "new-rule"},
		"new-kind":                               {Kind: "new-kind"},
	} {
		if got := happened(e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := grounded(audit.Event{Ground: access.Ground{Words: "on your team’s caseload"}}); got != "On their team’s caseload" {
		t.Errorf("the ground reads %q", got)
	}
	if got := grounded(audit.Event{Claim: access.Consent}); got != access.ClaimReasons[access.Consent] {
		t.Errorf("the claim reads %q", got)
	}
	if got := byType(map[string][]string{"Flag": {"1"}, "Condition": {"a", "b"}}); got != "2 Condition, 1 Flag" {
		t.Errorf("shown: %q", got)
	}
}

func TestNamesAreShort(t *testing.T) {
	for name, want := range map[string]string{
		"George Eliot Hospital NHS Trust": "George Eliot Hospital", "South Warwickshire University NHS Foundation Trust": "South Warwickshire",
		"Coventry City Council": "Coventry City Council", " NHS Trust": " NHS Trust", "": "",
	} {
		if got := short(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}
