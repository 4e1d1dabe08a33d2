package e2e

import (
	"testing"
)

// asked is one that somebody asks with the patient in front of them.
type asked struct {
	story   string
	clicks  []string // from the summary on
	where   string
	answers []string
}

// tenQuestions are those of docs/usability.md.
var tenQuestions = map[string]asked{
	"1 is she allergic to anything":     {"Plain record", nil, `[data-section="allergies"]`, []string{"Known allergies", "Allergy to aspirin", "Wheezing", "Spon End Surgery"}},
	"2 what does she take":              {"Plain record", nil, `[data-section="medications"]`, []string{"Repeat", "Metformin 500mg tablets", "Take two tablets twice a day with meals"}},
	"3 which hospital has not answered": {"One partner down, one slow", nil, ".icr-strip__sentence", []string{"Missing:", "George Eliot Hospital"}},
	"5 do they disagree":                {"Conflict of allergies", nil, ".icr-attention", []string{"Treat the patient as allergic", "Allergy to penicillin", "No known allergy"}},
	"6 are his kidneys getting worse":   {"Very long record", []string{`[data-section="results"] a.icr-trend`}, "body", []string{"Serum creatinine level", "Shaded: reference range 45 - 110", "Table of 80 readings"}},
	"7 when is she seen next":           {"Plain record", nil, `[data-section="visits"]`, []string{"Now", "Emergency department attendance", "Next", "Ophthalmology", "Last", "Diabetes annual review"}},
	"8 is there a ReSPECT form":         {"Deceased", nil, "[data-crisis-plans]", []string{"Plans for a crisis or the end of life", "ReSPECT"}},
	"9 who helps her at home":           {"Plain record", nil, `[data-section="care-team"]`, []string{"Carer support", "Marcia Lindo", "024 7696 0811"}},
	"10 what happened to him in 2018":   {"Very long record", []string{`.icr-contents a[href$="/timeline"]`, `.icr-zoom a[href$="year=2018"]`}, "[data-timeline]", []string{"Timeline, 2018", "Emergency admission", "University Hospitals Coventry and Warwickshire"}},
}

func TestTenQuestions(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	for words, q := range tenQuestions {
		p := v.record(town.the(t, q.story).NHSNumber)
		if len(q.clicks) > 2 {
			t.Errorf("%s: %d clicks", words, len(q.clicks))
		}
		for _, click := range q.clicks {
			p = v.click(click)
		}
		t.Log(words)
		says(t, p.text(q.where), q.answers...)
	}
	person := town.the(t, "Plain record") // the fourth: what changed since I last looked
	v.record(person.NHSNumber)
	p := v.record(person.NHSNumber)
	says(t, p.text("[data-news]"), "ew since you last looked")
}
