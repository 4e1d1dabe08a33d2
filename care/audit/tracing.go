package audit

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Tracing is leave to ask the demographics service once. That it exists means
// that it is on the trail.
type Tracing struct {
	user  auth.User
	event Event
	used  atomic.Bool
}

// Trace puts on the trail that u is about to ask the demographics service who
// n is.
func (t *Trail) Trace(ctx context.Context, u auth.User, n nhs.Number) (*Tracing, error) {
	return t.trace(ctx, Traced, u, n)
}

// Search puts on the trail that u is about to search the demographics service
// for people by name.
func (t *Trail) Search(ctx context.Context, u auth.User) (*Tracing, error) {
	return t.trace(ctx, Searched, u, nhs.Number{})
}

func (t *Trail) trace(ctx context.Context, kind Kind, u auth.User, n nhs.Number) (*Tracing, error) {
	e := NewEvent(kind, u, t.Now())
	e.Patient = n
	if err := t.append(ctx, e); err != nil {
		return nil, err
	}
	return &Tracing{user: u, event: e}, nil
}

// Use marks tr as used. It succeeds once, and never for a nil or zero Tracing.
func (tr *Tracing) Use() error {
	if tr == nil || tr.event.Kind == "" || tr.used.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// ID joins the demographics service's own trail to ours.
func (tr *Tracing) ID() string { return tr.event.ID.String() }

// User is who asks.
func (tr *Tracing) User() auth.User { return tr.user }

// List puts on the trail that people are about to be shown to u in a list, one
// event for each (IHE BALP: one event per patient).
func (t *Trail) List(ctx context.Context, u auth.User, page string, people []record.Person) error {
	if len(people) == 0 {
		return nil
	}
	events := make([]Event, len(people))
	for i, p := range people {
		e := NewEvent(Listed, u, t.Now())
		e.Patient, e.Person, e.Page, e.Matches = p.Number, identity(p), page, len(people)
		events[i] = e
	}
	return t.append(ctx, events...)
}

// Claim puts on the trail that u claims a relationship with a patient. It
// opens nothing itself: the next decision finds it there. After
// access.MostClaims in access.ClaimsWithin it is ErrTooManyClaims.
func (t *Trail) Claim(ctx context.Context, req access.Request, why access.ClaimReason, words string) error {
	if !access.MayClaim(req.User.Role) {
		return access.ErrDenied
	}
	e := NewEvent(Claimed, req.User, t.Now())
	t.about(&e, req.Person)
	e.Claim, e.Words = why, words
	e.Rule, e.Ground = access.SelfClaimed, access.Ground{Kind: string(access.SelfClaimed), Until: e.At.Add(access.SelfClaimLasts)}
	err := t.Log.AppendClaim(ctx, e, e.At.Add(-access.ClaimsWithin), access.MostClaims)
	if err == nil || errors.Is(err, ErrTooManyClaims) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnrecorded, err)
}

// BreakGlass puts on the trail that u opens a patient's record in an emergency.
// Like Claim it opens nothing itself. words may be empty: a note is owed then
// within access.NoteOwedWithin.
func (t *Trail) BreakGlass(ctx context.Context, req access.Request, words string) error {
	if !access.MayBreakGlass(req.User.Role) {
		return access.ErrDenied
	}
	e := NewEvent(GlassBroken, req.User, t.Now())
	t.about(&e, req.Person)
	e.Claim, e.Words = access.Emergency, words
	e.Rule, e.Ground = access.GlassBroken, access.Ground{Kind: string(access.GlassBroken), Until: e.At.Add(access.GlassLasts)}
	return t.append(ctx, e)
}

// Note puts on the trail what u says afterwards of an emergency access.
func (t *Trail) Note(ctx context.Context, u auth.User, reference, words string) error {
	e := NewEvent(GlassNote, u, t.Now())
	e.Look, e.Words = reference, words
	return t.append(ctx, e)
}

// OverBudget puts on the trail that u is asked to sign in again before they
// look for, or open, more people than is usual. It alerts the privacy officers,
// unless they were told within the hour.
func (t *Trail) OverBudget(ctx context.Context, u auth.User, patient nhs.Number, over access.Overspent) error {
	kind := OverBudget
	if over.Told {
		kind = Denied
	}
	return t.Record(ctx, kind, u, func(e *Event) { e.Patient, e.Rule, e.Words = patient, access.BeyondBudget, over.Words })
}
