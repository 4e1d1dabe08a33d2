package views

import (
	"regexp"
	"slices"
	"strings"

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
	telling *regexp.Regexp // the names that would give the patient away

	expanded map[string]bool // abbreviations that the page has spelled out
}

func newNaming(contributions []record.Contribution, hidden bool) naming {
	n := naming{sources: map[nhs.ODSCode]record.Source{}, late: map[nhs.ODSCode]bool{}, hidden: hidden, expanded: map[string]bool{}}
	for _, c := range contributions {
		n.sources[c.Source.Code] = c.Source
		n.late[c.Source.Code] = c.Late
	}
	if hidden {
		n.telling = telling(contributions)
	}
	return n
}

// telling matches the names that would give the patient away.
func telling(contributions []record.Contribution) *regexp.Regexp {
	var names []string
	for _, c := range contributions {
		for _, name := range []string{c.Source.Name, short(c.Source.Name), string(c.Source.Code)} {
			if name != "" {
				names = append(names, regexp.QuoteMeta(name))
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile("(?i)" + strings.Join(names, "|"))
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
	if n.telling == nil || s == "" {
		return s
	}
	return n.telling.ReplaceAllLiteralString(s, "[organisation not shown]")
}

func kind(k record.Kind) string {
	if words, ok := record.Kinds[k]; ok {
		return words
	}
	return "Another organisation"
}

var legalForms = []string{" University NHS Foundation Trust", " NHS Foundation Trust", " NHS Trust", " Foundation Trust"}

// short is an organisation's name without its legal form.
func short(name string) string {
	for _, form := range legalForms {
		if bare, ok := strings.CutSuffix(name, form); ok && bare != "" {
			return bare
		}
	}
	return name
}
