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
type Line struct{ Entries []Entry }

// Lead is the entry that stands for the line.
func (l Line) Lead() *Entry { return &l.Entries[0] }

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
	entries := map[Section][]Entry{}
	for _, c := range r.Contributions {
		for _, e := range c.Entries {
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
func lines(entries []Entry) []Line {
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compare(&entries[a], &entries[b]) })
	open := make(map[sameness][]int, len(entries)) // statement -> lines that make it
	out := make([]Line, 0, len(entries))
	for _, i := range order {
		e := &entries[i]
		if !e.When.Dated() { // undated statements never merge
			out = append(out, Line{entries[i : i+1 : i+1]})
			continue
		}
		key := samenessOf(e)
		if at := slices.IndexFunc(open[key], func(n int) bool { return joins(e, out[n]) }); at >= 0 {
			n := open[key][at]
			out[n].Entries = append(out[n].Entries, *e)
			continue
		}
		open[key] = append(open[key], len(out))
		out = append(out, Line{entries[i : i+1 : i+1]})
	}
	return out
}

// compare orders entries: current before past, then newest first, then by
// words and origin so that the order never depends on chance.
func compare(a, b *Entry) int {
	return cmp.Or(
		cmp.Compare(a.rank(), b.rank()),
		b.When.Compare(a.When),
		cmp.Compare(a.What.Words(), b.What.Words()),
		cmp.Compare(a.From, b.From),
		cmp.Compare(a.Item.Type, b.Item.Type),
		cmp.Compare(a.Item.ID, b.Item.ID),
	)
}

func (e *Entry) rank() int {
	if e.Standing == Past || e.Assertion == Refuted {
		return 1
	}
	return 0
}

// sameness is what must be equal before two entries can be one line. What it
// leaves out, joins compares.
type sameness struct {
	kind, words                            string
	when                                   Date
	until                                  Date
	standing                               Standing
	assertion                              Assertion
	status, verification, dose, site, flag string
	quantity                               Quantity
	value, severity, criticality, span     string
}

func samenessOf(e *Entry) sameness {
	return sameness{
		kind: e.Item.Type + e.Kind, words: strings.ToLower(e.What.Words()), when: e.When, until: e.Until,
		standing: e.Standing, assertion: e.Assertion,
		status: e.Status, verification: e.Verification, dose: e.Dose, site: e.Site, flag: e.Flag,
		quantity: e.Quantity, value: e.Value.Words(), severity: e.Severity, criticality: e.Criticality, span: e.Range,
	}
}

// joins reports whether e says the same as every entry of l, and none of them
// comes from the same source: two equal lines of one source are two.
func joins(e *Entry, l Line) bool {
	for i := range l.Entries {
		o := &l.Entries[i]
		if o.From == e.From || !compatible(e.What.Codings, o.What.Codings) ||
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
