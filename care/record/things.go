package record

import (
	"slices"
	"strings"
	"unicode"
)

// reader remembers what it has read of names and doses while one record is
// merged: partners say many things in the same words.
type reader struct {
	products map[string]product
	dosings  map[string]dosing
	names    map[string]string
}

func newReader() *reader {
	return &reader{products: map[string]product{}, dosings: map[string]dosing{}, names: map[string]string{}}
}

func (r *reader) product(e *Entry) product {
	words := e.What.Words()
	p, ok := r.products[words]
	if !ok {
		p = readProduct(normal(words))
		r.products[words] = p
	}
	return p
}

func (r *reader) dose(text string) dosing {
	d, ok := r.dosings[text]
	if !ok {
		d = readDose(text)
		r.dosings[text] = d
	}
	return d
}

// name is what an entry is about, as two systems may both write it.
func (r *reader) name(e *Entry) string {
	words := e.What.Words()
	name, ok := r.names[words]
	if ok {
		return name
	}
	switch e.Section {
	case Allergies:
		name = allergen(words)
	case Medications:
		name = normal(words)
	default:
		name = condition(words)
	}
	r.names[words] = name
	return name
}

// join groups the lines of a section that are possibly the same, puts each
// group together, and returns the conflicts among the lines. A section that
// one source alone speaks of has neither, but for what it lists and forbids.
func (r *reader) join(section Section, lines []Line) []Conflict {
	clear(r.names) // a name is read differently in each section
	var found []Conflict
	if section == Allergies {
		found = denied(lines)
	}
	forbidden := slices.ContainsFunc(lines, func(l Line) bool { return forbids(l.Lead()) })
	if !several(lines) && !forbidden {
		return found
	}
	if byDay[section] {
		r.groupDays(lines)
	} else {
		for _, t := range r.things(lines) {
			if t.several(lines) {
				r.group(lines, t)
				found = append(found, r.conflicts(section, lines, t)...)
			}
			if forbidden && section == Medications {
				found = append(found, notToBeGiven(lines, t)...)
			}
		}
	}
	gather(lines)
	return found
}

// several reports whether more than one source speaks in the lines.
func several(lines []Line) bool {
	for i := range lines {
		if len(lines[i].Entries) > 1 || lines[i].Entries[0].From != lines[0].Entries[0].From {
			return true
		}
	}
	return false
}

// thing is what several lines of a section speak of: all that are alike, of
// whatever date, status and source.
type thing struct {
	lines    []int
	distinct []int // of these, such as are not alike word for word
}

func (t *thing) several(lines []Line) bool {
	for _, n := range t.lines {
		if len(lines[n].Entries) > 1 || lines[n].Entries[0].From != lines[t.lines[0]].Entries[0].From {
			return true
		}
	}
	return false
}

// things sorts lines by what they speak of. A line joins a thing only if it is
// alike to every line of it.
func (r *reader) things(lines []Line) []*thing {
	var all []*thing
	at := map[Coding][]*thing{}
	var keys []Coding
	for n := range lines {
		e := lines[n].Lead()
		keys = r.keys(e, keys[:0])
		t := r.among(lines, e, keys, at)
		if t == nil {
			t = &thing{}
			all = append(all, t)
		}
		t.lines = append(t.lines, n)
		if !slices.ContainsFunc(t.distinct, func(m int) bool { return word4word(e, lines[m].Lead()) }) {
			t.distinct = append(t.distinct, n)
			for _, key := range keys {
				if !slices.Contains(at[key], t) {
					at[key] = append(at[key], t)
				}
			}
		}
	}
	return all
}

func (r *reader) among(lines []Line, e *Entry, keys []Coding, at map[Coding][]*thing) *thing {
	for _, key := range keys {
		for _, t := range at[key] {
			if !slices.ContainsFunc(t.distinct, func(m int) bool { return !r.alike(e, lines[m].Lead()) }) {
				return t
			}
		}
	}
	return nil
}

func word4word(a, b *Entry) bool {
	return a.What.Text == b.What.Text && a.Site == b.Site && a.Kind == b.Kind && slices.Equal(a.What.Codings, b.What.Codings)
}

// keys are under what an entry can be found that is alike: its name, or of a
// medicine the first word of it, and its codes.
func (r *reader) keys(e *Entry, keys []Coding) []Coding {
	switch {
	case e.Assertion == NoneKnown:
		keys = append(keys, Coding{Display: "none known"})
	case e.Section == Medications:
		keys = append(keys, Coding{Display: firstWord(e.What.Words())})
	default:
		keys = append(keys, Coding{Display: r.name(e)})
	}
	for _, c := range e.What.Codings {
		if c.Code != "" {
			keys = append(keys, Coding{System: codeSystem(c), Code: c.Code})
		}
	}
	return keys
}

func firstWord(words string) string {
	words = strings.TrimSpace(words)
	if at := strings.IndexFunc(words, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }); at >= 0 {
		words = words[:at]
	}
	words = strings.ToLower(words)
	if now, ok := renamed[words]; ok {
		return now
	}
	return words
}

// codeSystem is the system of a code; those of dm+d are SNOMED CT codes.
func codeSystem(c Coding) string {
	if c.System == "https://dmd.nhs.uk" {
		return "http://snomed.info/sct"
	}
	return c.System
}

// share reports whether two concepts have a code in common.
func share(a, b []Coding) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Code == y.Code && x.Code != "" && codeSystem(x) == codeSystem(y) {
				return true
			}
		}
	}
	return false
}

// alike reports whether two entries of a section speak of one thing, whatever
// they say of it.
func (r *reader) alike(a, b *Entry) bool {
	switch a.Section {
	case Medications:
		return r.alikeMedicines(a, b)
	case Allergies:
		return a.Assertion == NoneKnown && b.Assertion == NoneKnown && denies(a) == denies(b) ||
			a.Assertion != NoneKnown && b.Assertion != NoneKnown && (r.name(a) == r.name(b) && r.name(a) != "" || r.shareCode(a, b))
	}
	if a.Kind != b.Kind || a.Item.Type != b.Item.Type || !agreeOnSides(a, b) {
		return false
	}
	return r.name(a) == r.name(b) && r.name(a) != "" || r.shareCode(a, b)
}

// shareCode reports whether two entries have a code in common, and nothing in
// their words takes it back.
func (r *reader) shareCode(a, b *Entry) bool {
	return share(a.What.Codings, b.What.Codings) && qualifiedAlike(a.What.Words(), b.What.Words())
}

// alikeMedicines reports whether two entries are of one medicine, in whatever
// strength and dose. A maker's product and the generic one may share a code
// where they do not share a name.
func (r *reader) alikeMedicines(a, b *Entry) bool {
	x, y := r.product(a), r.product(b)
	if sameMedicine(x, y) {
		return true
	}
	x.name, x.salt = y.name, y.salt
	return share(a.What.Codings, b.What.Codings) && sameMedicine(x, y) && sameStrength(x, y)
}
