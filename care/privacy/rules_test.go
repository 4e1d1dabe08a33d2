package privacy_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/care/record"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func mustNumber(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

var patient = mustNumber("9990000018")

// nurse looks, with a recorded relationship, at somebody who is nobody's.
func aLook(kind audit.Kind, change ...func(*privacy.Look)) privacy.Look {
	u := auth.User{Identity: auth.Identity{Issuer: "https://id", Subject: "s0"}, Post: auth.Post{Role: auth.Clinician, RoleCode: "R8001", Organisation: "RKB"}}
	list := []privacy.Staff{
		{ID: "s0", Team: "Ward 1", Number: "n0", Marks: audit.Marks{Family: "f0", Postcode: "p0", Address: "a0"}},
		{ID: "s1", Team: "Ward 1", Number: "n1", Marks: audit.Marks{Family: "f1", Postcode: "p1", Address: "a1"}},
		{ID: "s2", Team: "Ward 2", Number: "n2", Marks: audit.Marks{Family: "f2", Postcode: "p2", Address: "a2"}},
	}
	for range 2 {
		list = append(list, privacy.Staff{ID: "x" + string(rune('0'+len(list))), Marks: audit.Marks{Family: "f0"}})
	}
	e := audit.NewEvent(kind, u, noon)
	e.Patient, e.Look, e.Rule, e.Sections = patient, e.Reference, access.HasGround, []record.Section{record.Results}
	e.Marks = audit.Marks{Family: "f", Postcode: "p", Address: "a"}
	l := privacy.Look{Event: e, Patient: "n", Roster: privacy.NewRoster(list)}
	l.Staff = l.Roster.Find(e.Actor)
	for _, c := range change {
		c(&l)
	}
	return l
}

// a day with n of a counter, of people who usually have usual.
func aDay(c privacy.Counter, n, usual int) func(*privacy.Look) {
	return func(l *privacy.Look) {
		l.Day = &privacy.Day{}
		l.Day.Tally[c] = n
		for range 30 {
			l.Day.Own[c].Add(usual)
			l.Day.Peers[c].Add(usual)
		}
	}
}

func denied(r access.Rule) func(*privacy.Look) {
	return func(l *privacy.Look) { l.Event.Rule = r }
}

func marked(m audit.Marks) func(*privacy.Look) {
	return func(l *privacy.Look) { l.Event.Marks = m }
}

