// Package access decides whether somebody may see a patient's record, says on
// what ground, and what a refused user is told. The decision and the
// explanation are pure functions over facts; the rules they apply are in
// table.go and grounds.go.
package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// ErrDenied is returned in place of what a refused decision would have given.
var ErrDenied = errors.New("access denied")

// ErrFacts means that the facts of a decision could not be had. It is never a
// permission: an objection that cannot be looked up counts as in force.
var ErrFacts = errors.New("the facts for this decision are unavailable")

// Request asks whether a user may see a patient's record, for direct care, or,
// with HandOver, whether they may take it away as a file.
type Request struct {
	User     auth.User
	Person   record.Person
	HandOver bool
}

// Objection is what is known of a patient's objection to the shared record.
type Objection uint8

// What is known of an objection. The zero value is that it is not known,
// which counts as in force.
const (
	ObjectionUnknown Objection = iota
	ObjectionInForce
	NoObjection
)

// Facts are all that the decision may consider besides the request.
type Facts struct {
	Objection     Objection
	Relationships []Relationship // of the patient with the user's organisation or teams
	Claims        []Claim        // by this user, for this patient, on the trail
	Practices     []nhs.ODSCode  // where a feed says that the patient is registered now
	SessionEnded  bool
	Restricted    bool          // as the demographics service last said
	Dissents      []nhs.ODSCode // partners at which the patient was seen to refuse sharing
	SwitchedOff   []Feed
	Openings      map[nhs.ODSCode]Opening // as the safety desk says: it overrides the policy's Testing
}

// FactFinder looks up the facts of a request. *store.Store is one.
type FactFinder interface {
	Facts(ctx context.Context, req Request) (Facts, error)
}

// Programme is who is included in the shared record.
type Programme struct {
	MinimumAge  int
	DeceasedFor time.Duration // how long after death a record stays viewable
	Practices   map[nhs.ODSCode]bool
	Terms       map[nhs.ODSCode]Term // practices that are included for a time
}

// Term is the time in which a practice belongs to the programme's areas. A zero
// end is none.
type Term struct{ From, Until time.Time }

// Holds reports whether now lies in the term.
func (t Term) Holds(now time.Time) bool { return within(now, t.From, t.Until) }

// Policy decides requests.
type Policy struct {
	Programme Programme
	Table     Table                   // nil is the one that ships
	Labels    *Labels                 // what is sensitive; nil is the list that ships
	Testing   map[nhs.ODSCode]Opening // feeds that configuration opens to testers only
	Facts     FactFinder
	Now       func() time.Time
}

// Decision is the policy's answer. The zero Decision is a refusal, and only
// this package makes any other.
type Decision struct {
	request   Request
	rule      Rule
	permitted bool
	ground    Ground
	scope     record.Scope
	practices []nhs.ODSCode
	feeds     Feeds
	labels    *Labels
	opened    bool
	at        time.Time
	known     bool // the user has a ground or a claim: they may be told why
}

// Request is what was decided.
func (d Decision) Request() Request { return d.request }

// Permitted reports whether the user may see the record, as far as Scope.
func (d Decision) Permitted() bool { return d.permitted }

// Rule is the rule that decided.
func (d Decision) Rule() Rule { return d.rule }

// Ground is the ground of a permission.
func (d Decision) Ground() Ground { return d.ground }

// Scope is what of the record may be asked for and shown.
func (d Decision) Scope() record.Scope { return d.scope }

// Practices are those to ask: where the patient is registered as the
// demographics service says, and as feeds do. Of restricted patients the
// service does not say.
func (d Decision) Practices() []nhs.ODSCode { return d.practices }

// Feeds are those that may not be asked for this user now, whatever the scope.
func (d Decision) Feeds() Feeds { return d.feeds }

// Labels find what is sensitive.
func (d Decision) Labels() *Labels { return d.labels }

// Opened reports whether the user has stated, for this patient and in this
// session, why they need what is sensitive.
func (d Decision) Opened() bool { return d.opened }

// At is when the decision was made.
func (d Decision) At() time.Time { return d.at }

// Rule names the rule that decided. Rules apply in this order; the first that
// matches wins.
type Rule string

