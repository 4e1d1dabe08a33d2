package views

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/record"
)

// RecordPage is a patient's record: what Summary shows of it, and what every
// page about the patient says of who looked, why, and who was asked.
type RecordPage struct {
	Frame
	Ref              string // stands for the patient in URLs
	Person           record.Person
	Record           record.Record
	Scope            record.Scope
	Ground           access.Ground
	Reference        string // of this access
	OpenedAt         time.Time
	SocialCareNotice bool
	Practice         string // name of the registered practice, where it is known
	Restricted       bool   // as Person.Restricted, if the trail knows better
	News             record.News
	MayOpenSensitive bool
	SensitiveOpened  bool
	DocumentRef      func(*record.Entry) string // names a document that can be opened, and nothing else; nil for none
	Mistakes         func(*record.Entry) string // names an entry in the link that reports it; nil for no links
	only             record.Section             // the section that was asked for, where not all were
	filtered         []record.Line              // its lines that a filter leaves, where there is one

	parts                []record.Section // those asked for, where they are several and not all
	partsName, partsPath string

	full bool // nothing is left for another page

	made *made // once prepared
}

// made is what several parts of one page need, made once.
type made struct {
	naming    naming
	conflicts []record.Conflict
	leads     map[*record.Entry]bool // of the lines that stand in a conflict
	measures  map[record.Section]*measures
	excerpts  map[record.Section]excerpt
	forCrisis func() []record.Line

	filter Filter // of the section's lines
	cut    cut    // of them, the part that was asked for last
	has    excerpt
}

// cut is which part of a section's lines a page shows.
type cut struct{ from, lines int }

// SectionPage is one section of a record in full. From is the index of the
// first line shown; PerPage is 100 where it is zero.
type SectionPage struct {
	RecordPage
	Section       record.Section
	From, PerPage int

	Filter    Filter
	Form      SectionForm // as the filter was filled in
	FilterRef string      // stands for the filter in URLs
	Lapsed    bool        // there was a filter, and it is not known any more
}

// LinesPerPage is how many lines of a section one page shows.
const LinesPerPage = 100

// fresh is how many lines of a section are new: at least so many, where
// organisations hold more than they were asked for.
type fresh struct {
	section record.Section
	lines   int
	atLeast bool
}

// String is how many lines are new, in digits.
func (f fresh) String() string {
	if f.atLeast {
		return strconv.Itoa(f.lines) + "+"
	}
	return strconv.Itoa(f.lines)
}

// more reports whether organisations hold more of a section than they were
// asked for.
func (p RecordPage) more(s record.Section) bool {
	return slices.ContainsFunc(p.Record.Contributions, func(c record.Contribution) bool { return c.Newest[s] })
}

// fresh are the sections in which something is new since the user last looked.
func (p RecordPage) fresh() []fresh {
	var all []fresh
	for _, s := range p.asked() {
		n := 0
		for _, l := range p.Record.Lines[s] {
			if p.News.Has(l) {
				n++
			}
		}
		if n > 0 {
			all = append(all, fresh{s, n, p.more(s)})
		}
	}
	return all
}

func (p RecordPage) restricted() bool { return p.Restricted || p.Person.Restricted }

func (p RecordPage) naming() naming {
	if p.made != nil {
		return p.made.naming
	}
	return newNaming(p.Record.Contributions, p.restricted())
}

// Prepared is p with what its parts need made once. Who renders a page and
// asks for its Entries prepares it first, so that neither does the other's work
// again.
func (p RecordPage) Prepared() RecordPage {
	if p.made == nil {
		p.made = &made{
			naming: p.naming(), conflicts: p.conflicts(), measures: map[record.Section]*measures{}, excerpts: map[record.Section]excerpt{},
			forCrisis: sync.OnceValue(p.forCrisis),
		}
		p.made.leads = p.conflicting()
	}
	return p
}

// asked are the sections for which partners were asked.
func (p RecordPage) asked() []record.Section {
	switch {
	case p.only != "":
		return []record.Section{p.only}
	case len(p.parts) > 0:
		return among(p, p.parts)
	}
	return p.Scope.Sections()
}

// here is the URL of the page itself.
func (p RecordPage) here() string {
	if p.partsPath != "" {
		return p.partsPath
	}
	return p.href(p.only)
}

