// Package partner gathers what the partner organisations hold about one
// patient: all at once, each with its own deadline, and every way of failing
// turned into a state that the page shows.
package partner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// What a Source returns besides an answer. Each becomes a state.
var (
	ErrNotHeld      = errors.New("the partner does not know the patient")
	ErrRefused      = errors.New("the partner refused")
	ErrWrongPatient = errors.New("the partner answered about somebody else")
	ErrUnreadable   = errors.New("the partner's answer cannot be read")
	ErrTooLarge     = errors.New("the document is larger than can be shown")
	ErrNotSupported = errors.New("the partner does not supply this")
	ErrInsecure     = errors.New("the connection to the partner cannot be made secure")
	ErrNoToken      = errors.New("the partner's token service gave no token")
	ErrTokenRefused = errors.New("the partner's token service refused")
	ErrNoCapability = errors.New("the partner sends no CapabilityStatement")
	ErrNotAllowed   = errors.New("the partner's address must not be connected to")
)

// Query is what a partner is asked. Viewing lets the partner join its own
// trail to ours.
type Query struct {
	Viewing string
	Person  record.Person
	User    auth.User
	Reason  string // a code for why; never the user's words
	Source  record.Source
	Scope   record.Scope // never more than the role may see and the partner supplies
	Alerts  []string     // categories of alerts that may be seen where only some may
	Brief   bool         // of what happens again and again, the newest is enough

	Labels *access.Labels // what is sensitive; nil is the list that ships
	Opened bool           // the user has stated why they need what is sensitive

	unmasked bool // nothing of the answer is shown to anybody

	found *safety.Finding
}

// Answer is what a partner gave.
type Answer struct {
	Entries    []record.Entry
	States     map[record.Section]record.State // where a section's state is not plain from its entries
	Reasons    map[record.Section]string       // what the partner says of such a section, in its words
	Incomplete string                          // why there is more than the entries, in plain words
	Partial    string                          // why there is more in some sections, whose States say so
	Newest     map[record.Section]bool         // of which only the newest was asked for, and there is more
	Differs    []string                        // demographics that differ, by name only
	Sensitive  []record.Item                   // of Entries, those that the partner labels as restricted
	Unreadable int
	Unread     []record.Item // the first of the unreadable
	InError    int
	Withheld   int
	Unrelated  int
	Providers  []Provider // those for whom the partner answers, where it is an exchange
	Tagged     bool       // it is not read as an exchange's, and bears tags of one

	Differences []record.Difference // as Differs, with what was sent: never for a page

	masked int // withheld from a role that may not know it
}

// Source answers queries for one partner.
type Source interface {
	// Fetch returns what the partner holds of q.Scope about q.Person, having
	// made sure that it is about q.Person. With an error there is no answer.
	Fetch(ctx context.Context, q Query) (Answer, error)

	// Document returns the content of a document that Fetch named.
	Document(ctx context.Context, q Query, d record.Document) (Content, error)
}

// Partner is an organisation that contributes to the record.
type Partner struct {
	record.Source
	Supplies []record.Section
	Deadline time.Duration
	AtOnce   int // questions that wait there at a time; AtOnce where it is 0
	From     Source

	LiveQuestion bool // it may be asked, for its own people, whether it cares for a patient; From is then a Carer

	off    record.State            // why nothing is asked of it now, or empty
	closed map[record.Section]bool // switched off
}

// Network is the partners of one programme. They are private, so that nobody
// reaches a Source except through Gather.
type Network struct {
	partners  []Partner
	practices map[nhs.ODSCode]Partner
	now       func() time.Time
	soft      time.Duration
	calls     calls
	guards    guards
	log       *slog.Logger
	raise     Raise
}

// NewNetwork returns the network of partners, whose codes must differ. Of
// those that are practices, only the patient's own is ever asked.
func NewNetwork(now func() time.Time, partners ...Partner) (*Network, error) {
	n := &Network{practices: map[nhs.ODSCode]Partner{}, now: now, calls: calls{all: map[question]*call{}}, raise: onTheTrail, log: slog.New(slog.DiscardHandler)}
	seen := map[nhs.ODSCode]bool{}
	for _, p := range partners {
		if seen[p.Code] {
			return nil, fmt.Errorf("partner %s is listed twice", p.Code)
		}
		seen[p.Code] = true
		if _, ok := p.From.(Carer); p.LiveQuestion && !ok {
			return nil, fmt.Errorf("partner %s cannot be asked whether it cares for somebody", p.Code)
		}
		if p.Kind == record.Practice {
			n.practices[p.Code] = p
		} else {
			n.partners = append(n.partners, p)
			n.guards.of(p, now)
		}
	}
	return n, nil
}

// SoftDeadline makes pages leave after d with what has come by then. Without
// it they wait for every partner's own deadline.
func (n *Network) SoftDeadline(d time.Duration) { n.soft = d }

