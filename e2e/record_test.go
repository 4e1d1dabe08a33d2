package e2e

import (
	"slices"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// partners are those of everybody, besides the practice.
var partners = []string{"E08000026", "E10000031", "RJC", "RKB", "RLT", "RYA", "RYG"}

// strangers are those who do not know the person of the plain record.
var strangers = []string{"E10000031", "RLT", "RYA", "RYG"}

// sections are all there are, in the order of the page.
var sections = []string{
	"alerts", "allergies", "medications", "problems", "results", "observations", "visits", "care-plans", "social-care", "care-team",
	"procedures", "immunisations", "documents",
}

func TestTheRecordIsJoinedFromAllPartners(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Plain record")
		p := signIn(t, "ed.nurse", scripts).record(person.NHSNumber)
		p.is(t, "summary", 200)
		says(t, p.text("[data-patient-banner]"), "SANDHU, Harpreet Kaur (Mrs)", "Born 14-Mar-1961", "Gender Female", "NHS No. 999 000 0018")
		checkStrip(t, p)
		same(t, "sections", p.Find("[data-section]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-section", "") }), sections)
		checkEntries(t, p)
		for section, sources := range map[string][]string{
			"allergies": {"RKB", "Y99001"}, "medications": {"Y99001"}, "problems": {"Y99001"}, "results": {"RKB", "Y99001"},
			"visits": {"RJC", "RKB", "Y99001"}, "documents": {"RKB"}, "social-care": {"E08000026"},
		} {
			same(t, "sources of "+section, p.attributes(`[data-section="`+section+`"] [data-entry] [data-source]`, "data-source"), sources)
		}
		says(t, p.text("[data-ground]"), "organisation")
		if got := p.Find("[data-ground]").AttrOr("data-ground", ""); got != "encounter" {
			t.Errorf("ground %q", got)
		}
	})
}

func checkStrip(t *testing.T, p *page) {
	t.Helper()
	says(t, p.text(".icr-strip"), "8 of 8 organisations answered.")
	same(t, "partners", p.attributes("[data-partner]", "data-partner"), append(slices.Clone(partners), "Y99001"))
	for _, partner := range append(slices.Clone(partners), "Y99001") {
		want, said := "answered", "items"
		if slices.Contains(strangers, partner) {
			want, said = "not-held", "does not know this patient"
		}
		if got := p.state(partner); got != want {
			t.Errorf("%s: %s, want %s", partner, got, want)
		}
		says(t, p.strip(partner), said)
	}
}

// checkEntries checks that there are lines, and that each names its source.
func checkEntries(t *testing.T, p *page) {
	t.Helper()
	entries := p.Find("[data-section] [data-entry]")
	if entries.Length() == 0 {
		t.Errorf("%s has no lines", p.path())
	}
	entries.Each(func(_ int, s *goquery.Selection) {
		if sources := s.Find("[data-source]"); sources.Length() == 0 || words(sources.First()) == "" {
			t.Errorf("a line without its source: %s", words(s))
		}
	})
}

func TestEverySectionInFull(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Plain record")
	v := signIn(t, "ed.nurse", true)
	summary := v.record(person.NHSNumber)
	for _, section := range sections {
		p := v.click(`a.icr-section__link[href$="/` + section + `"], .icr-contents a[href$="/` + section + `"]`)
		p.is(t, "section", 200)
		same(t, "sections", p.attributes("[data-section]", "data-section"), []string{section})
		if got, want := p.Find("[data-entry]").Length(), summary.Find(`[data-section="`+section+`"] [data-entry]`).Length(); got < want {
			t.Errorf("%s: %d lines in full, %d on the summary", section, got, want)
		} else if got > 0 {
			checkEntries(t, p)
		}
		if len(p.attributes("[data-partner]", "data-partner")) != 8 {
			t.Errorf("%s: the strip is not whole: %s", section, p.text(".icr-strip"))
		}
	}
}

func TestConflictsStandAtTheTop(t *testing.T) {
	t.Parallel()
	p := signIn(t, "ed.nurse", true).record(town.the(t, "Conflict of allergies").NHSNumber)
	p.is(t, "summary", 200)
	says(t, p.text(`[data-conflict="allergies"]`), "Allergy to penicillin", "Spon End Surgery", "No known allergy", "University Hospitals Coventry and Warwickshire")
	says(t, p.text(`[data-conflict="medications"]`), "Bisoprolol 5mg", "University Hospitals Coventry and Warwickshire", "Bisoprolol 2.5mg", "Spon End Surgery")
	says(t, p.text("#heading-allergies"), "Known allergies")
}

func TestALongRecordIsReadInPages(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	summary := v.record(town.the(t, "Very long record").NHSNumber)
	summary.is(t, "summary", 200)
	if lines := summary.Find("[data-entry]").Length(); lines < 40 || lines > 200 {
		t.Errorf("the summary has %d lines", lines)
	}
	says(t, summary.text(`[data-section="results"]`), "Showing the latest 10. ", "Only the newest was asked for: there may be more at ")
	says(t, summary.text(`[data-section="allergies"]`), "Simvastatin", "Allergy to penicillin")

	first := v.click(`[data-section="results"] .icr-section__link`)
	total := first.Find(".icr-rest").First().Text()
	says(t, total, "Lines 1 to 100 of ")
	second := v.click(`nav[aria-label="Pagination"] a[rel=next]`)
	says(t, second.text(".icr-rest"), "Lines 101 to 200 of ")
	if first.Find("[data-entry]").Length() != 100 || second.Find("[data-entry]").Length() != 100 {
		t.Errorf("pages of %d and %d lines", first.Find("[data-entry]").Length(), second.Find("[data-entry]").Length())
	}
	if one, other := words(first.Find("[data-entry]").First()), words(second.Find("[data-entry]").First()); one == other {
		t.Errorf("both pages begin with %q", one)
	}
}

func TestP4_PrintKeepsBannerStripAndReference(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	summary := v.record(town.the(t, "A partner answers about somebody else").NHSNumber)
	for _, path := range []string{summary.path(), summary.path() + "/medications"} {
		p := v.open(path)
		v.media("print")
		for _, mark := range []string{"[data-patient-banner]", "[data-partner]", "[data-access-reference]", "[data-ground]", "[data-entry]"} {
			seen := evaluate[int](v, `[...document.querySelectorAll("`+mark+`")].filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getClientRects().length > 0).length`)
			if want := p.Find(mark).Length(); seen != want || want == 0 {
				t.Errorf("%s on paper: %d of %d %s", p.path(), seen, want, mark)
			}
		}
		v.media("")
	}
}
