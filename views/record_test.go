package views_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

func TestSummaryShowsEverySection(t *testing.T) {
	p := fullPage(t)
	doc := document(t, views.Summary(p))
	last := -1
	for _, s := range record.Sections {
		section := doc.Find("main[data-page=summary] [data-section=" + string(s) + "]")
		if section.Length() != 1 {
			t.Fatalf("%d of section %s", section.Length(), s)
		}
		at := strings.Index(rendered(t, views.Summary(p)), `data-section="`+string(s)+`"`)
		if at < last {
			t.Errorf("%s is out of order", s)
		}
		last = at
		if n := section.Find("[data-entry]").Length(); n < 5 {
			t.Errorf("%s shows %d lines", s, n)
		}
		contains(t, string(s), said(doc, "[data-section="+string(s)+"]"), "Spon End Surgery", overHeading(s), "active", "confirmed", "recorded", "SNOMED CT 123")
	}
	if n := doc.Find(`[data-entry] [data-source=Y99001]`).Length(); n == 0 {
		t.Error("no line names its source")
	}
}

// overHeading is what stands above the lines that no longer count.
func overHeading(s record.Section) string {
	switch s {
	case record.Medications:
		return "Stopped or finished"
	case record.Visits:
		return "Last"
	}
	return "Past"
}

func TestSummaryCutsAndCounts(t *testing.T) {
	doc := document(t, views.Summary(page(t, answered(surgery, slices.Concat(
		entries(record.Allergies, surgery.Code, 40, record.Current), entries(record.Allergies, surgery.Code, 20, record.Past),
		entries(record.Results, surgery.Code, 214, record.Current), entries(record.Visits, surgery.Code, 4, record.Current), entries(record.Visits, surgery.Code, 30, record.Past),
		entries(record.Medications, surgery.Code, 18, record.Current), entries(record.Medications, surgery.Code, 9, record.Past),
	)...))))
	for section, want := range map[record.Section]struct {
		lines int
		words string
	}{
		record.Allergies:   {60, ""},
		record.Results:     {10, "Showing 10 of 214."},
		record.Visits:      {8, "Showing 8 of 34: 4 of 4 now, 4 of 30 last."},
		record.Medications: {18, "Showing 18 of 27: 18 of 18 current, 0 of 9 stopped or finished."},
	} {
		selector := "[data-section=" + string(section) + "]"
		if n := doc.Find(selector + " [data-entry]").Length(); n != want.lines {
			t.Errorf("%s shows %d lines, want %d", section, n, want.lines)
		}
		contains(t, string(section), said(doc, selector), want.words)
		if doc.Find(selector+` a[href="/record/k3v9d0q2/`+string(section)+`"]`).Length() == 0 {
			t.Errorf("%s does not lead to all of it", section)
		}
	}
}

func TestCountsAddUp(t *testing.T) {
	p := fullPage(t)
	doc := document(t, views.Summary(p))
	contains(t, "the strip", said(doc, "[data-partner=E08000026]"), "2 items could not be read", "1 entered in error, not shown")
	row := strings.Fields(said(doc, ".icr-asked__table tfoot tr"))
	if want := "All 86 79 2 1 4"; strings.Join(row, " ") != want {
		t.Errorf("the totals are %v, want %s", row, want)
	}
	// 39 items of one source, 40 of another, of which 13 say what the other says.
	contains(t, "the account", said(doc, ".icr-asked"), "79 items on 66 lines", "Coventry City Council answered 47 40 2 1 4")
	shown := 0
	for _, s := range record.Sections {
		shown += doc.Find("[data-section=" + string(s) + "] [data-entry]").Length()
	}
	if shown != 66 {
		t.Errorf("%d lines stand on the page", shown)
	}
	if got := len(p.Entries()); got != 79 {
		t.Errorf("the trail is told of %d entries", got)
	}
}

func TestOneLineNamesAllItsSources(t *testing.T) {
	doc := document(t, views.Summary(fullPage(t)))
	line := doc.Find("[data-section=problems] [data-entry]:has(.icr-own + .icr-own)")
	if line.Length() != 1 || line.Find(".icr-line__sources [data-source]").Length() != 2 {
		t.Fatalf("%d lines from several sources", line.Length())
	}
	contains(t, "the line", said(doc, "[data-section=problems] [data-entry]:has(.icr-own + .icr-own)"), "2 sources", "SNOMED CT 123", "By Dr Nair", "Spon End Surgery", "Coventry City Council")
}

func TestConflictsStandAtTheTop(t *testing.T) {
	doc := document(t, views.Summary(fullPage(t)))
	contains(t, "what needs attention", said(doc, "[data-conflict=allergies]"), "Treat the patient as allergic", "No known allergies", "Allergies number 0")
	contains(t, "what needs attention", said(doc, ".icr-attention"), "Coventry City Council holds a different given name", "4 sensitive items of Coventry City Council not shown to your role.")
	if doc.Find(".icr-attention [data-entry]").Length() != 0 {
		t.Error("lines in conflict count twice")
	}
	html := rendered(t, views.Summary(fullPage(t)))
	if strings.Index(html, "data-conflict") > strings.Index(html, "data-section") {
		t.Error("conflicts come after the sections")
	}
}