// Gather asks every partner at once, and returns one contribution from each in
// the network's order, the patient's practice first. A partner that fails is a
// contribution that says so, and one that answered about somebody else is on
// the trail; the only errors are a viewing that is not open, and a trail that
// cannot be written. A partner that has not answered by the soft deadline is
// Late; its answer waits for a short time for the next viewing of the same
// session, role and patient.
func (n *Network) Gather(ctx context.Context, v *audit.Viewing) ([]record.Contribution, error) {
	return n.gatherWithin(ctx, v, n.soft, false)
}

// GatherBrief is Gather for a page that shows only the newest of what happens
// again and again: partners that can be are asked for no more, and their
// contributions say of which sections there is more.
func (n *Network) GatherBrief(ctx context.Context, v *audit.Viewing) ([]record.Contribution, error) {
	return n.gatherWithin(ctx, v, n.soft, true)
}

// GatherWhole is Gather that waits for each partner's own deadline: for what
// cannot be completed later, like a print-out.
func (n *Network) GatherWhole(ctx context.Context, v *audit.Viewing) ([]record.Contribution, error) {
	return n.gatherWithin(ctx, v, 0, false)
}

func (n *Network) gatherWithin(ctx context.Context, v *audit.Viewing, soft time.Duration, brief bool) ([]record.Contribution, error) {
	if err := v.Gathering(); err != nil {
		return nil, err
	}
	return n.gather(ctx, v, n.askedFor(v.Practices()), soft, brief)
}

func (n *Network) query(v *audit.Viewing, p Partner) Query {
	return Query{Viewing: v.ID(), Person: v.Person(), User: v.User(), Reason: v.Ground().Code, Source: p.Source, Scope: v.Scope(), Alerts: v.Alerts(), Labels: v.Labels(), Opened: v.Opened()}
}

// askedFor returns the partners to ask about a patient of these practices. A
// practice that is no supplier has its place among them, so that its silence
// is seen; and so has one that nobody can name.
func (n *Network) askedFor(practices []nhs.ODSCode) []Partner {
	var asked []Partner
	for _, code := range practices {
		practice, ok := n.practices[code]
		if !ok {
			practice = Partner{Source: record.Source{Code: code, Name: unnamedPractice, Kind: record.Practice}}
		}
		asked = append(asked, practice)
	}
	if len(practices) == 0 {
		asked = []Partner{{Source: record.Source{Name: unnamedPractice, Kind: record.Practice}}}
	}
	return append(asked, n.partners...)
}

const unnamedPractice = "The patient’s GP practice"

// ask turns every way of failing, a panic included, into a state. An exchange
// is followed by those for whom it answers.
func (n *Network) ask(ctx context.Context, p Partner, q Query) (all []record.Contribution) {
	began := n.now()
	var err error
	c := record.Contribution{Source: p.Source, State: record.Failed, Sections: map[record.Section]record.State{}}
	if q.Scope = narrow(q.Scope, p, &c); len(q.Scope) == 0 {
		return []record.Contribution{c} // nothing was fetched
	}
	defer func() {
		if r := recover(); r != nil {
			err = errPanicked
			c.Entries = nil
			c.State, c.Why = stateOf(err, p.Deadline)
			all = []record.Contribution{c}
		}
		for i := range all {
			all[i].FetchedAt = n.now()
			all[i].Took = all[i].FetchedAt.Sub(began)
		}
		n.heard(p, q, all[0], err)
	}()
	ctx, cancel := context.WithTimeout(ctx, p.Deadline)
	defer cancel()
	var answer Answer
	answer, err = n.guards.of(p, n.now).fetch(ctx, q)
	q.note(answer, err)
	if q.found != nil {
		q.found.Dissents = append(q.found.Dissents, n.refused(p.Code, answer)...)
	}
	if err != nil {
		c.State, c.Why = stateOf(err, p.Deadline)
		for section := range q.Scope {
			c.Sections[section] = c.State
		}
		return []record.Contribution{c}
	}
	hide(&answer, q)
	parts := answer.split()
	fill(&c, answer, q.Scope)
	return n.passedOn(c, answer, parts, q.Scope)
}

// narrow returns what of scope the partner supplies, and notes in c what it
// does not.
func narrow(scope record.Scope, p Partner, c *record.Contribution) record.Scope {
	asked := record.Scope{}
	for section, extent := range scope {
		if state := p.stateOf(section); state != "" {
			c.Sections[section] = state
		} else {
			asked[section] = extent
		}
	}
	switch {
	case len(asked) > 0:
	case p.off == record.Withheld:
		c.State, c.Why = p.off, dissented
	case p.off != "":
		c.State = p.off
	case slices.ContainsFunc(scope.Sections(), func(s record.Section) bool { return p.closed[s] }):
		c.State = record.SwitchedOff
	case len(p.Supplies) == 0:
		c.State, c.Why = record.NotSupported, "it does not supply this record"
	default:
		c.State, c.Why = record.NotAsked, "it supplies nothing that your role sees"
	}
	return asked
}

// StateError is the state that a partner's refusal comes to, in plain words,
// where no other error says it.
type StateError struct {
	State record.State
	Why   string
}

// Error says the state and why.
func (e *StateError) Error() string { return "the partner " + e.State.Words() + ": " + e.Why }

