// Package fhir reads FHIR JSON, R4 and STU3, as partners and the demographics
// service send it, into the words of package record. It is strict about JSON and
// lenient about FHIR: an answer that is not sound JSON is not read at all, and
// whatever sound JSON holds is shown, or counted, and never dropped in silence.
package fhir

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"example.org/icr/care/record"
)

// ErrUnreadable is the error of an answer that is not FHIR JSON. Its text never
// contains anything of the answer.
var ErrUnreadable = errors.New("the answer cannot be read as FHIR JSON")

// Limit is how much of an answer is read.
type Limit struct {
	Bytes   int64 // of all pages together; 0 means 10 MiB
	Entries int   // of all pages together; 0 means 5,000

	// Alerts are the categories of Flag, as codes or words, that a scope of
	// record.AllowedCategories lets through.
	Alerts []string

	// Exchange is that tags are believed which say for whom the partner answers.
	Exchange bool
}

// Answer collects what one partner says about one patient, page after page.
// Its methods may be called at the same time.
type Answer struct {
	from   record.Source
	scope  record.Scope
	alerts []string
	tagged bool         // it is of an exchange
	others atomic.Bool  // it is not, and bears tags of one
	bytes  atomic.Int64 // left
	rooms  atomic.Int64 // entries left

	issues atomic.Int64 // issues left

	mu        sync.Mutex
	pages     []*page
	patients  []Patient           // distinct
	alike     map[[2]string][]int // of patients, those of one address and id
	providers map[string]Provider // by key
	cut       map[record.Section]bool
	result    *Result
}

// NewAnswer begins an answer of from, of which scope may be seen.
func NewAnswer(from record.Source, scope record.Scope, limit Limit) *Answer {
	if limit.Bytes == 0 {
		limit.Bytes = 10 << 20
	}
	if limit.Entries == 0 {
		limit.Entries = 5000
	}
	a := &Answer{from: from, scope: scope, alerts: limit.Alerts, tagged: limit.Exchange, alike: map[[2]string][]int{}, providers: map[string]Provider{}}
	a.bytes.Store(limit.Bytes)
	a.rooms.Store(int64(limit.Entries))
	a.issues.Store(mostIssues)
	return a
}

// Read reads one page: a Bundle, or an OperationOutcome in its place, and
// returns the address of the next page, if there is one. Where it returns an
// error, nothing of the page is kept: an ErrUnreadable, or the error of r.
// Beyond the limit it reads no further, and the result says so.
func (a *Answer) Read(r io.Reader) (next string, err error) { return a.ReadFor(r) }

// ReadFor is Read of an answer to a question for these sections only: what is
// said of the whole answer is said of them.
func (a *Answer) ReadFor(r io.Reader, sections ...record.Section) (next string, err error) {
	return a.read(r, &page{asked: sections})
}

// ReadNext is ReadFor of a page that is not the first.
func (a *Answer) ReadNext(r io.Reader, sections ...record.Section) (next string, err error) {
	return a.read(r, &page{asked: sections, later: true})
}

func (a *Answer) read(r io.Reader, as *page) (next string, err error) {
	p := newPage(a)
	p.asked, p.later = as.asked, as.later
	return a.take(p, p.read(r))
}

// take adds a page that was read, unless err says that it could not be.
func (a *Answer) take(p *page, err error) (string, error) {
	switch {
	case p.most > 0 && err == nil:
		p.partly()
	case !p.later && p.next == "" && p.held < p.total:
		p.incomplete, p.short = true, true // it says that there is more, and does not say where
	}
	if errors.Is(err, errTooMuch) {
		p.incomplete, p.next, err = true, "", nil
	}
	if err == nil && p.part.More && !p.part.Sorted {
		p.release()
		return "", nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		err = a.meet(p.patients)
	}
	if err != nil {
		p.release()
		return "", err
	}
	a.credit(p)
	a.pages = append(a.pages, p)
	return p.next, nil
}

// Result is what an answer comes to. Every resource that was read is in exactly
// one of its numbers.
type Result struct {
	Entries    []record.Entry
	Sections   map[record.Section]int // how many of Entries
	Repeated   int                    // the same entries on a later page
	Joined     int                    // prescriptions that are part of the entry of their medicine
	Unreadable int                    // items that could not be read, or that FHIR forbids to read in part
	Unread     []record.Item          // the first of them, as far as they say what they are
	InError    int                    // items that the source marks as entered in error
	Withheld   int                    // items that this role may not see, in sections of which it sees a part
	Outside    int                    // items of other sections, or of types that no page shows
	Supporting int                    // patients, organisations, medicines and the like, and outcomes
	Sensitive  []record.Item          // of Entries, those that the source labels as restricted
	Incomplete bool                   // there is more: the answer is longer than the limit, or Short
	Short      bool                   // the partner says that it holds more than it sent
}

