package views_test

import (
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views"
	"github.com/PuerkitoBio/goquery"
)

func TestP8_EveryPageIsWhole(t *testing.T) {
	for name, c := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			doc := document(t, c)
			strict(t, doc)
			if lang, _ := doc.Find("html").Attr("lang"); lang != "en-GB" {
				t.Errorf("lang is %q", lang)
			}
			if doc.Find(`meta[name=format-detection][content="telephone=no"]`).Length() != 1 {
				t.Error("numbers may be taken for telephone numbers")
			}
			for _, one := range []string{"h1", "main[data-page]", "header[role=banner]", "footer[role=contentinfo]", "head title", `a.nhsuk-skip-link[href="#maincontent"]`} {
				if n := doc.Find(one).Length(); n != 1 {
					t.Errorf("%d of %s", n, one)
				}
			}
			checkIDs(t, doc)
			if strings.Contains(rendered(t, c), "nhsuk-header__logo") {
				t.Error("the NHS logo is a trade mark")
			}
		})
	}
}

// checkIDs finds ids that are there twice, and references to ids that are not.
func checkIDs(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %q is there twice", id)
		}
		ids[id] = true
	})
	for _, attribute := range []string{"for", "aria-labelledby", "aria-describedby", "href"} {
		doc.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
			value := s.AttrOr(attribute, "")
			if attribute == "href" {
				if !strings.HasPrefix(value, "#") {
					return
				}
				value = value[1:]
			}
			for _, id := range strings.Fields(value) {
				if !ids[id] {
					t.Errorf("%s leads to %q, which is not there", attribute, id)
				}
			}
		})
	}
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); doc.Find(`label[for="`+id+`"]`).Length() != 1 {
			t.Errorf("field %q has no label", id)
		}
	})
}

func TestP9_NoIdentifierInTitleOrURL(t *testing.T) {
	identifiers := []string{"Ravensworth", "RAVENSWORTH", "Margaret", "1948", patientDigits, "999 000 0018", "CV3"}
	for name, c := range everyPage(t) {
		doc := document(t, c)
		lacks(t, name+": the title", said(doc, "head title"), identifiers...)
		doc.Find("[href], [action], [src]").Each(func(_ int, s *goquery.Selection) {
			for _, attribute := range []string{"href", "action", "src"} {
				lacks(t, name+": a URL", s.AttrOr(attribute, ""), identifiers...)
			}
		})
	}
}

func TestRefusalTellsNothingOfThePatient(t *testing.T) {
	reason := rendered(t, views.Reason(views.ReasonPage{Frame: frame(), Ref: "aaaa", MayClaim: true}))
	other := rendered(t, views.Reason(views.ReasonPage{Frame: frame(), Ref: "bbbb", MayClaim: true}))
	if strings.ReplaceAll(reason, "aaaa", "bbbb") != other {
		t.Error("the reason page depends on more than the ref")
	}
	if n := strings.Count(reason, "aaaa"); n != 1 {
		t.Errorf("the ref is on the page %d times, want once, where the form goes", n)
	}
	refused := rendered(t, views.Refused(views.RefusedPage{Frame: frame()}))
	if rendered(t, views.Reason(views.ReasonPage{Frame: frame(), Ref: "aaaa"})) != refused {
		t.Error("a role that may not claim is told apart by the page")
	}
	doc := document(t, views.Reason(views.ReasonPage{Frame: frame(), Ref: "aaaa", MayClaim: true, Why: "consent", Words: "as agreed"}))
	contains(t, "the page", said(doc, "main"), "No care relationship between this patient and University Hospitals is recorded", "reviewed by the privacy officer", "12 hours", "as agreed")
	if doc.Find(`form[method=post][action="/record/aaaa/reason"] input[name=why][type=radio]`).Length() != 3 || doc.Find("input[name=why][value=consent][checked]").Length() != 1 {
		t.Error("the form lacks its reasons, or forgot the one chosen")
	}
}

func TestUnavailableNamesAllOrganisations(t *testing.T) {
	phones := []views.OrganisationPhone{{Name: "Spon End Surgery", Phone: "024 7696 0101"}, {Name: "George Eliot Hospital", Phone: "024 7696 0202"}}
	for kind, words := range map[string]string{
		views.ByObjection: "not available through the ICR", views.NotInProgramme: "not in the ICR programme", views.Temporarily: "This says nothing about the patient",
	} {
		doc := document(t, views.Unavailable(views.UnavailablePage{Frame: frame(), Kind: kind, Organisations: phones}))
		contains(t, kind, said(doc, "main[data-page=unavailable]"), words, "Spon End Surgery", "024 7696 0101", "George Eliot Hospital", "024 7696 0202")
		if withdraw := strings.Contains(said(doc, "main"), "withdraw"); withdraw != (kind == views.ByObjection) {
			t.Errorf("%s: says how to withdraw: %v", kind, withdraw)
		}
	}
	own := document(t, views.Unavailable(views.UnavailablePage{Frame: frame(), Kind: views.OwnRecord, Organisations: phones}))
	contains(t, "own record", said(own, "main"), "your own record")
	unknown := document(t, views.Unavailable(views.UnavailablePage{Frame: frame(), Kind: "new"}))
	contains(t, "a kind that is not known", said(unknown, "h1"), "temporarily unavailable")
}