// Each rule finds what it is for, and leaves alone what is nearest to it.
func TestRules(t *testing.T) {
	watcher := privacy.Watcher{Ordinary: []nhs.ODSCode{"RYA"}}
	ambulance := func(l *privacy.Look) { l.Event.Actor.Organisation = "RYA" }
	watch := func(w privacy.Watch) func(*privacy.Look) {
		return func(l *privacy.Look) { l.Watched = []privacy.Watch{w} }
	}
	current := privacy.Watch{Kind: privacy.Incident, Since: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}
	theirs, over := current, current
	theirs.Organisation, over.Until = "RLT", noon
	tested := map[privacy.Name][2]int{}
	for _, test := range []struct {
		rule privacy.Name
		name string
		look privacy.Look
		want bool
	}{
		{privacy.SelfClaim, "a claim", aLook(audit.Claimed), true},
		{privacy.SelfClaim, "a claim where they are ordinary", aLook(audit.Claimed, ambulance), false},
		{privacy.SelfClaim, "a record shown after it", aLook(audit.Disclosed, denied(access.SelfClaimed)), false},
		{privacy.BreakGlass, "broken glass", aLook(audit.GlassBroken), true},
		{privacy.BreakGlass, "broken glass where claims are ordinary", aLook(audit.GlassBroken, ambulance), true},
		{privacy.BreakGlass, "its note", aLook(audit.GlassNote), false},
		{privacy.SensitiveOpen, "sensitive items", aLook(audit.SensitiveOpened), true},
		{privacy.SensitiveOpen, "the record without them", aLook(audit.Disclosed), false},
		{privacy.OverBudget, "stopped", aLook(audit.OverBudget), true},
		{privacy.OverBudget, "a search", aLook(audit.Searched), false},
		{"own-record", "refused", aLook(audit.Denied, denied(access.OwnRecord)), true},
		{"own-record", "by the staff list", aLook(audit.Disclosed, func(l *privacy.Look) { l.Patient = "n0" }), true},
		{"own-record", "refused for something else", aLook(audit.Denied, denied(access.NoRelationship)), false},
		{"own-record", "no number known of either", aLook(audit.Disclosed, func(l *privacy.Look) { l.Patient, l.Staff.Number = "", "" }), false},
		{"objection", "refused", aLook(audit.Denied, denied(access.Objected)), true},
		{"objection", "refused for something else", aLook(audit.Denied, denied(access.NotIncluded)), false},
		{"restricted", "refused", aLook(audit.Denied, denied(access.NoRelationship), func(l *privacy.Look) { l.Event.Restricted = true }), true},
		{"restricted", "an emergency", aLook(audit.Disclosed, denied(access.GlassBroken), func(l *privacy.Look) { l.Event.Restricted = true }), true},
		{"restricted", "their own patient", aLook(audit.Disclosed, func(l *privacy.Look) { l.Event.Restricted = true }), false},
		{"watch-list", "on it", aLook(audit.Disclosed, watch(current)), true},
		{"watch-list", "on another organisation's", aLook(audit.Disclosed, watch(theirs)), false},
		{"watch-list", "no more", aLook(audit.Disclosed, watch(over)), false},
		{"same-family-name", "rare", aLook(audit.Printed, marked(audit.Marks{Family: "f0"})), true},
		{"same-family-name", "common there", aLook(audit.Disclosed, marked(audit.Marks{Family: "f0"}), func(l *privacy.Look) {
			list := []privacy.Staff{{ID: "s0", Marks: audit.Marks{Family: "f0"}}, {ID: "1", Marks: audit.Marks{Family: "f0"}}, {ID: "2", Marks: audit.Marks{Family: "f0"}}, {ID: "3", Marks: audit.Marks{Family: "f0"}}}
			l.Roster = privacy.NewRoster(list)
			l.Staff = l.Roster.Find(l.Event.Actor)
		}), false},
		{"same-family-name", "not on the list", aLook(audit.Disclosed, marked(audit.Marks{Family: "f0"}), func(l *privacy.Look) { l.Staff = nil }), false},
		{"same-family-name", "names not known", aLook(audit.Disclosed, marked(audit.Marks{}), func(l *privacy.Look) { l.Staff.Marks = audit.Marks{} }), false},
		{"same-address", "address", aLook(audit.Disclosed, marked(audit.Marks{Postcode: "p0", Address: "a0"})), true},
		{"same-address", "postcode", aLook(audit.Denied, marked(audit.Marks{Postcode: "p0", Address: "a"})), true},
		{"same-address", "neither", aLook(audit.Disclosed, marked(audit.Marks{Family: "f0", Postcode: "p1"})), false},
		{"colleague", "number", aLook(audit.Disclosed, func(l *privacy.Look) { l.Patient = "n1" }), true},
		{"colleague", "household", aLook(audit.Disclosed, marked(audit.Marks{Address: "a1"})), true},
		{"colleague", "family", aLook(audit.Disclosed, marked(audit.Marks{Family: "f1", Postcode: "p1"})), true},
		{"colleague", "neighbour of one", aLook(audit.Disclosed, marked(audit.Marks{Family: "f", Postcode: "p1"})), false},
		{"colleague", "of another team", aLook(audit.Disclosed, marked(audit.Marks{Family: "f2", Postcode: "p2", Address: "a2"})), false},
		{"volume", "many", aLook(audit.Disclosed, aDay(privacy.Patients, 90, 20)), true},
		{"volume", "many as ever", aLook(audit.Disclosed, aDay(privacy.Patients, 90, 80)), false},
		{"volume", "many for them, and few", aLook(audit.Disclosed, aDay(privacy.Patients, 39, 2)), false},
		{"hours", "a night", aLook(audit.Disclosed, aDay(privacy.Night, 12, 0)), true},
		{"hours", "a night worker", aLook(audit.Disclosed, aDay(privacy.Night, 12, 12)), false},
		{"strangers", "many", aLook(audit.Claimed, aDay(privacy.Strangers, 9, 0)), true},
		{"strangers", "where claims are ordinary", aLook(audit.Claimed, aDay(privacy.Strangers, 9, 0), ambulance), false},
		{"strangers", "few", aLook(audit.Claimed, aDay(privacy.Strangers, 5, 0)), false},
		{"searches", "many", aLook(audit.Listed, aDay(privacy.Idle, 30, 2)), true},
		{"searches", "a receptionist", aLook(audit.Listed, aDay(privacy.Idle, 30, 25)), false},
		{"claims", "many for there", aLook(audit.Claimed, aDay(privacy.Claims, 40, 9), ambulance), true},
		{"claims", "as many as ever", aLook(audit.Claimed, aDay(privacy.Claims, 12, 9), ambulance), false},
		{"claims", "where they are alerts one by one", aLook(audit.Claimed, aDay(privacy.Claims, 40, 9)), false},
		{"role-section", "social care sees results", aLook(audit.Disclosed, func(l *privacy.Look) { l.Event.Actor.Role = auth.SocialCare }), true},
		{"role-section", "social care sees allergies", aLook(audit.Disclosed, func(l *privacy.Look) {
			l.Event.Actor.Role, l.Event.Sections = auth.SocialCare, []record.Section{record.Allergies}
		}), false},
	} {
		found := watcher.Find(test.look, func(n privacy.Name) { t.Errorf("%s: %s failed", test.name, n) })
		got := slices.ContainsFunc(found, func(f privacy.Finding) bool { return f.Rule == test.rule })
		if got != test.want {
			t.Errorf("%s: %s: %v", test.rule, test.name, found)
		}
		for _, f := range found {
			if f.Detail == "" || f.Once == "" || f.Severity == 0 {
				t.Errorf("%s: %+v", test.name, f)
			}
		}
		counts := tested[test.rule]
		counts[map[bool]int{true: 0, false: 1}[test.want]]++
		tested[test.rule] = counts
		// A switch is off for that rule alone.
		off := watcher
		off.Settings = map[privacy.Name]privacy.Setting{test.rule: {Off: true}}
		if rest := off.Find(test.look, func(privacy.Name) {}); test.want && len(rest) != len(found)-1 {
			t.Errorf("%s switched off: %v", test.rule, rest)
		}
	}
	for _, r := range privacy.Rules {
		if n := tested[r.Name]; n[0] == 0 || n[1] == 0 || r.Words == "" {
			t.Errorf("%s is tested %v times", r.Name, n)
		}
	}
	if found := watcher.Find(aLook(audit.Disclosed), func(privacy.Name) {}); len(found) != 0 {
		t.Errorf("an ordinary look: %v", found)
	}
}

