package views_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

func timeline(t *testing.T) views.TimelinePage {
	at := func(s record.Section, id, words, when, kind string) record.Entry {
		e := entry(s, surgery.Code, id, words)
		e.When, e.Kind = record.ParseDate(when), kind
		return e
	}
	potassium, sodium := at(record.Results, "1", "Potassium", "2025-03-04T09:00:00Z", "Result"), at(record.Results, "2", "Sodium", "2025-03-04T09:00:00Z", "Result")
	potassium.Quantity, potassium.Abnormal, potassium.Flag = record.Quantity{Number: "6.1", Unit: "mmol/L"}, true, "High"
	stay := entry(record.Visits, hospital.Code, "5", "Emergency admission")
	stay.When = record.ParseDate("2024-12-31T23:30:00Z")
	return views.TimelinePage{RecordPage: page(t,
		answered(surgery, potassium, sodium, at(record.Medications, "3", "Ramipril", "2025-03-04", ""), at(record.Visits, "4", "Podiatry", "2025-06", "Referral"),
			at(record.Documents, "6", "Old letter", "", ""), at(record.Problems, "7", "Asthma", "2025-01-01", "")),
		answered(hospital, stay), record.Contribution{Source: council, State: record.Late, Why: "no answer in 4 s"})}
}

func TestTheTimelineAndItsListSayTheSame(t *testing.T) {
	p := timeline(t)
	doc := document(t, views.Timeline(p))
	rows := doc.Find("[data-timeline] [data-happening]").Map(func(_ int, s *goquery.Selection) string {
		return s.Find(".icr-kind").First().Text() + " " + strings.Join(s.Find(".icr-what").Map(func(_ int, w *goquery.Selection) string { return w.Text() }), "+")
	})
	want := []string{"Referral or request Podiatry", "Results Potassium+Sodium", "Medicine started Ramipril", "Visit Emergency admission", "Document Old letter"}
	if !slices.Equal(rows, want) {
		t.Errorf("the list is %q", rows)
	}
	links := doc.Find("svg.icr-lanes a").Map(func(_ int, s *goquery.Selection) string {
		return s.AttrOr("href", "") + " " + s.AttrOr("aria-label", "")
	})
	if got := strings.Join(links, "|"); got != "/record/k3v9d0q2/timeline?year=2024 George Eliot Hospital, 2024: 1 visit|"+
		"/record/k3v9d0q2/timeline?year=2025 Spon End Surgery, 2025: 1 referral or request, 1 set of results and 1 medicine" {
		t.Errorf("the picture leads to %s", got)
	}
	contains(t, "the page", said(doc, "[data-timeline]"), "High", "Date not known", "December 2024", "31-Dec-2024 23:30")
	contains(t, "the strip", said(doc, ".icr-strip__sentence"), "Missing: Coventry City Council (did not answer in time: no answer in 4 s)")
	lacks(t, "the timeline", said(doc, "[data-timeline]"), "Asthma")
	if n := len(p.Entries()); n != 6 {
		t.Errorf("the trail is told of %d entries", n)
	}
}

func TestTheTimelineOfAYear(t *testing.T) {
	p := timeline(t)
	p.Year = 2025
	doc := document(t, views.Timeline(p))
	for _, a := range doc.Find("svg.icr-lanes a").EachIter() {
		if href := a.AttrOr("href", ""); doc.Find("tbody"+href).Length() != 1 {
			t.Errorf("%s leads nowhere", href)
		}
	}
	if n := doc.Find("svg.icr-lanes a").Length(); n != 2 {
		t.Errorf("%d links, want March and June", n)
	}
	lacks(t, "the year", said(doc, "[data-timeline]"), "Emergency admission")
	if n := len(p.Entries()); n != 5 {
		t.Errorf("the trail is told of %d entries", n)
	}
	p.Year = 1999
	contains(t, "a year with nothing", said(document(t, views.Timeline(p)), "[data-timeline]"), "Nothing dated in 1999 has been received.", "Old letter")
}

func TestP2_TheTimelineOfSocialCareHasNoResults(t *testing.T) {
	p := timeline(t)
	p.Scope, p.SocialCareNotice = access.Shipped().ScopeOf(auth.SocialCare), true
	contains(t, "the timeline", said(document(t, views.Timeline(p)), "[data-timeline]"), "Made of medications and visits.")
}

