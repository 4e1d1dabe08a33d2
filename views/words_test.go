package views_test

import (
	"strings"
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
)

func TestLongWordsAreFoldedAndNotLost(t *testing.T) {
	long := strings.Repeat("Seen again today, no change. ", 40_000/29) + "THE END"
	e := entry(record.Problems, surgery.Code, "1", "Asthma")
	e.Notes = []string{long}
	named := entry(record.Allergies, surgery.Code, "2", long)
	p := page(t, answered(surgery, e, named))
	for section, selector := range map[record.Section]string{record.Problems: ".icr-more .icr-fold", record.Allergies: ".icr-line__what > .icr-fold"} {
		doc := document(t, views.Section(views.SectionPage{RecordPage: p, Section: section}))
		if doc.Find(selector).Length() != 1 || !strings.HasSuffix(doc.Find(selector).Text(), "THE END") {
			t.Errorf("%s: %d folds", section, doc.Find(selector).Length())
		}
		doc.Find("details.icr-fold").Remove()
		if left := len(doc.Find("[data-section]").Text()); left > 3000 {
			t.Errorf("%s: %d bytes stay in sight", section, left)
		}
	}
}

func TestWordsThatRunFromRightToLeftAreIsolated(t *testing.T) {
	arabic := "حساسية البنسلين"
	e := entry(record.Allergies, surgery.Code, "1", arabic)
	e.Notes, e.By = []string{"note \u202Egnorw", "Sjögren – ≥ 5 µg 日本"}, "ד״ר כהן"
	p := page(t, answered(surgery, e))
	p.Person.Family = "سلامه"
	html := rendered(t, views.Summary(p))
	contains(t, "the page", html, "<bdi>"+arabic+"</bdi>", "<bdi>ד״ר כהן</bdi>", "<bdi>note gnorw</bdi>", "<bdi>سلامه, Margaret (Mrs)</bdi>", " Sjögren – ≥ 5 µg 日本<")
	lacks(t, "the page", html, "\u202E", "<bdi>Sjögren")
}

func TestAbbreviationsAreSpelledOutOnce(t *testing.T) {
	e := entry(record.Medications, surgery.Code, "1", "Salbutamol for COPD and COPDX")
	e.Dose = "2 puffs qds prn"
	again := entry(record.Medications, surgery.Code, "2", "Tiotropium for COPD")
	doc := document(t, views.Section(views.SectionPage{RecordPage: page(t, answered(surgery, e, again)), Section: record.Medications}))
	abbr := doc.Find("[data-section] abbr[tabindex='0']")
	if abbr.Length() != 3 {
		t.Fatalf("%d abbreviations, want COPD, qds and prn once each: %s", abbr.Length(), said(doc, "abbr"))
	}
	contains(t, "the section", said(doc, "[data-section]"), "COPD (chronic obstructive pulmonary disease)", "qds (four times a day)", "prn (when required)", "and COPDX")
}

func TestAnAbbreviationThatItsSourceSpellsOutIsLeftAsSent(t *testing.T) {
	e := entry(record.Observations, surgery.Code, "1", "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score")
	doc := document(t, views.Section(views.SectionPage{RecordPage: page(t, answered(surgery, e)), Section: record.Observations}))
	contains(t, "the section", said(doc, "[data-section]"), "NEWS2 (National Early Warning Score 2) total score")
	if doc.Find("[data-section] abbr").Length() > 0 {
		t.Error("it is spelled out twice")
	}
}

func TestAPeriodAndASingleDateSayWhatTheyMean(t *testing.T) {
	when, until := record.ParseDate("2026-06-05"), record.ParseDate("2026-07-01")
	for _, test := range []struct {
		when, until record.Date
		want        string
	}{
		{when, record.Date{}, "05-Jun-2026 onset"},
		{when, until, "05-Jun-2026 to 01-Jul-2026"},
		{when, when, "05-Jun-2026"},
		{record.ParseDate("2026-06"), record.ParseDate("2026-06"), "Jun-2026 to Jun-2026"},
		{record.Date{}, until, "until 01-Jul-2026"},
		{record.Date{}, record.Date{}, "Date not known"},
	} {
		e := entry(record.Problems, surgery.Code, "1", "Asthma")
		e.When, e.Until, e.WhenMeans = test.when, test.until, "onset"
		if test.when.IsZero() {
			e.WhenMeans = ""
		}
		if got := said(document(t, views.Section(views.SectionPage{RecordPage: page(t, answered(surgery, e)), Section: record.Problems})), ".icr-line__when"); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestTheSignPointsWhereAValueLies(t *testing.T) {
	for flag, want := range map[string]string{
		"High": "icr-tag--high", "Low": "icr-tag--low", "Critically low": "icr-tag--low", "L": "icr-tag--low", "HH": "icr-tag--high",
		"Above high reference limit": "icr-tag--high", "Below low reference limit": "icr-tag--low",
		"Abnormal": "", "": "", "High, Low": "",
	} {
		e := entry(record.Results, surgery.Code, "1", "Potassium")
		e.Flag, e.Abnormal = flag, true
		tag := document(t, views.Summary(page(t, answered(surgery, e)))).Find("[data-section=results] .icr-tag--abnormal")
		high, low := tag.HasClass("icr-tag--high"), tag.HasClass("icr-tag--low")
		if tag.Length() != 1 || high != (want == "icr-tag--high") || low != (want == "icr-tag--low") {
			t.Errorf("%q: high %v, low %v, want %q", flag, high, low, want)
		}
	}
}
