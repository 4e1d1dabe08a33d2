package record

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/nhs"
)

// Unlocated is what contributions tell once nothing in them locates the
// patient: organisations by their kind alone, in an order that tells nothing,
// and neither people, places nor telephone numbers. It is for patients whose
// whereabouts are restricted. What it is given stays as it was.
func Unlocated(contributions []Contribution) []Contribution {
	out := slices.Clone(contributions)
	hide := Hider(contributions)
	slices.SortStableFunc(out, func(a, b Contribution) int {
		return cmp.Or(cmp.Compare(a.Source.Kind, b.Source.Kind), cmp.Compare(a.State, b.State), cmp.Compare(len(b.Entries), len(a.Entries)))
	})
	for i := range out {
		c := &out[i]
		c.Source = Source{Code: nhs.ODSCode("ORGANISATION" + strconv.Itoa(i+1)), Name: cmp.Or(Kinds[c.Source.Kind], "Another organisation"), Kind: c.Source.Kind}
		c.Why = hide(c.Why)
		c.Reasons = eachReason(c.Reasons, hide)
		c.Entries = slices.Clone(c.Entries)
		for j := range c.Entries {
			c.Entries[j] = c.Entries[j].unlocated(c.Source.Code, hide)
		}
	}
	return out
}

// unlocated is e, from an organisation of another name.
func (e Entry) unlocated(from nhs.ODSCode, hide func(string) string) Entry {
	e.From, e.Via, e.Origin, e.By, e.At, e.Phone = from, "", Origin{}, "", "", ""
	return e.each(hide)
}

// each is e with all its words as hide leaves them. Quantities are nobody's
// words, and stay.
func (e Entry) each(hide func(string) string) Entry {
	e.What, e.Value, e.Aside = e.What.each(hide), e.Value.each(hide), Concept{Codings: e.Aside}.each(hide).Codings
	for _, words := range []*string{
		&e.Kind, &e.Dose, &e.Reason, &e.Site, &e.By, &e.At, &e.Origin.Name, &e.Status, &e.Verification, &e.WhenMeans, &e.Severity, &e.Criticality, &e.Range, &e.Flag,
	} {
		*words = hide(*words)
	}
	e.Reactions, e.Notes = each(e.Reactions, hide), each(e.Notes, hide)
	e.Parts = slices.Clone(e.Parts)
	for i := range e.Parts {
		p := &e.Parts[i]
		p.Name, p.Value = hide(p.Name), hide(p.Value)
	}
	return e
}

// each keeps the codes of common systems. Those of others are some
// organisation's own.
func (c Concept) each(hide func(string) string) Concept {
	c.Text, c.Codings = hide(c.Text), slices.Clone(c.Codings)
	for i, coding := range c.Codings {
		c.Codings[i] = Coding{Display: hide(coding.Display)}
		if _, common := codeSystems[coding.System]; common {
			c.Codings[i].System, c.Codings[i].Code = coding.System, coding.Code
		}
	}
	return c
}

func each(words []string, hide func(string) string) []string {
	words = slices.Clone(words)
	for i := range words {
		words[i] = hide(words[i])
	}
	return words
}

// Hider takes the names of the organisations of contributions out of other
// people's words: their names however they are written, and their codes, with
// those of their sites, as codes are. Only whole words are taken, so that
// Ranitidine stays what it is.
func Hider(contributions []Contribution) func(string) string {
	var names []string
	for _, c := range contributions {
		code := string(c.Source.Code)
		if len(code) >= leastName {
			names = append(names, wholeWord(code, regexp.QuoteMeta(code)+"[0-9]{0,2}"))
		}
		for _, name := range []string{c.Source.Name, c.Source.Short()} {
			if len(name) >= leastName && name != code {
				names = append(names, wholeWord(name, "(?i:"+regexp.QuoteMeta(name)+")"))
			}
		}
	}
	if len(names) == 0 {
		return func(s string) string { return s }
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	telling := regexp.MustCompile(strings.Join(names, "|"))
	return func(s string) string { return telling.ReplaceAllLiteralString(s, "[organisation not shown]") }
}

// leastName is how long a name is at least: shorter ones are words and units.
const leastName = 3

// wholeWord is the expression that matches name where it is not part of a word.
func wholeWord(name, expression string) string {
	if isWord(name[0]) {
		expression = `\b` + expression
	}
	if isWord(name[len(name)-1]) {
		expression += `\b`
	}
	return expression
}

// isWord reports whether b is of a word, as package regexp understands words.
func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

var legalForms = []string{" University NHS Foundation Trust", " NHS Foundation Trust", " NHS Trust", " Foundation Trust"}

// Short is the organisation's name without its legal form.
func (s Source) Short() string {
	for _, form := range legalForms {
		if bare, ok := strings.CutSuffix(s.Name, form); ok && bare != "" {
			return bare
		}
	}
	return s.Name
}