func stateOf(err error, deadline time.Duration) (record.State, string) {
	if told, ok := errors.AsType[*StateError](err); ok {
		return told.State, told.Why
	}
	var notAsked *notAskedError
	var busy *BusyError
	switch {
	case errors.Is(err, ErrNotHeld):
		return record.NotHeld, ""
	case errors.Is(err, ErrRefused):
		return record.Refused, ""
	case errors.Is(err, ErrWrongPatient):
		return record.IdentityCheckFailed, ""
	case errors.Is(err, ErrUnreadable):
		return record.Unreadable, ""
	case errors.Is(err, ErrNotSupported):
		return record.NotSupported, ""
	case errors.Is(err, ErrTokenRefused):
		return record.Refused, "its token service refused this service"
	case errors.Is(err, ErrNoToken):
		return record.Failed, "its token service gave no answer that could be used"
	case errors.Is(err, ErrInsecure):
		return record.Failed, "secure connection failed"
	case errors.Is(err, errPanicked):
		return record.Failed, "its answer made this service fail"
	case errors.Is(err, ErrNotAllowed):
		return record.Failed, "its address is not one that may be connected to"
	case errors.As(err, &notAsked):
		return record.Failed, notAsked.why
	case errors.As(err, &busy):
		return record.Failed, "it asks not to be asked again for " + seconds(busy.For.Round(time.Second))
	case errors.Is(err, context.DeadlineExceeded):
		return record.Late, "no answer in " + seconds(deadline)
	}
	return record.Failed, ""
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%g s", d.Seconds())
}

func fill(c *record.Contribution, a Answer, scope record.Scope) {
	c.State, c.Entries, c.Differs = record.Answered, a.Entries, a.Differs
	c.Newest = a.Newest
	c.Unreadable, c.InError, c.Withheld, c.Masked, c.Unrelated = a.Unreadable, a.InError, a.Withheld, a.masked, a.Unrelated
	has := map[record.Section]bool{}
	for i := range a.Entries {
		has[a.Entries[i].Section] = true
	}
	for section := range scope {
		state, given := a.States[section]
		switch {
		case given:
			c.Sections[section] = state
			if why := a.Reasons[section]; why != "" {
				if c.Reasons == nil {
					c.Reasons = map[record.Section]string{}
				}
				c.Reasons[section] = why
			}
		case a.Incomplete != "" || a.Unreadable > 0:
			c.Sections[section] = record.Incomplete
		case has[section] || a.Newest[section]:
			c.Sections[section] = record.Answered
		default:
			c.Sections[section] = record.NoneRecorded
		}
	}
	switch {
	case a.Incomplete != "":
		c.State, c.Why = record.Incomplete, a.Incomplete
	case a.Unreadable > 0:
		c.State, c.Why = record.Incomplete, fmt.Sprintf("%d of its items could not be read", a.Unreadable)
	case len(a.Entries) == 0 && a.InError == 0 && a.Withheld == 0:
		c.State = common(c.Sections, scope)
	}
	if a.Partial != "" && c.State.Spoken() {
		c.State, c.Why = record.Incomplete, a.Partial
	}
}

// common is the state that all sections of scope are in, those apart that the
// partner does not supply: one that refuses every section refuses. Where they
// are in several, it answered.
func common(states map[record.Section]record.State, scope record.Scope) record.State {
	all := record.NotSupported
	for section := range scope {
		switch state := states[section]; {
		case state == record.NotSupported:
		case all != record.NotSupported && state != all:
			return record.Answered
		default:
			all = state
		}
	}
	return all
}

// hide takes out the sensitive items that the role may not see. Roles that may
// know that there are some get a count and a state; to others nothing, not
// even an empty section, tells them from an answer that never held any.
func hide(a *Answer, q Query) {
	labelled := map[record.Item]bool{}
	for _, item := range a.Sensitive {
		labelled[item] = true
	}
	kept := 0
	for i := range a.Entries {
		e := &a.Entries[i]
		switch masking(e, q, labelled[e.Item]) {
		case access.MaskOpenly:
			a.Withheld++
			if a.States == nil {
				a.States = map[record.Section]record.State{}
			}
			a.States[e.Section] = record.Withheld
		case access.MaskSilently:
			a.masked++
		default:
			if kept != i {
				a.Entries[kept] = *e
			}
			kept++
		}
	}
	clear(a.Entries[kept:])
	a.Entries = a.Entries[:kept]
	if q.User.Role != auth.Clinician {
		a.masked, a.Withheld = a.masked+a.Withheld, 0
	}
}

// masking is what becomes of an entry: by what its partner labels it as, by
// what it says, and by whom an alert is about.
func masking(e *record.Entry, q Query, labelled bool) access.Masking {
	if q.unmasked {
		return access.NoMask
	}
	if q.Scope[e.Section] == record.AllowedCategories && access.BarredAlert(e) {
		return access.MaskSilently
	}
	as := q.Labels.Of(e)
	if labelled {
		as = max(as, access.Sensitive)
	}
	return access.Masks(q.User.Role, e.Section, as, q.Opened)
}
