package views_test

import (
	"os"
	"testing"

	"example.org/icr/care/notice"
	"example.org/icr/views"
	"github.com/a-h/templ"
	"go.yaml.in/yaml/v3"
)

// residentPages are the pages for residents, with the demonstration's notice.
func residentPages(t testing.TB) map[string]templ.Component {
	t.Helper()
	p := residentPage(t)
	return map[string]templ.Component{
		"about": views.About(p), "privacy-notice": views.PrivacyNotice(p), "who-has-seen": views.WhoHasSeen(p), "correct-record": views.CorrectRecord(p),
		"right-to-object": views.RightToObject(p), "withdraw-objection": views.WithdrawObjection(p),
		"accessibility": views.Accessibility(p), "cookies": views.Cookies(p), "glossary": views.Glossary(p),
	}
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