// The rules.
const (
	NoRole         Rule = "no-role"
	SessionOver    Rule = "session-over"
	OwnRecord      Rule = "own-record"
	Objected       Rule = "objection"
	NotIncluded    Rule = "not-in-programme"
	SeesNothing    Rule = "role-sees-nothing"
	HasGround      Rule = "relationship"
	SelfClaimed    Rule = "self-claimed"
	GlassBroken    Rule = "break-glass"
	NotHandedOver  Rule = "not-handed-over"
	Locating       Rule = "locating" // a document of a restricted patient
	NoRelationship Rule = "no-relationship"
	BeyondBudget   Rule = "over-budget" // the officers were told of it already; see Budgets
)

// Decide finds the facts of req and applies the policy to them. An error
// means that the facts could not be had; it is never a permission.
func (p *Policy) Decide(ctx context.Context, req Request) (Decision, error) {
	facts, err := p.Facts.Facts(ctx, req)
	if err != nil {
		return Decision{}, fmt.Errorf("%w: %w", ErrFacts, err)
	}
	return p.Apply(req, facts), nil
}

// Apply is the whole policy. It does no I/O, so that the same rules can be
// applied again to facts read inside a transaction.
func (p *Policy) Apply(req Request, f Facts) Decision {
	now := p.Now()
	d := Decision{request: req, at: now, scope: p.ScopeOf(req.User.Role), practices: registeredWith(req.Person, f), feeds: p.feedsOf(req.User, f), labels: p.Labels}
	ground, grounded := currentGround(req, f, now)
	claim, claimed, made := currentClaim(req, f, now)
	d.known = grounded || made
	switch {
	case !known(req.User):
		d.rule = NoRole
	case f.SessionEnded:
		d.rule = SessionOver
	case isOwn(req):
		d.rule = OwnRecord
	case f.Objection != NoObjection: // nothing lifts it, break glass included
		d.rule = Objected
	case !p.Programme.includes(req.Person, practicesOf(req.Person, f), now):
		d.rule = NotIncluded
	case !SeesRecord(req.User.Role):
		d.rule = SeesNothing
	case req.HandOver && (!MayHandOver(req.User.Role) || !grounded && claimed != ""):
		d.rule = NotHandedOver
	case grounded:
		d.permit(HasGround, ground)
	case claimed != "":
		d.permit(claimed, claim)
	default:
		d.rule = NoRelationship
	}
	d.opened = d.MayOpenSensitive() && openedSensitive(req, f, now)
	return d
}

func (d *Decision) permit(r Rule, g Ground) {
	d.rule, d.ground, d.permitted = r, g, true
}

func known(u auth.User) bool {
	_, ok := auth.Roles[u.Role]
	return ok && u.Subject != "" && u.Organisation != ""
}

func isOwn(req Request) bool {
	if req.User.NHSNumber.IsZero() {
		return false
	}
	for _, n := range req.Person.Numbers() {
		if n == req.User.NHSNumber {
			return true
		}
	}
	return false
}

// practicesOf puts the demographics service's word first. Where it has one, a
// feed that knows of another practice does not include or exclude anybody.
func practicesOf(person record.Person, f Facts) []nhs.ODSCode {
	if person.Practice == "" {
		return f.Practices
	}
	return []nhs.ODSCode{person.Practice}
}

// registeredWith are the practices to ask: the one that the demographics
// service names first, and those that feeds name.
func registeredWith(person record.Person, f Facts) []nhs.ODSCode {
	practices := practicesOf(person, f)
	for _, code := range f.Practices {
		if !slices.Contains(practices, code) {
			practices = append(practices, code)
		}
	}
	return practices
}

// includes applies the inclusion rules of the programme: age, practice, and
// how long after a death. What is not known does not include.
func (p Programme) includes(person record.Person, practices []nhs.ODSCode, now time.Time) bool {
	age, known := person.Age(now)
	takesPart := func(c nhs.ODSCode) bool {
		term, dated := p.Terms[c]
		return p.Practices[c] || dated && term.Holds(now)
	}
	if !known || age < p.MinimumAge || !slices.ContainsFunc(practices, takesPart) {
		return false
	}
	died := person.Died
	return died.IsZero() || died.Dated() && now.Before(died.Time().Add(p.DeceasedFor))
}
