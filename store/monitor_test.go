package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/google/uuid"
)

func monitor(t testing.TB, db storetest.Database) *store.Monitor {
	t.Helper()
	m, err := store.OpenMonitor(t.Context(), db.Monitor)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	if m.Marker, err = audit.NewMarker(storetest.Secret); err != nil {
		t.Fatal(err)
	}
	m.Watcher.Table = access.Shipped()
	m.Failed = func(n privacy.Name) { t.Errorf("the rule %s failed", n) }
	return m
}

// turn has the monitor look at all that waits.
func turn(t testing.TB, m *store.Monitor) (w store.Watched) {
	t.Helper()
	for more := true; more; {
		one, err := m.Turn(t.Context())
		if err != nil || one.Busy {
			t.Fatalf("%+v, %v", one, err)
		}
		w.Events, w.Alerts, more = w.Events+one.Events, w.Alerts+one.Alerts, one.More
	}
	return w
}

// seen is an event of the nurse's about a patient.
func seen(u auth.User, kind audit.Kind, n nhs.Number, at time.Time) audit.Event {
	e := audit.NewEvent(kind, u, at)
	e.Patient, e.Look, e.Rule = n, e.Reference, access.HasGround
	return e
}

// Every event is looked at once and alerts once, whatever is done again, by
// however many replicas, and whatever was begun before.
func TestMonitorLooksAtEachEventOnce(t *testing.T) {
	w := newWorld(t)
	n := number(t, 1)
	marker, err := audit.NewMarker(storetest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	list := []privacy.Staff{{Organisation: "RKB", ID: w.nurse.Subject, Team: "Ward 1", Manager: "boss", Marks: marker.Marks("Rarename", "CV1 1AA", "1 High St")}}
	if err := w.SaveStaff(t.Context(), list, audit.NewEvent(audit.Imported, auth.User{Name: "test"}, time.Now())); err != nil {
		t.Fatal(err)
	}
	watch := privacy.Watch{Patient: n, Kind: privacy.PublicFigure, Reason: "in the news", Since: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}
	if err := w.SaveWatches(t.Context(), []privacy.Watch{watch}, audit.NewEvent(audit.WatchChanged, auth.User{Name: "test"}, time.Now())); err != nil {
		t.Fatal(err)
	}
	e := seen(w.nurse, audit.Disclosed, n, time.Now())
	e.Marks = marker.Marks("RARENAME", "CV9 9ZZ", "")
	again := seen(w.nurse, audit.Disclosed, n, time.Now()) // the same day: no alert of its own
	claim := seen(w.nurse, audit.Claimed, n, time.Now())
	claim.Claim, claim.Rule, claim.Ground.Until = access.Consent, access.SelfClaimed, time.Now().Add(time.Hour)
	for _, e := range []audit.Event{e, again, claim} {
		if err := w.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	m := monitor(t, w.db)
	if lag, err := m.Lag(t.Context()); err != nil || lag <= 0 {
		t.Errorf("lag before anything is sequenced: %v, %v", lag, err)
	}
	s := sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	got := turn(t, m)
	if got.Alerts != 2 || got.Events < 5 {
		t.Errorf("%+v", got)
	}
	if lag, err := m.Lag(t.Context()); err != nil || lag != 0 {
		t.Errorf("lag afterwards: %v, %v", lag, err)
	}
	if err := exec(t, w.db.Owner, `UPDATE privacy.cursor SET position = 0`); err != nil {
		t.Fatal(err)
	}
	if got := turn(t, monitor(t, w.db)); got.Alerts != 0 || got.Events < 5 {
		t.Errorf("looked at again: %+v", got)
	}
	alerts, err := storetest.Desk(t, w.db).Alerts(t.Context(), audit.Reach{Organisation: "RKB"}, privacy.Query{Gravest: true, Limit: 10})
	if err != nil || len(alerts) != 3 {
		t.Fatalf("%d alerts, %v", len(alerts), err)
	}
	for i, want := range []privacy.Name{"watch-list", "same-family-name", privacy.SelfClaim} {
		if i == 1 && alerts[i].Rule == privacy.SelfClaim { // of the same severity
			alerts[1], alerts[2] = alerts[2], alerts[1]
		}
		if a := alerts[i]; a.Rule != want || a.State != privacy.New || a.Detail == "" || a.Event.Patient != n {
			t.Errorf("%d: %+v", i, a)
		}
	}
}

// While one replica works, others leave the trail alone. What they left is
// theirs when it ends half way.
func TestMonitorsDoNotDouble(t *testing.T) {
	w := newWorld(t)
	s := sequencer(t, w.db)
	elect(t, s)
	for i := range 30 {
		e := seen(w.nurse, audit.Denied, number(t, 1+i%3), time.Now())
		e.Rule = access.Objected
		if err := w.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	sequence(t, s)
	added := make(chan int, 4)
	for range cap(added) {
		m := monitor(t, w.db)
		go func() {
			alerts := 0
			for range 20 {
				got, err := m.Turn(t.Context())
				if err != nil {
					t.Error(err)
				}
				alerts += got.Alerts
			}
			added <- alerts
		}()
	}
	total := 0
	for range cap(added) {
		total += <-added
	}
	if total != 3 { // a person, a patient and a day each
		t.Errorf("%d alerts", total)
	}
}

// The monitor can write nothing of the trail; nobody can change an alert, nor
// the desk or the server read what the rules count by.
func TestP6_TheMonitorOnlyAlerts(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ url, sql string }{
		{w.db.Monitor, `INSERT INTO audit.event (event_id) VALUES (gen_random_uuid())`},
		{w.db.Monitor, `DELETE FROM audit.event`},
		{w.db.Monitor, `UPDATE audit.alert SET rule = ''`},
		{w.db.Monitor, `DELETE FROM privacy.staff`},
		{w.db.Monitor, `SELECT * FROM public.sessions`},
		{w.db.Monitor, `SELECT salt FROM audit.event`},
		{w.db.Desk, `SELECT * FROM privacy.staff`},
		{w.db.Desk, `SELECT * FROM privacy.met`},
		{w.db.Server, `SELECT * FROM privacy.watched`},
		{w.db.Server, `INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation, once) VALUES (gen_random_uuid(), now(), 'watched', gen_random_uuid(), now(), '', '')`},
		{w.db.Desk, `INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation, once) VALUES (gen_random_uuid(), now(), 'sampled', gen_random_uuid(), now(), '', '')`},
		{w.db.Server, `SELECT family FROM privacy.staff`},
	} {
		if err := exec(t, test.url, test.sql); !denied(err) {
			t.Errorf("%s: %v, want it denied", test.sql, err)
		}
	}
	if _, err := store.OpenMonitor(t.Context(), w.db.Server); err == nil {
		t.Error("the server's role is taken for the monitor's")
	}
}

// An officer handles an alert step by step; closed, nothing is added; nobody
// handles one about themselves; and only who is asked answers.
func TestCases(t *testing.T) {
	w := newWorld(t)
	n := number(t, 1)
	w.nurse.StaffID = "555021935107"
	e := seen(w.nurse, audit.GlassBroken, n, time.Now())
	e.Claim, e.Rule, e.Ground.Until = access.Emergency, access.GlassBroken, time.Now().Add(time.Hour)
	if err := w.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	desk := storetest.Desk(t, w.db)
	mine, theirs := audit.Reach{Organisation: "RKB"}, audit.Reach{Organisation: "RLT"}
	all, err := desk.Alerts(t.Context(), mine, privacy.Query{States: []privacy.State{privacy.New}, Limit: 10})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d alerts, %v", len(all), err)
	}
	id := all[0].ID
	if _, err := desk.Case(t.Context(), theirs, id); !errors.Is(err, auth.ErrNoRef) {
		t.Errorf("another organisation's officer reads it: %v", err)
	}
	officer := audit.Actor{Issuer: "https://id", Subject: "officer", Name: "Officer", Organisation: "RKB"}
	step := func(n int, kind privacy.StepKind, by audit.Actor, reach audit.Reach) error {
		var q *privacy.Question
		if kind == privacy.AskStaff {
			q = &privacy.Question{To: privacy.Answerer{Issuer: w.nurse.Issuer, Subject: w.nurse.Subject}, Event: privacy.Told(e, false)}
		}
		return desk.HandleCase(t.Context(), reach, id, privacy.Step{N: n, Kind: kind, At: time.Now(), Words: "why?", Reference: "R", By: by}, q)
	}
	must := func(n int, kind privacy.StepKind, state privacy.State) {
		t.Helper()
		if err := step(n, kind, officer, mine); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if c, err := desk.Case(t.Context(), mine, id); err != nil || c.State != state || len(c.Steps) != n {
			t.Fatalf("%s: %s, %d steps, %v", kind, c.State, len(c.Steps), err)
		}
	}
	for name, err := range map[string]error{
		"closed at once":       step(1, privacy.Close, officer, mine),
		"decided at once":      step(1, privacy.FindJustified, officer, mine),
		"a number left out":    step(2, privacy.Take, officer, mine),
		"answered by officers": step(1, privacy.Answer, officer, mine),
		"out of reach":         step(1, privacy.Take, officer, theirs),
	} {
		if err == nil {
			t.Errorf("%s: done", name)
		}
	}
	if err := step(1, privacy.Take, audit.ActorOf(w.nurse), mine); !errors.Is(err, privacy.ErrOwnCase) {
		t.Errorf("taken by who did it: %v", err)
	}
	same := officer
	same.StaffID = w.nurse.StaffID
	if err := step(1, privacy.Take, same, mine); !errors.Is(err, privacy.ErrOwnCase) {
		t.Errorf("taken by who did it with another sign-in: %v", err)
	}
	must(1, privacy.Take, privacy.InReview)
	must(2, privacy.AskStaff, privacy.Asked)

	asked, err := desk.Questions(t.Context(), w.nurse)
	if err != nil || len(asked) != 1 || asked[0].Event.Patient != n {
		t.Fatalf("%+v, %v", asked, err)
	}
	other := signIn(t, w.Store, "other", auth.Clinician, "RKB")
	if qs, err := desk.Questions(t.Context(), other); err != nil || len(qs) != 0 {
		t.Errorf("somebody else is asked: %+v, %v", qs, err)
	}
	if _, err := desk.Question(t.Context(), other, asked[0].Ref); !errors.Is(err, auth.ErrNoRef) {
		t.Errorf("somebody else reads it: %v", err)
	}
	if err := desk.Answer(t.Context(), other, asked[0].Ref, "it was me", "R", time.Now()); err == nil {
		t.Error("somebody else answers")
	}
	if err := desk.Answer(t.Context(), w.nurse, asked[0].Ref, "a collapse", "R", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := desk.Answer(t.Context(), w.nurse, asked[0].Ref, "twice", "R", time.Now()); !errors.Is(err, privacy.ErrChanged) {
		t.Errorf("answered twice: %v", err)
	}
	c, err := desk.Case(t.Context(), mine, id)
	if err != nil || c.State != privacy.Answered || c.Questions[0].Answer != "a collapse" {
		t.Fatalf("%+v, %v", c, err)
	}
	must(3, privacy.Note, privacy.Answered)
	must(4, privacy.FindJustified, privacy.Justified)
	must(5, privacy.Close, privacy.Closed)
	for _, kind := range []privacy.StepKind{privacy.Note, privacy.FindBreach, privacy.Close, privacy.Take} {
		if err := step(6, kind, officer, mine); !errors.Is(err, privacy.ErrChanged) {
			t.Errorf("%s after it was closed: %v", kind, err)
		}
	}
	for _, sql := range []string{`UPDATE privacy.step SET words = ''`, `DELETE FROM privacy.step`, `TRUNCATE privacy.step CASCADE`, `DELETE FROM privacy.answer`, `UPDATE privacy.question SET words = ''`} {
		if err := exec(t, w.db.Owner, sql); err == nil {
			t.Errorf("the owner did %s", sql)
		}
	}
	if _, err := desk.Case(t.Context(), mine, uuid.New()); !errors.Is(err, auth.ErrNoRef) {
		t.Error(fmt.Sprint("an alert that is none: ", err))
	}
}
