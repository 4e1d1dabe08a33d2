package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/store"
)

// A neighbouring hospital supplies nothing and may view, but for grounds of its
// own alone: those of an organisation that supplies are none there.
func TestNeighboursViewOnGroundsOfTheirOwn(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB", "RLT", "Y99001")
	b := w.as("ed.birmingham")
	if p := b.get("/"); p.listed("current") != "" {
		t.Error("others' patients are listed")
	}
	ref := b.ref()
	for _, path := range []string{"", "/allergies", "/print", "/timeline", "/documents/x"} {
		if p := b.get(ref + path); p.status != http.StatusForbidden || p.name() != "reason" {
			t.Errorf("%q without a ground there: %d %s", path, p.status, p.name())
		}
	}
	if w.asked() != 0 {
		t.Fatal("a partner was asked")
	}
	refer := func(starts, ends time.Duration) {
		t.Helper()
		r := store.Relationship{Patient: patient.Number, SourceID: "referral", Relationship: access.Relationship{
			Kind: access.Referral, Organisation: "RRK", Evidence: "Birmingham's feed", Starts: time.Now().Add(starts), Ends: time.Now().Add(ends),
		}}
		if _, err := w.SaveRelationships(t.Context(), []store.Relationship{r}); err != nil {
			t.Fatal(err)
		}
	}
	refer(time.Hour, 2*time.Hour)
	if p := b.get(ref); p.name() != "reason" {
		t.Errorf("before the referral: %d %s", p.status, p.name())
	}
	refer(-time.Hour, time.Hour)
	p := b.get(ref)
	if p.status != http.StatusOK || p.Find("[data-ground=referral]").Length() == 0 || !strings.Contains(p.body, partnertest.Allergy) {
		t.Fatalf("on a referral: %d %s", p.status, p.text())
	}
	if p.Find("[data-partner=RKB][data-state=answered]").Length() != 1 || p.Find("[data-partner=RRK]").Length() != 0 {
		t.Error("the strip names others than those who supply")
	}
	opened := audit.Event{}
	for _, e := range w.trail() {
		if e.Kind == audit.Opened {
			opened = e
		}
	}
	if opened.Actor.Organisation != "RRK" || opened.Ground.Evidence != "Birmingham's feed" {
		t.Errorf("on the trail: %+v", opened)
	}
	refer(-2*time.Hour, -time.Minute)
	if p := b.get(ref); p.name() != "reason" {
		t.Errorf("after the referral: %d %s", p.status, p.name())
	}
	refer(-time.Hour, time.Hour)
	w.object()
	if p := b.get(ref); p.name() != "unavailable" {
		t.Errorf("after an objection: %d %s", p.status, p.name())
	}
}
