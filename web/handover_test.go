package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

func TestP1_PrintingIsAnEventOfItsOwn(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.get(b.ref() + "/print")
	if p.status != http.StatusOK || p.name() != "print" || !strings.Contains(p.Find("[data-section=allergies]").Text(), partnertest.Allergy) {
		t.Fatalf("%d %s", p.status, p.text())
	}
	kinds := w.kinds()
	if kinds[audit.Printed] != 1 || kinds[audit.Opened] != 1 || kinds[audit.Disclosed] != 0 {
		t.Errorf("the trail has %v", kinds)
	}
	e := w.last()
	if e.Kind != audit.Printed || e.Page != "print" || e.Bytes != len(p.body) || !slices.Equal(e.Partners[1].Shown["AllergyIntolerance"], []string{"a1"}) {
		t.Errorf("the event says %+v", e)
	}
	if !strings.Contains(p.Find("[data-running-head]").Text(), e.Reference) {
		t.Error("P7: the sheets do not bear the reference")
	}
}

// last is the newest event of the trail.
func (w *world) last() audit.Event {
	w.t.Helper()
	all := w.trail()
	return all[len(all)-1]
}

// A page goes out at the soft deadline; a print-out cannot be completed later.
func TestP4_PrintWaitsForEveryAnswer(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	w.partners["RLT"].Delay = 60 * time.Millisecond
	w.gathers.SoftDeadline(20 * time.Millisecond)
	b := w.as("ed.nurse")
	p := b.get(b.ref() + "/print")
	if got := p.Find("[data-partner=RLT]").AttrOr("data-state", ""); got != string(record.Answered) {
		t.Errorf("%s: %s", got, p.Find("[data-running-head]").Text())
	}
}

// The routes that take a record out of the viewer, each made ready to be asked
// by b.
var takingOut = map[string]struct {
	kind  audit.Kind
	ready func(b *browser, ref string) func() page
}{
	"print": {audit.Printed, func(b *browser, ref string) func() page {
		return func() page { return b.get(ref + "/print") }
	}},
	"download": {audit.Downloaded, func(b *browser, ref string) func() page {
		return func() page { return b.post(ref+"/download", url.Values{}) }
	}},
	"document": {audit.DocumentShown, func(b *browser, ref string) func() page {
		href := b.get(ref).Find(`[data-section=documents] a[href*="/documents/"]`).AttrOr("href", ref+"/documents/none")
		return func() page { return b.get(href) }
	}},
}

// withLetter is a world whose first partner has a letter.
func withLetter(t *testing.T, modes ...partnertest.Mode) *world {
	w := newWorld(t, modes...)
	w.partners["RKB"].Letter = partnertest.Document{Type: "text/plain", Content: "Dear Doctor, " + partnertest.Allergy}
	return w
}

func TestP1_WhatCannotBeRecordedIsNotTakenOut(t *testing.T) {
	for name, out := range takingOut {
		t.Run(name, func(t *testing.T) {
			w := withLetter(t, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			take := out.ready(b, b.ref())
			w.failOn(out.kind)
			p := take()
			if p.status != http.StatusServiceUnavailable || p.name() != "unavailable" {
				t.Errorf("%d %s", p.status, p.name())
			}
			p.nothingOf(t)
		})
	}
}

// The objection comes while the partners are answering.
func TestP3_ObjectionWhileTakingOut(t *testing.T) {
	for name, out := range takingOut {
		t.Run(name, func(t *testing.T) {
			w := withLetter(t, partnertest.Holds, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			take := out.ready(b, b.ref())
			shown := w.kinds()[audit.Disclosed]
			w.neutral(w.meanwhile(take, w.object))
			kinds := w.kinds()
			if kinds[audit.Denied] != 1 || kinds[out.kind] != 0 || kinds[audit.Disclosed] != shown {
				t.Errorf("the trail has %v", kinds)
			}
			before := w.asked()
			w.neutral(take())
			if w.asked() != before {
				t.Error("a partner was asked after the objection")
			}
		})
	}
}

// neutral checks that an answer says that there is an objection, and nothing
// else.
func (w *world) neutral(p page) {
	w.t.Helper()
	if p.status != http.StatusForbidden || p.name() != "unavailable" || !strings.Contains(p.text(), "not available through the ICR") {
		w.t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(w.t)
}

// Without a ground nothing is taken out, and nothing told.
func TestStrangersTakeNothingOut(t *testing.T) {
	for name, out := range takingOut {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			b := w.as("pharmacist")
			p := out.ready(b, b.ref())()
			if p.status != http.StatusForbidden || p.name() != "reason" || w.asked() != 0 {
				t.Errorf("%d %s, %d asked", p.status, p.name(), w.asked())
			}
		})
	}
}

// A file holds what the page showed, is an event of its own, and names nobody
// in its name.
func TestP1_DownloadingIsAnEventOfItsOwn(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Broken)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.post(b.ref()+"/download", url.Values{})
	if p.status != http.StatusOK || !strings.Contains(p.body, partnertest.Allergy) || !strings.Contains(p.body, patient.Number.Digits()) {
		t.Fatalf("%d %.300s", p.status, p.body)
	}
	var file struct {
		Type       string
		Identifier struct{ Value string }
	}
	if err := json.Unmarshal([]byte(p.body), &file); err != nil || file.Type != "document" {
		t.Errorf("%q, %v", file.Type, err)
	}
	if !strings.Contains(p.body, "Hospital RLT: could not be reached") {
		t.Error("P4: the file does not say who is missing")
	}
	kinds, e := w.kinds(), w.last()
	if kinds[audit.Downloaded] != 1 || kinds[audit.Opened] != 1 || kinds[audit.Disclosed] != 0 {
		t.Errorf("the trail has %v", kinds)
	}
	if e.Kind != audit.Downloaded || e.Bytes != len(p.body) || e.Reference != file.Identifier.Value || !slices.Equal(e.Partners[1].Shown["AllergyIntolerance"], []string{"a1"}) {
		t.Errorf("the event says %+v", e)
	}
	want := `attachment; filename="patient-summary-` + strings.ToLower(e.Reference) + `.fhir.json"`
	h := p.header
	if h.Get("Content-Disposition") != want || !strings.HasPrefix(h.Get("Content-Type"), "application/fhir+json") || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
}

