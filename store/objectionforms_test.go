package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/store"
)

func formOf(t testing.TB) objection.Form {
	t.Helper()
	born, err := objection.ParseDay("1980-02-03")
	if err != nil {
		t.Fatal(err)
	}
	return objection.Form{
		Wants: objection.ToObject, Asks: objection.Oneself, Route: objection.Online, Received: time.Now(),
		Patient:  objection.Patient{Given: "Zuleika", Family: "O’Shaughnessy", Born: born, Number: number(t, 1)},
		Postcode: "CV99 9ZZ", Address: []string{"1 Aviary Lane"},
	}
}

func received() audit.Event {
	return audit.NewEvent(audit.FormReceived, auth.User{Name: "public form"}, time.Now())
}

// A form received is on the trail and not in force, is kept once however often
// it is sent, and names nobody to who reads the database.
func TestFormsAreReceived(t *testing.T) {
	w := newWorld(t)
	f := formOf(t)
	first, err := w.ReceiveForm(t.Context(), f, received())
	if err != nil {
		t.Fatal(err)
	}
	f.Received = time.Now() // pressed twice
	again, err := w.ReceiveForm(t.Context(), f, received())
	if _, wrong := objection.ParseReference(first); wrong != nil || err != nil || again != first {
		t.Errorf("received as %s, and as %s: %v", first, again, err)
	}
	f.Postcode = "CV99 8ZZ"
	if other, err := w.ReceiveForm(t.Context(), f, received()); err != nil || other == first {
		t.Errorf("a corrected form is %s: %v", other, err)
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM audit.event WHERE kind = 'form-received'`); n != 2 || err != nil {
		t.Errorf("%d on the trail, %v", n, err)
	}
	if facts, err := w.Facts(t.Context(), access.Request{Person: adult(number(t, 1))}); err != nil || facts.Objection != access.NoObjection {
		t.Errorf("a form received is in force: %v, %v", facts.Objection, err)
	}
	rows, err := raw[string](t, w.db.Super, `SELECT string_agg(f::text || a::text || encode(f.sealed, 'escape') || encode(a.sealed, 'escape'), '') FROM objection_forms f JOIN objection_acts a ON a.objection = f.id`)
	if err != nil || strings.Contains(rows, "Zuleika") || strings.Contains(rows, number(t, 1).Digits()) || !strings.Contains(rows, first) {
		t.Errorf("P9: the tables say %s, %v", rows, err)
	}
	f.Patient.Family = ""
	if _, err := w.ReceiveForm(t.Context(), f, received()); !errors.Is(err, store.ErrIncomplete) {
		t.Errorf("half a form: %v", err)
	}
	for _, sql := range []string{`UPDATE objection_forms SET wants = ''`, `DELETE FROM objection_acts`, `UPDATE objection_steps SET state = ''`} {
		w.object(t, t.Context(), number(t, 2), objection.Upheld)
		if _, err := raw[int](t, w.db.Super, sql); err == nil || !strings.Contains(err.Error(), "never rewritten") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Objections are read whole, by person under any number, and by change.
func TestObjectionsAreRead(t *testing.T) {
	w := newWorld(t)
	began := time.Now()
	w.object(t, t.Context(), number(t, 1), objection.Upheld)
	w.object(t, t.Context(), number(t, 2), objection.Withdrawn)
	p := adult(number(t, 3))
	p.Superseded = append(p.Superseded, number(t, 1))
	p.FetchedAt = time.Now()
	if err := w.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	of, err := w.ObjectionsOf(t.Context(), number(t, 3))
	if err != nil || len(of) != 1 || of[0].State != objection.Upheld || of[0].Patient != number(t, 1) || of[0].Steps != 1 || of[0].Family != "Shah" {
		t.Errorf("under the number that supersedes: %+v, %v", of, err)
	}
	for since, want := range map[time.Time]int{{}: 2, began.Add(-time.Minute): 2, time.Now().Add(time.Minute): 0} {
		n := 0
		err := w.Objections(t.Context(), since, func(o objection.Objection) error { n++; return nil })
		if err != nil || n != want {
			t.Errorf("since %s: %d, %v", since, n, err)
		}
	}
	stop := errors.New("stop")
	if err := w.Objections(t.Context(), time.Time{}, func(objection.Objection) error { return stop }); err != stop {
		t.Errorf("not stopped: %v", err)
	}
}