// Until there is a history, twice the least is unusual; afterwards neither
// one's own days nor one's peers' may explain it.
func TestUnusualNeedsBothHistories(t *testing.T) {
	find := func(n int, own, peers int, ownDays, peerDays int) bool {
		l := aLook(audit.Disclosed)
		l.Day = &privacy.Day{}
		l.Day.Tally[privacy.Patients] = n
		for range ownDays {
			l.Day.Own[privacy.Patients].Add(own)
		}
		for range peerDays {
			l.Day.Peers[privacy.Patients].Add(peers)
		}
		return len(privacy.Watcher{}.Find(l, func(privacy.Name) {})) > 0
	}
	for _, test := range []struct {
		n, own, peers, ownDays, peerDays int
		want                             bool
	}{
		{79, 0, 0, 0, 0, false},
		{80, 0, 0, 0, 0, true},
		{60, 10, 0, 28, 0, true},
		{45, 40, 10, 28, 500, false}, // as on their other days
		{60, 50, 10, 28, 500, true},  // and far more than anybody
		{60, 10, 50, 28, 500, false}, // as their peers
		{60, 10, 10, 4, 500, true},   // four days are no history
		{60, 10, 10, 28, 19, true},
	} {
		if got := find(test.n, test.own, test.peers, test.ownDays, test.peerDays); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, test := range []struct {
		rule privacy.Name
		set  privacy.Setting
		good bool
	}{
		{"volume", privacy.Setting{Limits: privacy.Limits{Least: 10, Deviations: 3}}, true},
		{"volume", privacy.Setting{Off: true, Severity: privacy.High}, true},
		{"nonsense", privacy.Setting{}, false},
		{"own-record", privacy.Setting{Limits: privacy.Limits{Least: 1}}, false},
		{"volume", privacy.Setting{Limits: privacy.Limits{Share: 1}}, false},
		{"volume", privacy.Setting{Limits: privacy.Limits{Deviations: -1}}, false},
		{"volume", privacy.Setting{Limits: privacy.Limits{Deviations: math.NaN()}}, false},
	} {
		if err := test.set.Check(test.rule); (err == nil) != test.good {
			t.Errorf("%s %+v: %v", test.rule, test.set, err)
		}
	}
	w := privacy.Watcher{Settings: map[privacy.Name]privacy.Setting{"volume": {Severity: privacy.High, Limits: privacy.Limits{Least: 2}}}}
	found := w.Find(aLook(audit.Disclosed, aDay(privacy.Patients, 30, 0)), func(privacy.Name) {})
	if len(found) != 1 || found[0].Severity != privacy.High {
		t.Errorf("%v", found)
	}
}

// A rule that panics is named, and takes no other with it.
func TestARuleThatFails(t *testing.T) {
	l := aLook(audit.Disclosed, marked(audit.Marks{Family: "f0", Address: "a0"}))
	l.Roster = nil // which the family's rule does not expect of somebody on it
	var failed []privacy.Name
	found := privacy.Watcher{}.Find(l, func(n privacy.Name) { failed = append(failed, n) })
	if !slices.Equal(failed, []privacy.Name{"same-family-name"}) || len(found) == 0 {
		t.Errorf("failed %v, found %v", failed, found)
	}
}

func TestAskedOnlyOnesOwn(t *testing.T) {
	e := aLook(audit.Disclosed).Event
	e.Words, e.Person, e.Actor.Address = "words", &audit.Identity{Name: "X"}, "10.0.0.1"
	if told := privacy.Told(e, true); !told.Patient.IsZero() || told.Person != nil || told.Words != "" || told.Marks != (audit.Marks{}) || told.Actor.Address != "" {
		t.Errorf("a manager is told %+v", told)
	}
	if told := privacy.Told(e, false); told.Patient != patient || told.Marks != (audit.Marks{}) {
		t.Errorf("the member of staff is told %+v", told)
	}
	to := privacy.Answerer{StaffID: "boss", Organisation: "RKB"}
	boss := auth.User{Identity: auth.Identity{Issuer: "i", Subject: "boss"}, Post: auth.Post{Organisation: "RKB"}}
	elsewhere := boss
	elsewhere.Organisation = "RLT"
	if !to.Is(boss) || to.Is(elsewhere) || to.Is(auth.User{}) || (privacy.Answerer{}).Is(auth.User{}) {
		t.Error("who may answer")
	}
}
