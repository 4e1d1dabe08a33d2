package record

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
)

// Record is what is known of one patient, and who was asked.
type Record struct {
	Contributions []Contribution // as gathered
	Lines         map[Section][]Line
	Conflicts     []Conflict
}

// Line is one statement: the same words, codes, status and date from one
// source or several. Each source's own entry is kept.
type Line struct{ Entries []*Entry }

// Lead is the entry that stands for the line.
func (l Line) Lead() *Entry { return l.Entries[0] }

// Sources are the organisations that made the statement.
func (l Line) Sources() []nhs.ODSCode {
	codes := make([]nhs.ODSCode, len(l.Entries))
	for i := range l.Entries {
		codes[i] = l.Entries[i].From
	}
	return codes
}

// Merge joins contributions into one record. It is pure, it loses nothing, and
// it does not depend on the order of the contributions.
func Merge(contributions []Contribution) Record {
	r := Record{Contributions: slices.Clone(contributions), Lines: map[Section][]Line{}}
	slices.SortStableFunc(r.Contributions, bySource)
	entries := map[Section][]*Entry{}
	for _, c := range r.Contributions {
		for i := range c.Entries {
			e := &c.Entries[i]
			entries[e.Section] = append(entries[e.Section], e)
		}
	}
	for section, es := range entries {
		r.Lines[section] = lines(es)
	}
	r.Conflicts = conflicts(r.Lines)
	return r
}

func bySource(a, b Contribution) int {
	return cmp.Or(cmp.Compare(a.Source.Name, b.Source.Name), cmp.Compare(a.Source.Code, b.Source.Code))
}

// lines sorts a section's entries, and groups those that say the same thing.
// The sort comes first, so that the groups do not depend on who answered when.
func lines(entries []*Entry) []Line {
	slices.SortFunc(entries, compare)
	last := make(map[statement]int, len(entries)) // the last line that makes a statement
	before := make([]int, 0, len(entries))        // of each line, the one before that makes the same
	out := make([]Line, 0, len(entries))
	for i, e := range entries {
		key := statement{e.When, strings.ToLower(e.What.Words())}
		n, made := last[key]
		if !made || !e.When.Dated() { // undated statements never merge
			n = none
		}
		first := n
		for n != none && !joins(e, out[n]) {
			n = before[n]
		}
		if n != none {
			out[n].Entries = append(out[n].Entries, e)
			continue
		}
		last[key] = len(out)
		before = append(before, first)
		out = append(out, Line{entries[i : i+1 : i+1]})
	}
	return out
}

const none = -1

// compare orders entries: current before past, then newest first, then by
// words and origin so that the order never depends on chance.
func compare(a, b *Entry) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	if c := b.When.Compare(a.When); c != 0 {
		return c
	}
	if c := cmp.Compare(a.What.Words(), b.What.Words()); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Item.Type, b.Item.Type), cmp.Compare(a.Item.ID, b.Item.ID))
}

func (e *Entry) rank() int {
	if e.Standing == Past || e.Assertion == Refuted {
		return 1
	}
	return 0
}

// statement is what is compared first: an entry joins a line of its statement.
type statement struct {
	when  Date
	words string
}

// same reports whether what joins does not look into is equal.
func same(a, b *Entry) bool {
	return a.Item.Type == b.Item.Type && a.Kind == b.Kind && a.Until == b.Until && a.Standing == b.Standing && a.Assertion == b.Assertion &&
		a.Status == b.Status && a.Verification == b.Verification && a.Dose == b.Dose && a.Site == b.Site && a.Flag == b.Flag &&
		a.Quantity == b.Quantity && a.Value.Words() == b.Value.Words() && a.Severity == b.Severity && a.Criticality == b.Criticality && a.Range == b.Range
}

// joins reports whether e says the same as every entry of l, and none of them
// comes from the same source: two equal lines of one source are two.
func joins(e *Entry, l Line) bool {
	for i := range l.Entries {
		o := l.Entries[i]
		if o.From == e.From || !same(e, o) || !compatible(e.What.Codings, o.What.Codings) ||
			!slices.Equal(e.Reactions, o.Reactions) || !slices.Equal(e.Parts, o.Parts) || e.Document != nil || o.Document != nil {
			return false
		}
	}
	return true
}

// compatible reports whether no code system is used by both with different
// codes.
func compatible(a, b []Coding) bool {
	for _, x := range a {
		for _, y := range b {
			if x.System == y.System && x.Code != y.Code && !slices.Contains(b, x) && !slices.Contains(a, y) {
				return false
			}
		}
	}
	return true
}
