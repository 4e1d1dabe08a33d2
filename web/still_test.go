package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/partner/partnertest"
	"github.com/jackc/pgx/v5"
)

// still is where a page asks whether it may still be seen.
func (p page) still() string { return p.Find("main").AttrOr("data-still", "") }

// seen is when each session was last used.
func (w *world) seen() (all []string) {
	w.t.Helper()
	c, err := pgx.Connect(w.t.Context(), w.db.Super)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close(w.t.Context())
	rows, _ := c.Query(w.t.Context(), `SELECT seen::text FROM sessions WHERE subject <> '' ORDER BY hash`)
	if all, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestP3_OpenPagesAreToldOfAnObjection(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.record()
	if !strings.HasPrefix(p.still(), "/record/") || p.status != http.StatusOK {
		t.Fatalf("%d %q", p.status, p.still())
	}
	events, seen, asked := len(w.trail()), w.seen(), w.asked()
	for range 3 {
		if p := b.get(p.still()); p.status != http.StatusNoContent || p.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", p.status, p.header)
		}
	}
	if len(w.trail()) != events || w.asked() != asked || strings.Join(w.seen(), "") != strings.Join(seen, "") {
		t.Error("asking leaves a row on the trail, asks a partner, or keeps the session alive")
	}
	w.object()
	gone := b.get(p.still())
	if gone.status != http.StatusGone || gone.body != "" {
		t.Errorf("after the objection: %d %q", gone.status, gone.body)
	}
	if len(w.trail()) != events+1 { // the objection itself
		t.Errorf("%d events on the trail, want %d", len(w.trail()), events+1)
	}
}

// What cannot be looked up is not answered, and the page hides itself.
func TestP3_OpenPagesAreNotTold_WhatIsNotKnown(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.record()
	w.super(`REVOKE SELECT ON objections FROM icr_server`)
	if p := b.get(p.still()); p.status != http.StatusServiceUnavailable {
		t.Errorf("%d", p.status)
	}
}

func TestOpenPagesOfOthersAreGone(t *testing.T) {
	for name, happens := range map[string]func(w *world, b *browser){
		"signed out":      func(_ *world, b *browser) { b.post("/signout", url.Values{}) },
		"another user":    func(_ *world, b *browser) { b.get("/signin?login_hint=gp") },
		"ground ended":    func(w *world, _ *browser) { w.super(`UPDATE relationships SET ends = starts, kind = 'episode'`) },
		"session idle":    func(w *world, _ *browser) { w.super(`UPDATE sessions SET seen = now() - interval '15 minutes'`) },
		"session over":    func(w *world, _ *browser) { w.super(`UPDATE sessions SET expires = now()`) },
		"asked as nobody": func(_ *world, b *browser) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			p, start := b.record(), b.get("/")
			if start.still() == "" || !strings.HasPrefix(start.still(), "/account/still?as=") {
				t.Fatalf("the start page asks %q", start.still())
			}
			happens(w, b)
			address := p.still()
			if name == "asked as nobody" {
				address = address[:strings.Index(address, "?")]
			}
			ended := slices.Contains([]string{"signed out", "session idle", "session over"}, name)
			if got := b.get(address); got.status != http.StatusGone || (got.header.Get("ICR-Signed-Out") != "") != ended {
				t.Errorf("the record: %d %v", got.status, got.header)
			}
			want := http.StatusGone
			if name == "ground ended" || name == "asked as nobody" {
				want = http.StatusNoContent
			}
			if got := b.get(start.still()); got.status != want {
				t.Errorf("the start page: %d, want %d", got.status, want)
			}
		})
	}
}

// After a change of role the pages of the old role are gone.
func TestOpenPagesOfTheOldRoleAreGone(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RJC", "RYG")
	b := w.as("two.jobs")
	b.post("/signin/role", url.Values{"post": {"0"}})
	p := b.record()
	if got := b.get(p.still()); got.status != http.StatusNoContent {
		t.Fatalf("%d", got.status)
	}
	b.post("/signin/role", url.Values{"post": {"1"}})
	if got := b.get(p.still()); got.status != http.StatusGone {
		t.Errorf("the page of the old role: %d", got.status)
	}
	again := b.get(p.url.Path)
	if got := b.get(again.still()); again.status != http.StatusOK || got.status != http.StatusNoContent {
		t.Errorf("the page in the new role: %d, %d", again.status, got.status)
	}
}

func TestRefsOfOthersAreGone(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB", "Y99001")
	p := w.as("ed.nurse").record()
	other := w.as("gp")
	as := other.get("/").still()
	ref := strings.Split(p.still(), "?")[0]
	for _, address := range []string{p.still(), ref + as[strings.Index(as, "?"):], "/record/x/still" + as[strings.Index(as, "?"):]} {
		if got := other.get(address); got.status != http.StatusGone {
			t.Errorf("%s: %d", address, got.status)
		}
	}
}

// Only the role table decides who may ask about records at all.
func TestOnlyCareAsksAboutRecords(t *testing.T) {
	w := newWorld(t)
	officer := w.as("privacy.lead")
	as := officer.get("/privacy/events").still()
	if got := officer.get("/record/AAAAAAAAAAAAAAAAAAAAAAAAAA/still" + as[strings.Index(as, "?"):]); got.status != http.StatusGone {
		t.Errorf("%s: %d", auth.PrivacyOfficer, got.status)
	}
	if n := w.kinds()["denied"]; n != 0 {
		t.Errorf("%d refusals on the trail", n)
	}
}

func TestStayingSignedIn(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	still := b.get("/").still()
	w.super(`UPDATE sessions SET seen = seen - interval '14 minutes'`)
	left := b.get(still).header.Get("ICR-Idle-Seconds")
	if len(left) != 2 {
		t.Errorf("%s seconds left of the last minute", left)
	}
	if p := b.post("/account/stay", url.Values{}); p.status != http.StatusNoContent {
		t.Errorf("%d", p.status)
	}
	p := b.get(still)
	if left := p.header.Get("ICR-Idle-Seconds"); len(left) != 3 || left < "880" {
		t.Errorf("%s seconds left after staying", left)
	}
	if left := p.header.Get("ICR-Session-Seconds"); len(left) != 5 {
		t.Errorf("%s seconds left of the whole", left)
	}
}
