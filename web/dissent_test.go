package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

const (
	localDissent = `{"resourceType":"Observation","id":"o9","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2024-01-01","code":{"coding":[{"system":"http://snomed.info/sct","code":"416409005"}]}}`
	denial       = `{"resourceType":"Consent","id":"k1","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/p1"},"provision":{"type":"deny"}}`
)

// What a patient refused at one partner hides that partner's record, on every
// page and from everybody, says so, and is put to the objections officers; it
// hides nobody else's.
func TestP3_DissentAtAPartnerIsHonoured(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds, partnertest.Holds)
	w.partners["RLT"].Items = map[string][]string{"Observation": {localDissent}}
	w.partners["RJC"].Statement = partnertest.Statement("AllergyIntolerance", "Condition", "Consent")
	w.partners["RJC"].Items = map[string][]string{"Consent": {denial}}
	go w.gathers.Watch(t.Context())
	for slices.ContainsFunc(w.gathers.Health(), func(h partner.Health) bool { return h.Probed.IsZero() }) {
		time.Sleep(time.Millisecond)
	}
	w.relate("RKB", "RLT", "RJC")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	withheld := func(b *browser, path string, codes ...string) {
		t.Helper()
		p := b.get(path)
		if p.status != 200 || !strings.Contains(p.text(), partnertest.Allergy) {
			t.Fatalf("%s: %d %s", path, p.status, p.text())
		}
		for _, code := range []string{"RKB", "RLT", "RJC"} {
			strip, items := p.Find("[data-partner="+code+"]"), p.Find("[data-entry] [data-source="+code+"]").Length()
			want := "answered"
			if slices.Contains(codes, code) {
				want = string(record.Withheld)
			}
			if strip.AttrOr("data-state", "") != want || (items == 0) != (want != "answered") {
				t.Errorf("%s: %s is %q with %d items", path, code, strip.AttrOr("data-state", ""), items)
			}
			if want != "answered" && !strings.Contains(p.text(), "the patient has refused there that it is shared") {
				t.Errorf("%s: the page does not say why: %s", path, strip.Text())
			}
		}
	}
	withheld(nurse, ref, "RLT", "RJC")
	asked := len(w.partners["RLT"].Asked())
	withheld(nurse, ref+"/allergies", "RLT", "RJC") // which asks for no observations
	withheld(nurse, ref+"/print", "RLT", "RJC")
	if n := len(w.partners["RLT"].Asked()); n != asked {
		t.Error("a partner is asked whose patient has refused")
	}
	if n := w.partners["RJC"].Asked(); !slices.Contains(n, "Consent") {
		t.Errorf("asked for %v", n)
	}
	open, _, err := w.PossibleObjections(t.Context(), 10)
	if err != nil || len(open) != 2 || w.count(audit.PossibleObjection) != 2 {
		t.Fatal(open, err, w.kinds())
	}
	for _, p := range open {
		if p.Patient != patient.Number || p.Partner == "RLT" && p.Evidence != objection.LocalDissent || p.Partner == "RJC" && p.Evidence != objection.DeniedByConsent {
			t.Errorf("%+v", p)
		}
	}
	w.partners["RJC"].Items = nil // the patient has changed their mind
	withheld(nurse, ref, "RLT")
	if w.count(audit.Denied) != 0 {
		t.Error("an objection at one partner closes the whole record")
	}
}
