package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/store/storetest"
)

// age makes all that was spent so many minutes older.
func age(t *testing.T, w world, minutes int) {
	t.Helper()
	if _, err := raw[int](t, w.db.Super, `WITH older AS (UPDATE spent SET at = at - $1 * interval '1 minute' RETURNING 1) SELECT count(*) FROM older`, minutes); err != nil {
		t.Fatal(err)
	}
}

// What is spent is counted over all replicas: of a person since they signed in,
// of an organisation all of it, and of one patient once.
func TestBudgetsAreCountedOverReplicas(t *testing.T) {
	w := newWorld(t)
	replica := storetest.Connect(t, w.db)
	colleague := signIn(t, w.Store, "colleague", auth.Clinician, "RKB")
	elsewhere := signIn(t, w.Store, "elsewhere", auth.Clinician, "RLT")
	nurse := w.nurse
	nurse.AuthTime = time.Now().Add(-10 * time.Minute)
	refused := errors.New("refused")
	var seen access.Spent
	note := func(s access.Spent) error { seen = s; return nil }
	spend := func(on interface {
		Spend(ctx context.Context, u auth.User, patient nhs.Number, within func(access.Spent) error) error
	}, u auth.User, patient nhs.Number,
	) {
		t.Helper()
		if err := on.Spend(t.Context(), u, patient, note); err != nil {
			t.Fatal(err)
		}
	}
	search, first, second := nhs.Number{}, number(t, 0), number(t, 1)
	spend(w, nurse, search)
	spend(replica, nurse, search)
	spend(replica, nurse, first)
	spend(w, nurse, first) // known, and not asked about
	spend(w, colleague, first)
	spend(w, colleague, search)
	spend(w, elsewhere, second)
	spend(replica, nurse, second)
	want := access.Spent{User: access.Budget{Searches: 2, Patients: 1}, Organisation: access.Budget{Searches: 3, Patients: 1}}
	if seen != want {
		t.Errorf("%+v, want %+v", seen, want)
	}
	third := number(t, 2)
	if err := w.Spend(t.Context(), nurse, third, func(access.Spent) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	if err := errors.Join(w.Alerted(t.Context(), nurse, false), replica.Alerted(t.Context(), colleague, true)); err != nil {
		t.Fatal(err)
	}
	age(t, w, 11)
	spend(w, nurse, third)
	want = access.Spent{User: access.Budget{Searches: 2, Patients: 2}, Organisation: access.Budget{Searches: 3, Patients: 2}, UserTold: true, OrganisationTold: true}
	want.User = access.Budget{} // since they signed in
	if seen != want {
		t.Errorf("after a sign-in: %+v, want %+v", seen, want)
	}
	age(t, w, 50)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	spend(w, nurse, number(t, 3))
	if want := (access.Spent{Organisation: access.Budget{Patients: 1}}); seen != want {
		t.Errorf("after an hour: %+v, want %+v", seen, want)
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM spent WHERE what = convert_to('`+first.Digits()+`', 'UTF8') OR subject LIKE '%999%'`); err != nil || n != 0 {
		t.Errorf("P9: %d rows name a patient, %v", n, err)
	}
}
