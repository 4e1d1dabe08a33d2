package views_test

import (
	"testing"
	"time"

	"example.org/icr/care/record"
	"example.org/icr/views"
)

func filtered(t *testing.T, s record.Section, f views.Filter) views.SectionPage {
	old := entry(s, surgery.Code, "1", "Asthma review")
	old.When = record.ParseDate("2019-05-05")
	vague := entry(s, council.Code, "2", "Hearing loss")
	vague.When, vague.Notes = record.ParseDate("2020"), []string{"Both ears"}
	undated := entry(s, council.Code, "3", "Carer at home")
	undated.When = record.Date{}
	return views.SectionPage{RecordPage: page(t, answered(surgery, old), answered(council, vague, undated)), Section: s, Filter: f, FilterRef: "f1"}
}

func TestAFilterSaysWhatItLeavesOut(t *testing.T) {
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	for _, test := range []struct {
		name   string
		filter views.Filter
		shown  int
		words  string
		extent string
	}{
		{"words, in whatever case", views.Filter{Text: "ASTHMA"}, 1, "only lines with “ASTHMA”. 2 lines are left out.", "Showing 1 of 3 lines. Newest first."},
		{"words of a note", views.Filter{Text: "both ears"}, 1, "only lines with “both ears”.", "Showing 1 of 3 lines."},
		{"a code", views.Filter{Text: "123"}, 3, "0 lines are left out.", "All 3 lines."},
		{"organisation", views.Filter{Source: "E08000026"}, 2, "from Coventry City Council. 1 line is left out.", "Showing 2 of 3 lines."},
		{"from", views.Filter{From: day("2020-06-01")}, 2, "dated from 01-Jun-2020. 1 line is left out. 1 line without a date shown whatever the dates.", "Showing 2 of 3 lines."},
		{"to", views.Filter{To: day("2020-01-01")}, 2, "dated to 31-Dec-2019. 1 line is left out.", "Showing 2 of 3 lines."},
		{"all of it", views.Filter{Text: "loss", Source: "E08000026", From: day("2020-01-01"), To: day("2021-01-01")}, 1, "with “loss”, dated from 01-Jan-2020, dated to 31-Dec-2020 and from Coventry City Council.", "Showing 1 of 3 lines."},
		{"nothing", views.Filter{Text: "gout"}, 0, "3 lines are left out.", "No line matches the filter."},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := filtered(t, record.Problems, test.filter)
			doc := document(t, views.Section(p))
			if n := doc.Find("[data-entry]").Length(); n != test.shown || len(p.Entries()) != test.shown {
				t.Errorf("%d lines shown, %d told to the trail, want %d", n, len(p.Entries()), test.shown)
			}
			contains(t, "the page", said(doc, "[data-section]"), test.words, test.extent)
			lacks(t, "the page", said(doc, "[data-section]"), "Nothing recorded", "Nothing received")
			if doc.Find(`[data-filter] a[href="/record/k3v9d0q2/problems"]`).Length() != 1 || doc.Find(`form.icr-filter[method=post][action="/record/k3v9d0q2/problems"]`).Length() != 1 {
				t.Error("there is no way out of the filter, or into another")
			}
		})
	}
}

// What lasted into the time that is asked for is not left out.
func TestAFilterOfDatesKeepsWhatLasts(t *testing.T) {
	stay, over := entry(record.Visits, surgery.Code, "stay", "Ward stay"), entry(record.Visits, surgery.Code, "over", "Earlier stay")
	stay.When, stay.Until = record.ParseDate("2025-12-28"), record.ParseDate("2026-02-05")
	over.When, over.Until = record.ParseDate("2025-11-01"), record.ParseDate("2025-12-31")
	repeat, ended := entry(record.Medications, surgery.Code, "repeat", "Ramipril"), entry(record.Medications, surgery.Code, "ended", "Amoxicillin")
	repeat.When, ended.When, ended.Standing = record.ParseDate("2010"), record.ParseDate("2010"), record.Past
	p := page(t, answered(surgery, stay, over, repeat, ended))
	from := views.Filter{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for s, want := range map[record.Section][2]string{record.Visits: {"Ward stay", "Earlier stay"}, record.Medications: {"Ramipril", "Amoxicillin"}} {
		doc := said(document(t, views.Section(views.SectionPage{RecordPage: p, Section: s, Filter: from, FilterRef: "f1"})), "[data-section]")
		contains(t, string(s), doc, want[0])
		lacks(t, string(s), doc, want[1])
	}
}

func TestAllergiesAreNeverFiltered(t *testing.T) {
	doc := document(t, views.Section(filtered(t, record.Allergies, views.Filter{Text: "asthma"})))
	if doc.Find("[data-entry]").Length() != 3 || doc.Find("form.icr-filter").Length() != 0 {
		t.Error("allergies are filtered")
	}
	contains(t, "the page", said(doc, "[data-section]"), "Allergies are always shown in full")
}

// A filter must not tell what the page does not say.
func TestAFilterFindsNothingHidden(t *testing.T) {
	for text, want := range map[string]int{"Dr Nair": 0, "Ward 10": 0, "Coventry City": 0, "E08000026": 0, "a council": 2, "hearing": 1} {
		p := filtered(t, record.Problems, views.Filter{Text: text})
		p.Restricted = true
		doc := document(t, views.Section(p))
		if n := doc.Find("[data-entry]").Length(); n != want {
			t.Errorf("%q finds %d lines, want %d", text, n, want)
		}
		lacks(t, "the form", said(doc, "form.icr-filter"), "Coventry")
	}
}

func TestAFilteredSectionIsReadInPages(t *testing.T) {
	p := views.SectionPage{RecordPage: page(t, answered(surgery, entries(record.Results, surgery.Code, 230, record.Current)...)), Section: record.Results, Filter: views.Filter{Text: "number 1"}, FilterRef: "f1", PerPage: 50}
	doc := document(t, views.Section(p))
	contains(t, "the page", said(doc, "[data-section]"), "Lines 1 to 50 of 111 that match, of 230 in all")
	if doc.Find(`a[rel=next][href="/record/k3v9d0q2/results?filter=f1&page=2"]`).Length() != 1 {
		t.Error("the second page loses the filter")
	}
}

func TestALapsedFilterIsSaid(t *testing.T) {
	p := filtered(t, record.Problems, views.Filter{})
	p.Lapsed = true
	doc := document(t, views.Section(p))
	contains(t, "the page", said(doc, "[data-filter-lapsed]"), "everything is shown")
	if doc.Find("[data-entry]").Length() != 3 {
		t.Error("not everything is shown")
	}
}
