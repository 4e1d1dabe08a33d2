package views_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

func letter(from nhs.ODSCode, id, words, kind string, day int, replaces ...string) record.Entry {
	e := entry(record.Documents, from, id, words)
	e.When, e.Status, e.Verification = record.DateOf(now.AddDate(0, 0, -day)).DayOnly(), "current", ""
	e.Replaces, e.Document = replaces, &record.Document{ContentType: kind, Size: 12345, URL: "Binary/" + id}
	return e
}

func documentsPage(t *testing.T) views.RecordPage {
	old := letter(hospital.Code, "old", "Discharge summary", "text/plain", 30)
	old.Status, old.Standing = "superseded", record.Past
	lost := letter(hospital.Code, "lost", "Scan letter", "text/plain", 40)
	lost.Status, lost.Standing = "superseded", record.Past
	p := page(t,
		answered(hospital, letter(hospital.Code, "a", "Clinic letter", "application/pdf", 3), letter(hospital.Code, "new", "Discharge summary", "text/html; charset=utf-8", 20, "old"), old, lost),
		answered(surgery, letter(surgery.Code, "b", "clinic letter", "text/plain;charset=utf-8", 1), letter(surgery.Code, "c", "Clinic letter", "", 9)),
	)
	p.DocumentRef = func(e *record.Entry) string {
		if e.Item.ID == "c" {
			return ""
		}
		return "ref-" + e.Item.ID
	}
	return p
}

// Documents stand by what they are, those of each organisation together,
// newest first; what was replaced stands under what replaced it.
func TestDocumentsByTypeAndSource(t *testing.T) {
	p := views.SectionPage{RecordPage: documentsPage(t), Section: record.Documents}
	doc := document(t, views.Section(p))
	section := doc.Find("[data-section=documents]")
	if got := section.Find("h2").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); !slices.Equal(got, []string{"Clinic letter", "Discharge summary", "Superseded"}) {
		t.Errorf("groups %q", got)
	}
	lines := section.Find("[data-entry]")
	var got []string
	lines.Each(func(_ int, s *goquery.Selection) {
		got = append(got, path.Base(s.Find(".icr-what").First().AttrOr("href", "none"))+" "+s.Find("[data-source]").First().Text())
	})
	want := []string{"ref-a George Eliot Hospital", "ref-b Spon End Surgery", "none Spon End Surgery", "ref-new George Eliot Hospital", "ref-lost George Eliot Hospital"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	contains(t, "the section", said(doc, "[data-section=documents]"), "PDF, 12 KB", "Text, 12 KB", "Web page, 12 KB", "which was not sent along", "1 earlier version", "All 5 lines")
	earlier := lines.Eq(3).Find(".icr-earlier")
	if href := earlier.Find("a").AttrOr("href", ""); !strings.HasSuffix(href, "/documents/ref-old") || !strings.Contains(earlier.Text(), "Replaced") || !strings.Contains(earlier.Text(), "superseded") {
		t.Errorf("the earlier version: %q %s", href, earlier.Text())
	}
	if n := len(p.Entries()); n != 6 {
		t.Errorf("the trail would say %d documents of 6", n)
	}
}

// Paper has what the section has, earlier versions open.
func TestDocumentsOnPaper(t *testing.T) {
	p := documentsPage(t)
	doc := document(t, views.Print(p))
	contains(t, "the print-out", said(doc, "[data-section=documents]"), "Discharge summary (1)", "1 earlier version", "superseded")
	if n := len(p.EntriesInFull()); n != 6 {
		t.Errorf("the trail would say %d documents of 6", n)
	}
}
