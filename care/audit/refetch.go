package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/google/uuid"
)

// Refetch is a request to fetch again what a page showed, and to compare it.
// Two people agree to it: an officer who asks, and a Caldicott Guardian.
type Refetch struct {
	ID        uuid.UUID
	At        time.Time
	Shown     Cursor // the event of what was shown
	Reason    string
	Reference string // of its own event
	By        Party
	Steps     []RefetchStep // in order
}

// Party is somebody who has a part in a request.
type Party struct {
	auth.Identity
	StaffID      string
	Name         string
	Organisation nhs.ODSCode
}

// Same reports whether two are one person: by their sign-in, or by their staff
// id under another one.
func (p Party) Same(o Party) bool {
	return p.Identity == o.Identity || p.StaffID != "" && p.StaffID == o.StaffID
}

// PartyOf is u, as a part of theirs is kept.
func PartyOf(u auth.User) Party {
	return Party{Identity: u.Identity, StaffID: u.StaffID, Name: u.Name, Organisation: u.Organisation}
}

// RefetchStep is what was done with a request.
type RefetchStep struct {
	Kind      StepKind
	At        time.Time
	Words     string
	Reference string
	By        Party
}

// StepKind is a kind of step.
type StepKind string

// The kinds of step.
const (
	Approved StepKind = "approved"
	Declined StepKind = "refused"
	Fetched  StepKind = "fetched"
)

// RefetchLasts is how long after its approval a request may be carried out.
const RefetchLasts = 24 * time.Hour

// Errors of requests to fetch again.
var (
	ErrNotShown     = errors.New("the event showed nothing of a record")
	ErrDecided      = errors.New("the request has been decided already")
	ErrSamePerson   = errors.New("two people must agree")
	ErrOwnAccess    = errors.New("the request is about the person's own access")
	ErrNotApproved  = errors.New("the request is not approved, or no longer")
	ErrNotTheirPart = errors.New("the role has another part in it")
)

// Decision is the step that approved or refused r, or nil while there is none.
func (r Refetch) Decision() *RefetchStep {
	if len(r.Steps) == 0 {
		return nil
	}
	return &r.Steps[0]
}

// Current reports whether r may be carried out at a time.
func (r Refetch) Current(now time.Time) bool {
	d := r.Decision()
	return d != nil && d.Kind == Approved && now.Before(d.At.Add(RefetchLasts))
}

// MayAsk says why u may not ask for what e showed to be fetched again, or nil.
func MayAsk(u auth.User, e Event) error {
	switch {
	case !e.Kind.Looked():
		return ErrNotShown
	case u.Role != auth.PrivacyOfficer:
		return ErrNotTheirPart
	}
	return ownAccess(u, e)
}

// MayDecide says why u may not approve or refuse r, which is about e, or nil.
func (r Refetch) MayDecide(u auth.User, e Event) error {
	switch {
	case r.Decision() != nil:
		return ErrDecided
	case u.Role != auth.CaldicottGuardian:
		return ErrNotTheirPart
	case r.By.Same(PartyOf(u)):
		return ErrSamePerson
	}
	return ownAccess(u, e)
}

// MayFetch says why u may not carry r out, which is about e, or nil.
func (r Refetch) MayFetch(u auth.User, e Event, now time.Time) error {
	switch {
	case !e.Kind.Looked():
		return ErrNotShown
	case !r.Current(now):
		return ErrNotApproved
	case r.By.Same(r.Decision().By):
		return ErrSamePerson
	case u.Identity != r.By.Identity && u.Identity != r.Decision().By.Identity:
		return ErrNotTheirPart
	}
	return ownAccess(u, e)
}

func ownAccess(u auth.User, e Event) error {
	own := !u.NHSNumber.IsZero() && u.NHSNumber == e.Patient
	actor := Party{Identity: auth.Identity{Issuer: e.Actor.Issuer, Subject: e.Actor.Subject}, StaffID: e.Actor.StaffID}
	if own || actor.Same(PartyOf(u)) {
		return ErrOwnAccess
	}
	return nil
}

// Refetching is leave to ask partners once which of the items that a page
// showed they hold now. That it exists means that it is on the trail, and that
// two people agreed.
type Refetching struct {
	trail  *Trail
	user   auth.User
	person record.Person
	shown  Event
	feeds  access.Feeds
	event  Event
	asked  atomic.Bool
	told   atomic.Bool
}