// Nobody takes a record away on their own word, and no partner is asked for it.
func TestDownloadNeedsARecordedRelationship(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	if p := b.post(ref+"/reason", url.Values{"why": {"consent"}}); p.name() != "summary" || p.Find("[data-no-download]").Length() != 1 || p.Find(`form[action$="/download"]`).Length() != 0 {
		t.Errorf("%d %s", p.status, p.text())
	}
	before := w.asked()
	p := b.post(ref+"/download", url.Values{})
	if p.status != http.StatusForbidden || p.name() != "problem" || !strings.Contains(p.text(), "cannot be downloaded") || w.asked() != before {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.nothingOf(t)
	if e := w.last(); e.Kind != audit.Denied || e.Rule != access.NotHandedOver {
		t.Errorf("the trail says %s %s", e.Kind, e.Rule)
	}
	w.relate("RKB")
	if p := b.post(ref+"/download", url.Values{}); p.status != http.StatusOK {
		t.Errorf("on a relationship: %d %s", p.status, p.text())
	}
}

func TestP2_OnlyCliniciansDownload(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("E08000026")
	for _, user := range []string{"social.worker", "care.admin", "privacy.officer"} {
		b := w.as(user)
		ref := "/record/AAAAAAAAAAAAAAAAAAAAAAAAAA"
		if user != "privacy.officer" {
			ref = b.ref()
			if page := b.get(ref); page.Find(`form[action$="/download"]`).Length() != 0 {
				t.Errorf("%s is offered a download", user)
			}
		}
		before := w.asked()
		p := b.post(ref+"/download", url.Values{})
		if p.status != http.StatusForbidden || w.asked() != before || w.kinds()[audit.Downloaded] != 0 {
			t.Errorf("%s: %d %s", user, p.status, p.text())
		}
		p.nothingOf(t)
	}
	if p := w.as("ed.nurse").get("/record/AAAAAAAAAAAAAAAAAAAAAAAAAA/download"); p.status != http.StatusMethodNotAllowed && p.status != http.StatusNotFound {
		t.Errorf("by GET: %d", p.status)
	}
}

// What is withheld from the page is withheld from paper and file.
func TestWhatIsWithheldIsNotTakenOut(t *testing.T) {
	for _, name := range []string{"print", "download"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			w.partners["RKB"].Items = map[string][]string{"Condition": {
				`{"resourceType":"Condition","id":"s1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},
				"clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Something very private"},"subject":{"reference":"Patient/p1"}}`,
			}}
			w.relate("RKB")
			b := w.as("ed.nurse")
			ref := b.ref()
			if page := b.get(ref); strings.Contains(page.body, "very private") {
				t.Fatal("the page shows it")
			}
			if p := takingOut[name].ready(b, ref)(); p.status != http.StatusOK || strings.Contains(p.body, "very private") || !strings.Contains(p.body, "withh") {
				t.Errorf("%d %.400s", p.status, p.body)
			}
		})
	}
}

// A letter may tell where somebody is whose whereabouts are restricted.
func TestP9_LettersOfARestrictedPatientAreNotOpened(t *testing.T) {
	w := withLetter(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	take := takingOut["document"].ready(b, b.ref())
	restricted := patient
	restricted.Restricted, restricted.FetchedAt = true, time.Now()
	if err := w.SavePerson(t.Context(), restricted); err != nil {
		t.Fatal(err)
	}
	before := w.asked()
	p := take()
	if p.status != http.StatusForbidden || p.name() != "problem" || w.asked() != before {
		t.Errorf("%d %s, %d asked", p.status, p.text(), w.asked()-before)
	}
	p.nothingOf(t)
	if e := w.last(); e.Kind != audit.Denied || e.Rule != access.Locating {
		t.Errorf("the trail says %s %s", e.Kind, e.Rule)
	}
	page := b.get(strings.Split(p.url.Path, "/documents/")[0])
	if page.Find(`a[href*="/documents/"]`).Length() != 0 || !strings.Contains(page.Find("[data-section=documents]").Text(), "not opened here") {
		t.Errorf("the letter can be opened: %s", page.Find("[data-section=documents]").Text())
	}
}

func TestDocumentsThatAreTooLarge(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.partners["RKB"].Letter = partnertest.Document{Type: "text/plain", Content: strings.Repeat("a", 20<<20+1)}
	w.relate("RKB")
	b := w.as("ed.nurse")
	if p := takingOut["document"].ready(b, b.ref())(); p.status != http.StatusBadGateway || !strings.Contains(p.text(), "too large") {
		t.Errorf("%d %.300s", p.status, p.text())
	}
}
