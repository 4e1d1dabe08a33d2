package views

import (
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// naming names organisations on one page. Where the patient's whereabouts are
// restricted it tells their kind alone, and takes their names out of what
// other people wrote.
type naming struct {
	sources map[nhs.ODSCode]record.Source
	late    map[nhs.ODSCode]bool // answered after the page was first opened
	hidden  bool
	hide    func(string) string // takes out the names that would give the patient away

	expanded map[string]bool // abbreviations that the page has spelled out
}

func newNaming(contributions []record.Contribution, hidden bool) naming {
	n := naming{sources: map[nhs.ODSCode]record.Source{}, late: map[nhs.ODSCode]bool{}, hidden: hidden, expanded: map[string]bool{}}
	for _, c := range contributions {
		n.sources[c.Source.Code] = c.Source
		n.late[c.Source.Code] = c.Late
	}
	if hidden {
		n.hide = record.Hider(contributions)
	}
	return n
}

// name is how the page calls an organisation.
func (n naming) name(code nhs.ODSCode) string {
	source, ok := n.sources[code]
	switch {
	case n.hidden:
		return kind(source.Kind)
	case ok && source.Name != "":
		return short(source.Name)
	}
	return string(code)
}

// mark is what the page's markup calls an organisation.
func (n naming) mark(code nhs.ODSCode) string {
	if !n.hidden {
		return string(code)
	}
	if k := n.sources[code].Kind; k != "" {
		return string(k)
	}
	return "other"
}

// words are somebody's words, without the names that must not be told.
func (n naming) words(s string) string {
	if n.hide == nil || s == "" {
		return s
	}
	return n.hide(s)
}

func kind(k record.Kind) string {
	if words, ok := record.Kinds[k]; ok {
		return words
	}
	return "Another organisation"
}

// short is an organisation's name without its legal form.
func short(name string) string { return record.Source{Name: name}.Short() }
