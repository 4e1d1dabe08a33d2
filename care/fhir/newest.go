package fhir

import (
	"io"
	"maps"
	"slices"
	"time"

	"example.org/icr/care/record"
)

// newest are the types of which a first look needs no more than the newest, with
// the sections that they fill: all that happens at a time and does not end
// something else. What warns, what is taken, what somebody has and what is
// planned is never cut.
var newest = map[string][]record.Section{
	"Observation":      {record.Results, record.Observations},
	"DiagnosticReport": {record.Results},
	"Encounter":        {record.Visits},
	"Procedure":        {record.Procedures},
	"Immunization":     {record.Immunisations},
}

// MayBeNewest reports whether of the type of resource the newest alone may be
// asked for, where so much may be seen. What is cut at decoding is never cut
// here: a list that is short must not tell why.
func MayBeNewest(resourceType string, scope record.Scope) bool {
	for _, section := range newest[resourceType] {
		if extent := scope[section]; extent != record.Nothing && extent != record.Everything {
			return false
		}
	}
	return newest[resourceType] != nil
}

// Part is what the first page of an answer to a question for the newest of
// something is.
type Part struct {
	More   bool // there is more, or may be
	Sorted bool // it begins with the newest, as far as its dates tell
}

// ReadNewest is ReadFor of the answer to a question for the newest most of some
// resources. That there is more is not followed, and no fault of the answer. Of
// a page that is not sorted nothing is kept, unless it holds all.
func (a *Answer) ReadNewest(r io.Reader, most int, sections ...record.Section) (Part, error) {
	p := newPage(a)
	p.asked, p.most = sections, most
	_, err := a.take(p, p.read(r))
	return p.part, err
}

// partly notes, once the page has been read, what part of an answer it is.
func (p *page) partly() {
	p.part = Part{More: p.next != "" || p.total > p.held || p.total == 0 && p.held >= p.most, Sorted: p.newestFirst()}
	p.next = ""
}

// newestFirst reports whether none of the page's entries is clearly newer than
// the one before it.
func (p *page) newestFirst() bool {
	var last record.Date
	for i := range p.entries {
		when := p.entries[i].When
		if when.Precision() < record.Day {
			continue
		}
		if !last.IsZero() && when.Time().After(last.Time().Add(aDay)) {
			return false
		}
		last = when
	}
	return true
}

// aDay is by how much the date that a partner sorts by may differ from the one
// that is shown.
const aDay = 24 * time.Hour

// Cut notes that of some sections only the newest were asked for, and that
// there is more.
func (a *Answer) Cut(sections ...record.Section) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cut == nil {
		a.cut = map[record.Section]bool{}
	}
	for _, section := range sections {
		if a.scope[section] != record.Nothing {
			a.cut[section] = true
		}
	}
}

// Newest are the sections of which only the newest were asked for, and there is
// more.
func (a *Answer) Newest() map[record.Section]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.cut)
}

// aside is an item that is counted and not shown.
type aside struct {
	item    record.Item
	inError bool
}

// setAside remembers the item just read, so that it is counted once though two
// questions find it.
func (p *page) setAside(inError bool) {
	if p.r.id != "" {
		p.asides = append(p.asides, aside{record.Item{Type: p.r.resourceType, ID: p.r.id, Version: p.r.version}, inError})
	}
}

// dropAsides counts no more what another page has counted.
func (p *page) dropAsides(counted map[aside]bool) {
	for _, a := range p.asides {
		switch {
		case !counted[a]:
			counted[a] = true
		case a.inError:
			p.inError--
			p.repeated++
		default:
			p.unreadable--
			p.repeated++
			p.unread = slices.DeleteFunc(p.unread, func(i record.Item) bool { return i == a.item })
		}
	}
}
