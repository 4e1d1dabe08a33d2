package fhir

import (
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// GP systems send each area of a record with a List, which says what is left
// out of it.

// listSections are the codes of the lists in which GP systems send each
// section.
var listSections = map[string]record.Section{
	"886921000000105": record.Allergies, "1103671000000101": record.Allergies, "933361000000108": record.Medications,
	"717711000000103": record.Problems, "1102181000000102": record.Immunisations, "887191000000108": record.Results,
	"792931000000107": record.Visits, "886721000000107": record.Visits, "1149501000000101": record.Visits,
	"714311000000108": record.Visits, "826501000000100": record.Observations,
}

// parameterSections are the parameters by which GP systems are asked for each
// section, and which they name where they do not know one.
var parameterSections = map[string]record.Section{
	"includeAllergies": record.Allergies, "includeMedication": record.Medications, "includeProblems": record.Problems,
	"includeImmunisations": record.Immunisations, "includeInvestigations": record.Results, "includeUncategorisedData": record.Observations,
	"includeConsultations": record.Visits, "includeReferrals": record.Visits, "includeDiaryEntries": record.Visits,
}

// list takes what a List says of itself, and the items that stand within it:
// ended allergies are nowhere else.
func (p *page) list(c *cursor) {
	whole := c.i
	p.supporting++
	code, issues := readList(c)
	p.listed = append(p.listed, code)
	p.told(issues)
	c.i = whole
	c.members(func(name []byte) {
		if string(name) == "contained" {
			c.each(func() { p.within(c) })
		}
	})
}

// within takes one item that stands within a List.
func (p *page) within(c *cursor) {
	p.r.clear()
	p.r.contained, c.forced = true, false
	p.r.read(c)
	if _, shown := kinds[p.r.resourceType]; !shown {
		return
	}
	if p.answer.rooms.Add(-1) < 0 {
		p.incomplete = true
		return
	}
	p.item(c.forced)
}

// readList reads the warnings of a List: that items are left out for
// confidentiality, in transit from another practice, or not yet filed; and why
// it is empty, where that is not because there is nothing.
func readList(c *cursor) (list string, issues []Issue) {
	var codes, notes []string
	section := record.Section("")
	c.members(func(name []byte) {
		switch string(name) {
		case "code":
			list = c.code()
			section = listSections[list]
		case "note":
			notes = c.notes(nil)
		case "extension":
			c.each(func() { codes = append(codes, c.listWarning()...) })
		case "emptyReason":
			if code := c.code(); code == "withheld" || code == "unavailable" {
				codes = append(codes, code)
			}
		}
	})
	text := strings.Join(notes, " ")
	for _, code := range codes {
		issues = append(issues, Issue{Severity: "warning", Code: code, Text: text, Section: section})
	}
	return list, issues
}

// parameterLists are the codes of the lists that answer each parameter.
var parameterLists = map[string][]string{
	"includeAllergies": {"886921000000105"}, "includeMedication": {"933361000000108"}, "includeProblems": {"717711000000103"},
	"includeImmunisations": {"1102181000000102"}, "includeInvestigations": {"887191000000108"}, "includeUncategorisedData": {"826501000000100"},
	"includeConsultations": {"1149501000000101"}, "includeReferrals": {"792931000000107", "886721000000107"}, "includeDiaryEntries": {"714311000000108"},
}

// Listed reports whether the answer has a List for a parameter by which a GP
// system was asked: without one, it does not say that there is nothing.
func (a *Answer) Listed(parameter string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pages {
		for _, code := range parameterLists[parameter] {
			if slices.Contains(p.listed, code) {
				return true
			}
		}
	}
	return false
}

func (c *cursor) listWarning() []string {
	url, code := "", ""
	c.members(func(name []byte) {
		switch string(name) {
		case "url":
			url = c.text()
		case "valueCode", "valueCoding", "valueCodeableConcept":
			code = c.code()
		}
	})
	if code == "" || !strings.Contains(url, "ListWarningCode") {
		return nil
	}
	return []string{code}
}
