package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

var emergency = url.Values{"why": {string(access.Emergency)}, "words": {"collapsed in triage"}}

func TestAnEmergencyOpensARecordAndOwesANote(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	if p := b.get(ref); p.name() != "reason" || p.Find("input[value=emergency]").Length() != 1 {
		t.Fatalf("%s: %s", p.name(), p.text())
	}
	p := b.post(ref+"/reason", emergency)
	if p.status != http.StatusOK || p.name() != "summary" || p.Find("[data-ground=break-glass]").Length() == 0 {
		t.Fatalf("%d %s: %s", p.status, p.name(), p.text())
	}
	if !strings.Contains(p.Find("[data-ground]").Text(), "until") {
		t.Error("P7: the page does not say until when")
	}
	owed := b.get("/").Find("[data-owed] a")
	href, ok := owed.Attr("href")
	if !ok {
		t.Fatal("no note is owed")
	}
	if p := b.post(href, url.Values{"words": {""}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty note: %d", p.status)
	}
	if p := w.as("pharmacist").get(href); p.status != http.StatusNotFound {
		t.Errorf("somebody else's note: %d", p.status)
	}
	b.post(href, url.Values{"words": {"no pulse, allergies unknown"}})
	if b.get("/").Find("[data-owed]").Length() != 0 {
		t.Error("the note is still owed")
	}
	alerts := w.as("privacy.officer").get("/privacy/alerts")
	said := alerts.Find("[data-alert=break-glass]").Text()
	if !strings.Contains(said, "collapsed in triage") || !strings.Contains(said, "no pulse, allergies unknown") {
		t.Errorf("the officer reads %q", said)
	}
}

func TestAnEmergencyNeedsAFreshSignIn(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	w.stale()
	back := b.post(ref+"/reason", emergency)
	if back.name() != "reason" || back.Find("input[value=emergency]:checked").Length() != 1 || !strings.Contains(back.Find("textarea").Text(), "collapsed") {
		t.Fatalf("after signing in again: %d %s: %s", back.status, back.name(), back.text())
	}
	if w.kinds()[audit.GlassBroken] != 0 || w.asked() != 0 {
		t.Fatal("the glass was broken before the form was sent again")
	}
	if p := b.post(ref+"/reason", emergency); p.status != http.StatusOK || p.name() != "summary" {
		t.Errorf("%d %s", p.status, p.name())
	}
}

func TestP3_NoEmergencyLiftsAnObjection(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	w.object()
	p := b.post(ref+"/reason", emergency)
	if p.status != http.StatusForbidden || p.name() != "unavailable" || w.asked() != 0 {
		t.Errorf("%d %s, %d partners asked", p.status, p.name(), w.asked())
	}
}

func TestOnlyCliniciansBreakTheGlass(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("social.worker")
	ref := b.ref()
	if b.get(ref).Find("input[value=emergency]").Length() != 0 {
		t.Error("social care is offered it")
	}
	if p := b.post(ref+"/reason", emergency); p.status != http.StatusUnprocessableEntity || w.kinds()[audit.GlassBroken] != 0 {
		t.Errorf("%d", p.status)
	}
}

func TestOnlySoManyReasonsADay(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	consent := url.Values{"why": {string(access.Consent)}}
	for range access.MostClaims {
		if p := b.post(ref+"/reason", consent); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
	}
	if p := b.post(ref+"/reason", consent); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "which is the most") {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := b.post(ref+"/reason", emergency); p.status != http.StatusOK {
		t.Errorf("and in an emergency: %d", p.status)
	}
}
