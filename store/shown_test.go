package store_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

// look is one page of a look: which of the entries were new, and what Disclose
// said. All of them are on the page.
func (w world) look(t *testing.T, u auth.User, look string, p record.Person, entries ...*record.Entry) (fresh []string) {
	t.Helper()
	viewing, err := w.trail.Open(t.Context(), access.Request{User: u, Person: p}, look)
	if err != nil {
		t.Fatal(err)
	}
	sight, err := w.Sight(t.Context(), u.Identity, p.Number, viewing.Look())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if sight.New(e) {
			fresh = append(fresh, e.Item.ID)
		}
	}
	sight.Show(entries)
	if err := viewing.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page"), Seen: sight}); err != nil {
		t.Fatal(err)
	}
	return fresh
}

// A look may be several pages: what is new in it stays new until the next.
func TestSightOfLooks(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	entry := func(id, version string) *record.Entry {
		return &record.Entry{Section: record.Allergies, From: "RKB", Item: record.Item{Type: "AllergyIntolerance", ID: id, Version: version}}
	}
	a, b, c := entry("a", "1"), entry("b", "1"), entry("c", "")
	for i, step := range []struct {
		look string
		page []*record.Entry
		want string
	}{
		{"first", nil, ""},
		{"first", []*record.Entry{a}, ""},
		{"first", []*record.Entry{a, b}, ""}, // an answer that came late is no news at a first look
		{"second", []*record.Entry{a, b, c}, "c"},
		{"second", []*record.Entry{a, b, c}, "c"},
		{"third", []*record.Entry{a, b, c}, ""},
		{"fourth", []*record.Entry{entry("a", "2"), b}, "a"},
		{"fifth", []*record.Entry{entry("a", "2"), b, c}, ""},
	} {
		got := ""
		for _, id := range w.look(t, w.nurse, step.look, p, step.page...) {
			got += id
		}
		if got != step.want {
			t.Errorf("step %d: %q is new, want %q", i, got, step.want)
		}
	}
	changed := *c
	changed.Status = "resolved"
	if got := w.look(t, w.nurse, "sixth", p, &changed); len(got) != 1 {
		t.Error("an item without a version that says something else is not new")
	}
	sight, err := w.Sight(t.Context(), auth.Identity{Issuer: "https://id", Subject: "other"}, p.Number, "x")
	if err != nil || !sight.First() {
		t.Errorf("somebody else's: %v", err)
	}
}

// A page on which nothing is new is noted once a minute at most.
func TestSightIsNotWrittenForNothing(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	e := &record.Entry{From: "RKB", Item: record.Item{Type: "X", ID: "a", Version: "1"}}
	w.look(t, w.nurse, "first", p, e)
	before := time.Now()
	w.look(t, w.nurse, "second", p, e)
	sight, err := w.Sight(t.Context(), w.nurse.Identity, p.Number, "third")
	if err != nil || !sight.Since.Before(before) || sight.New(e) {
		t.Errorf("%v, noted again at %s", err, sight.Since)
	}
}
