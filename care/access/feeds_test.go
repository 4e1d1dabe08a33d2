package access

import (
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

var (
	aHospital = record.Source{Code: "RKB", Kind: record.Acute}
	aPractice = record.Source{Code: "Y99001", Kind: record.Practice}
)

func TestFeedsAreClosedByTheDeskAndByConfiguration(t *testing.T) {
	tester := auth.User{Identity: auth.Identity{Issuer: "https://id", Subject: "s1"}, StaffID: "9001"}
	testing := map[nhs.ODSCode]Opening{"RKB": {Testers: []string{"9001"}}}
	for name, test := range map[string]struct {
		testing map[nhs.ODSCode]Opening
		facts   Facts
		user    auth.User
		source  record.Source
		want    record.State
	}{
		"nothing said":              {nil, Facts{}, auth.User{}, aHospital, ""},
		"switched off":              {nil, Facts{SwitchedOff: []Feed{{"RKB", ""}}}, auth.User{}, aHospital, record.SwitchedOff},
		"another switched off":      {nil, Facts{SwitchedOff: []Feed{{"RLT", ""}}}, auth.User{}, aHospital, ""},
		"a section switched off":    {nil, Facts{SwitchedOff: []Feed{{"RKB", record.Results}}}, auth.User{}, aHospital, ""},
		"all practices":             {nil, Facts{SwitchedOff: []Feed{{AllPractices, ""}}}, auth.User{}, aPractice, record.SwitchedOff},
		"all practices, a hospital": {nil, Facts{SwitchedOff: []Feed{{AllPractices, ""}}}, auth.User{}, aHospital, ""},
		"behind an exchange":        {nil, Facts{SwitchedOff: []Feed{{"RX0/P-007", ""}}}, auth.User{}, record.Source{Code: "P-007", Via: "RX0"}, record.SwitchedOff},
		"a partner behind it":       {nil, Facts{SwitchedOff: []Feed{{"RX0/RKB", ""}}}, auth.User{}, record.Source{Code: "RX0/RKB", Via: "RX0"}, record.SwitchedOff},
		"the partner by itself":     {nil, Facts{SwitchedOff: []Feed{{"RX0/RKB", ""}}}, auth.User{}, aHospital, ""},
		"behind another exchange":   {nil, Facts{SwitchedOff: []Feed{{"RX1/P-007", ""}}}, auth.User{}, record.Source{Code: "P-007", Via: "RX0"}, ""},
		"configured, others":        {testing, Facts{}, auth.User{}, aHospital, record.NotOpen},
		"configured, a tester":      {testing, Facts{}, tester, aHospital, ""},
		"the desk opens it":         {testing, Facts{Openings: map[nhs.ODSCode]Opening{"RKB": {Everyone: true}}}, auth.User{}, aHospital, ""},
		"the desk names others":     {testing, Facts{Openings: map[nhs.ODSCode]Opening{"RKB": {Testers: []string{"9002"}}}}, tester, aHospital, record.NotOpen},
		"by issuer and subject":     {nil, Facts{Openings: map[nhs.ODSCode]Opening{"RKB": {Testers: []string{"https://id s1"}}}}, tester, aHospital, ""},
		"nobody is the empty name":  {nil, Facts{Openings: map[nhs.ODSCode]Opening{"RKB": {Testers: []string{""}}}}, auth.User{}, aHospital, record.NotOpen},
		"off and not open":          {testing, Facts{SwitchedOff: []Feed{{"RKB", ""}}}, auth.User{}, aHospital, record.SwitchedOff},
	} {
		feeds := (&Policy{Testing: test.testing}).feedsOf(test.user, test.facts)
		if got := feeds.State(test.source); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What was gathered may be shown only if nothing was closed since.
func TestFeedsWithin(t *testing.T) {
	p := &Policy{}
	none, off := p.feedsOf(auth.User{}, Facts{}), p.feedsOf(auth.User{}, Facts{SwitchedOff: []Feed{{"RKB", record.Results}}})
	unopened := p.feedsOf(auth.User{}, Facts{Openings: map[nhs.ODSCode]Opening{"RKB": {}}})
	for _, test := range []struct {
		now, then Feeds
		want      bool
	}{
		{none, none, true},
		{none, off, true},
		{off, off, true},
		{off, none, false},
		{unopened, none, false},
		{unopened, off, false},
		{off, Feeds{}, false},
	} {
		if got := test.now.Within(test.then); got != test.want {
			t.Errorf("%v within %v: %v", test.now, test.then, got)
		}
	}
	if !off.SectionOff(aHospital, record.Results) || off.SectionOff(aHospital, record.Problems) {
		t.Error("the wrong section is off")
	}
}