func TestP4_ATimelineOfNothingSaysSo(t *testing.T) {
	p := views.TimelinePage{RecordPage: page(t, record.Contribution{Source: council, State: record.Failed})}
	doc := document(t, views.Timeline(p))
	contains(t, "the page", said(doc, "main"), "Nothing with a date has been received.", "0 of 1 organisation answered.", "Missing: Coventry City Council")
}

func TestTheTimelineOfARestrictedPatientLocatesNobody(t *testing.T) {
	p := timeline(t)
	p.Restricted = true
	html := rendered(t, views.Timeline(p))
	lacks(t, "the timeline", html, "Spon End", "George Eliot", "Coventry City", "Y99001", "RLT", "Ward 10", "Dr Nair")
	contains(t, "the timeline", html, "A hospital, 2024: 1 visit")
}

// A long record opens at its newest year, leads to all others, and counts what
// each has: all of it is told once, page by page.
func TestALongTimelineIsBoundedAndAddsUp(t *testing.T) {
	var all []record.Entry
	for i := range 400 { // of three years: four months of 2026 so far, and a visit to come
		e := entry(record.Visits, surgery.Code, strconv.Itoa(i), "Clinic "+strconv.Itoa(i))
		e.When = record.ParseDate(fmt.Sprintf("%d-%02d-%02d", 2024+i%3, 1+i%4, 1+i%28))
		all = append(all, e)
	}
	next := entry(record.Visits, surgery.Code, "next", "Clinic to come")
	next.When = record.ParseDate("2027-01-05")
	all = append(all, next)
	for i := range 30 {
		e := entry(record.Documents, surgery.Code, "d"+strconv.Itoa(i), "Old letter")
		e.When = record.Date{}
		all = append(all, e)
	}
	p := views.TimelinePage{RecordPage: page(t, answered(surgery, all...))}
	doc := document(t, views.Timeline(p))
	if got := said(doc, "h1"); got != "Timeline, 2026" {
		t.Errorf("it opens at %q", got)
	}
	if n := doc.Find("[data-happening]").Length(); n != views.EventsPerList+20 {
		t.Errorf("it tells %d events", n)
	}
	counts := doc.Find(`nav[aria-label="Years"] .icr-contents__count`).Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if got := strings.Join(counts, " "); got != "401 1 133 133 134 30" {
		t.Errorf("the years have %s events", got)
	}
	contains(t, "the page", said(doc, "[data-timeline]"), "Events 1 to 50 of 133 in 2026, of 401 in all years", "Showing 20 of 30. See all without a date")
	told := map[string]bool{}
	tell := func(p views.TimelinePage, pages int) {
		for p.From = 0; p.From < pages*views.EventsPerList; p.From += views.EventsPerList {
			for _, row := range document(t, views.Timeline(p)).Find(".icr-what").EachIter() {
				told[row.Text()] = true
			}
		}
	}
	for m := time.January; m <= time.April; m++ {
		tell(views.TimelinePage{RecordPage: p.RecordPage, Year: 2026, Month: m}, 1)
	}
	tell(views.TimelinePage{RecordPage: p.RecordPage, Year: 2025}, 3)
	tell(views.TimelinePage{RecordPage: p.RecordPage, All: true}, 1)
	if len(told) != 133+133+2 { // of all years besides, the visit to come; and the letters, all called alike
		t.Errorf("%d events are told in all", len(told))
	}
	p.Undated = true
	if n := document(t, views.Timeline(p)).Find("[data-happening]").Length(); n != 30 {
		t.Errorf("%d without a date", n)
	}
}

// Of many results of one day those out of range stand open, and none is lost.
func TestManyResultsOfOneDayFold(t *testing.T) {
	var all []record.Entry
	for i := range 20 {
		e := entry(record.Results, surgery.Code, strconv.Itoa(i), "Test "+strconv.Itoa(i))
		e.When, e.Abnormal = record.ParseDate("2026-01-02"), i == 19
		all = append(all, e)
	}
	doc := document(t, views.Timeline(views.TimelinePage{RecordPage: page(t, answered(surgery, all...))}))
	if open := said(doc, "[data-happening] > td > .icr-happening"); !strings.Contains(open, "Test 19") || strings.Contains(open, "Test 15 ") {
		t.Errorf("open are %s", open)
	}
	if n := doc.Find("[data-happening] [data-entry]").Length(); n != 20 {
		t.Errorf("%d results", n)
	}
	contains(t, "the page", said(doc, "[data-happening] summary"), "12 more results")
}
