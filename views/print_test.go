package views_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

// Whatever a partner's state, the head of every sheet says it.
func TestP4_EveryStateIsOnEverySheet(t *testing.T) {
	inFew := map[record.State]string{
		record.Answered: "Answered: George Eliot", record.NoneRecorded: "Nothing recorded: George Eliot", record.NotHeld: "Patient not known: George Eliot",
		record.NotSupported: "Not supplied: George Eliot", record.NotAsked: "Not asked: George Eliot", record.NotOpen: "Not part of this record yet: George Eliot",
	}
	for _, test := range states {
		t.Run(string(test.state), func(t *testing.T) {
			doc := document(t, views.Print(page(t, record.Contribution{Source: hospital, State: test.state, FetchedAt: now, Why: "the reason why"})))
			head := said(doc, "[data-running-head]")
			want := test.words
			if words, ok := inFew[test.state]; ok {
				want = words
			}
			contains(t, "the head", head, test.sentence, want)
			checkStrip(t, doc, test.state, test.words, test.sentence)
			for _, s := range record.Sections {
				title := s.Name()
				if test.incomplete {
					title += " – incomplete"
				}
				if s == record.Allergies {
					title = test.allergies
				}
				checkSection(t, doc, s, "h2", title, test.incomplete, test.words)
			}
		})
	}
}

func TestP7_EverySheetSaysWhoseItIsAndWhy(t *testing.T) {
	p := fullPage(t)
	doc := document(t, views.Print(p))
	contains(t, "the head", said(doc, "[data-running-head]"), "RAVENSWORTH, Margaret (Mrs)", "09-Mar-1948", "Female", "999 000 0018", "7QK4-M2XA-09TD",
		"Amina Osei", "Clinician", "University Hospitals", "Seen by your organisation", "Missing: George Eliot Hospital (did not answer in time: no answer in 4 s)")
	contains(t, "the screen", said(doc, "[data-patient-banner]"), "RAVENSWORTH", "999 000 0018")
	if doc.Find("[data-access-reference]").Length() != 1 || doc.Find("[data-ground]").Length() != 1 {
		t.Error("the page does not say why it may be seen")
	}
}

func TestNothingIsLeftOffThePrintOut(t *testing.T) {
	var all []record.Entry
	for _, s := range record.Sections {
		all = append(all, entries(s, surgery.Code, 2*views.LinesPerPage+1, record.Past)...)
	}
	p := page(t, answered(surgery, all...))
	doc := document(t, views.Print(p))
	for _, s := range record.Sections {
		if n := doc.Find(fmt.Sprintf("[data-section=%s] [data-entry]", s)).Length(); n != 2*views.LinesPerPage+1 {
			t.Errorf("%s: %d lines", s, n)
		}
	}
	if n := len(p.EntriesInFull()); n != len(all) {
		t.Errorf("the trail would say %d entries of %d", n, len(all))
	}
}

func TestTheTrailSaysWhatIsPrinted(t *testing.T) {
	p := fullPage(t)
	doc := document(t, views.Print(p))
	lines := doc.Find("[data-section] [data-entry]").Length()
	own := doc.Find(".icr-own [data-source]").Length()
	if shown := len(p.EntriesInFull()); shown < lines || own == 0 {
		t.Errorf("%d entries for the trail, %d lines, %d sources' own words", shown, lines, own)
	}
}

func TestPrintForRolesThatSeeLess(t *testing.T) {
	social := fullPage(t)
	social.Scope, social.SocialCareNotice = access.Shipped().ScopeOf(auth.SocialCare), true
	doc := document(t, views.Print(social))
	contains(t, "social care's", said(doc, "main"), "Some information is not shown to your role")
	if doc.Find("[data-section=results], [data-section=documents]").Length() != 0 {
		t.Error("social care prints results or documents")
	}
	admin := page(t)
	admin.Scope = access.Shipped().ScopeOf(auth.CareAdmin)
	doc = document(t, views.Print(admin))
	contains(t, "an administrator's", said(doc, "main"), "14 Beanfield Avenue", "999 000 0018")
	if doc.Find("[data-section], [data-partner]").Length() != 0 {
		t.Error("an administrator prints sections or sources")
	}
}

// Whatever would tell where a restricted patient is stays off the paper.
func TestP9_PrintOfARestrictedPatient(t *testing.T) {
	p := fullPage(t)
	p.Restricted = true
	html := rendered(t, views.Print(p))
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "the head", said(doc, "[data-running-head]"), "Restricted record", "A hospital (did not answer in time")
	lacks(t, "the print-out", html, "Beanfield", "CV3 6NZ", "024 7696 0777", surgery.Name, hospital.Name, council.Name, "Dr Nair", "Ward 10", "024 7696 0888")
}
