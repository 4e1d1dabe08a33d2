package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"github.com/jackc/pgx/v5"
)

// super runs sql as the database's administrator, to break things.
func (w *world) super(sql string) {
	w.t.Helper()
	c, err := pgx.Connect(w.t.Context(), w.db.Super)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(w.t.Context()))
	if _, err := c.Exec(w.t.Context(), sql); err != nil {
		w.t.Fatal(err)
	}
}

// failOn makes every attempt to record an event of this kind fail.
func (w *world) failOn(kind audit.Kind) {
	w.super(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
		CREATE TRIGGER fail BEFORE INSERT ON audit.event FOR EACH ROW WHEN (NEW.kind = '` + string(kind) + `') EXECUTE FUNCTION fail()`)
}

// nothingOf fails the test if the page says anything about the patient.
func (p page) nothingOf(t *testing.T) {
	t.Helper()
	for _, told := range []string{patient.Family, strings.ToUpper(patient.Family), patient.Number.Digits(), patient.Number.Spaced(), partnertest.Allergy, "Aviary"} {
		if strings.Contains(p.body, told) {
			t.Errorf("the page says %q", told)
		}
	}
}

func TestP1_WhatCannotBeRecordedIsNotShown(t *testing.T) {
	for _, kind := range []audit.Kind{audit.Opened, audit.Disclosed} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			ref := b.ref()
			w.failOn(kind)
			p := b.get(ref)
			if p.status != http.StatusServiceUnavailable || p.name() != "unavailable" {
				t.Errorf("%d %s", p.status, p.name())
			}
			p.nothingOf(t)
			if kind == audit.Opened && w.asked() != 0 {
				t.Error("a partner was asked before the leave to look was on the trail")
			}
		})
	}
	t.Run("search", func(t *testing.T) {
		w := newWorld(t)
		b := w.as("ed.nurse")
		w.failOn(audit.Listed)
		p := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}})
		if p.status != http.StatusServiceUnavailable {
			t.Errorf("%d", p.status)
		}
		p.nothingOf(t)
	})
	t.Run("the trail itself", func(t *testing.T) {
		w := newWorld(t)
		w.as("ed.nurse").record()
		b := w.as("privacy.lead")
		w.failOn(audit.TrailRead)
		b.get("/privacy/events").nothingOf(t)
	})
}

func TestP1_EveryLookIsOnTheTrail(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.record()
	if p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	var kinds []audit.Kind
	for _, e := range w.trail() {
		kinds = append(kinds, e.Kind)
	}
	want := []audit.Kind{audit.SignedIn, audit.Traced, audit.Listed, audit.Listed, audit.Opened, audit.Disclosed} // listed: at the start, and as found
	if !slices.Equal(kinds, want) {
		t.Errorf("the trail is %v, want %v", kinds, want)
	}
	e := w.trail()[5]
	if len(e.Partners) != 2 || e.Digest == "" || e.Bytes != len(p.body) || e.Ground.Kind != "episode" || e.Actor.Organisation != "RKB" {
		t.Errorf("the disclosure says %+v", e)
	}
	if shown := e.Partners[1].Shown["AllergyIntolerance"]; !slices.Equal(shown, []string{"a1"}) {
		t.Errorf("allergies shown: %v", shown)
	}
	if p.Find("[data-access-reference]").First().Text() == "" || !strings.Contains(p.Find("[data-access-reference]").Text(), e.Reference) {
		t.Error("P7: the page does not show its reference")
	}
}

func TestP2_SocialCareAsksForNoMoreThanItSees(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("E08000026")
	p := w.as("social.worker").record()
	if p.status != http.StatusOK || !strings.Contains(p.text(), partnertest.Allergy) {
		t.Fatalf("%d %s", p.status, p.text())
	}
	for _, forbidden := range []string{"Condition", "Procedure", "Observation", "DiagnosticReport", "Immunization", "DocumentReference"} {
		if slices.Contains(w.partners["RKB"].Asked(), forbidden) {
			t.Errorf("the partner was asked for %s", forbidden)
		}
	}
	for _, section := range []string{"problems", "results", "documents", "procedures", "observations", "immunisations"} {
		if p.Find("[data-section="+section+"]").Length() > 0 {
			t.Errorf("the page has %s", section)
		}
	}
	if p := w.as("social.worker").get(w.as("social.worker").ref() + "/problems"); p.status != http.StatusForbidden || w.kinds()[audit.Denied] == 0 {
		t.Errorf("problems by address: %d", p.status)
	}
}

func TestP2_CareAdminAsksNobody(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("E08000026")
	p := w.as("care.admin").record()
	if p.status != http.StatusOK || p.Find("[data-patient-banner]").Length() == 0 || p.Find("[data-partner]").Length() != 0 {
		t.Errorf("%d %s", p.status, p.text())
	}
	if w.asked() != 0 {
		t.Error("a partner was asked")
	}
}

func TestP3_ObjectionHidesTheRecord(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	stranger := w.as("pharmacist").record()
	w.object()
	p := w.as("ed.nurse").record()
	if p.status != http.StatusForbidden || p.name() != "unavailable" || !strings.Contains(p.text(), "not available through the ICR") {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
	objected := w.as("pharmacist").record()
	if objected.name() != "reason" || objected.status != stranger.status || objected.text() != stranger.text() {
		t.Errorf("a stranger is told of the objection: %d %q, before it %d %q", objected.status, objected.text(), stranger.status, stranger.text())
	}
	if w.asked() != 0 {
		t.Error("a partner was asked")
	}
	if n := w.kinds()[audit.Denied]; n != 3 {
		t.Errorf("%d refusals on the trail, want 3", n)
	}
}

// The objection comes while the partners are answering: what they answered is
// thrown away.
func TestP3_ObjectionDuringAView(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	p := w.meanwhile(func() page { return b.get(ref) }, w.object)
	if p.status != http.StatusForbidden || p.name() != "unavailable" {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
	if k := w.kinds(); k[audit.Disclosed] != 0 || k[audit.Denied] != 1 {
		t.Errorf("the trail has %v", k)
	}
}

func TestP3_ObjectionThatCannotBeLookedUp(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	w.super(`REVOKE SELECT ON objections FROM icr_server`)
	p := b.get(ref)
	if p.status != http.StatusServiceUnavailable || !strings.Contains(p.text(), "temporarily") && !strings.Contains(p.text(), "at the moment") {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
	if w.asked() != 0 {
		t.Error("a partner was asked")
	}
}

func TestP5_AnswersAboutSomebodyElseAreWithheldWhole(t *testing.T) {
	for mode, state := range partnertest.Want {
		if state != record.IdentityCheckFailed {
			continue
		}
		t.Run(string(mode), func(t *testing.T) {
			w := newWorld(t, mode)
			w.relate("RKB")
			p := w.as("ed.nurse").record()
			if strings.Contains(p.body, partnertest.Allergy) || p.Find("[data-entry]").Length() != 0 {
				t.Error("something of the answer is shown")
			}
			if w.kinds()[audit.IdentityFailed] != 1 {
				t.Error("no safety event")
			}
		})
	}
}

func TestReasonThenRecord(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	if p := b.get(ref); p.name() != "reason" || w.asked() != 0 {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if p := b.post(ref+"/reason", url.Values{}); p.status != http.StatusUnprocessableEntity || p.name() != "reason" {
		t.Errorf("without a reason: %d %s", p.status, p.name())
	}
	p := b.post(ref+"/reason", url.Values{"why": {"consent"}, "words": {"she asked me"}})
	if p.status != http.StatusOK || p.name() != "summary" || !strings.Contains(p.Find("[data-ground]").Text(), "The patient has asked me to look") {
		t.Errorf("%d %s", p.status, p.text())
	}
	if other := w.as("pharmacist").record(); other.name() != "reason" {
		t.Error("one user's claim opened the record for another")
	}
}

func TestP9_NothingLeaksSideways(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Hangs)
	w.relate("RKB")
	b := w.as("ed.nurse")
	if p := b.record(); p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a page may be kept: %q", p.header.Get("Cache-Control"))
	}
	b.post("/search", url.Values{"family_name": {patient.Family}, "birth_date-day": {"3"}, "birth_date-month": {"2"}, "birth_date-year": {"1980"}})
	lead := w.as("privacy.lead")
	lead.post("/privacy/events", url.Values{"nhs_number": {patient.Number.Spaced()}})
	w.pds.Close()
	b.post("/search", url.Values{"nhs_number": {"9990000026"}})
	b.get("/record/" + patient.Number.Digits())
	written := strings.ReplaceAll(w.log.String(), "\\n", "\n")
	for _, secret := range []string{patient.Number.Digits(), patient.Number.Spaced(), patient.Family, "9990000026", "Aviary", partnertest.Allergy} {
		if strings.Contains(written, secret) {
			t.Errorf("the log says %q", secret)
		}
		urls := strings.ReplaceAll(w.urls.String(), "/record/"+patient.Number.Digits(), "") // our own attack
		if strings.Contains(urls, secret) {
			t.Errorf("a URL says %q", secret)
		}
	}
}

func TestPrivacyDesk(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	w.as("ed.nurse").record()
	w.as("pharmacist").record()
	lead := w.as("privacy.lead")
	all := lead.get("/privacy/events")
	for _, kind := range []audit.Kind{audit.Opened, audit.Disclosed, audit.Denied, audit.Listed} {
		if all.Find("[data-event="+string(kind)+"]").Length() == 0 {
			t.Errorf("no %s", kind)
		}
	}
	before, after := all.Find("[data-event=trail-read]").Length(), lead.get("/privacy/events").Find("[data-event=trail-read]").Length()
	if after != before+1 {
		t.Error("reading the trail is not on the trail")
	}
	own := w.as("privacy.officer").get("/privacy/events")
	if own.Find("[data-event=denied]").Length() != 0 || own.Find("[data-event=opened]").Length() != 1 {
		t.Errorf("an officer reaches beyond the own organisation: %s", own.text())
	}
	filtered := lead.post("/privacy/events", url.Values{"nhs_number": {patient.Number.Digits()}, "kind": {"denied"}})
	if filtered.Find("[data-event]").Length() != 1 || strings.Contains(filtered.url.String(), patient.Number.Digits()) {
		t.Errorf("%d events at %s", filtered.Find("[data-event]").Length(), filtered.url)
	}
	if p := lead.post("/privacy/events", url.Values{"nhs_number": {"12"}, "from-day": {"31"}, "from-month": {"2"}, "from-year": {"2026"}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a bad filter: %d", p.status)
	}
	if p := w.as("ed.nurse").get("/privacy/events"); p.status != http.StatusForbidden {
		t.Errorf("a nurse reads the trail: %d", p.status)
	}
}

func TestP10_BadNumbersSayWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	for typed, want := range map[string]string{
		"":              "Enter an NHS number, or",
		"999 000 00l8":  "must only include numbers",
		"999 000":       "10 digits",
		"999 000 0019":  "mistyped",
		"QQ 12 34 56 C": "National Insurance",
	} {
		p := b.post("/search", url.Values{"nhs_number": {typed}})
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find("#nhs_number-error, .nhsuk-error-message").Text(), want) {
			t.Errorf("%q: %d %s", typed, p.status, p.Find(".nhsuk-error-message").Text())
		}
		if got := p.Find("[name=nhs_number]").AttrOr("value", ""); got != typed {
			t.Errorf("%q was lost, the field says %q", typed, got)
		}
	}
}

func TestDemographicsDown(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	w.pds.Close()
	if p := b.get(ref); p.name() != "summary" {
		t.Errorf("a kept answer does not serve: %d %s", p.status, p.text())
	}
	w.super(`DELETE FROM demographics`)
	p := b.get(ref)
	if p.status != http.StatusServiceUnavailable || p.name() != "unavailable" {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := b.post("/search", url.Values{"nhs_number": {patient.Number.Digits()}}); !strings.Contains(p.text(), "says nothing about the patient") {
		t.Errorf("%d %s", p.status, p.text())
	}
}

func TestRefsOfOthersAndUnknownOnesAnswerAlike(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB", "RLT")
	theirs := w.as("ed.nurse").ref()
	b := w.as("pharmacist")
	foreign, unknown := b.get(theirs), b.get("/record/AAAAAAAAAAAAAAAAAAAAAAAAAA")
	if foreign.status != http.StatusNotFound || unknown.status != http.StatusNotFound || foreign.text() != unknown.text() {
		t.Errorf("%d %q, %d %q", foreign.status, foreign.text(), unknown.status, unknown.text())
	}
}

// A document opens if it is what it says it is; what could run is saved, never
// shown. Each opening is an event of its own.
func TestDocuments(t *testing.T) {
	for _, test := range []struct {
		name, declared, content string
		disposition, kind       string
	}{
		{"text", "text/plain", "Dear Doctor", "inline", "text/plain; charset=utf-8"},
		{"text with a character set", "text/plain;charset=UTF-8", "Dear Doctor", "inline", "text/plain; charset=utf-8"},
		{"PDF", "application/pdf", "%PDF-1.4 …", "inline", "application/pdf"},
		{"HTML", "text/html", "<script>alert(1)</script>", "attachment", "application/octet-stream"},
		{"HTML that says it is text", "text/plain", "<html><script>alert(1)</script>", "attachment", "application/octet-stream"},
		{"text of an old system", "text/plain;charset=iso-8859-1", "Sj\xf6gren", "inline", "text/plain; charset=iso-8859-1"},
		{"text that is not what it says", "text/plain;charset=utf-8", "Sj\xf6gren \x93dry\x94", "inline", "text/plain; charset=windows-1252"},
		{"rich text", "text/rtf", `{\rtf1 Dear Doctor}`, `attachment; filename="document.rtf"`, "application/octet-stream"},
		{"rich text that is none", "text/rtf", "MZ", `attachment; filename="document"`, "application/octet-stream"},
		{"XML", "application/xml", "<?xml version='1.0'?><a/>", `attachment; filename="document.txt"`, "application/octet-stream"},
		{"XML that says it is text", "text/plain", "<?xml version='1.0'?><a/>", "attachment", "application/octet-stream"},
		{"nothing", "text/plain", "", "inline", "text/plain; charset=utf-8"},
		{"SVG", "image/svg+xml", "<svg onload=alert(1)>", "attachment", "application/octet-stream"},
		{"something that says it is PDF", "application/pdf", "MZ", "attachment", "application/octet-stream"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			w.partners["RKB"].Letter = partnertest.Document{Type: test.declared, Content: test.content}
			w.relate("RKB", "RLT")
			b := w.as("ed.nurse")
			href, ok := b.record().Find(`[data-section=documents] a[href*="/documents/"]`).Attr("href")
			if !ok {
				t.Fatal("the document cannot be opened")
			}
			p := b.get(href)
			h := p.header
			if p.status != http.StatusOK || p.body != test.content || !strings.HasPrefix(h.Get("Content-Disposition"), test.disposition) || h.Get("Content-Type") != test.kind {
				t.Errorf("%d %q %q", p.status, h.Get("Content-Disposition"), h.Get("Content-Type"))
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("headers %v", h)
			}
			if w.kinds()[audit.DocumentShown] != 1 {
				t.Error("P1: the opening is not on the trail")
			}
			if other := w.as("pharmacist").get(href); other.status != http.StatusNotFound {
				t.Errorf("somebody else opened it: %d", other.status)
			}
		})
	}
}

func TestDocumentsElsewhereAreNotFetched(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	s := w.partners["RKB"]
	s.Letter = partnertest.Document{Type: "text/plain", URL: s.Canary + "/internal"}
	w.relate("RKB")
	b := w.as("ed.nurse")
	href, _ := b.record().Find(`[data-section=documents] a[href*="/documents/"]`).Attr("href")
	if p := b.get(href); p.status != http.StatusBadGateway || p.name() != "problem" {
		t.Errorf("%d %s", p.status, p.text())
	}
	w.object()
	p := b.get(href)
	if p.status != http.StatusForbidden || p.name() != "unavailable" {
		t.Errorf("P3: after an objection: %d %s", p.status, p.text())
	}
}
