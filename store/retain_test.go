package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
)

func keeper(t *testing.T, db storetest.Database) *store.Keeper {
	t.Helper()
	k, err := store.OpenKeeper(t.Context(), db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// old is a trail with events in a month of ten years ago.
func old(t *testing.T) (w world, first time.Time) {
	t.Helper()
	w = newWorld(t)
	first = time.Date(2016, 3, 1, 0, 0, 0, 0, time.UTC)
	if err := exec(t, w.db.Super, `SELECT audit.make_month('2016-03-01'), audit.make_month('2016-04-01')`); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		e := audit.NewEvent(audit.Opened, w.nurse, first.AddDate(0, 0, i))
		e.Patient = number(t, i)
		if err := w.Append(t.Context(), e, audit.NewEvent(audit.SignedOut, w.nurse, first.AddDate(0, 1, i))); err != nil {
			t.Fatal(err)
		}
	}
	return w, first
}

// What events of a month said can go; their entries stay, and the log still
// verifies, if the trail says that they went.
func TestRemovedMonthLeavesALogThatVerifies(t *testing.T) {
	w, first := old(t)
	k, s := keeper(t, w.db), sequencer(t, w.db)
	if err := k.Remove(t.Context(), first); !errors.Is(err, store.ErrKept) {
		t.Errorf("events without a place were removed: %v", err)
	}
	elect(t, s)
	sequence(t, s)
	months, err := k.Months(t.Context(), time.Date(2016, 4, 20, 0, 0, 0, 0, time.UTC))
	if err != nil || len(months) != 1 || months[0].Name() != "2016-03" || months[0].Events != 5 || months[0].Why() != "" {
		t.Fatalf("%+v, %v", months, err)
	}
	e := audit.NewEvent(audit.BodiesRemoved, auth.User{}, time.Now())
	e.Month = "2016-03"
	if err := w.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := k.Remove(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	sequence(t, s)
	report, f := verify(t, w.db)
	if f != nil || report.Removed != 5 || report.Bodies != 6 {
		t.Errorf("%v: %+v", f, report)
	}
	if err := k.Remove(t.Context(), first.AddDate(0, 1, 0)); err != nil { // and this is on no trail
		t.Fatal(err)
	}
	if _, f := verify(t, w.db); f == nil || f.Wrong != merkle.Deleted {
		t.Errorf("a month that the trail says nothing of: %v", f)
	}
}

func TestLegalHoldsKeepAMonth(t *testing.T) {
	w, first := old(t)
	k, s := keeper(t, w.db), sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	renumbered := adult(number(t, 20))
	renumbered.Superseded = []nhs.Number{number(t, 3)}
	if err := w.SavePerson(t.Context(), renumbered); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		hold store.Hold
		kept bool
	}{
		{"everything", store.Hold{}, true},
		{"its patient", store.Hold{Patient: number(t, 3)}, true},
		{"its patient, under a later number", store.Hold{Patient: number(t, 20)}, true},
		{"another patient", store.Hold{Patient: number(t, 30)}, false},
		{"its organisation", store.Hold{Organisation: "RKB"}, true},
		{"its patient, by another organisation", store.Hold{Patient: number(t, 3), Organisation: "RLT"}, false},
		{"its member of staff", store.Hold{Subject: "nurse"}, true},
	} {
		test.hold.Why = test.name
		id, err := k.Hold(t.Context(), test.hold)
		if err != nil {
			t.Fatal(err)
		}
		months, err := k.Months(t.Context(), first.AddDate(0, 1, 0))
		if err != nil || len(months) != 1 || (months[0].Why() != "") != test.kept {
			t.Errorf("%s: %+v, %v", test.name, months, err)
		}
		if test.kept {
			if err := k.Remove(t.Context(), first); !errors.Is(err, store.ErrKept) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if all, err := k.Holds(t.Context()); err != nil || len(all) != 1 || all[0].Why != test.name {
			t.Errorf("%+v, %v", all, err)
		}
		if err := k.Release(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Release(t.Context(), 1); !errors.Is(err, store.ErrNoHold) {
		t.Errorf("released twice: %v", err)
	}
}

// A month stays while somebody works on an alert about it. When it goes, what
// people were told of it goes too.
func TestNothingIsLeftOfARemovedMonthInItsCases(t *testing.T) {
	w, first := old(t)
	e := seen(w.nurse, audit.GlassBroken, number(t, 1), first.AddDate(0, 0, 1))
	e.Claim, e.Rule, e.Ground.Until = access.Emergency, access.GlassBroken, e.At.Add(time.Hour)
	if err := w.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	k, s := keeper(t, w.db), sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	desk, reach := storetest.Desk(t, w.db), audit.Reach{Organisation: "RKB"}
	alerts, err := desk.Alerts(t.Context(), reach, privacy.Query{Limit: 10})
	if err != nil || len(alerts) != 1 {
		t.Fatalf("%d alerts, %v", len(alerts), err)
	}
	for n, kind := range []privacy.StepKind{privacy.Take, privacy.AskStaff, privacy.FindJustified, privacy.Close} {
		if n > 0 {
			if err := k.Remove(t.Context(), first); !errors.Is(err, store.ErrKept) {
				t.Errorf("before %s: %v", kind, err)
			}
		}
		var q *privacy.Question
		if kind == privacy.AskStaff {
			q = &privacy.Question{To: privacy.Answerer{Issuer: w.nurse.Issuer, Subject: w.nurse.Subject}, Event: privacy.Told(e, false)}
		}
		by := audit.Actor{Issuer: "https://id", Subject: "officer", Name: "Officer", Organisation: "RKB"}
		if err := desk.HandleCase(t.Context(), reach, alerts[0].ID, privacy.Step{N: n + 1, Kind: kind, At: time.Now(), Words: "why?", Reference: "R", By: by}, q); err != nil {
			t.Fatal(err)
		}
	}
	if err := exec(t, w.db.Owner, `UPDATE privacy.question SET words = 'x'`); err == nil {
		t.Error("what was asked is rewritten")
	}
	if err := k.Remove(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if left, err := raw[int](t, w.db.Super, `SELECT sum(length(told)) FROM privacy.question`); err != nil || left != 0 {
		t.Errorf("%d bytes are left of what was told, %v", left, err)
	}
	if asked, err := desk.Questions(t.Context(), w.nurse); err != nil || len(asked) != 0 {
		t.Errorf("%+v, %v", asked, err)
	}
}

// A month without a partition fails the view: they are made ahead.
func TestMonthsAreMadeAhead(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC()
	ahead := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, 4, 0).Add(-time.Hour)
	if err := exec(t, w.db.Super, `DROP TABLE audit.event_`+ahead.Format("200601")); err != nil {
		t.Fatal(err)
	}
	e := audit.NewEvent(audit.SignedIn, w.nurse, ahead)
	if err := w.Append(t.Context(), e); err == nil {
		t.Fatal("the month is there")
	}
	if err := w.MakeMonths(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(t.Context(), e); err != nil {
		t.Errorf("three months ahead: %v", err)
	}
}
