package views_test

import (
	"testing"

	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

// Every state of a partner, with its words in the strip and what it makes of a
// section that has no lines.
var states = []struct {
	state      record.State
	words      string
	sentence   string
	incomplete bool
	allergies  string
}{
	{record.Answered, "answered, 06:31, nightly", "1 of 1 organisation answered.", false, "Allergies not recorded"},
	{record.NoneRecorded, "answered: nothing recorded", "1 of 1 organisation answered.", false, "Allergies not recorded"},
	{record.NotHeld, "does not know this patient", "1 of 1 organisation answered.", false, "Allergies not recorded"},
	{record.NotSupported, "does not supply this", "0 of 0 organisations answered.", false, "Allergies not recorded"},
	{record.NotAsked, "your role does not see this", "0 of 0 organisations answered.", false, "Allergies not recorded"},
	{record.Withheld, "withholds this", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.Refused, "refused to answer", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.Late, "did not answer in time", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.Failed, "could not be reached", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.Unreadable, "could not be read", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.IdentityCheckFailed, "about a different person", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.Incomplete, "its answer is incomplete", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
	{record.NotOpen, "is not part of this record yet", "0 of 0 organisations answered.", false, "Allergies not recorded"},
	{record.SwitchedOff, "switched off for safety", "0 of 1 organisation answered.", true, "Allergies unavailable – incomplete"},
}

func TestP4_EveryStateIsTold(t *testing.T) {
	if len(states) != len(record.States) {
		t.Errorf("the table has %d states of %d", len(states), len(record.States))
	}
	for _, test := range states {
		t.Run(string(test.state), func(t *testing.T) {
			c := record.Contribution{Source: hospital, State: test.state, FetchedAt: now, Why: "the reason why"}
			p := page(t, c)
			checkStrip(t, document(t, views.Summary(p)), test.state, test.words, test.sentence)
			for _, s := range record.Sections {
				title := s.Name()
				if test.incomplete {
					title += " – incomplete"
				}
				if s == record.Allergies {
					title = test.allergies
				}
				checkSection(t, document(t, views.Summary(p)), s, "h2", title, test.incomplete, test.words)
				full := views.SectionPage{RecordPage: p, Section: s}
				checkSection(t, document(t, views.Section(full)), s, "h1", title, test.incomplete, test.words)
			}
		})
	}
}

func checkStrip(t *testing.T, doc *goquery.Document, state record.State, words, sentence string) {
	t.Helper()
	partner := "[data-partner=RLT][data-state=" + string(state) + "]"
	if doc.Find(partner).Length() != 1 {
		t.Errorf("the strip does not have %s", partner)
	}
	if state == record.Answered {
		words = "answered: the reason why"
	}
	contains(t, "the strip", said(doc, partner), "George Eliot Hospital", words, "the reason why")
	contains(t, "the sentence", said(doc, ".icr-strip__sentence"), sentence)
	if !state.Spoken() && !state.Neutral() {
		contains(t, "the sentence", said(doc, ".icr-strip__sentence"), "Missing: George Eliot Hospital", words, "the reason why")
	}
}

func checkSection(t *testing.T, doc *goquery.Document, s record.Section, heading, title string, incomplete bool, words string) {
	t.Helper()
	section := "[data-section=" + string(s) + "]"
	if got := said(doc, section+" "+heading); got != title {
		t.Errorf("%s is titled %q, want %q", s, got, title)
	}
	if incomplete {
		contains(t, string(s), said(doc, section+" [data-incomplete]"), "Incomplete", "George Eliot Hospital", words, "the reason why")
		lacks(t, string(s), said(doc, section), "Nothing recorded")
	} else if doc.Find(section+" [data-incomplete]").Length() > 0 {
		t.Errorf("%s says that it is incomplete", s)
	}
	lacks(t, string(s), said(doc, section), "No known allergies")
}

func TestP4_AllergyTitles(t *testing.T) {
	known := entry(record.Allergies, surgery.Code, "1", "Penicillin")
	denied := entry(record.Allergies, surgery.Code, "2", "No known allergies")
	denied.Assertion = record.NoneKnown
	refuted := entry(record.Allergies, surgery.Code, "3", "Egg")
	refuted.Assertion, refuted.Standing = record.Refuted, record.Past
	silent := record.Contribution{Source: hospital, State: record.Failed}
	for _, test := range []struct {
		name          string
		contributions []record.Contribution
		title, empty  string
	}{
		{"known", []record.Contribution{answered(surgery, known)}, "Known allergies", ""},
		{"known, one silent", []record.Contribution{answered(surgery, known), silent}, "Known allergies – incomplete", ""},
		{"denied", []record.Contribution{answered(surgery, denied)}, "No known allergies", ""},
		{"denied, one silent", []record.Contribution{answered(surgery, denied), silent}, "No known allergies – incomplete", ""},
		{"known here, denied there", []record.Contribution{answered(surgery, known, denied)}, "Known allergies", ""},
		{"refuted alone", []record.Contribution{answered(surgery, refuted)}, "Allergies not recorded", "No organisation that answered has recorded an allergy that holds"},
		{"nothing", []record.Contribution{answered(surgery)}, "Allergies not recorded", "No organisation that answered has recorded whether"},
		{"nothing, one silent", []record.Contribution{answered(surgery), silent}, "Allergies unavailable – incomplete", "No allergies have been received"},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := document(t, views.Summary(page(t, test.contributions...)))
			if got := said(doc, "[data-section=allergies] h2"); got != test.title {
				t.Errorf("titled %q, want %q", got, test.title)
			}
			contains(t, "the section", said(doc, "[data-section=allergies]"), test.empty)
			if shown := said(doc, "[data-section=allergies] .icr-empty"); test.empty == "" && shown != "" {
				t.Errorf("says %q as well", shown)
			}
		})
	}
}

func TestP4_PartOfAnAnswerIsNotAnAnswer(t *testing.T) {
	c := answered(hospital)
	c.Sections = map[record.Section]record.State{record.Results: record.Withheld, record.Visits: record.NotSupported}
	doc := document(t, views.Summary(page(t, c)))
	contains(t, "the sentence", said(doc, ".icr-strip__sentence"), "1 of 1 organisation answered.", "In part: George Eliot Hospital (results: withholds this)")
	contains(t, "results", said(doc, "[data-section=results]"), "Results – incomplete", "George Eliot Hospital (withholds this)")
	contains(t, "visits", said(doc, "[data-section=visits]"), "Nothing recorded by any organisation that answered.", "George Eliot Hospital (does not supply this)")
	lacks(t, "visits", said(doc, "[data-section=visits] h2"), "incomplete")
	lacks(t, "problems", said(doc, "[data-section=problems] h2"), "incomplete")
}