func TestP7_ThePageSaysWhy(t *testing.T) {
	p := fullPage(t)
	for _, doc := range []string{".icr-why", ".icr-print"} {
		contains(t, doc, said(document(t, views.Summary(p)), doc), "Seen by your organisation (import 2026-11-21), until 30-Nov-2026 06:31", "Amina Osei", "Clinician", "University Hospitals", "22-Nov-2026 06:31", "7QK4-M2XA-09TD")
	}
	full := document(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Results}))
	if said(full, "[data-access-reference]") != p.Reference || full.Find("[data-ground=encounter]").Length() != 1 {
		t.Error("the section does not say under which reference, or on what ground")
	}
}

func TestRestrictedPatientIsNotLocated(t *testing.T) {
	p := fullPage(t)
	p.Person.Restricted = true
	letter := entry(record.Documents, hospital.Code, "letter", "Letter from george eliot hospital to Spon End Surgery (Y99001)")
	letter.By, letter.Reason = "Dr Somebody", "Seen at George Eliot Hospital"
	p.Record = record.Merge(append(p.Record.Contributions, answered(hospital, letter)))
	for name, html := range map[string]string{
		"summary": rendered(t, views.Summary(p)),
		"section": rendered(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Documents})),
		"table":   rendered(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Results})),
	} {
		lacks(t, name, html, "Spon End", "George Eliot", "george eliot", "Coventry City", "Y99001", "RLT", "E08000026", "Beanfield", "CV3", "024 7696", "Ward 10", "Dr Somebody", "Dr Nair")
		contains(t, name, html, "A GP practice", "A hospital", `data-source="gp"`, `data-partner="acute"`, "Restricted record")
	}
}

func TestSocialCareReadsOneConstantSentence(t *testing.T) {
	p := fullPage(t)
	p.Scope, p.SocialCareNotice = access.Shipped().ScopeOf(auth.SocialCare), true
	doc := document(t, views.Summary(p))
	if got := said(doc, "[data-social-care-notice]"); got != "Some information is not shown to your role; these lists may be incomplete." {
		t.Errorf("the notice is %q", got)
	}
	for _, s := range []record.Section{record.Results, record.Problems, record.Documents, record.Procedures, record.Observations, record.Immunisations} {
		if doc.Find("[data-section="+string(s)+"], [data-conflict="+string(s)+"]").Length() > 0 {
			t.Errorf("social care sees %s", s)
		}
	}
	if totals := said(doc, ".icr-asked__table tfoot tr"); totals != "All 82 79 2 1" {
		t.Errorf("the totals are %s: a number of withheld items shows", totals)
	}
	lacks(t, "the account", said(doc, ".icr-asked"), "Not shown to your role")
}

func TestCareAdminSeesWhoAndHowToReachThem(t *testing.T) {
	p := page(t)
	p.Scope = access.Shipped().ScopeOf(auth.CareAdmin)
	doc := document(t, views.Summary(p))
	contains(t, "the page", said(doc, "main[data-page=summary]"), "RAVENSWORTH, Margaret (Mrs)", "14 Beanfield Avenue", "024 7696 0777", "No organisation was asked")
	if doc.Find(".icr-strip, [data-section], [data-partner], .icr-asked").Length() > 0 {
		t.Error("there is a strip, or a section")
	}
	p.Restricted = true
	lacks(t, "a restricted patient's page", rendered(t, views.Summary(p)), "Beanfield", "024 7696 0777", "Y99001")
}

func TestBannerKeepsItsOrder(t *testing.T) {
	p := page(t, answered(surgery))
	if got := said(document(t, views.Summary(p)), "[data-patient-banner] .icr-banner__who"); got != "Name RAVENSWORTH, Margaret (Mrs) Born 09-Mar-1948 (78y) Gender Female NHS No. 999 000 0018" {
		t.Errorf("the banner reads %q", got)
	}
	p.Person.Died, p.Person.Informally = record.ParseDate("2026-11-10"), true
	doc := document(t, views.Summary(p))
	if got := said(doc, ".icr-banner--deceased .icr-banner__who"); got != "Name RAVENSWORTH, Margaret (Mrs) Born 09-Mar-1948 Died 10-Nov-2026 (informal notice) Age at Death 78y Gender Female NHS No. 999 000 0018" {
		t.Errorf("the banner of somebody who died reads %q", got)
	}
}

