package source

import (
	"cmp"
	"slices"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// tell adds to the answer what the partner says about it: of a section where
// it speaks of one, and else of the whole.
func tell(a *partner.Answer, issues []fhir.Issue) {
	if a.States == nil {
		a.States = map[record.Section]record.State{}
	}
	for _, issue := range issues {
		quiet := issue.Severity == "information" || issue.Severity == "success"
		switch {
		case quiet || issue.Source != (fhir.Provider{}): // what is said of a provider is said there
		case issue.Section == "":
			a.Incomplete = sentence(a.Incomplete, whole(issue))
		default:
			tellSection(a, issue)
		}
	}
}

// whole is what an issue says of the whole answer.
func whole(issue fhir.Issue) string {
	if issue.Text == "" {
		return "it says that something is missing"
	}
	return "it says: " + issue.Text
}

func tellSection(a *partner.Answer, issue fhir.Issue) {
	state := sectionState(issue)
	holds := func(e record.Entry) bool { return e.Section == issue.Section }
	if state == record.NotSupported && slices.ContainsFunc(a.Entries, holds) {
		return // it supplies another part of the section
	}
	if slices.Index(gravity, state) > slices.Index(gravity, a.States[issue.Section]) {
		a.States[issue.Section] = state
	}
	if state == record.NotSupported {
		return
	}
	if a.Reasons == nil {
		a.Reasons = map[record.Section]string{}
	}
	words := issue.Text
	switch issue.Code {
	case "data-in-transit", "data-awaiting-filing": // of the record, not of the asking
		a.Partial = sentence(a.Partial, cmp.Or(words, listWords[issue.Code]))
	}
	if words == "" {
		words = listWords[issue.Code]
	}
	if words == "" {
		words = "it says that something is missing"
	}
	a.Reasons[issue.Section] = sentence(a.Reasons[issue.Section], words)
}

// gravity orders what can be said of one section: the gravest stands.
var gravity = []record.State{"", record.NotSupported, record.Incomplete, record.Refused, record.Withheld}

func sectionState(issue fhir.Issue) record.State {
	switch issue.Code {
	case "confidential-items", "withheld", "suppressed":
		return record.Withheld
	case "security", "forbidden":
		return record.Refused
	case "not-supported":
		return record.NotSupported
	}
	return record.Incomplete
}

// listWords are said where the supplier gives a code and no words of its own.
var listWords = map[string]string{
	"confidential-items":   "some items are left out because they are confidential",
	"withheld":             "items are left out because they are confidential",
	"data-in-transit":      "the record is still on its way from the patient’s former practice",
	"data-awaiting-filing": "some items wait to be filed at the practice",
	"unavailable":          "its items are not available at present",
}

// sentence adds to what is said, once.
func sentence(said, more string) string {
	switch said {
	case "":
		return more
	case more:
		return said
	}
	return said + "; " + more
}
