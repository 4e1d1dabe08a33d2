package store_test

import (
	"slices"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/store"
)

// The demographics service may take back that two numbers are one person's:
// then each finds its own again, and an objection of either stays one of both.
func TestP5_AMergeThatIsTakenBackJoinsNobody(t *testing.T) {
	w := newWorld(t)
	x, y := number(t, 1), number(t, 2)
	save := func(n nhs.Number, family string, ago time.Duration, former ...nhs.Number) {
		t.Helper()
		p := adult(n)
		p.Family, p.Superseded, p.FetchedAt = family, former, time.Now().Add(-ago)
		if err := w.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	is := func(asked, want nhs.Number, family string, former ...nhs.Number) {
		t.Helper()
		p, err := w.Person(t.Context(), asked)
		if err != nil || p.Number != want || p.Family != family || !slices.Equal(p.Superseded, former) {
			t.Errorf("asked about %s: %s %q %v, %v", asked.Digits(), p.Number.Digits(), p.Family, p.Superseded, err)
		}
	}
	save(y, "Merged", time.Hour, x)
	is(x, y, "Merged", x)
	w.object(t, t.Context(), y, objection.Upheld)
	save(x, "Other", 2*time.Hour) // an older answer takes nothing back
	is(x, y, "Merged", x)
	save(x, "Other", time.Minute)
	is(x, x, "Other")
	is(y, y, "Merged")
	if f, err := w.Facts(t.Context(), access.Request{User: w.nurse, Person: adult(x)}); err != nil || f.Objection != access.ObjectionInForce {
		t.Errorf("an objection from when they were one: %v %v", f.Objection, err)
	}
	save(x, "Turned", 0, y) // now the other way round
	is(x, x, "Turned", y)
	is(y, x, "Turned", y)
	z := number(t, 3)
	save(z, "Third", -time.Second, x)
	if f, err := w.Facts(t.Context(), access.Request{User: w.nurse, Person: adult(z)}); err != nil || f.Objection != access.ObjectionInForce {
		t.Errorf("an objection, one merger on: %v %v", f.Objection, err)
	}
	is(y, z, "Third", x, y)
}

// That one number superseded another is as old as the word that said so,
// however fresh the word about the other.
func TestP5_AMergeIsAskedAboutAgain(t *testing.T) {
	w := newWorld(t)
	x, y := number(t, 1), number(t, 2)
	merged := adult(y)
	merged.Superseded, merged.FetchedAt = []nhs.Number{x}, time.Now().Add(-time.Hour)
	again := adult(y)
	for _, p := range []record.Person{merged, again} {
		if err := w.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	old, err := w.Person(t.Context(), x)
	fresh, err2 := w.Person(t.Context(), y)
	if err != nil || err2 != nil || time.Since(old.FetchedAt) < time.Hour || time.Since(fresh.FetchedAt) > time.Minute {
		t.Errorf("asked by the former number: of %s, by the current: of %s; %v %v", old.FetchedAt, fresh.FetchedAt, err, err2)
	}
	exec(t, w.db.Super, `UPDATE superseded SET said = now() - interval '25 hours'`)
	if _, err := w.Person(t.Context(), x); err != store.ErrNoPerson {
		t.Errorf("a merger of which nothing was heard for a day: %v", err)
	}
}