func TestSectionIsPaged(t *testing.T) {
	es := slices.Concat(entries(record.Results, surgery.Code, 150, record.Current), entries(record.Results, surgery.Code, 80, record.Past))
	p := views.SectionPage{RecordPage: page(t, answered(surgery, es...)), Section: record.Results}
	for _, test := range []struct {
		from, lines int
		words       string
	}{
		{0, 100, "Lines 1 to 100 of 230: 150 current, 80 past"},
		{100, 100, "Lines 101 to 200 of 230"},
		{200, 30, "Lines 201 to 230 of 230"},
		{900, 30, "Lines 201 to 230 of 230"}, // there is less of it by now
		{-5, 100, "Lines 1 to 100 of 230"},
	} {
		p.From = test.from
		doc := document(t, views.Section(p))
		if n := doc.Find("main[data-page=section] tr[data-entry]").Length(); n != test.lines || len(p.Entries()) != n {
			t.Errorf("from %d: %d lines, %d for the trail, want %d", test.from, n, len(p.Entries()), test.lines)
		}
		contains(t, fmt.Sprint("from ", test.from), said(doc, "[data-section=results]"), test.words)
	}
	p.From = 100
	doc := document(t, views.Section(p))
	if doc.Find(`a[rel=next][href="/record/k3v9d0q2/results?page=3"]`).Length() != 1 || doc.Find(`.nhsuk-pagination [aria-current=page]`).Text() != "2" {
		t.Error("the pages do not follow one another")
	}
	contains(t, "the contents", said(doc, ".icr-contents"), "Summary", "Results 230", "Documents")
	lacks(t, "the contents", said(doc, ".icr-contents"), "Problems 0")
	p.RecordPage, p.Section, p.From = page(t, answered(surgery, entries(record.Allergies, surgery.Code, 130, record.Current)...)), record.Allergies, 0
	if n := document(t, views.Section(p)).Find("[data-entry]").Length(); n != 130 {
		t.Errorf("allergies were cut to %d", n)
	}
}

func TestDocumentOpensOnlyWithARef(t *testing.T) {
	mine, theirs := entry(record.Documents, surgery.Code, "1", "Letter"), entry(record.Documents, council.Code, "1", "Plan")
	p := page(t, answered(surgery, mine), answered(council, theirs))
	p.DocumentRef = func(e *record.Entry) string {
		if e.From == surgery.Code && e.Item == mine.Item {
			return "d81f"
		}
		return ""
	}
	doc := document(t, views.Summary(p))
	if links := doc.Find(`[data-section=documents] a[href="/record/k3v9d0q2/documents/d81f"]`); links.Length() != 1 || links.Text() != "Letter" {
		t.Errorf("%d links to documents", links.Length())
	}
}

func TestSeriousAllergiesComeFirst(t *testing.T) {
	mild, grave := entry(record.Allergies, surgery.Code, "1", "Plasters"), entry(record.Allergies, surgery.Code, "2", "Penicillin")
	grave.When, grave.Criticality = record.ParseDate("1994"), "high"
	none := entry(record.Allergies, surgery.Code, "3", "No known allergies")
	none.Assertion, none.When = record.NoneKnown, record.DateOf(now)
	doc := document(t, views.Summary(page(t, answered(surgery, mild, grave, none))))
	var order []string
	for _, n := range doc.Find("[data-section=allergies] .icr-what").EachIter() {
		order = append(order, n.Text())
	}
	if got := strings.Join(order, ", "); got != "Penicillin, Plasters, No known allergies" {
		t.Errorf("the order is %s", got)
	}
}

func TestResultsTellValueRangeAndFlag(t *testing.T) {
	e := entry(record.Results, surgery.Code, "1", "Potassium")
	e.Quantity, e.Range, e.Flag, e.Abnormal = record.Quantity{Comparator: "<", Number: "5.90", Unit: "mmol/L"}, "3.5 to 5.3", "High", true
	e.Parts = []record.Part{{Name: "Systolic", Quantity: record.Quantity{Number: "140", Unit: "mmHg"}}}
	bare := record.Entry{Section: record.Results, From: surgery.Code, Item: record.Item{ID: "2"}, When: record.ParseDate("last spring")}
	p := page(t, answered(surgery, e, bare))
	for _, doc := range []string{said(document(t, views.Summary(p)), "[data-section=results]"), said(document(t, views.Section(views.SectionPage{RecordPage: p, Section: record.Results})), "[data-section=results]")} {
		contains(t, "results", doc, "<5.90 mmol/L", "range 3.5 to 5.3", "High", "Systolic 140 mmHg", "03-Feb-2026 recorded", "last spring", "Result")
	}
}

// A number that is torn from its unit is misread.
func TestANumberStaysWithItsUnit(t *testing.T) {
	blood, ward := entry(record.Results, surgery.Code, "1", "Haemoglobin"), entry(record.Results, surgery.Code, "2", "Culture")
	blood.Quantity = record.Quantity{Number: "128", Unit: "g/L"}
	ward.Quantity = record.Quantity{Number: "3", Unit: "colonies in each of the fields that were counted"}
	pressure := entry(record.Observations, surgery.Code, "3", "Blood pressure")
	pressure.Parts = []record.Part{{Name: "Systolic", Quantity: record.Quantity{Number: "151", Unit: "mmHg"}}, {Name: "Arm", Value: "left"}, {Name: "Mean", Quantity: record.Quantity{Unit: "mmHg"}}}
	doc := document(t, views.Summary(page(t, answered(surgery, blood, ward, pressure))))
	var whole []string
	for _, n := range doc.Find(".icr-value--whole").EachIter() {
		whole = append(whole, n.Text())
	}
	if !slices.Equal(whole, []string{"128 g/L", "151 mmHg", ""}) {
		t.Errorf("%q", whole)
	}
}
