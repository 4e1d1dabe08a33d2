package web_test

import (
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
)

// An organisation whose name alone tells is named to clinicians only: to social
// care it is another organisation in the strip, on the lines, in conflicts and
// in other organisations' words. The trail knows which it was.
func TestOrganisationsWhoseNamesTell(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds, partnertest.Holds, partnertest.Holds)
	w.relate("E08000026", "RKB")
	for code, criticality := range map[string]string{"RKB": "low", "RYG": "high"} {
		w.partners[nhs.ODSCode(code)].Items = map[string][]string{"AllergyIntolerance": {
			`{"resourceType":"AllergyIntolerance","id":"v1","code":{"text":"Latex"},"criticality":"` + criticality + `","patient":{"reference":"Patient/p1"},
			"clinicalStatus":{"coding":[{"code":"` + map[string]string{"RKB": "resolved", "RYG": "active"}[code] + `"}]},
			"recorder":{"display":"Dr Who, Hospital RYG"},"note":[{"text":"As told by hospital ryg in March"}]}`,
		}}
	}
	nurse := w.as("ed.nurse").record()
	if !nurse.names("RYG") {
		t.Fatal("a clinician is not told either")
	}
	worker := w.as("social.worker")
	ref := worker.ref()
	for _, path := range []string{"", "/allergies", "/medications", "/care-plans", "/visits", "/print", "/timeline"} {
		p := worker.get(ref + path)
		if p.status != 200 {
			t.Errorf("%s: %d", path, p.status)
		}
		if p.names("RYG") {
			t.Errorf("%s names it", path)
		}
		if !strings.Contains(p.body, "Another NHS organisation") {
			t.Errorf("%s leaves it out", path)
		}
	}
	summary := worker.get(ref)
	if summary.Find("[data-conflict=allergies]").Length() == 0 || !strings.Contains(summary.text(), "Latex") {
		t.Error("its allergies are gone")
	}
	events := w.trail()
	last := events[len(events)-1]
	if last.Kind != audit.Disclosed || last.Partners[len(last.Partners)-1].Code != "RYG" || len(last.Partners[len(last.Partners)-1].Shown["AllergyIntolerance"]) == 0 {
		t.Errorf("the trail says %+v", last.Partners)
	}
}
