package store_test

import (
	"testing"
	"time"

	"example.org/icr/care/nhs"
)

// Answers of the demographics service may be kept in another order than they
// were given: an older one joins nobody whom a newer one does not.
func TestAnOlderWordJoinsNobodyElse(t *testing.T) {
	w := newWorld(t)
	save := func(n nhs.Number, family string, ago time.Duration, former ...nhs.Number) {
		p := adult(n)
		p.Family, p.Superseded, p.FetchedAt = family, former, time.Now().Add(-ago)
		if err := w.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	x, y, z := number(t, 1), number(t, 2), number(t, 3)
	save(y, "Newer", time.Minute, x)
	save(z, "Older", time.Hour, x)
	if p, err := w.Person(t.Context(), z); err != nil || len(p.Superseded) > 0 {
		t.Errorf("the older has former numbers %v: %v", p.Superseded, err)
	}
	if p, err := w.Person(t.Context(), x); err != nil || p.Number != y {
		t.Errorf("the former number is %s: %v", p.Family, err)
	}
	a, b := number(t, 4), number(t, 5)
	save(b, "B", time.Minute, a)
	save(a, "A", time.Hour, b)
	for _, n := range []nhs.Number{a, b} {
		if p, err := w.Person(t.Context(), n); err != nil || p.Number != b {
			t.Errorf("%s is %s: %v", n, p.Family, err)
		}
	}
}