func TestSearchFormKeepsWhatWasTyped(t *testing.T) {
	form := views.SearchForm{
		Number: "999 000 0019", Family: "O'Neil", Given: "Áine", Day: "31", Month: "2", Year: "1980", Postcode: "CV1", Gender: "female",
		Errors: []views.FieldError{{Field: "nhs_number", Message: "This is not a real NHS number"}, {Field: "birth_date", Message: "The date must be real"}},
	}
	doc := document(t, views.Home(views.HomePage{Frame: frame(), Form: form}))
	for name, want := range map[string]string{
		"nhs_number": form.Number, "family_name": form.Family, "given_name": form.Given, "birth_date-day": "31", "birth_date-month": "2",
		"birth_date-year": "1980", "postcode": "CV1",
	} {
		field := doc.Find(`form[action="/search"][method=post] input[name="` + name + `"]`)
		if got := field.AttrOr("value", ""); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
		if field.AttrOr("autocomplete", "") != "off" {
			t.Errorf("%s may be remembered by the browser", name)
		}
	}
	if doc.Find("select[name=gender] option[value=female][selected]").Length() != 1 {
		t.Error("the gender is forgotten")
	}
	contains(t, "the summary", said(doc, ".nhsuk-error-summary"), "There is a problem", "This is not a real NHS number", "The date must be real")
	if doc.Find(`.nhsuk-error-summary a[href="#birth_date-day"]`).Length() != 1 || doc.Find(".nhsuk-date-input .nhsuk-input--error").Length() != 3 {
		t.Error("the error of a date does not lead to it, or does not mark it")
	}
	contains(t, "the title", said(doc, "head title"), "Error: Find a patient")
	if mode := doc.Find("#nhs_number").AttrOr("inputmode", ""); mode != "numeric" {
		t.Errorf("the number is typed with %q", mode)
	}
}

func TestSearchTellsPeopleApart(t *testing.T) {
	hidden, dead := patient(t), patient(t)
	hidden.Restricted = true
	dead.Died = record.ParseDate("2026-11-10")
	doc := document(t, views.Search(views.SearchPage{Frame: frame(), By: "NHS number", People: []views.Found{{"one", patient(t)}, {"two", hidden}, {"three", dead}}}))
	contains(t, "the first", said(doc, ".icr-person:nth-child(1)"), "RAVENSWORTH, Margaret (Mrs)", "Born 09-Mar-1948 (78y)", "Gender Female", "NHS No. 999 000 0018", "14 Beanfield Avenue, CV3 6NZ")
	lacks(t, "a restricted person", said(doc, ".icr-person:nth-child(2)"), "Beanfield", "CV3")
	contains(t, "somebody who died", said(doc, ".icr-person:nth-child(3)"), "Died 10-Nov-2026", "Born 09-Mar-1948 Died")
	if doc.Find(`main[data-page=search] a[href="/record/two"]`).Length() != 1 {
		t.Error("no link to the record")
	}
	for want, p := range map[string]views.SearchPage{
		"No patient found": {}, "Too many people match": {TooMany: true}, "This says nothing about the patient": {Unavailable: true},
	} {
		p.Frame = frame()
		contains(t, "the page", said(document(t, views.Search(p)), "main"), want)
	}
}

func TestHeaderFollowsTheRole(t *testing.T) {
	for role, want := range map[auth.Role]string{
		auth.Clinician: "Find a patient", auth.SocialCare: "Find a patient", auth.CareAdmin: "Find a patient", auth.PrivacyOfficer: "Access log",
		auth.ObjectionsOfficer: "Objections", auth.ServiceAdmin: "", "": "",
	} {
		u := auth.User{Name: "A Person", Post: auth.Post{Role: role, Organisation: nhs.ODSCode("RKB")}}
		f := frame()
		f.User = &u
		doc := document(t, views.Problem(views.ProblemPage{Frame: f, Heading: "x"}))
		if got := said(doc, ".nhsuk-header__navigation-item"); got != want {
			t.Errorf("%s is led to %q, want %q", role, got, want)
		}
		contains(t, "the header", said(doc, "[data-signed-in]"), "A Person", role.Name(), "RKB")
		if doc.Find(`form[action="/signout"][method=post] button`).Length() != 1 || doc.Find(`a[href="/signin/role"]`).Length() != 1 {
			t.Error("no way to sign out or to change the role")
		}
	}
	doc := document(t, views.SignIn(views.SignInPage{Frame: views.Frame{Programme: "P"}, Issuers: []views.IssuerLink{{ID: "a b", Name: "Work"}}, Return: "/record/k3"}))
	if doc.Find(`a[href="/signin?issuer=a+b&return=%2Frecord%2Fk3"]`).Length() != 1 || doc.Find("nav").Length() != 0 {
		t.Error("the way to sign in is wrong, or somebody seems to be signed in")
	}
}

// What is made once for one page is not taken for another page's.
func TestWhatIsMadeOncePerPageStaysOnIt(t *testing.T) {
	results := entries(record.Results, surgery.Code, 150, record.Current)
	p := page(t, answered(surgery, append(results, entries(record.Problems, surgery.Code, 3, record.Current)...)...))
	first := views.SectionPage{RecordPage: p, Section: record.Results}.Prepared()
	second, filtered := first, first
	second.From = 100
	filtered.Filter = views.Filter{Text: "number 1"}
	filtered = filtered.Prepared()
	unfiltered := filtered
	unfiltered.Filter = views.Filter{}
	other := views.SectionPage{RecordPage: first.RecordPage, Section: record.Problems}
	for _, test := range []struct {
		name string
		page views.SectionPage
	}{{"the first", first}, {"the next hundred", second}, {"those of a source", filtered}, {"without it", unfiltered}, {"another section", other}, {"the first again", first}} {
		fresh := test.page
		fresh.RecordPage = p
		if got, want := len(test.page.Entries()), len(fresh.Entries()); got != want {
			t.Errorf("%s: %d entries, want %d", test.name, got, want)
		}
		if rendered(t, views.Section(test.page)) != rendered(t, views.Section(fresh)) {
			t.Errorf("%s is not the page that it is alone", test.name)
		}
	}
}