// Refetch puts on the trail that u is about to have fetched again what shown
// told of p, and returns the leave to. An objection in force refuses it, which
// is on the trail too: then it is ErrObjected.
func (t *Trail) Refetch(ctx context.Context, u auth.User, r Refetch, shown Event, p record.Person) (*Refetching, error) {
	if err := r.MayFetch(u, shown, t.Now()); err != nil {
		return nil, err
	}
	l := &Refetching{trail: t, user: u, person: p, shown: shown, event: NewEvent(RefetchOpened, u, t.Now())}
	e := &l.event
	e.Patient, e.Person, e.Sections = p.Number, identity(p), shown.Sections
	e.Words = "what was shown under " + shown.Reference + "; asked for under " + r.Reference + ", approved under " + r.Decision().Reference
	err := l.append(ctx, *e, func(f access.Facts) { l.feeds = t.Policy.Apply(access.Request{User: u, Person: p}, f).Feeds() })
	if err != nil {
		return nil, err
	}
	return l, nil
}

// append writes e unless, under the patient's lock, an objection is in force
// or the session has ended.
func (l *Refetching) append(ctx context.Context, e Event, seen func(access.Facts)) error {
	err := l.trail.Log.AppendIf(ctx, access.Request{User: l.user, Person: l.person}, func(f access.Facts) (Ready, error) {
		switch {
		case f.SessionEnded:
			return Ready{}, auth.ErrNoSession
		case f.Objection != access.NoObjection:
			return Ready{}, ErrObjected
		}
		seen(f)
		return e.Ready()
	}, nil)
	switch {
	case err == nil, errors.Is(err, auth.ErrNoSession):
		return err
	case errors.Is(err, ErrObjected):
		return l.refused(ctx)
	}
	return fmt.Errorf("%w: %w", ErrUnrecorded, err)
}

func (l *Refetching) refused(ctx context.Context) error {
	err := l.trail.Record(ctx, Denied, l.user, func(e *Event) {
		e.Patient, e.Rule, e.Page, e.Words = l.person.Number, access.Objected, "refetch", l.event.Words
	})
	return errors.Join(ErrObjected, err)
}

// Use marks l as used for asking. It succeeds once, and never for a nil or zero
// Refetching.
func (l *Refetching) Use() error {
	if l == nil || l.trail == nil || l.asked.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// ID joins the partners' own trails to ours.
func (l *Refetching) ID() string { return l.event.ID.String() }

// User is who has it fetched.
func (l *Refetching) User() auth.User { return l.user }

// Person is whose record it was.
func (l *Refetching) Person() record.Person { return l.person }

// Shown is the event of what was shown.
func (l *Refetching) Shown() Event { return l.shown }

// Feeds are those that may not be asked.
func (l *Refetching) Feeds() access.Feeds { return l.feeds }

// Scope is what may be asked for: no more than the page was for.
func (l *Refetching) Scope() record.Scope {
	scope := record.Scope{}
	ships := access.Shipped().ScopeOf(l.shown.Actor.Role)
	for _, s := range l.shown.Sections {
		if extent, ok := ships[s]; ok {
			scope[s] = extent
		}
	}
	return scope
}

// Disclose puts on the trail how what was shown compares now, after looking
// once more whether the patient objects. Only after it has returned nil may
// the page leave the server. It works once.
func (l *Refetching) Disclose(ctx context.Context, compared []Compared, page []byte) error {
	if l == nil || l.trail == nil || l.told.Swap(true) {
		return ErrNoViewing
	}
	sum := sha256.Sum256(page)
	e := NewEvent(Refetched, l.user, l.trail.Now())
	e.Reference, e.Look = l.event.Reference, l.event.Reference
	e.Patient, e.Person, e.Sections, e.Page, e.Matches = l.person.Number, identity(l.person), l.shown.Sections, "privacy-refetched", len(compared)
	e.Digest, e.Bytes = hex.EncodeToString(sum[:]), len(page)
	counts := map[Comparison]int{}
	for _, c := range compared {
		counts[c.Is]++
	}
	e.Words = fmt.Sprintf("%d same, %d changed since, %d of no version, %d no longer there, %d not told", counts[Same], counts[Changed], counts[Unversioned], counts[Gone], counts[Untold])
	return l.append(ctx, e, func(access.Facts) {})
}

// Reference is under which it is on the trail.
func (l *Refetching) Reference() string { return l.event.Reference }
