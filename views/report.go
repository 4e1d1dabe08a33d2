package views

import (
	"slices"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views/ui"
)

// AskReportPage asks for whom an access report is made, and why.
type AskReportPage struct {
	Frame
	Form ReportForm
}

// ReportForm is an order of an access report. Its fields are nhs_number, why,
// names (yes or no) and names_why.
type ReportForm struct {
	Patient, Why    string
	Names, NamesWhy string
	Errors          []FieldError `json:"-"`
}

func (f ReportForm) errors() ui.Errors { return f.Errors }

func (f ReportForm) names() ui.Choice {
	return ui.Choice{
		Name: "names", Legend: "Name the members of staff?", Value: f.Names, Error: f.errors().For("names"),
		Hint:    "People are told which organisation and role. Naming staff is a decision, which is recorded with your reason.",
		Options: []ui.Option{{Value: "no", Text: "No"}, {Value: "yes", Text: "Yes, I have decided that they are named"}},
	}
}

// ReportPage is the answer to "who has seen my record?".
type ReportPage struct {
	Frame
	Ref      string
	Person   record.Person
	Told     bool // the demographics service said who it is
	Accesses []audit.Access
	Cut      bool // there are more
	Named    bool // members of staff are named
	Places   map[audit.Cursor]int64
	Kinds    map[nhs.ODSCode]record.Kind
	Reach    string
	By       auth.User
	Event    audit.Event // that records the report
}

// organisation is what the report calls where somebody works. Of patients whose
// whereabouts are restricted it tells the kind alone.
func (p ReportPage) organisation(a audit.Actor) string {
	if p.Person.Restricted {
		return kind(p.Kinds[a.Organisation])
	}
	return actorOrganisation(a.OrganisationName, a.Organisation)
}

// role is what somebody was there, without what their employer calls it where
// that may locate the patient.
func (p ReportPage) role(a audit.Actor) string {
	if a.RoleName == "" || p.Person.Restricted {
		return a.Role.Name()
	}
	return a.Role.Name() + " (" + a.RoleName + ")"
}

// why is the purpose and the ground.
func (p ReportPage) why(a audit.Access) string {
	words := "For your care"
	switch {
	case a.Emergency():
		return words + ", in an emergency"
	case a.Rule == access.SelfClaimed:
		claim := theirs.Replace(a.Ground.Words)
		return words + ": no care was recorded, and " + claim
	case a.Ground.Words != "":
		return words + ": " + yours.Replace(a.Ground.Words)
	}
	return words
}

// yours turns words that were meant for the user into words for the patient.
var yours = strings.NewReplacer(
	"registered with your practice", "you are registered with their practice", "seen by your organisation", "you were seen by their organisation",
	"has an appointment with your organisation", "you have an appointment with their organisation", "referred to your organisation", "you were referred to their organisation",
	"has an open episode of care with your organisation", "their organisation is treating you", "on your team’s caseload", "you are on their team’s caseload", "on your team's caseload", "you are on their team’s caseload",
)

// times are when a look began and ended.
func times(a audit.Access) string {
	began := exactly(audit.Event{At: a.From})
	if a.To.Sub(a.From) < 60e9 {
		return began[:len(began)-3]
	}
	return began[:len(began)-3] + " to " + clock(a.To)
}

var shownAs = map[audit.Kind]string{audit.Disclosed: "on a screen", audit.Printed: "on paper", audit.Downloaded: "as a file", audit.DocumentShown: "a document"}

// shown is what of the record was shown, and how.
func (p ReportPage) shown(a audit.Access) string {
	var how []string
	for _, kind := range []audit.Kind{audit.Disclosed, audit.DocumentShown, audit.Printed, audit.Downloaded} {
		if slices.Contains(a.Kinds, kind) {
			how = append(how, shownAs[kind])
		}
	}
	return capital(strings.Join(how, ", ")) + ": " + sectionNames(a.Sections)
}

// entries are the places in the log that prove a look.
func (p ReportPage) entries(a audit.Access) string {
	var all []string
	for _, e := range a.Events {
		if n, ok := p.Places[audit.Cursor{At: e.At, ID: e.ID}]; ok {
			all = append(all, strconv.FormatInt(n, 10))
		}
	}
	if all == nil {
		return "not yet"
	}
	return strings.Join(all, ", ")
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}
