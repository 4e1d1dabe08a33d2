package web_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

// A report's file opens like a document: by what it is and not what it says it
// is, recorded as shown, and for nobody who sees no results.
func TestP1_AReportsFileOpensLikeADocument(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	report := func(id, kind, content string) string {
		return fmt.Sprintf(`{"resourceType":"DiagnosticReport","id":%q,"status":"final","code":{"text":"Scan %s"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-02","presentedForm":[{"contentType":%q,"data":%q}]}`,
			id, id, kind, base64.StdEncoding.EncodeToString([]byte(content)))
	}
	w.partners["RKB"].Items = map[string][]string{"DiagnosticReport": {
		report("pdf", "application/pdf", "%PDF-1.7 "+partnertest.Allergy), report("fake", "application/pdf", "<html><script>alert(1)</script>"),
	}}
	b := w.as("ed.nurse")
	ref := b.ref()
	for _, path := range []string{"", "/results", "/timeline"} {
		if n := b.get(ref + path).Find(`a.icr-what[href*="/documents/"]`).Length(); n != 2 {
			t.Errorf("%s leads to %d files", path, n)
		}
	}
	results := b.get(ref + "/results")
	if !strings.Contains(results.text(), "PDF") {
		t.Error("the section does not say what opens")
	}
	for what, want := range map[string]string{"Scan pdf": `inline; filename="document.pdf"`, "Scan fake": `attachment; filename="document"`} {
		link := results.Find(`a.icr-what:contains("`+what+`")`).AttrOr("href", "")
		p := b.get(link)
		if got := p.header.Get("Content-Disposition"); p.status != 200 || got != want || !strings.Contains(p.header.Get("Content-Security-Policy"), "default-src 'none'") || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s %v", what, p.status, got, p.header)
		}
		if e := w.last(); e.Kind != audit.DocumentShown || !slices.Equal(e.Sections, []record.Section{record.Results}) || len(e.Partners[0].Shown["DiagnosticReport"]) != 1 {
			t.Errorf("%s: the trail has %s of %v: %v", what, e.Kind, e.Sections, e.Partners)
		}
		asked := w.partners["RKB"].Asked()
		if slices.Contains(asked[len(asked)-2:], "DocumentReference") {
			t.Error("it was asked for letters")
		}
	}
	link := results.Find(`a.icr-what[href*="/documents/"]`).AttrOr("href", "")
	w.failOn(audit.DocumentShown)
	if p := b.get(link); p.status == 200 {
		t.Error("a file that cannot be recorded is shown")
	}
	w.super(`DROP TRIGGER fail ON audit.event`)
	worker := w.as("social.worker")
	if p := worker.get(worker.ref() + link[strings.Index(link, "/documents/"):]); p.status != 404 {
		t.Errorf("social care: %d", p.status)
	}
	w.restrict()
	if n := b.get(ref + "/results").Find(`a[href*="/documents/"]`).Length(); n != 0 {
		t.Error("a restricted patient's reports lead to files")
	}
	if p := b.get(link); p.status == 200 {
		t.Error("a restricted patient's report is opened")
	}
}
