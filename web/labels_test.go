package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/partner/partnertest"
)

func problemSaying(id, words, status, label string) string {
	return fmt.Sprintf(`{"resourceType":"Condition","id":%q,"meta":{"versionId":"1","security":[{"code":%q}]},"clinicalStatus":{"coding":[{"code":%q}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},
		"code":{"text":%q},"subject":{"reference":"Patient/p1"},"onsetDateTime":"2020-01-03","recordedDate":"2020-01-03"}`, id, label, status, words)
}

func alertSaying(id, code, words string) string {
	return fmt.Sprintf(`{"resourceType":"Flag","id":%q,"status":"active","category":[{"coding":[{"code":"safety"}]}],"code":{"coding":[{"code":%q}],"text":%q},"subject":{"reference":"Patient/p1"},"period":{"start":"2024-01-01"}}`, id, code, words)
}

func letterSaying(id, words, label string) string {
	return fmt.Sprintf(`{"resourceType":"DocumentReference","id":%q,"meta":{"security":[{"code":%q}]},"status":"current","type":{"text":%q},"subject":{"reference":"Patient/p1"},"date":"2024-02-02T10:00:00Z",
		"content":[{"attachment":{"contentType":"text/plain","data":%q}}]}`, id, label, words, base64.StdEncoding.EncodeToString([]byte("Inside "+words)))
}

// labelled items, each with words of its own; who may see them; and on which
// pages they stand for who may.
var labels = []struct {
	item, words string
	shut        bool // to a clinician who has given no reason
	open        bool // to one who has
	socialCare  bool
	stands      string
}{
	{"a plain problem", "Alphaplain", true, true, false, "summary problems print download"},
	{"a problem of the sensitive list", "Viral infection under care", false, true, false, "summary problems print download"},
	{"a problem that the law seals", "IVF cycle", false, false, false, "summary problems print download"},
	{"a problem that its partner restricts, in conflict", "Bravorestricted", false, true, false, "summary problems print download conflict"},
	{"a problem that its partner calls very restricted", "Charlievery", false, true, false, "summary problems print download"},
	{"an alert", "Deltadog", true, true, true, "summary alerts print download"},
	{"an alert about a third party", "Echoperson", true, true, false, "summary alerts print download"},
	{"an alert about a crime", "Foxtrotcrime", true, true, false, "summary alerts print download"},
	{"a document", "Golfletter", true, true, false, "summary documents timeline print download opened"},
	{"a document that its partner restricts", "Hotelletter", false, true, false, "summary documents timeline print download opened"},
	{"a name that tells", "Hospital RYG", true, true, false, "summary problems alerts documents timeline print download"},
}

// Every label of an item decides alike about every page that could show it, its
// titles, the print-out and the file: through the whole application.
func TestLabelsDecideOnEveryPage(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds, partnertest.Holds, partnertest.Holds)
	w.relate("RKB", "E08000026")
	w.partners["RKB"].Items = map[string][]string{
		"Condition":         {ofHIV, ofIVF, problemSaying("c1", "Alphaplain", "active", ""), problemSaying("c2", "Bravorestricted", "active", "R"), problemSaying("c3", "Charlievery", "active", "V")},
		"Flag":              {alertSaying("f1", "RTS", "Deltadog"), alertSaying("f2", "ALPERP", "Echoperson"), alertSaying("f3", "MAPPA", "Foxtrotcrime")},
		"DocumentReference": {letterSaying("d1", "Golfletter", ""), letterSaying("d2", "Hotelletter", "R")},
	}
	w.partners["RLT"].Items = map[string][]string{"Condition": {problemSaying("c9", "Bravorestricted", "resolved", "R")}}

	nurse, worker := w.as("ed.nurse"), w.as("social.worker")
	ref := nurse.ref()
	shut := walkLabels(nurse, ref)
	w.partners["RLT"].Change(func(m *partnertest.Manner) {
		m.Items["Condition"] = append(m.Items["Condition"], problemSaying("c10", "Indianew", "active", "R"))
	})
	news := nurse.get(ref)
	if words := news.Find("[data-news]").Text(); !strings.Contains(words, "Nothing is new") || strings.Contains(news.body, "Indianew") {
		t.Errorf("something withheld is told as new: %q", words)
	}
	letters := nurse.get(ref + "/documents").Find(`[data-section=documents] a[href*="/documents/"]`).Length()
	if letters != 1 {
		t.Errorf("%d documents can be opened", letters)
	}
	if p := nurse.post(ref+"/sensitive", url.Values{"why": {string(access.NeededForCare)}}); p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	open, social := walkLabels(nurse, ref), walkLabels(worker, worker.ref())
	for _, l := range labels {
		for _, reader := range []struct {
			name  string
			pages map[string]string
			may   bool
		}{{"a clinician", shut, l.shut}, {"a clinician with a reason", open, l.open}, {"social care", social, l.socialCare}} {
			for name, body := range reader.pages {
				want := reader.may && strings.Contains(" "+l.stands+" ", " "+name+" ")
				if got := strings.Contains(body, l.words); got != want {
					t.Errorf("%s, to %s on %s: %v, want %v", l.item, reader.name, name, got, want)
				}
			}
		}
	}
	w.restrict()
	for name, body := range walkLabels(nurse, ref) {
		for _, where := range []string{"Hospital R", `"RLT"`, `"RJC"`, `"RYG"`, "Aviary Lane", "CV99 9ZZ"} { // RKB is the reader's own, and theirs to name
			if strings.Contains(body, where) {
				t.Errorf("of a restricted patient %s tells %s", name, where)
			}
		}
	}
}

// walkLabels takes every page of a record that could show a labelled item. What
// a role may not have is no page of it.
func walkLabels(b *browser, ref string) map[string]string {
	b.w.t.Helper()
	pages := map[string]string{}
	take := func(name string, p page) page {
		if p.status == http.StatusOK {
			pages[name] = p.body
		}
		return p
	}
	conflicts := take("summary", b.get(ref)).Find("[data-conflict]").Text()
	for _, name := range []string{"problems", "alerts", "timeline", "print"} {
		take(name, b.get(ref+"/"+name))
	}
	documents := take("documents", b.get(ref+"/documents"))
	take("download", b.post(ref+"/download", url.Values{}))
	pages["conflict"] = conflicts
	for _, href := range documents.Find(`[data-section=documents] a[href*="/documents/"]`).EachIter() {
		p := b.get(href.AttrOr("href", ""))
		if p.status == http.StatusOK {
			pages["opened"] += p.body
		}
	}
	return pages
}