func (p RecordPage) href(section record.Section) string {
	if section == "" {
		return "/record/" + p.Ref
	}
	return "/record/" + p.Ref + "/" + string(section)
}

// past reports whether an entry no longer counts, or never did.
func past(e *record.Entry) bool {
	return e.Standing == record.Past || e.Assertion == record.Refuted
}

// split parts a section's lines, which Merge has sorted: current first.
func split(lines []record.Line) (current, over []record.Line) {
	at := len(lines)
	for i := range lines {
		if past(lines[i].Lead()) {
			at = i
			break
		}
	}
	return lines[:at], lines[at:]
}

// sorted are a section's lines in the order of the page: as merged, but of the
// allergies the most serious first, and what denies them last.
func (p RecordPage) sorted(s record.Section) []record.Line {
	lines := p.lined(s)
	if s != record.Allergies {
		return lines
	}
	lines = slices.Clone(lines)
	gravest := map[int]int{} // lines that are possibly the same stay together
	for _, l := range lines {
		if most, met := gravest[l.Group]; l.Group != 0 && (!met || danger(l.Lead()) < most) {
			gravest[l.Group] = danger(l.Lead())
		}
	}
	of := func(l record.Line) int {
		if l.Group != 0 {
			return gravest[l.Group]
		}
		return danger(l.Lead())
	}
	slices.SortStableFunc(lines, func(a, b record.Line) int { return of(a) - of(b) })
	return lines
}

func danger(e *record.Entry) int {
	switch {
	case past(e):
		return 3
	case e.Assertion != record.Present:
		return 2
	case serious(e):
		return 0
	}
	return 1
}

// serious reports whether the source itself calls an allergy so.
func serious(e *record.Entry) bool {
	return e.Gravity() == record.Gravest
}

// Prepared is p with what its parts need made once.
func (p SectionPage) Prepared() SectionPage {
	if p.only != p.Section || p.made != nil && p.made.filter != p.Filter { // what was made was for another page
		p.made, p.filtered = nil, nil
	}
	p.RecordPage = p.whole().Prepared()
	p.made.filter = p.Filter
	return p
}

// whole is the page about the patient that the section stands on.
func (p SectionPage) whole() RecordPage {
	if p.made != nil && p.only == p.Section {
		return p.RecordPage
	}
	p.only = p.Section
	if p.Filter.active() {
		p.filtered = p.matching()
	}
	return p.RecordPage
}

// excerpt is the part of the section that this page of it shows. Allergies
// are never parted.
func (p SectionPage) excerpt() excerpt {
	if p.made == nil {
		return p.excerpted()
	}
	if c := (cut{p.From, p.perPage()}); c != p.made.cut {
		p.made.cut, p.made.has = c, p.excerpted()
	}
	return p.made.has
}

func (p SectionPage) excerpted() excerpt {
	whole := p.whole()
	e := whole.grouped(p.Section, whole.sorted(p.Section))
	e.left = len(p.Record.Lines[p.Section]) - e.all()
	if p.Section == record.Allergies {
		return e
	}
	from := begins(p.From, e.all(), p.perPage())
	return e.page(from, from+p.perPage())
}

// begins is where a page of n lines or events begins: at from, or behind the
// end, which a page comes to when there is less of it, where the last begins.
func begins(from, n, perPage int) int {
	return max(0, min(from, (n-1)/perPage*perPage))
}

func (p SectionPage) perPage() int {
	if p.PerPage > 0 {
		return p.PerPage
	}
	return LinesPerPage
}

// page is the number of the page, and last that of the last one.
func (p SectionPage) page() (page, last int) {
	if p.Section == record.Allergies {
		return 1, 1
	}
	n := len(p.matching())
	return begins(p.From, n, p.perPage())/p.perPage() + 1, max(1, (n+p.perPage()-1)/p.perPage())
}

func (p SectionPage) pageHref(page int) string {
	if p.Filter.active() {
		return p.href(p.Section) + "?filter=" + p.FilterRef + "&page=" + strconv.Itoa(page)
	}
	return p.href(p.Section) + "?page=" + strconv.Itoa(page)
}

// empty is what stands in place of a section's lines. Where the role does not
// see everything, it does not say that nothing is recorded.
func (p RecordPage) empty(s record.Section, h record.Heading) string {
	if p.SocialCareNotice && s != record.Allergies && !h.Incomplete {
		return "Nothing that your role sees."
	}
	return h.Empty
}
