package audit

import (
	"cmp"
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
)

// ErrNoViewing is returned by a step that was handed no unused viewing.
var ErrNoViewing = errors.New("no open viewing")

// errRefused means that there is no permission, or none any longer: nothing may
// be shown.
var errRefused = errors.New("there is no permission")

// ErrNarrowed means that meanwhile less of a record may be shown than when its
// viewing was decided: a partner's feed was switched off, the patient became
// restricted, or what is sensitive is shut again. What was gathered may not be
// shown; it may be gathered again, of the patient as they are known now.
var ErrNarrowed = errors.New("less may be shown than before")

// ErrUnrecorded means that the trail could not be written: nothing may be
// shown.
var ErrUnrecorded = errors.New("the access could not be recorded")

// ErrTooManyClaims means that the user claimed as many relationships lately as
// anybody may.
var ErrTooManyClaims = errors.New("too many claims")

// Log is where events are kept. *store.Store is one.
type Log interface {
	// Append commits es durably, all or none.
	Append(ctx context.Context, es ...Event) error

	// AppendClaim is Append of a self-claim, unless its actor made most of them
	// since a time, which is at most two days ago: then it writes nothing and
	// returns ErrTooManyClaims. Claims of one actor wait for each other.
	AppendClaim(ctx context.Context, e Event, since time.Time, most int) error

	// AppendIf locks the patient of req against a change of objection, then
	// finds the facts of req, asks write what may be written, and commits that
	// durably, and with it what is seen by it, unless that is nil. It returns
	// write's error, having written nothing. Others may wait for write, which
	// may be asked again where the first transaction fails.
	AppendIf(ctx context.Context, req access.Request, write func(access.Facts) (Ready, error), seen *Sight) error
}

// Trail is the audit trail.
type Trail struct {
	Log    Log
	Policy *access.Policy
	Now    func() time.Time
	Marker *Marker // marks the patients of events for the rules that watch the trail; nil does not
}

// Record puts an event that concerns no record of a patient on the trail. The
// function fills in what it knows.
func (t *Trail) Record(ctx context.Context, kind Kind, u auth.User, fill func(*Event)) error {
	e := NewEvent(kind, u, t.Now())
	if fill != nil {
		fill(&e)
	}
	return t.append(ctx, e)
}

// Put puts an event on the trail that was made before, because what is about to
// be shown names it.
func (t *Trail) Put(ctx context.Context, e Event) error { return t.append(ctx, e) }

// ErrObjected means that the patient objects to the shared record, or that it
// is not known whether they do.
var ErrObjected = errors.New("the patient objects")

// RecordUnlessObjected is Record of an event about a patient after which
// something clinical is shown that comes from no partner now. Under the
// patient's lock it looks whether an objection is in force; then it writes
// nothing and returns ErrObjected.
func (t *Trail) RecordUnlessObjected(ctx context.Context, kind Kind, u auth.User, p record.Person, fill func(*Event)) error {
	e := NewEvent(kind, u, t.Now())
	e.Patient, e.Person = p.Number, identity(p)
	fill(&e)
	err := t.Log.AppendIf(ctx, access.Request{User: u, Person: p}, func(f access.Facts) (Ready, error) {
		switch {
		case f.SessionEnded:
			return Ready{}, auth.ErrNoSession
		case f.Objection != access.NoObjection:
			return Ready{}, ErrObjected
		}
		return e.Ready()
	}, nil)
	if err == nil || errors.Is(err, ErrObjected) || errors.Is(err, auth.ErrNoSession) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnrecorded, err)
}

