package viewing

import (
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

// newsOf is what of the record is new, and what is not though it was on no page
// before. Told are the contributions as the page may tell them.
func newsOf(sight *audit.Sight, contributions, told []record.Contribution, of map[*record.Entry]*record.Entry) (record.News, []*record.Entry) {
	n := record.News{Since: sight.Since, New: map[*record.Entry]bool{}}
	var known []*record.Entry
	for i, c := range told {
		reach := reachOf(sight, contributions[i])
		for j := range c.Entries {
			e := &c.Entries[j]
			was := source(e, of)
			switch {
			case sight.First():
				known = append(known, was)
			case !sight.New(was):
			case reach.beyond(was):
				known = append(known, was)
			default:
				n.New[e] = true
			}
		}
	}
	return n, known
}

// note notes what the user has seen once the page is sent: at a first look all
// that came, since the page counts even what it does not show; and how far each
// partner was asked.
func note(sight *audit.Sight, contributions []record.Contribution, known []*record.Entry) {
	sight.Show(known)
	for _, c := range contributions {
		for section, state := range c.Sections {
			switch {
			case c.Newest[section]:
				sight.Cut(c.Source.Code, section)
			case state.Spoken():
				sight.Whole(c.Source.Code, section)
			}
		}
	}
}

// reach is how far back a partner was asked before, by the type of resource, in
// the sections of which it was asked for the newest only.
type reach struct {
	partly map[record.Section]bool
	oldest map[kind]record.Date
}

type kind struct {
	section record.Section
	of      string
}

func reachOf(sight *audit.Sight, c record.Contribution) reach {
	r := reach{map[record.Section]bool{}, map[kind]record.Date{}}
	if sight.First() {
		return r
	}
	for section := range c.Sections {
		if sight.Partly(c.Source.Code, section) {
			r.partly[section] = true
		}
	}
	if len(r.partly) == 0 {
		return r
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		k := kind{e.Section, e.Item.Type}
		if oldest, seen := r.oldest[k]; r.partly[e.Section] && !sight.New(e) && e.When.Dated() && (!seen || e.When.Compare(oldest) < 0) {
			r.oldest[k] = e.When
		}
	}
	return r
}

// beyond reports whether an entry is older than what was asked for before: it
// was there, and nobody asked.
func (r reach) beyond(e *record.Entry) bool {
	oldest, known := r.oldest[kind{e.Section, e.Item.Type}]
	return known && r.partly[e.Section] && e.When.Compare(oldest) < 0
}
