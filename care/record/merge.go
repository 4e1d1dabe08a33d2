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
//
// Lines of a section with the same Group, other than 0, are possibly the same:
// nothing in them differs that could not be two systems' ways of saying one
// thing. They stand together, the gravest first, and nothing is left out of
// any.
//
// Earlier are the versions that a document took the place of, newest first.
type Line struct {
	Entries []*Entry
	Group   int
	Earlier []*Entry
}

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
	reader := newReader()
	for _, section := range Sections {
		if es := entries[section]; len(es) > 0 {
			found := lines(es)
			r.Conflicts = append(r.Conflicts, reader.join(section, found)...)
			if section == Documents {
				found = foldVersions(found)
			}
			r.Lines[section] = found
			delete(entries, section)
		}
	}
	for section, es := range entries { // of no section that is known: shown as they are
		r.Lines[section] = lines(es)
	}
	return r
}

func bySource(a, b Contribution) int {
	return cmp.Or(cmp.Compare(a.Source.Name, b.Source.Name), cmp.Compare(a.Source.Code, b.Source.Code))
}

// lines sorts a section's entries, and joins those that say the same thing. The
// sort comes first, so that what is joined does not depend on who answered
// when; it puts together what is of one time.
func lines(entries []*Entry) []Line {
	slices.SortFunc(entries, compare)
	out := make([]Line, 0, len(entries))
	said := map[string][]int{} // the lines of one time, by their words
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to].When == entries[from].When {
			to++
		}
		if !entries[from].When.Dated() || oneSource(entries[from:to]) { // undated statements never merge
			for i := from; i < to; i++ {
				out = append(out, Line{Entries: entries[i : i+1 : i+1]})
			}
		} else {
			out = joined(entries[from:to], out, said)
			clear(said)
		}
		from = to
	}
	return out
}

func oneSource(entries []*Entry) bool {
	for _, e := range entries {
		if e.From != entries[0].From {
			return false
		}
	}
	return true
}

// joined adds to out the lines of entries of one time.
func joined(entries []*Entry, out []Line, said map[string][]int) []Line {
	for i, e := range entries {
		words := strings.ToLower(e.What.Words())
		n := slices.IndexFunc(said[words], func(n int) bool { return joins(e, out[n]) })
		if n >= 0 {
			n = said[words][n]
			out[n].Entries = append(out[n].Entries, e)
			continue
		}
		said[words] = append(said[words], len(out))
		out = append(out, Line{Entries: entries[i : i+1 : i+1]})
	}
	return out
}

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
	if e.over() {
		return 1
	}
	return 0
}

// over reports whether an entry no longer counts, or never did.
func (e *Entry) over() bool { return e.Standing == Past || e.Assertion == Refuted }

// same reports whether what joins does not look into is equal.
func same(a, b *Entry) bool {
	return a.Item.Type == b.Item.Type && a.Kind == b.Kind && a.Until == b.Until && a.Standing == b.Standing && a.Assertion == b.Assertion &&
		a.Status == b.Status && a.Verification == b.Verification && a.Dose == b.Dose && a.Site == b.Site && a.Flag == b.Flag && a.WhenMeans == b.WhenMeans &&
		a.Quantity == b.Quantity && a.Value.Words() == b.Value.Words() && a.Severity == b.Severity && a.Criticality == b.Criticality && a.Range == b.Range &&
		a.Course == b.Course && a.ByPatient == b.ByPatient && a.Abnormal == b.Abnormal && (!noted(a.Section) || slices.Equal(a.Notes, b.Notes))
}

// noted reports whether a section's notes may change what its lines mean: "mild
// rash as a child" and "cardiac arrest in theatre" are no one allergy, though
// all else that is said of them is equal.
func noted(s Section) bool { return s == Allergies || s == Alerts || s == Results }

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
