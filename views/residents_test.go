package views_test

import (
	"maps"
	"os"
	"testing"

	"example.org/icr/care/notice"
	"example.org/icr/care/objection"
	"example.org/icr/care/objection/draft"
	"example.org/icr/care/rights"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"go.yaml.in/yaml/v3"
)

// residentPages are the pages for residents, with the demonstration's notice.
func residentPages(t testing.TB) map[string]templ.Component {
	t.Helper()
	p := residentPage(t)
	o := views.ObjectingPage{ResidentPage: p, Answers: draft.Answers{Wants: objection.ToObject, Who: draft.Adult}, Held: true, Today: objection.DayOf(now), Back: "/right-to-object", Reference: "4T7K-9XB2"}
	form := objecting(o)
	maps.Copy(form, map[string]templ.Component{
		"objecting-check": views.ObjectingCheck(o), "objecting-sent": views.ObjectingSent(o), "objecting-gone": views.ObjectingGone(o),
		"objecting-busy": views.ObjectingBusy(o), "objecting-paper": views.ObjectingPaper(o),
	})
	maps.Copy(form, map[string]templ.Component{
		"about": views.About(p), "privacy-notice": views.PrivacyNotice(p), "who-has-seen": views.WhoHasSeen(p), "correct-record": views.CorrectRecord(p),
		"right-to-object": views.RightToObject(p), "withdraw-objection": views.WithdrawObjection(p),
		"accessibility": views.Accessibility(p), "cookies": views.Cookies(p), "glossary": views.Glossary(p),
	})
	r := rights.Request{Reference: "4T7K-9XB2-0000", Kind: rights.Correction, Received: objection.DayOf(now), Name: "A. Person", Words: "Says that it is wrong", Steps: []rights.Step{{Act: rights.Passed, At: now, Words: "To the practice", By: "Officer"}}}
	wrong := []views.FieldError{{Field: "act", Message: "Select what you did"}}
	maps.Copy(form, map[string]templ.Component{
		"requests":    views.Requests(views.RequestsPage{Frame: frame(), Requests: []rights.Request{r}, Today: objection.DayOf(now)}),
		"request":     views.Request(views.RequestPage{Frame: frame(), Request: r, Today: objection.DayOf(now), Form: views.StepForm{Errors: wrong}}),
		"request-new": views.EnterRequest(views.EnterRequestPage{Frame: frame(), Form: views.RequestForm{Errors: []views.FieldError{{Field: "received", Message: "Enter a real date"}}}}),
	})
	return form
}

// objecting are the pages that ask the form's questions, with a mistake each.
func objecting(o views.ObjectingPage) map[string]templ.Component {
	pages := map[string]templ.Component{}
	for _, q := range draft.Questions {
		o.Question, o.Errors = q, nil
		for _, wrong := range o.Answers.Problems(q, o.Today) {
			o.Errors = append(o.Errors, views.FieldError{Field: wrong.Field, Message: wrong.Message})
		}
		pages["objecting "+string(q)] = views.Objecting(o)
	}
	return pages
}

func residentPage(t testing.TB) views.ResidentPage {
	t.Helper()
	text, err := os.ReadFile("../demo/residents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := views.ResidentPage{
		Frame: views.Frame{Programme: "Test Care Record", Now: now, Public: true}, MinimumAge: 18,
		Suppliers: []views.Participants{{Kind: "Hospitals", Names: []string{"George Eliot Hospital"}}, {Kind: "GP practices", Names: make([]string, 9)}}, Viewers: []string{"University Hospitals Birmingham"},
	}
	if err := yaml.Unmarshal(text, &p.Notice); err != nil {
		t.Fatal(err)
	}
	p.Notice.Access = notice.Statement{Tested: "2026-10-20", By: "us"}
	return p
}
