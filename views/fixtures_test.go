package views_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/uuid"
	"golang.org/x/net/html"
)

var (
	now   = time.Date(2026, 11, 22, 6, 31, 0, 0, time.UTC)
	nurse = auth.User{Name: "Amina Osei", OrganisationName: "University Hospitals", Post: auth.Post{Role: auth.Clinician, Organisation: "RKB"}}
)

const patientDigits = "9990000018"

func number(t testing.TB) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(patientDigits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func frame() views.Frame {
	u := nurse
	return views.Frame{Programme: "Test Care Record", Banner: "Everybody here is invented", User: &u, Now: now, CanSwitchRole: true}
}

func patient(t testing.TB) record.Person {
	return record.Person{
		Number: number(t), Family: "Ravensworth", Given: []string{"Margaret"}, Prefix: "Mrs", Gender: "female", Born: record.ParseDate("1948-03-09"),
		Address: []string{"14 Beanfield Avenue"}, Postcode: "CV3 6NZ", Phone: "024 7696 0777", Practice: "Y99001", FetchedAt: now,
	}
}

var (
	surgery  = record.Source{Code: "Y99001", Name: "Spon End Surgery", Kind: record.Practice, Lag: "live"}
	hospital = record.Source{Code: "RLT", Name: "George Eliot Hospital", Kind: record.Acute, Lag: "nightly"}
	council  = record.Source{Code: "E08000026", Name: "Coventry City Council", Kind: record.Council, Lag: "live"}
)

// entry is an entry of a section with something in every member.
func entry(s record.Section, from nhs.ODSCode, id, words string) record.Entry {
	return record.Entry{
		Section: s, From: from, Item: record.Item{Type: "Thing", ID: id, Version: "1"}, Standing: record.Current,
		What:   record.Concept{Text: words, Codings: []record.Coding{{System: "http://snomed.info/sct", Code: "123", Display: words}}},
		Status: "active", Verification: "confirmed", When: record.ParseDate("2026-02-03"), WhenMeans: "recorded", By: "Dr Nair", At: "Ward 10", Phone: "024 7696 0888",
	}
}

func entries(s record.Section, from nhs.ODSCode, n int, standing record.Standing) []record.Entry {
	out := make([]record.Entry, n)
	for i := range out {
		out[i] = entry(s, from, fmt.Sprintf("%s-%d-%d", s, standing, i), fmt.Sprintf("%s number %d", s.Name(), i))
		out[i].Standing = standing
		out[i].When = record.DateOf(now.AddDate(0, 0, -i))
	}
	return out
}

func answered(s record.Source, es ...record.Entry) record.Contribution {
	return record.Contribution{Source: s, State: record.Answered, Entries: es, FetchedAt: now}
}

func page(t testing.TB, contributions ...record.Contribution) views.RecordPage {
	return views.RecordPage{
		Frame: frame(), Ref: "k3v9d0q2", Person: patient(t), Record: record.Merge(contributions), Scope: access.Shipped().ScopeOf(auth.Clinician),
		Ground:    access.Ground{Kind: "encounter", Words: "seen by your organisation", Evidence: "import 2026-11-21", Until: now.AddDate(0, 0, 8)},
		Reference: "7QK4-M2XA-09TD", OpenedAt: now,
	}
}

// rendered is a page as it is sent.
func rendered(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// document is a page as a browser reads it.
func document(t testing.TB, c templ.Component) *goquery.Document {
	t.Helper()
	return parsed(t, rendered(t, c))
}

func parsed(t testing.TB, page string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// said is the text of what a selector finds, with a space between elements.
func said(doc *goquery.Document, selector string) string {
	var words []string
	for _, n := range doc.Find(selector).Nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words = append(words, strings.Fields(d.Data)...)
			}
		}
	}
	return strings.Join(words, " ")
}

func contains(t testing.TB, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q: %.600s", what, w, text)
		}
	}
}

func lacks(t testing.TB, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if w != "" && strings.Contains(text, w) {
			t.Errorf("%s says %q", what, w)
		}
	}
}

