package store_test

import (
	"errors"
	"sync"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/privacy"
	"example.org/icr/store/storetest"
)

func TestABrokenGlassOpensInItsOwnSessionAlone(t *testing.T) {
	w := newWorld(t)
	n := number(t, 1)
	req := access.Request{User: w.nurse, Person: adult(n)}
	decide := func(u auth.User) access.Decision {
		t.Helper()
		d, err := w.policy.Decide(t.Context(), access.Request{User: u, Person: req.Person})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := decide(w.nurse); d.Permitted() {
		t.Fatal("there is a ground already")
	}
	if err := w.trail.BreakGlass(t.Context(), req, ""); err != nil {
		t.Fatal(err)
	}
	if d := decide(w.nurse); d.Rule() != access.GlassBroken {
		t.Errorf("in its session: %s", d.Rule())
	}
	again := w.nurse
	again.Session = signIn(t, w.Store, "another browser", auth.Clinician, "RKB").Session
	if d := decide(again); d.Permitted() {
		t.Errorf("in another session: %s", d.Rule())
	}
}

func TestNotesAreOwedUntilTheirOwnUserGivesThem(t *testing.T) {
	w := newWorld(t)
	other := signIn(t, w.Store, "other", auth.Clinician, "RLT")
	if err := w.trail.BreakGlass(t.Context(), access.Request{User: w.nurse, Person: adult(number(t, 1))}, ""); err != nil {
		t.Fatal(err)
	}
	owed := func(u auth.User) []audit.Owed {
		t.Helper()
		all, err := w.Owed(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if len(owed(w.nurse)) != 1 || len(owed(other)) != 0 {
		t.Fatalf("owed: %v, by the other %v", owed(w.nurse), owed(other))
	}
	reference := owed(w.nurse)[0].Reference
	if err := w.trail.Note(t.Context(), other, reference, "not mine"); err != nil {
		t.Fatal(err)
	}
	if len(owed(w.nurse)) != 1 {
		t.Error("somebody else gave the note")
	}
	if err := w.trail.Note(t.Context(), w.nurse, reference, "a collapse"); err != nil {
		t.Fatal(err)
	}
	if len(owed(w.nurse)) != 0 {
		t.Error("the note is still owed")
	}
}

func TestClaimsAndBrokenGlassAlertTheirOfficers(t *testing.T) {
	w := newWorld(t)
	req := access.Request{User: w.nurse, Person: adult(number(t, 1))}
	if err := w.trail.Claim(t.Context(), req, access.Consent, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.trail.BreakGlass(t.Context(), req, "no pulse"); err != nil {
		t.Fatal(err)
	}
	desk := storetest.Desk(t, w.db)
	for _, test := range []struct {
		reach audit.Reach
		want  int
	}{
		{audit.Reach{Organisation: "RKB"}, 2},
		{audit.Reach{Organisation: "RLT"}, 0},
		{audit.Reach{Programme: true}, 2},
		{audit.Reach{}, 0},
	} {
		alerts, err := desk.Alerts(t.Context(), test.reach, privacy.Query{Limit: 10})
		if err != nil || len(alerts) != test.want {
			t.Fatalf("%+v: %d, %v", test.reach, len(alerts), err)
		}
		if test.want > 0 && (alerts[0].Rule != privacy.BreakGlass || alerts[0].Event.Words != "no pulse" || alerts[0].Noted != nil) {
			t.Errorf("%+v", alerts[0])
		}
	}
	for _, test := range []struct{ url, sql string }{
		{w.db.Server, `DELETE FROM audit.alert`}, {w.db.Server, `SELECT * FROM audit.alert`}, {w.db.Desk, `DELETE FROM audit.alert`}, {w.db.Owner, `UPDATE audit.alert SET rule = ''`},
	} {
		if err := exec(t, test.url, test.sql); err == nil {
			t.Errorf("%s was allowed", test.sql)
		}
	}
}

// Claims that come at once are counted one after the other.
func TestNobodyClaimsMoreAtOnce(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	errs := make([]error, 2*access.MostClaims)
	for i := range errs {
		req := access.Request{User: w.nurse, Person: adult(number(t, i+1))}
		all.Go(func() { errs[i] = w.trail.Claim(t.Context(), req, access.Consent, "") })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, audit.ErrTooManyClaims) {
			t.Error(err)
		}
	}
	if made != access.MostClaims {
		t.Errorf("%d claims at once", made)
	}
	other := signIn(t, w.Store, "other", auth.Clinician, "RKB")
	if err := w.trail.Claim(t.Context(), access.Request{User: other, Person: adult(number(t, 1))}, access.Consent, ""); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
}
