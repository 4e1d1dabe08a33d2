package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/google/uuid"
)

// fill puts events of many kinds on the trail, each at its own time.
func (w world) fill(t *testing.T, n int, patients []nhs.Number) []audit.Event {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	organisations := []nhs.ODSCode{"RKB", "RLT", "RJC"}
	kinds := []audit.Kind{audit.Disclosed, audit.Opened, audit.Denied, audit.TrailRead, audit.Traced, audit.IdentityFailed}
	roles := []auth.Role{auth.Clinician, auth.SocialCare}
	grounds := []string{string(access.Encounter), string(access.SelfClaimed), ""}
	began := time.Now().Add(-time.Hour)
	var all []audit.Event
	for i := range n {
		staff := random.IntN(6)
		u := auth.User{
			Identity: auth.Identity{Issuer: "https://id", Subject: fmt.Sprintf("staff%d", staff)}, Name: fmt.Sprintf("NAMED%d Ann", staff),
			Post: auth.Post{Role: roles[staff%2], Organisation: organisations[staff%3]}, Session: "s",
		}
		kind := kinds[random.IntN(len(kinds))]
		if i < 6 { // everybody signs in first
			u.Subject, u.Name, u.Role, u.Organisation = fmt.Sprintf("staff%d", i), fmt.Sprintf("NAMED%d Ann", i), roles[i%2], organisations[i%3]
			kind = audit.SignedIn
		}
		e := audit.NewEvent(kind, u, began.Add(time.Duration(i)*time.Second))
		e.Ground.Kind = grounds[random.IntN(len(grounds))]
		if kind != audit.TrailRead && kind != audit.SignedIn {
			e.Patient = patients[random.IntN(len(patients))]
		}
		if kind == audit.Disclosed || kind == audit.Opened {
			e.Look = fmt.Sprintf("%s-%s-%d", u.Subject, e.Patient.Digits(), i/7)
		}
		all = append(all, e)
	}
	if err := w.Append(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

// expected is what a search should find among all, by the plainest means.
func expected(all []audit.Event, q audit.Query) []audit.Event {
	numbers, kinds, looks := q.Numbers(), q.KindsWanted(), map[string]bool{}
	var found []audit.Event
	for _, e := range all {
		switch {
		case numbers != nil && !slices.Contains(numbers, e.Patient.Digits()),
			kinds != nil && !slices.Contains(kinds, e.Kind),
			q.Staff != "" && q.Staff != e.Actor.Name[:6] && q.Staff != e.Actor.Subject && q.Staff != "ann",
			q.Organisation != "" && q.Organisation != e.Actor.Organisation,
			q.Role != "" && q.Role != e.Actor.Role,
			q.Ground != "" && q.Ground != e.Ground.Kind,
			!q.From.IsZero() && e.At.Before(q.From),
			!q.To.IsZero() && !e.At.Before(q.To),
			q.Looks && e.Look != "" && looks[e.Look]:
			continue
		}
		looks[e.Look] = true
		found = append(found, e)
	}
	return found
}

// Every filter, alone and with others, finds what it should and in order, on
// pages that neither repeat nor leave out.
func TestEveryFilterOfTheTrail(t *testing.T) {
	w := newWorld(t)
	patients := []nhs.Number{number(t, 1), number(t, 2), number(t, 3)}
	all := w.fill(t, 400, patients)
	desk := storetest.Desk(t, w.db)
	queries := map[string]audit.Query{
		"nothing": {}, "patient": {Patient: patients[0]}, "former numbers": {Patient: patients[0], Former: patients[1:2]},
		"part of a name": {Staff: "NAMED3"}, "everybody's name": {Staff: "ann"}, "subject": {Staff: "staff2"}, "organisation": {Organisation: "RLT"},
		"role": {Role: auth.SocialCare}, "ground": {Ground: "encounter"}, "kind": {Kind: audit.Denied}, "shown": {Outcome: audit.Shown},
		"refused": {Outcome: audit.Refused}, "failed": {Outcome: audit.Broke}, "a kind that does not end so": {Kind: audit.Denied, Outcome: audit.Shown},
		"from": {From: all[150].At}, "to": {To: all[150].At}, "looks": {Looks: true}, "looks of a kind": {Looks: true, Kind: audit.Opened},
		"looks on a ground": {Looks: true, Ground: "encounter"}, "looks at a patient": {Looks: true, Patient: patients[0]}, "looks of a role": {Looks: true, Role: auth.SocialCare}, "looks at an organisation": {Looks: true, Organisation: "RLT"},
		"looks until": {Looks: true, To: all[150].At}, "nobody": {Staff: "nobody"},
		"all at once":        {Patient: patients[1], Staff: "ann", Role: auth.Clinician, Outcome: audit.Shown, Looks: true, From: all[350].At, To: all[5].At},
		"person and outcome": {Staff: "staff0", Outcome: audit.Refused, Ground: "self-claimed"},
	}
	for name, q := range queries {
		want := expected(all, q)
		var got []audit.Event
		for q.Limit = 17; ; {
			page, err := desk.Events(t.Context(), audit.Reach{Programme: true}, q)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < q.Limit {
				break
			}
			last := page[len(page)-1]
			q.Before = audit.Cursor{At: last.At, ID: last.ID}
		}
		if !slices.EqualFunc(got, want, func(a, b audit.Event) bool { return a.ID == b.ID }) {
			t.Errorf("%s: found %d events, want %d", name, len(got), len(want))
		}
	}
	if got, want := len(expected(all, queries["all at once"])), 1; got < want {
		t.Errorf("the filters together find %d", got)
	}
	looks, err := desk.Within(t.Context(), audit.Reach{Programme: true}, audit.Query{Kind: audit.Opened}, []string{all[0].Look, all[3].Look}, all[20].At, all[0].At)
	if err != nil || slices.ContainsFunc(looks, func(e audit.Event) bool { return e.Kind != audit.Opened }) {
		t.Errorf("within looks: %d, %v", len(looks), err)
	}
}

// T-AUD-11: whatever officers search for, they find what their own
// organisation's staff did, what was done to its patients where that is
// configured, and nothing else.
func TestAUD11_OfficersReachNoFurtherThanTheirScope(t *testing.T) {
	w := newWorld(t)
	patients := []nhs.Number{number(t, 1), number(t, 2), number(t, 3), number(t, 4)}
	all := w.fill(t, 300, patients)
	ago := func(days int) time.Time { return time.Now().AddDate(0, 0, -days) }
	_, err := w.SaveRelationships(t.Context(), []store.Relationship{
		{Patient: patients[0], SourceID: "1", Relationship: access.Relationship{Kind: access.Encounter, Organisation: "RKB", Evidence: "test", Starts: ago(3)}},
		{Patient: patients[1], SourceID: "2", Relationship: access.Relationship{Kind: access.Encounter, Organisation: "RKB", Evidence: "test", Starts: ago(90), Ends: ago(40)}},
		{Patient: patients[2], SourceID: "3", Relationship: access.Relationship{Kind: access.Encounter, Organisation: "RLT", Evidence: "test", Starts: ago(3)}},
		{Patient: patients[3], SourceID: "4", Relationship: access.Relationship{Kind: access.Void, Organisation: "RKB", Evidence: "test", Starts: ago(3)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	desk := storetest.Desk(t, w.db)
	mine := func(e audit.Event) bool { return e.Actor.Organisation == "RKB" }
	for name, test := range map[string]struct {
		reach audit.Reach
		sees  func(audit.Event) bool
	}{
		"own staff":                   {audit.Reach{Organisation: "RKB"}, mine},
		"own patients":                {audit.Reach{Organisation: "RKB", Patients: true}, func(e audit.Event) bool { return mine(e) || e.Patient == patients[0] }},
		"programme":                   {audit.Reach{Programme: true}, func(audit.Event) bool { return true }},
		"nobody":                      {audit.Reach{}, func(audit.Event) bool { return false }},
		"patients of no organisation": {audit.Reach{Patients: true}, func(audit.Event) bool { return false }},
	} {
		for _, q := range []audit.Query{{}, {Patient: patients[0]}, {Patient: patients[2]}, {Staff: "ann"}, {Kind: audit.Disclosed}, {Role: auth.Clinician}, {Organisation: "RLT"}, {Looks: true}} {
			q.Limit = 1000
			got, err := desk.Events(t.Context(), test.reach, q)
			want := expected(slices.DeleteFunc(slices.Clone(all), func(e audit.Event) bool { return !test.sees(e) }), q)
			if err != nil || !slices.EqualFunc(got, want, func(a, b audit.Event) bool { return a.ID == b.ID }) {
				t.Errorf("%s, %+v: %d events, want %d, %v", name, q, len(got), len(want), err)
			}
		}
		one := all[slices.IndexFunc(all, func(e audit.Event) bool { return e.Actor.Organisation == "RLT" && e.Patient == patients[2] })]
		e, _, err := desk.Event(t.Context(), test.reach, audit.Cursor{At: one.At, ID: one.ID})
		if err != nil || (e != nil) != test.sees(one) {
			t.Errorf("%s: one event: %v, %v", name, e != nil, err)
		}
	}
}

// What was done to a patient under a former number was done to them; what was
// done under one that is another's again was not.
func TestAUD11_OwnPatientsHaveFormerNumbers(t *testing.T) {
	w := newWorld(t)
	current, former, another := number(t, 1), number(t, 2), number(t, 3)
	for i, p := range []record.Person{{Number: current, Superseded: []nhs.Number{former, another}}, {Number: another}} {
		p.FetchedAt = time.Now().Add(time.Duration(i) * time.Second)
		if err := w.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	w.seen(t, current)
	stranger := signIn(t, w.Store, "stranger", auth.Clinician, "RLT")
	events := map[nhs.Number]audit.Event{}
	for _, n := range []nhs.Number{current, former, another} {
		events[n] = seen(stranger, audit.Disclosed, n, time.Now())
		if err := w.Append(t.Context(), events[n]); err != nil {
			t.Fatal(err)
		}
	}
	others, err := w.OtherNumbers(t.Context(), current)
	if err != nil || !slices.Equal(others, []nhs.Number{former}) {
		t.Errorf("other numbers: %v, %v", others, err)
	}
	desk, reach := storetest.Desk(t, w.db), audit.Reach{Organisation: "RKB", Patients: true}
	for asked, want := range map[nhs.Number]int{current: 2, former: 2, another: 0} {
		others, err := w.OtherNumbers(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := desk.Events(t.Context(), reach, audit.Query{Patient: asked, Former: others, Accesses: true, Limit: 10})
		if err != nil || len(got) != want {
			t.Errorf("asked about %s: %d events, %v", asked.Digits(), len(got), err)
		}
	}
	for n, e := range events {
		got, _, err := desk.Event(t.Context(), reach, audit.Cursor{At: e.At, ID: e.ID})
		if err != nil || (got != nil) != (n != another) {
			t.Errorf("the event of %s: %v, %v", n.Digits(), got != nil, err)
		}
	}
}

// The database itself has two people agree before anything is fetched again,
// and shows a request to nobody who does not reach what it is about.
func TestP6_TheDatabaseHasTwoPeopleAgree(t *testing.T) {
	w := newWorld(t)
	shown := audit.NewEvent(audit.Disclosed, w.nurse, time.Now())
	if err := w.Append(t.Context(), shown); err != nil {
		t.Fatal(err)
	}
	desk, all := storetest.Desk(t, w.db), audit.Reach{Programme: true}
	by := func(name string) audit.Party {
		return audit.Party{Identity: auth.Identity{Issuer: "https://id", Subject: name}, Name: name, Organisation: "QWU"}
	}
	officer := by("officer")
	officer.StaffID = "555021935107"
	r := audit.Refetch{ID: uuid.New(), At: time.Now(), Shown: audit.Cursor{At: shown.At, ID: shown.ID}, Reason: "why", Reference: "A", By: officer}
	if err := desk.AskRefetch(t.Context(), audit.Reach{Organisation: "RLT"}, r); err == nil {
		t.Error("an officer of another organisation asks")
	}
	if err := desk.AskRefetch(t.Context(), all, r); err != nil {
		t.Fatal(err)
	}
	step := func(kind audit.StepKind, who string) audit.RefetchStep {
		return audit.RefetchStep{Kind: kind, At: time.Now(), Words: "why", By: by(who)}
	}
	if err := desk.StepRefetch(t.Context(), all, r, step(audit.Approved, "officer")); !errors.Is(err, audit.ErrSamePerson) {
		t.Errorf("who asked approves: %v", err)
	}
	twice := step(audit.Approved, "officer-elsewhere")
	twice.By.StaffID = r.By.StaffID
	if err := desk.StepRefetch(t.Context(), all, r, twice); !errors.Is(err, audit.ErrSamePerson) {
		t.Errorf("who asked approves under another sign-in: %v", err)
	}
	refused := r
	refused.Steps = []audit.RefetchStep{{}}
	if err := desk.StepRefetch(t.Context(), all, refused, step(audit.Fetched, "officer")); err == nil {
		t.Error("it is fetched, and nobody approved it")
	}
	if err := desk.StepRefetch(t.Context(), all, r, step(audit.Approved, "guardian")); err != nil {
		t.Error(err)
	}
	if err := desk.StepRefetch(t.Context(), all, r, step(audit.Declined, "another")); !errors.Is(err, audit.ErrDecided) {
		t.Errorf("a second decision: %v", err)
	}
	got, err := desk.Refetch(t.Context(), audit.Reach{Organisation: "RKB"}, r.ID)
	if err != nil || got == nil || len(got.Steps) != 1 || got.By != officer || got.Steps[0].By.Name != "guardian" || !got.Current(time.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := desk.Refetch(t.Context(), audit.Reach{Organisation: "RLT"}, r.ID); err != nil || got != nil {
		t.Errorf("another organisation reads it: %+v, %v", got, err)
	}
	if n, err := raw[int](t, w.db.Desk, `SELECT count(*) FROM audit.refetch`); err != nil || n != 0 {
		t.Errorf("without a reach the desk reads %d, %v", n, err)
	}
}

// Only a role that row level security holds back works for the desk, and only
// one that changes nothing reads for the auditor.
func TestP6_DeskAndAuditorRefuseOtherRoles(t *testing.T) {
	_, db := storetest.Open(t)
	for name, url := range map[string]string{"owner": db.Owner, "superuser": db.Super, "server": db.Server, "auditor": db.Auditor, "monitor": db.Monitor, "sequencer": db.Sequencer} {
		if d, err := store.OpenDesk(t.Context(), url); err == nil || !strings.Contains(err.Error(), "give it the role icr_desk") {
			t.Errorf("the desk works as the %s: %v, %v", name, d, err)
		}
	}
	for name, url := range map[string]string{"owner": db.Owner, "superuser": db.Super, "server": db.Server} {
		if a, err := store.OpenAuditor(t.Context(), url); err == nil || !strings.Contains(err.Error(), "give it the role icr_auditor") {
			t.Errorf("the auditor works as the %s: %v, %v", name, a, err)
		}
	}
}
