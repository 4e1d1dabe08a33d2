package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// A page made of somebody who was not restricted is not shown once they are,
// under whichever of their numbers; one that knows it is.
func TestP9_NothingThatLocatesIsDisclosedOnceRestricted(t *testing.T) {
	w := newWorld(t)
	current, former := number(t, 1), number(t, 2)
	for name, under := range map[string]record.Person{"former": adult(former), "current": adult(current)} {
		before := adult(current)
		before.Superseded = []nhs.Number{former}
		if err := w.SavePerson(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		w.seen(t, current)
		v := w.open(t, "", access.Request{User: w.nurse, Person: before})
		under.Restricted, under.FetchedAt = true, time.Now()
		if err := w.SavePerson(t.Context(), under); err != nil {
			t.Fatal(err)
		}
		if err := v.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); !errors.Is(err, audit.ErrNarrowed) {
			t.Errorf("%s: disclosed: %v", name, err)
		}
		if _, err := w.trail.Open(t.Context(), access.Request{User: w.nurse, Person: before}, ""); !errors.Is(err, audit.ErrNarrowed) {
			t.Errorf("%s: opened as if they were not: %v", name, err)
		}
		known, err := w.Person(t.Context(), current)
		if err != nil || !known.Restricted {
			t.Fatalf("%s: the person is not known to be restricted: %v", name, err)
		}
		again := w.open(t, "", access.Request{User: w.nurse, Person: known})
		if err := again.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); err != nil {
			t.Errorf("%s: known to be restricted: %v", name, err)
		}
		if err := exec(t, w.db.Super, `DELETE FROM demographics`); err != nil {
			t.Fatal(err)
		}
	}
}

// What was opened for half an hour is not disclosed after that.
func TestNothingSensitiveIsDisclosedOnceShut(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	req := access.Request{User: w.nurse, Person: p}
	if err := w.trail.OpenSensitive(t.Context(), req, access.NeededForCare, ""); err != nil {
		t.Fatal(err)
	}
	v := w.open(t, "", req)
	w.policy.Now = func() time.Time { return time.Now().Add(access.SensitiveOpenFor) }
	if err := v.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); !errors.Is(err, audit.ErrNarrowed) {
		t.Errorf("disclosed: %v", err)
	}
}

// What the demographics service said before does not take the place of what it
// said since: of two replicas that asked, the slower must not unrestrict
// anybody.
func TestALateAnswerOfTheDemographicsServiceIsNotTheNewest(t *testing.T) {
	w := newWorld(t)
	before := adult(number(t, 1))
	now := before
	now.Restricted, now.FetchedAt = true, before.FetchedAt.Add(time.Second)
	again := now
	again.FetchedAt, again.Restricted = now.FetchedAt.Add(time.Second), false
	for i, p := range []record.Person{now, before, again} {
		if err := w.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if kept, err := w.Person(t.Context(), before.Number); err != nil || kept.Restricted != (i < 2) {
			t.Errorf("%d: restricted: %t, %v", i, kept.Restricted, err)
		}
	}
}
