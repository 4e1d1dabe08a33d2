package views

import (
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// naming names organisations on one page. Where the patient's whereabouts are
// restricted it tells their kind alone, and takes their names out of what
// other people wrote.
type naming struct {
	known  map[nhs.ODSCode]*contributor
	hidden bool
	hide   func(string) string // takes out the names that would give the patient away

	expanded map[string]bool // abbreviations that the page has spelled out
	plain    *familiar       // words that need no more than to be appended: a record says the same again and again
}

// contributor is an organisation that contributes to the page.
type contributor struct {
	record.Source
	late  bool   // answered after the page was first opened
	badge []byte // its name as markup, once it was needed
}

func newNaming(contributions []record.Contribution, hidden bool) naming {
	n := naming{known: make(map[nhs.ODSCode]*contributor, len(contributions)), hidden: hidden, expanded: map[string]bool{}, plain: &familiar{}}
	all := make([]contributor, len(contributions))
	for i, c := range contributions {
		all[i] = contributor{Source: c.Source, late: c.Late}
		n.known[c.Source.Code] = &all[i]
	}
	if hidden {
		n.hide = record.Hider(contributions)
	}
	return n
}

// name is how the page calls an organisation.
func (n naming) name(code nhs.ODSCode) string {
	o := n.known[code]
	switch {
	case n.hidden && o == nil:
		return kind("")
	case n.hidden:
		return kind(o.Kind)
	case o != nil && o.Name != "":
		return short(o.Name)
	}
	return string(code)
}

// mark is what the page's markup calls an organisation.
func (n naming) mark(code nhs.ODSCode) string {
	if !n.hidden {
		return string(code)
	}
	if o := n.known[code]; o != nil && o.Kind != "" {
		return string(o.Kind)
	}
	return "other"
}

// late reports whether an organisation answered after the page was first
// opened.
func (n naming) late(code nhs.ODSCode) bool {
	o := n.known[code]
	return o != nil && o.late
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
