package fhir

import (
	"slices"
	"strings"
	"sync"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// page is what one Bundle holds. It is filled without a lock, and counts only
// once it has been read to its end.
type page struct {
	answer    *Answer
	entries   []record.Entry
	links     []link
	bases     []basis
	known     map[string]record.Concept // what others point to, by address
	patients  []Patient
	subjects  []counted
	issues    []Issue
	asked     []record.Section // that the question was for
	providers []Provider       // of what was read
	listed    []string         // codes of its Lists
	denials   []denial         // Consents that refuse sharing
	sayings   []saying         // codes that refuse it, or agree to it

	unreadable, inError, withheld, outside, supporting, repeated int

	asides     []aside // of what two questions can both find
	sensitive  []record.Item
	labelled   []string // addresses of what others point to, and whose label is theirs too
	unread     []record.Item
	incomplete bool
	short      bool // it says that there is more, and does not say where
	next       string
	total      int  // entries that the partner says there are, on all pages
	held       int  // entries on this page
	later      bool // not the first page
	most       int  // that was asked for, where not all was
	part       Part
	r          *resource // that is being read
}

// roomy keeps the room that pages take while they are read, so that entries
// are allocated once, in the result.
var roomy = sync.Pool{New: func() any { room := make([]record.Entry, 0, 128); return &room }}

func newPage(a *Answer) *page { return &page{answer: a, r: &resource{}} }

// release gives the page's room back, empty.
func (p *page) release() {
	if p.entries == nil {
		return
	}
	clear(p.entries)
	room := p.entries[:0]
	p.entries = nil
	roomy.Put(&room)
}

// addTo adds what p holds to the result, and gives its room back.
func (p *page) addTo(result *Result) {
	result.Entries = append(result.Entries, p.entries...)
	result.Unreadable += p.unreadable
	if room := mostUnread - len(result.Unread); room > 0 {
		result.Unread = append(result.Unread, p.unread[:min(room, len(p.unread))]...)
	}
	result.InError += p.inError
	result.Withheld += p.withheld
	result.Outside += p.outside
	result.Supporting += p.supporting
	result.Repeated += p.repeated
	result.Sensitive = append(result.Sensitive, p.sensitive...)
	result.Incomplete, result.Short = result.Incomplete || p.incomplete, result.Short || p.short
	p.release()
}

// entry takes the entry of the bundle that comes next.
func (p *page) entry(d *decoder) error {
	url, raw := "", []byte(nil)
	err := d.walk(func(c *cursor) { url, raw = p.r.entry(c) })
	if err == nil {
		p.resource(&d.c, url, raw)
	}
	return err
}

// entry fills r from the entry that comes next, and returns its address and the
// resource as it was sent.
func (r *resource) entry(c *cursor) (url string, raw []byte) {
	r.clear()
	bare, whole := false, c.i
	resource := func() {
		start := c.i
		r.read(c)
		raw = c.b[start:c.i]
	}
	c.members(func(name []byte) {
		switch string(name) {
		case "fullUrl":
			url = c.text()
		case "resource":
			resource()
		case "resourceType":
			bare = true
		}
	})
	if bare && raw == nil { // a resource that stands in place of its entry
		c.i = whole
		resource()
	}
	return url, raw
}

// resource puts the resource just read where it belongs. Some are read a second
// time from raw, for what only they have.
func (p *page) resource(c *cursor, url string, raw []byte) {
	forced := c.forced
	c.b, c.i = raw, 0
	p.r.url = url
	switch p.r.resourceType {
	case "":
		p.cannotRead()
	case "Patient":
		if forced {
			p.cannotRead()
			return
		}
		p.supporting++
		p.provided(p.r.provider())
		p.patients = append(p.patients, readPatient(c, url))
	case "OperationOutcome":
		p.supporting++
		p.told(readIssues(c))
	case "List":
		p.list(c)
	case "Consent":
		p.consent(c, forced)
	case "Medication", "Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "RelatedPerson":
		p.supporting++
		p.know(url, forced)
	default:
		p.item(forced)
	}
}

// mostUnread is how many items that could not be read are named.
const mostUnread = 20

// cannotRead counts the resource just read as one that could not be.
func (p *page) cannotRead() {
	p.unreadable++
	if len(p.unread) < mostUnread {
		p.unread = append(p.unread, record.Item{Type: p.r.resourceType, ID: p.r.id, Version: p.r.version})
	}
}

// know keeps the name of what others point to. A medicine is known only to
// whom medicines may be shown, and one entered in error to nobody.
func (p *page) know(url string, forced bool) {
	r := p.r
	if forced || r.resourceType == "Medication" && (p.answer.scope[record.Medications] == record.Nothing || r.status == "entered-in-error") {
		return
	}
	concept := r.named()
	if concept.Words() == "" {
		return
	}
	if p.known == nil {
		p.known = map[string]record.Concept{}
	}
	for _, address := range []string{url, r.resourceType + "/" + r.id} {
		if address == "" {
			continue
		}
		p.known[address] = concept
		if r.sensitive {
			p.labelled = append(p.labelled, address)
		}
	}
}

// item makes an entry of a clinical resource, or counts why it is none. What
// the scope leaves out is cut here, so that no entry ever holds it.
func (p *page) item(forced bool) {
	r := p.r
	k, shown := kinds[r.resourceType]
	p.about(r, shown)
	p.heed(r)
	p.provided(r.provider())
	section, placed := k.place(r, p.answer.from.Kind)
	extent := p.answer.scope[section]
	switch {
	case !shown || !placed || extent == record.Nothing:
		p.outside++
	case forced, r.aboutElse():
		p.cannotRead()
		p.setAside(false)
	case r.inError():
		p.inError++
		p.setAside(true)
	case extent == record.AllowedCategories && !p.allowed():
		p.withheld++
	case extent == record.DatesOnly && called(r):
		p.withheld++
	default:
		p.show(k, section, extent)
	}
}

// provided notes from whom an item comes. Nearly all come from whom the last
// one came.
func (p *page) provided(by Provider) {
	n := len(p.providers)
	if by != (Provider{}) && !p.answer.tagged {
		p.answer.others.Store(true)
	}
	if p.answer.tagged && by != (Provider{}) && (n == 0 || p.providers[n-1] != by) {
		p.providers = append(p.providers, by)
	}
}

func (p *page) show(k kind, section record.Section, extent record.Extent) {
	r := p.r
	if p.entries == nil {
		p.entries = *roomy.Get().(*[]record.Entry) // not before: most pages that look a patient up hold none
	}
	p.entries = append(p.entries, record.Entry{})
	e := &p.entries[len(p.entries)-1]
	e.From = p.answer.from.Code
	e.Item = record.Item{Type: r.resourceType, ID: r.id, Version: r.version}
	if p.answer.tagged {
		if by := r.provider().Key(); by != "" {
			e.Via, e.From = e.From, nhs.ODSCode(by)
		}
		e.Origin = r.origin()
	}
	if r.sensitive {
		p.sensitive = append(p.sensitive, e.Item)
	}
	if extent == record.DatesOnly {
		k.fillDates(e, r, section)
		return
	}
	if p.answer.scope[record.Problems] == record.Everything { // no reference carries a section over
		r.reasons = append(r.reasons, r.problems...)
	}
	k.fill(e, r, section)
	p.attribute(k, e)
	p.based(e)
}

// allowed reports whether every category of the alert is one that may be seen.
func (p *page) allowed() bool {
	for _, category := range p.r.categories {
		if !p.allows(category) {
			return false
		}
	}
	return len(p.r.categories) > 0
}

func (p *page) allows(category record.Concept) bool {
	return slices.ContainsFunc(p.answer.alerts, func(name string) bool {
		same := func(coding record.Coding) bool { return coding.Code == name }
		return strings.EqualFold(category.Words(), name) || slices.ContainsFunc(category.Codings, same)
	})
}
