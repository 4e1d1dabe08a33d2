package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/store/storetest"
	"github.com/google/uuid"
)

func itemOf(t *testing.T, partner nhs.ODSCode, same byte, at time.Time) safety.Item {
	t.Helper()
	p := adult(number(t, int(same)))
	i := safety.Item{Person: p, By: audit.Actor{Name: "nurse", Organisation: "RKB"}, Same: [32]byte{same}}
	i.Head = safety.Head{ID: uuid.Must(uuid.NewV7()), At: at.Truncate(time.Microsecond), Kind: safety.WrongPatient, Partner: partner, PartnerName: "Hospital", Reference: "REF"}
	i.Differences = []record.Difference{{What: "name", Ours: "SHAH, Ada", Theirs: "Ada O\x00Brien \xff"}}
	return i
}

// Safety officers read what concerns their own organisation's feed, and those
// of the programme read all; in the database, not in the program alone.
func TestSafetyItemsAreReachedByTheirOfficers(t *testing.T) {
	w := newWorld(t)
	desk, now := storetest.Desk(t, w.db), time.Now()
	ours, theirs, nobodys := itemOf(t, "RKB", 1, now), itemOf(t, "RLT", 2, now), itemOf(t, "", 3, now)
	for _, i := range []safety.Item{ours, theirs, nobodys} {
		if err := w.Raise(t.Context(), i, audit.NewEvent(audit.IdentityFailed, w.nurse, now), true); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		reach audit.Reach
		want  int
	}{
		"own":       {audit.Reach{Organisation: "RKB"}, 1},
		"programme": {programmeWide, 3},
		"no reach":  {audit.Reach{}, 0},
		"another":   {audit.Reach{Organisation: "RJC"}, 0},
	} {
		heads, err := desk.Items(t.Context(), test.reach, safety.Query{Limit: 10})
		if err != nil || len(heads) != test.want {
			t.Errorf("%s: %d items, %v", name, len(heads), err)
		}
	}
	own := audit.Reach{Organisation: "RKB"}
	if _, err := desk.Item(t.Context(), own, theirs.ID); !errors.Is(err, auth.ErrNoRef) {
		t.Errorf("another's item: %v", err)
	}
	step := safety.Step{N: 1, Kind: safety.Take, Act: switchOf("", "", true).Act}
	if err := desk.Handle(t.Context(), own, theirs.ID, step); !denied(err) {
		t.Errorf("handling another's item: %v", err)
	}
	got, err := desk.Item(t.Context(), own, ours.ID)
	if err != nil || got.Person.Number != ours.Person.Number || len(got.Differences) != 1 || got.Differences[0].Theirs == "" || got.State != safety.New {
		t.Errorf("%+v, %v", got.Head, err)
	}
	for _, sql := range []string{`SELECT body FROM safety.item`, `SELECT id FROM safety.item`, `UPDATE safety.item SET kind = ''`, `INSERT INTO safety.step (item) VALUES (NULL)`, `UPDATE safety.message SET address = 'x'`} {
		if err := exec(t, w.db.Server, sql); !denied(err) {
			t.Errorf("the server: %s: %v", sql, err)
		}
	}
	for _, sql := range []string{`INSERT INTO safety.item (id) VALUES (NULL)`, `UPDATE safety.step SET words = ''`, `DELETE FROM safety.step`, `INSERT INTO safety.message (partner) VALUES ('')`} {
		if err := exec(t, w.db.Desk, sql); !denied(err) {
			t.Errorf("the desk: %s: %v", sql, err)
		}
	}
	if n, err := raw[int](t, w.db.Desk, `SELECT count(*) FROM safety.item`); err != nil || n != 0 {
		t.Errorf("without a reach the desk reads %d, %v", n, err)
	}
}

// What is raised again on the same day is one item; its event is kept all the
// same where it must be. On another day it is raised anew.
func TestSafetyItemsAreRaisedOnceADay(t *testing.T) {
	w := newWorld(t)
	desk, now := storetest.Desk(t, w.db), time.Now()
	raise := func(i safety.Item, always bool) {
		t.Helper()
		if err := w.Raise(t.Context(), i, audit.NewEvent(audit.IdentityFailed, w.nurse, now), always); err != nil {
			t.Fatal(err)
		}
	}
	first := itemOf(t, "RKB", 1, now)
	raise(first, true)
	raise(itemOf(t, "RKB", 1, now), true)
	raise(itemOf(t, "RKB", 1, now), false)
	raise(itemOf(t, "RKB", 1, now.AddDate(0, 0, -1)), false)
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM audit.event WHERE kind = 'identity-failed'`); err != nil || n != 3 {
		t.Errorf("%d events, %v", n, err)
	}
	got, err := desk.Item(t.Context(), programmeWide, first.ID)
	if err != nil || len(got.Others) != 1 {
		t.Errorf("%d others, %v", len(got.Others), err)
	}
}

func TestTwoOfficersCannotDoTheSameStep(t *testing.T) {
	w := newWorld(t)
	desk := storetest.Desk(t, w.db)
	i := itemOf(t, "RKB", 1, time.Now())
	if err := w.Raise(t.Context(), i, audit.NewEvent(audit.IdentityFailed, w.nurse, time.Now()), true); err != nil {
		t.Fatal(err)
	}
	step := safety.Step{N: 1, Kind: safety.Take, Act: switchOf("", "", true).Act}
	if err := desk.Handle(t.Context(), programmeWide, i.ID, step); err != nil {
		t.Fatal(err)
	}
	if err := desk.Handle(t.Context(), programmeWide, i.ID, step); !errors.Is(err, safety.ErrChanged) {
		t.Errorf("a second first step: %v", err)
	}
	for state, want := range map[safety.State]int{safety.Taken: 1, safety.New: 0, safety.Closed: 0} {
		heads, err := desk.Items(t.Context(), programmeWide, safety.Query{State: state, Limit: 10})
		if err != nil || len(heads) != want {
			t.Errorf("%s: %d, %v", state, len(heads), err)
		}
	}
}
