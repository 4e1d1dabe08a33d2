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

const (
	ofHIV    = `{"resourceType":"Condition","id":"h1","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008","display":"Viral infection under care"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2020-01-01"}`
	ofIVF    = `{"resourceType":"Condition","id":"i1","code":{"text":"IVF cycle at the clinic"},"subject":{"reference":"Patient/p1"},"recordedDate":"2020-01-02"}`
	labelled = `{"resourceType":"Condition","id":"l1","meta":{"security":[{"code":"R"}]},"code":{"text":"Something told in confidence"},"subject":{"reference":"Patient/p1"},"recordedDate":"2020-01-03"}`
)

// What is sensitive stands on no page of a record until a clinician who cares
// for the patient has said why, in that session alone; what the law seals never
// does, and social care is told of neither.
func TestSensitiveItemsAreOpenedForAReason(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB", "E08000026")
	w.partners["RKB"].Items = map[string][]string{"Condition": {ofHIV, ofIVF, labelled}}
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	pages := []string{"", "/problems", "/print", "/timeline"}
	shows := func(b *browser, ref, path string, open bool) page {
		t.Helper()
		p := b.get(ref + path)
		if p.status != http.StatusOK {
			t.Fatalf("%s: %d", path, p.status)
		}
		for words, want := range map[string]bool{"Viral infection under care": open, "told in confidence": open, "IVF": false} {
			if got := strings.Contains(p.body, words); got != want && (path != "/timeline" || !want) {
				t.Errorf("%q on %q: %v", words, path, got)
			}
		}
		return p
	}
	for _, path := range pages {
		shows(nurse, ref, path, false)
	}
	if p := shows(nurse, ref, "", false); !strings.Contains(p.Find("[data-sensitive=withheld]").Text(), "2 sensitive items withheld") {
		t.Errorf("the page says %q", p.Find("[data-sensitive]").Text())
	}
	if p := nurse.post(ref+"/sensitive", url.Values{"why": {"curiosity"}}); p.status != http.StatusUnprocessableEntity || p.name() != "sensitive" {
		t.Errorf("no reason: %d %s", p.status, p.name())
	}
	if p := nurse.post(ref+"/sensitive", url.Values{"why": {string(access.NeededForCare)}, "words": {"sepsis"}}); p.status != http.StatusOK || p.name() != "summary" {
		t.Fatalf("%d %s", p.status, p.text())
	}
	for _, path := range pages {
		shows(nurse, ref, path, true)
	}
	if p := shows(nurse, ref, "", true); p.Find("[data-sensitive=open]").Length() != 1 {
		t.Error("the page does not say that they are open")
	}
	again := w.as("ed.nurse")
	shows(again, again.ref(), "", false)
	worker := w.as("social.worker")
	told := worker.get(worker.ref())
	if told.Find("[data-sensitive]").Length() > 0 || strings.Contains(told.text(), "withheld") || told.Find("[data-social-care-notice]").Length() != 1 {
		t.Error("social care is told that something is withheld")
	}
	if p := worker.post(worker.ref()+"/sensitive", url.Values{"why": {string(access.NeededForCare)}}); p.status != http.StatusForbidden {
		t.Errorf("social care opens: %d", p.status)
	}
	opened := 0
	for _, e := range w.trail() {
		if e.Kind == audit.SensitiveOpened {
			opened++
			if e.Claim != access.NeededForCare || e.Words != "sepsis" || e.Ground.Until.Sub(e.At) != access.SensitiveOpenFor {
				t.Errorf("the trail says %+v", e)
			}
		}
	}
	if opened != 1 {
		t.Errorf("%d events", opened)
	}
}

// A relationship that somebody only claims opens nothing sensitive.
func TestSensitiveItemsStayShutToAClaim(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.partners["RKB"].Items = map[string][]string{"Condition": {labelled}}
	pharmacist := w.as("pharmacist")
	ref := pharmacist.ref()
	pharmacist.post(ref+"/reason", url.Values{"why": {string(access.Consent)}})
	if p := pharmacist.get(ref); p.status != http.StatusOK || p.Find("[data-sensitive=withheld]").Length() != 0 || strings.Contains(p.body, "told in confidence") {
		t.Fatalf("%d", p.status)
	}
	if p := pharmacist.post(ref+"/sensitive", url.Values{"why": {string(access.Consent)}}); p.status != http.StatusForbidden || p.name() != "refused" {
		t.Errorf("%d %s", p.status, p.name())
	}
	if p := pharmacist.get(ref); strings.Contains(p.body, "told in confidence") {
		t.Error("a claim opened it")
	}
}