func (t *Trail) append(ctx context.Context, es ...Event) error {
	if err := t.Log.Append(ctx, es...); err != nil {
		return fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return nil
}

// Viewing is leave to gather one patient's record once, and to show it once.
// That it exists means that it is on the trail.
type Viewing struct {
	trail    *Trail
	decision access.Decision
	scope    record.Scope
	event    Event
	gathered atomic.Bool
	fetched  atomic.Bool
	shown    atomic.Bool
}

// Open decides req, puts the decision on the trail and returns the viewing that
// it permits. It is decided under the patient's lock, so that no permission is
// written after an objection. A refusal comes back as a DeniedError. Of what the
// decision permits, the viewing is for only the sections named, if any are.
func (t *Trail) Open(ctx context.Context, req access.Request, look string, only ...record.Section) (*Viewing, error) {
	v := &Viewing{trail: t}
	err := t.Log.AppendIf(ctx, req, func(f access.Facts) (Ready, error) {
		v.decision = t.Policy.Apply(req, f)
		switch {
		case !v.decision.Permitted():
			return Ready{}, errRefused
		case becameRestricted(req, f):
			return Ready{}, ErrNarrowed
		}
		v.event, v.scope = t.eventOf(Opened, v.decision), v.decision.Scope().Only(only...)
		v.event.Look, v.event.Sections = cmp.Or(look, v.event.Reference), v.scope.Sections()
		return v.event.Ready()
	}, nil)
	if err := t.told(ctx, v.decision, err); err != nil {
		return nil, err
	}
	return v, nil
}

func (t *Trail) deny(ctx context.Context, d access.Decision) error {
	if err := t.append(ctx, t.eventOf(Denied, d)); err != nil {
		return err
	}
	return &DeniedError{d}
}

// DeniedError is a refusal that is on the trail. It is an access.ErrDenied.
type DeniedError struct{ Decision access.Decision }

// Error says that access was denied, and by which rule.
func (e *DeniedError) Error() string { return "access denied: " + string(e.Decision.Rule()) }

// Is makes a DeniedError an access.ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == access.ErrDenied }

// appendIf writes e if d would be made again on the facts under the lock. If
// it would not, the refusal is written instead.
func (t *Trail) appendIf(ctx context.Context, d access.Decision, e Event, seen *Sight) error {
	ready, err := e.Ready()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	var again access.Decision
	err = t.Log.AppendIf(ctx, d.Request(), func(f access.Facts) (Ready, error) {
		again = t.Policy.Apply(d.Request(), f)
		switch {
		case !again.Permitted():
			return Ready{}, errRefused
		case !again.Feeds().Within(d.Feeds()), d.Opened() && !again.Opened(), becameRestricted(d.Request(), f):
			return Ready{}, ErrNarrowed
		}
		return ready, nil
	}, seen)
	return t.told(ctx, again, err)
}

// becameRestricted reports whether the patient's whereabouts may not be told any
// longer, though whoever asks does not know yet.
func becameRestricted(req access.Request, f access.Facts) bool {
	return f.Restricted && !req.Person.Restricted
}

// told is what is told of what the log said to d: a refusal once it is on the
// trail.
func (t *Trail) told(ctx context.Context, d access.Decision, err error) error {
	switch {
	case errors.Is(err, errRefused):
		return t.deny(ctx, d)
	case errors.Is(err, ErrNarrowed):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return nil
}

func (t *Trail) eventOf(kind Kind, d access.Decision) Event {
	req := d.Request()
	e := NewEvent(kind, req.User, t.Now())
	t.about(&e, req.Person)
	e.Rule, e.Ground = d.Rule(), d.Ground()
	return e
}

// about makes e an event about a patient's record.
func (t *Trail) about(e *Event, p record.Person) {
	e.Patient, e.Person, e.Marks, e.Restricted = p.Number, identity(p), t.Marker.of(p), p.Restricted
}

func identity(p record.Person) *Identity {
	if p.Family == "" && p.Born.IsZero() {
		return nil
	}
	return &Identity{Name: p.Name(), Born: p.Born.String()}
}

// Gathering marks v as used for gathering. It succeeds once, and never for a
// nil or zero Viewing.
func (v *Viewing) Gathering() error {
	if v == nil || v.trail == nil || v.gathered.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// Fetching marks v as used for fetching a document. It succeeds once, after
// gathering, and never for a nil or zero Viewing.
func (v *Viewing) Fetching() error {
	if v == nil || v.trail == nil || !v.gathered.Load() || v.fetched.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// ID is the viewing's id: partners get it, so that their trails join ours.
func (v *Viewing) ID() string { return v.event.ID.String() }

// Reference is the access reference shown on the page.
func (v *Viewing) Reference() string { return v.event.Reference }

// Look is shared by the viewings of one look at a page.
func (v *Viewing) Look() string { return v.event.Look }

// Person is whose record may be gathered.
func (v *Viewing) Person() record.Person { return v.decision.Request().Person }

// Practices are those where the patient is registered, to be asked.
func (v *Viewing) Practices() []nhs.ODSCode { return v.decision.Practices() }

// User is who looks.
func (v *Viewing) User() auth.User { return v.decision.Request().User }

// Scope is what of the record may be asked for.
func (v *Viewing) Scope() record.Scope { return v.scope }

// Alerts are the categories of alerts that may be seen where only some may.
func (v *Viewing) Alerts() []string { return access.AllowedAlerts }

// Feeds are those that may not be asked.
func (v *Viewing) Feeds() access.Feeds { return v.decision.Feeds() }

// Labels find what is sensitive.
func (v *Viewing) Labels() *access.Labels { return v.decision.Labels() }

// MayOpenSensitive reports whether the user may state a reason to be shown what
// is sensitive.
func (v *Viewing) MayOpenSensitive() bool { return v.decision.MayOpenSensitive() }

// Opened reports whether what is sensitive may be shown.
func (v *Viewing) Opened() bool { return v.decision.Opened() }

// Ground is why.
func (v *Viewing) Ground() access.Ground { return v.decision.Ground() }

// At is when the viewing was opened.
func (v *Viewing) At() time.Time { return v.event.At }

// Disclosure is what is about to be shown.
type Disclosure struct {
	Kind     Kind // Disclosed, Printed, Downloaded or DocumentShown
	Page     string
	Sections []record.Section
	Partners []Partner
	Bytes    []byte // the page, whole
	Seen     *Sight // what the user has seen once it is sent; nil where that is not kept
}

// Disclose puts on the trail what is about to be shown, after looking again,
// under the patient's lock, whether it may be. Only after it has returned nil
// may the page leave the server. It works once.
func (v *Viewing) Disclose(ctx context.Context, d Disclosure) error {
	if v == nil || v.trail == nil || v.shown.Swap(true) {
		return ErrNoViewing
	}
	sum := sha256.Sum256(d.Bytes)
	e := v.trail.eventOf(d.Kind, v.decision)
	e.Reference, e.Look = v.event.Reference, v.event.Look
	e.Page, e.Sections, e.Partners = d.Page, d.Sections, d.Partners
	e.Digest, e.Bytes = hex.EncodeToString(sum[:]), len(d.Bytes)
	return v.trail.appendIf(ctx, v.decision, e, d.Seen)
}

// Event returns an event of kind that belongs to the viewing, for somebody else
// to put on the trail.
func (v *Viewing) Event(kind Kind) Event {
	e := v.trail.eventOf(kind, v.decision)
	e.Reference, e.Look = v.event.Reference, v.event.Look
	return e
}

// Now is what the trail's clock says.
func (v *Viewing) Now() time.Time { return v.trail.Now() }

// IdentityFailed puts on the trail, for the safety officers, that a partner
// answered about somebody else.
func (v *Viewing) IdentityFailed(ctx context.Context, code nhs.ODSCode, name, why string) error {
	return v.trail.identityFailed(ctx, v.Event(IdentityFailed), code, name, why)
}

func (t *Trail) identityFailed(ctx context.Context, e Event, code nhs.ODSCode, name, why string) error {
	e.Words = why
	e.Partners = []Partner{{Code: code, Name: name, State: record.IdentityCheckFailed}}
	return t.append(ctx, e)
}