// event is an event with something in every member.
func event(t testing.TB, kind audit.Kind) audit.Event {
	actor := audit.ActorOf(nurse)
	actor.StaffID, actor.Subject = "555021935107", "ed.nurse"
	return audit.Event{
		ID: uuid.New(), Reference: "7QK4-M2XA-09TD", Look: "L1", Kind: kind, At: now, Actor: actor, Patient: number(t),
		Person: &audit.Identity{Name: "RAVENSWORTH, Margaret (Mrs)", Born: "09-Mar-1948"}, Rule: access.HasGround,
		Ground: access.Ground{Words: "seen by your organisation", Evidence: "import"}, Page: "summary", Sections: record.Sections, Words: "said so",
		Partners: []audit.Partner{
			{Code: "RLT", Name: "George Eliot Hospital", State: record.Late, Why: "no answer in 4 s"},
			{Code: "Y99001", Name: "Spon End Surgery", State: record.Answered, Entries: 7, Hidden: 2, Millis: 412, Shown: map[string][]string{"Condition": {"1", "2"}}},
		},
	}
}

// everyPage is each page at least once, by name.
func everyPage(t testing.TB) map[string]templ.Component {
	full := fullPage(t)
	section := views.SectionPage{RecordPage: full, Section: record.Results}
	medicines := views.SectionPage{RecordPage: full, Section: record.Medications}
	phones := []views.OrganisationPhone{{Name: "Spon End Surgery", Phone: "024 7696 0101"}, {Name: "George Eliot Hospital", Phone: "024 7696 0202"}}
	wrong := []views.FieldError{{Field: "nhs_number", Message: "Enter an NHS number"}, {Field: "birth_date", Message: "Enter a date"}}
	signedOut := views.Frame{Programme: "Test Care Record", Now: now}
	pages := map[string]templ.Component{
		"signin":         views.SignIn(views.SignInPage{Frame: signedOut, Issuers: []views.IssuerLink{{ID: "cis2", Name: "NHS staff"}, {ID: "b", Name: "Other", For: "Council staff", Remembered: true}}, Problem: "Try again", Return: "/record/k3"}),
		"role":           views.Role(views.RolePage{Frame: signedOut, Posts: []views.PostChoice{{Post: auth.Post{Role: auth.Clinician, RoleName: "Nurse"}, OrganisationName: "George Eliot Hospital"}}, Problem: "Select a role"}),
		"signed-out":     views.SignedOut(views.SignedOutPage{Frame: signedOut}),
		"home":           views.Home(views.HomePage{Frame: frame(), Form: views.SearchForm{Errors: wrong}}),
		"search":         views.Search(views.SearchPage{Frame: frame(), By: "NHS number", People: []views.Found{{Ref: "k3", Person: patient(t)}}}),
		"summary":        views.Summary(full),
		"print":          views.Print(full),
		"section":        views.Section(section),
		"medicines":      views.Section(medicines),
		"timeline":       views.Timeline(views.TimelinePage{RecordPage: full}),
		"filtered":       views.Section(views.SectionPage{RecordPage: full, Section: record.Problems, Filter: views.Filter{Text: "number"}, Form: views.SectionForm{Errors: []views.FieldError{{Field: "from", Message: "Enter a date"}}}}),
		"reason":         views.Reason(views.ReasonPage{Frame: frame(), Ref: "k3", MayClaim: true, Error: "Select a reason"}),
		"refused":        views.Refused(views.RefusedPage{Frame: frame()}),
		"unavailable":    views.Unavailable(views.UnavailablePage{Frame: frame(), Kind: views.ByObjection, Organisations: phones, Reference: "7QK4"}),
		"problem":        views.Problem(views.ProblemPage{Frame: frame(), Heading: "Something went wrong", Advice: "Try again", Reference: "7QK4"}),
		"privacy-events": views.Events(views.EventsPage{Frame: frame(), Form: views.EventForm{}, Events: []audit.Event{event(t, audit.Disclosed)}, Next: "/privacy/events?before=1", Reach: "staff of X"}),
	}
	maps.Copy(pages, residentPages(t))
	return pages
}

// fullPage is a summary with something in every section, a conflict, a source
// that is late and one whose demographics differ.
func fullPage(t testing.TB) views.RecordPage {
	var first, second []record.Entry
	for _, s := range record.Sections {
		first = append(first, entries(s, surgery.Code, 3, record.Current)...)
		second = append(second, entries(s, council.Code, 2, record.Past)...)
		same := entry(s, council.Code, "same-"+string(s), s.Name()+" number 0")
		same.When = record.DateOf(now)
		second = append(second, same)
	}
	denial := entry(record.Allergies, council.Code, "none", "No known allergies")
	denial.Assertion = record.NoneKnown
	give, take := answered(surgery, first...), answered(council, append(second, denial)...)
	take.Differs, take.Unreadable, take.InError, take.Withheld = []string{"given name"}, 2, 1, 4
	return page(t, give, take, record.Contribution{Source: hospital, State: record.Late, Why: "no answer in 4 s"})
}
