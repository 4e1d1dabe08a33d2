package audit_test

import (
	"slices"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func TestAccesses(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	got := audit.Accesses([]audit.Event{
		{Kind: audit.Printed, Look: "A", At: at(9), Rule: access.HasGround, Sections: []record.Section{record.Allergies}},
		{Kind: audit.Disclosed, Look: "B", At: at(8), Rule: access.HasGround},
		{Kind: audit.Listed, Look: "", At: at(7)},
		{Kind: audit.Disclosed, Look: "A", At: at(6), Rule: access.GlassBroken, Sections: []record.Section{record.Problems, record.Allergies}},
		{Kind: audit.Opened, Look: "A", At: at(5)},
		{Kind: audit.DocumentShown, At: at(4)},
		{Kind: audit.DocumentShown, At: at(3)},
	})
	if len(got) != 4 {
		t.Fatalf("%d looks, want 4", len(got))
	}
	a := got[0]
	if !a.From.Equal(at(6)) || !a.To.Equal(at(9)) || !a.Emergency() || len(a.Events) != 2 ||
		!slices.Equal(a.Kinds, []audit.Kind{audit.Printed, audit.Disclosed}) || !slices.Equal(a.Sections, []record.Section{record.Allergies, record.Problems}) {
		t.Errorf("the first look: %+v", a)
	}
	if got[1].Emergency() || len(got[2].Events) != 1 || len(got[3].Events) != 1 {
		t.Error("looks that are not the same are one")
	}
}

func TestCompare(t *testing.T) {
	shown := audit.Event{Partners: []audit.Partner{
		{Code: "RKB", Shown: map[string][]string{"AllergyIntolerance": {"a/1", "b/1", "c/1", "d"}}},
		{Code: "RLT", Shown: map[string][]string{"Condition": {"a/1"}}},
		{Code: "RJC", Shown: map[string][]string{"Condition": {"x/1"}}},
		{Code: "RYG", Shown: map[string][]string{"Condition": {"p/1", "q/1"}}},
	}}
	at := func(code nhs.ODSCode, kind, id string) audit.Name {
		return audit.Name{Partner: code, Type: kind, ID: id}
	}
	got := audit.Compare(shown, map[nhs.ODSCode]audit.Held{
		"RKB": {State: record.Answered, Whole: true, Items: map[audit.Name]string{at("RKB", "AllergyIntolerance", "a"): "1", at("RKB", "AllergyIntolerance", "b"): "2", at("RKB", "AllergyIntolerance", "d"): "1"}},
		"RLT": {State: record.Late},
		"RYG": {State: record.Incomplete, Items: map[audit.Name]string{at("RYG", "Condition", "p"): "1"}},
	})
	want := []audit.Comparison{audit.Same, audit.Changed, audit.Gone, audit.Unversioned, audit.Untold, audit.Untold, audit.Same, audit.Untold}
	for i, c := range got {
		if c.Is != want[i] {
			t.Errorf("%v: %s, want %s", c.Name, c.Is, want[i])
		}
	}
	if len(got) != len(want) || got[5].State != record.NotAsked || got[4].State != record.Late {
		t.Errorf("%+v", got)
	}
}

// Who may take which part in fetching again.
func TestTwoPeopleAgreeToFetchAgain(t *testing.T) {
	now := time.Now()
	officer := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "officer"}, Post: auth.Post{Role: auth.PrivacyOfficer}}
	guardian := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "guardian"}, Post: auth.Post{Role: auth.CaldicottGuardian}}
	both := guardian
	both.Identity = officer.Identity
	shown := audit.Event{Kind: audit.Disclosed, Actor: audit.Actor{Issuer: "i", Subject: "nurse"}}
	asked := audit.Refetch{By: audit.Party{Identity: officer.Identity}}
	decided := func(kind audit.StepKind, by auth.User, ago time.Duration) audit.Refetch {
		r := asked
		r.Steps = []audit.RefetchStep{{Kind: kind, At: now.Add(-ago), By: audit.Party{Identity: by.Identity}}}
		return r
	}
	own := shown
	own.Actor.Subject = "officer"
	// The same people with other sign-ins.
	elsewhere := guardian
	elsewhere.StaffID = "555021935107"
	askedByThem := audit.Refetch{By: audit.Party{Identity: officer.Identity, StaffID: elsewhere.StaffID}}
	theirs := shown
	theirs.Actor.StaffID = elsewhere.StaffID
	for name, test := range map[string]struct{ got, want error }{
		"an officer asks":               {audit.MayAsk(officer, shown), nil},
		"a guardian asks":               {audit.MayAsk(guardian, shown), audit.ErrNotTheirPart},
		"nothing was shown":             {audit.MayAsk(officer, audit.Event{Kind: audit.Opened}), audit.ErrNotShown},
		"one's own access":              {audit.MayAsk(officer, own), audit.ErrOwnAccess},
		"a guardian decides":            {asked.MayDecide(guardian, shown), nil},
		"an officer decides":            {asked.MayDecide(officer, shown), audit.ErrNotTheirPart},
		"who asked decides":             {asked.MayDecide(both, shown), audit.ErrSamePerson},
		"decides under another sign-in": {askedByThem.MayDecide(elsewhere, shown), audit.ErrSamePerson},
		"own, under another sign-in":    {asked.MayDecide(elsewhere, theirs), audit.ErrOwnAccess},
		"decided before":                {decided(audit.Declined, guardian, 0).MayDecide(guardian, shown), audit.ErrDecided},
		"not decided":                   {asked.MayFetch(officer, shown, now), audit.ErrNotApproved},
		"refused":                       {decided(audit.Declined, guardian, 0).MayFetch(officer, shown, now), audit.ErrNotApproved},
		"approved by who asked":         {decided(audit.Approved, both, 0).MayFetch(officer, shown, now), audit.ErrSamePerson},
		"approved":                      {decided(audit.Approved, guardian, time.Hour).MayFetch(officer, shown, now), nil},
		"the guardian has it fetched":   {decided(audit.Approved, guardian, time.Hour).MayFetch(guardian, shown, now), nil},
		"somebody else has it fetched":  {decided(audit.Approved, guardian, 0).MayFetch(auth.User{Identity: auth.Identity{Subject: "x"}}, shown, now), audit.ErrNotTheirPart},
		"a day later":                   {decided(audit.Approved, guardian, 25*time.Hour).MayFetch(officer, shown, now), audit.ErrNotApproved},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
}
