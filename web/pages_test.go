package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/partner/partnertest"
)

func holdsResults(w *world) {
	w.partners["RKB"].Items = map[string][]string{
		"Observation": {
			`{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Weight of the canary"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-02","valueQuantity":{"value":20,"unit":"g"}}`,
			`{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"Weight of the canary"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-02-02","valueQuantity":{"value":21,"unit":"g"}}`,
			`{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"Span of the wings"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2025-02-02","valueQuantity":{"value":22,"unit":"cm"}}`,
		},
		"Encounter": {`{"resourceType":"Encounter","id":"e1","status":"finished","type":[{"text":"Seen in the aviary"}],"subject":{"reference":"Patient/p1"},"period":{"start":"2026-03-03"}}`},
	}
}

func TestP2_TheTimelineAsksOnlyForWhatHappens(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	holdsResults(w)
	w.relate("RKB", "E08000026")
	p := w.as("ed.nurse").get(w.as("ed.nurse").ref() + "/timeline")
	if p.status != http.StatusOK || p.name() != "timeline" || !strings.Contains(p.text(), "Seen in the aviary") {
		t.Fatalf("%d %s %s", p.status, p.name(), p.text())
	}
	for _, forbidden := range []string{"AllergyIntolerance", "Condition", "CarePlan", "Immunization", "Procedure"} {
		if slices.Contains(w.partners["RKB"].Asked(), forbidden) {
			t.Errorf("the partner was asked for %s", forbidden)
		}
	}
	e := w.last()
	if e.Page != "timeline" || len(e.Sections) != 4 || !slices.Equal(e.Partners[1].Shown["Encounter"], []string{"e1"}) {
		t.Errorf("the trail says %+v", e)
	}
	before := len(w.partners["RKB"].Asked())
	worker := w.as("social.worker")
	p = worker.get(worker.ref() + "/timeline")
	if p.status != http.StatusOK || strings.Contains(p.text(), "aviary") || !strings.Contains(p.text(), "Made of medications and visits") {
		t.Errorf("%d %s", p.status, p.text())
	}
	for _, asked := range w.partners["RKB"].Asked()[before:] {
		if asked == "DiagnosticReport" || asked == "Observation" || asked == "DocumentReference" {
			t.Errorf("for social care the partner was asked for %s", asked)
		}
	}
	admin := w.as("care.admin")
	if p := admin.get(admin.ref() + "/timeline"); p.status != http.StatusForbidden || p.name() != "refused" {
		t.Errorf("care admin: %d %s", p.status, p.name())
	}
}

func TestP9_AFilterStaysOutOfTheURL(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	holdsResults(w)
	w.relate("RKB")
	b := w.as("ed.nurse")
	section := b.ref() + "/observations"
	p := b.post(section, url.Values{"text": {"wings"}, "from-day": {"1"}, "from-month": {"1"}, "from-year": {"2025"}, "source": {"RKB"}})
	if p.status != http.StatusOK || p.Find("[data-entry]").Length() != 1 || !strings.Contains(p.text(), "2 lines are left out") {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if e := w.last(); !slices.Equal(e.Partners[1].Shown["Observation"], []string{"o3"}) {
		t.Errorf("the trail says that %v were shown", e.Partners[1].Shown)
	}
	if !strings.HasPrefix(p.url.RawQuery, "filter=") || strings.Contains(w.urls.String()+w.log.String(), "wings") {
		t.Errorf("the words are in a URL or in the log: %s", p.url)
	}
	if mine := w.as("pharmacist").get(section + "?" + p.url.RawQuery); mine.status == http.StatusOK {
		t.Error("somebody else reads the filter")
	}
	if p := b.get(section + "?filter=AAAAAAAAAAAAAAAAAAAAAAAAAA"); p.Find("[data-entry]").Length() != 3 || p.Find("[data-filter-lapsed]").Length() != 1 {
		t.Errorf("a filter that is not there: %s", p.text())
	}
	p = b.post(section, url.Values{"from-day": {"31"}, "from-month": {"2"}, "from-year": {"2025"}})
	if p.Find(".nhsuk-error-summary").Length() != 1 || p.Find("[data-entry]").Length() != 3 || !strings.Contains(p.text(), "The date must be a real date") {
		t.Errorf("a date that is none: %s", p.text())
	}
}

func TestAllergiesCannotBeFiltered(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.post(b.ref()+"/allergies", url.Values{"text": {"nothing like it"}})
	if p.status != http.StatusOK || !strings.Contains(p.text(), partnertest.Allergy) || p.url.RawQuery != "" {
		t.Errorf("%d %s %s", p.status, p.url, p.text())
	}
}