// Resources is how many resources were read.
func (r Result) Resources() int {
	return len(r.Entries) + r.Repeated + r.Joined + r.Unreadable + r.InError + r.Withheld + r.Outside + r.Supporting
}

// Result sums up all pages. A page that is read after it changes it no more.
func (a *Answer) Result() Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.result == nil {
		result := a.sum()
		a.result = &result
	}
	return *a.result
}

func (a *Answer) sum() (result Result) {
	count := 0
	for _, p := range a.pages {
		count += len(p.entries)
	}
	result.Entries = make([]record.Entry, 0, count)
	var bases []basis
	asides := map[aside]bool{}
	repeatable := repeatable(a.pages)
	for _, p := range a.pages {
		p.dropAsides(asides)
		bases = append(bases, p.bases...)
		a.name(p)
		p.addTo(&result)
	}
	result.dropRepeated(repeatable)
	result.joinMedicines(bases)
	result.Sections = map[record.Section]int{}
	for i := range result.Entries {
		result.Sections[result.Entries[i].Section]++
	}
	return result
}

// repeatable are the types of resource that stand on more than one page.
func repeatable(pages []*page) map[string]bool {
	on, types := map[string]*page{}, map[string]bool{}
	for _, p := range pages {
		last := ""
		for i := range p.entries {
			of := p.entries[i].Item.Type
			if of == last {
				continue
			}
			last = of
			if on[of] != nil && on[of] != p {
				types[of] = true
			}
			on[of] = p
		}
	}
	return types
}

// dropRepeated drops what two pages both say, word for word: partners repeat
// entries when their data changes between two pages.
func (r *Result) dropRepeated(types map[string]bool) {
	if len(types) == 0 {
		return
	}
	first := map[record.Item]int{}
	kept := r.Entries[:0]
	for i := range r.Entries {
		e := &r.Entries[i]
		if types[e.Item.Type] {
			at, seen := first[e.Item]
			if seen && e.Item.ID != "" && kept[at].Equal(e) {
				r.Repeated++
				continue
			}
			first[e.Item] = len(kept)
		}
		kept = append(kept, *e)
	}
	clear(r.Entries[len(kept):])
	r.Entries = kept
}

// name gives the entries of p the names that any page has for what they point
// to.
func (a *Answer) name(p *page) {
	for _, l := range p.links {
		for _, other := range a.pages {
			if concept, ok := other.known[l.address]; ok {
				l.name(&p.entries[l.entry], concept)
				if slices.Contains(other.labelled, l.address) {
					p.sensitive = append(p.sensitive, p.entries[l.entry].Item)
				}
				break
			}
		}
	}
	p.links = nil
}

// Issues are what the partner says about its own answer.
func (a *Answer) Issues() []Issue {
	a.mu.Lock()
	defer a.mu.Unlock()
	var issues []Issue
	for _, p := range a.pages {
		for _, issue := range p.issues {
			issues = append(issues, p.issuesOf(issue)...)
		}
	}
	return issues
}

// issuesOf is the issue for each section that it is about.
func (p *page) issuesOf(issue Issue) []Issue {
	if issue.Section != "" || len(p.asked) == 0 {
		return []Issue{issue}
	}
	var issues []Issue
	for _, section := range p.asked {
		issue.Section = section
		issues = append(issues, issue)
	}
	return issues
}

// Patients are the distinct Patients in the answer.
func (a *Answer) Patients() []Patient {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.patients)
}

// mostAlike is how many different Patients an answer may hold under one address
// and id. An honest one holds one, or two where it changes between pages.
const mostAlike = 20

// meet adds the Patients of a page that are not known yet, or none of them.
func (a *Answer) meet(patients []Patient) error {
	before := len(a.patients)
	for _, patient := range patients {
		key := [2]string{patient.URL, patient.ID}
		same := func(i int) bool { return reflect.DeepEqual(a.patients[i], patient) }
		if slices.ContainsFunc(a.alike[key], same) {
			continue
		}
		if len(a.alike[key]) == mostAlike {
			a.forget(before)
			return broken("it has too many different patients under one address")
		}
		a.alike[key] = append(a.alike[key], len(a.patients))
		a.patients = append(a.patients, patient)
	}
	return nil
}

// forget drops the Patients met after the first n.
func (a *Answer) forget(n int) {
	for _, patient := range a.patients[n:] {
		key := [2]string{patient.URL, patient.ID}
		a.alike[key] = a.alike[key][:len(a.alike[key])-1]
	}
	a.patients = a.patients[:n]
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnreadable, fmt.Sprintf(format, args...))
}
