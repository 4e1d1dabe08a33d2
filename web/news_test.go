package web_test

import (
	"strings"
	"testing"

	"example.org/icr/care/partner/partnertest"
)

const (
	latexNow   = `{"resourceType":"AllergyIntolerance","id":"a7","meta":{"versionId":"1"},"code":{"text":"Latex"},"patient":{"reference":"Patient/p1"},"recordedDate":"2020-01-01"}`
	latexAgain = `{"resourceType":"AllergyIntolerance","id":"a7","meta":{"versionId":"2"},"code":{"text":"Latex"},"criticality":"high","patient":{"reference":"Patient/p1"},"recordedDate":"2020-01-01"}`
)

// What is new since the user last looked is what was on no page that they were
// sent in an earlier look: a partner that was silent then is news when it
// answers, and so is a new version of an item.
func TestNewSinceTheUserLastLooked(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.OtherPatient)
	w.relate("RKB", "RLT")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	news := func(b *browser, path string) string {
		t.Helper()
		p := b.get(path)
		if p.status != 200 {
			t.Fatalf("%d %s", p.status, p.text())
		}
		var lines []string
		for _, n := range p.Find("[data-entry]:has([data-new]) .icr-what").EachIter() {
			lines = append(lines, n.Text())
		}
		return p.Find("[data-news]").Text() + "|" + strings.Join(lines, ",")
	}
	if got := news(nurse, ref); got != "|" {
		t.Errorf("at the first look %q is new", got)
	}
	if got := news(nurse, ref); !strings.Contains(got, "Nothing is new") || !strings.HasSuffix(got, "|") {
		t.Errorf("at the second: %q", got)
	}
	w.partners["RLT"].Change(func(m *partnertest.Manner) {
		m.Mode, m.Items = partnertest.Holds, map[string][]string{"AllergyIntolerance": {latexNow}}
	})
	if got := news(nurse, ref); !strings.HasSuffix(got, "|Latex,"+partnertest.Allergy+","+partnertest.Problem) || !strings.Contains(got, "allergies 2") {
		t.Errorf("a partner that was silent: %q", got)
	}
	if got := news(nurse, ref+"/allergies"); !strings.HasSuffix(got, "|") {
		t.Errorf("seen on the summary, new in its section: %q", got)
	}
	w.partners["RLT"].Change(func(m *partnertest.Manner) { m.Items = map[string][]string{"AllergyIntolerance": {latexAgain}} })
	other := w.as("pharmacist")
	if got := news(other, other.ref()); got != "|" {
		t.Errorf("somebody else's first look: %q", got)
	}
	w.failOn("disclosed")
	if p := nurse.get(ref); p.status != 503 {
		t.Errorf("a page that cannot be recorded: %d", p.status)
	}
	w.super(`DROP TRIGGER fail ON audit.event`)
	if got := news(nurse, ref+"/allergies"); !strings.HasSuffix(got, "|Latex") {
		t.Errorf("a new version, after a page that was not sent: %q", got)
	}
}
