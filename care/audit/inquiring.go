package audit

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// ErrNoInquiry means that the user's organisation may not be asked whether it
// cares for the patient. Nothing was written, and nobody may be asked.
var ErrNoInquiry = errors.New("no live question may be asked")

// Inquiry is leave to ask the user's own organisation once whether it cares for
// one patient. That it exists means that it is on the trail.
type Inquiry struct {
	trail    *Trail
	decision access.Decision
	event    Event
	used     atomic.Bool
}

// Inquire puts on the trail that the organisation of d's user is about to be
// asked whether it cares for the patient, if d leaves room for that, and still
// does under the patient's lock. Otherwise it is ErrNoInquiry: the decision is
// to be made again.
func (t *Trail) Inquire(ctx context.Context, d access.Decision) (*Inquiry, error) {
	if !d.MayInquire() {
		return nil, ErrNoInquiry
	}
	e := t.eventOf(Inquired, d)
	err := t.Log.AppendIf(ctx, d.Request(), func(f access.Facts) (Ready, error) {
		if !t.Policy.Apply(d.Request(), f).MayInquire() {
			return Ready{}, ErrNoInquiry
		}
		return e.Ready()
	}, nil)
	switch {
	case errors.Is(err, ErrNoInquiry):
		return nil, ErrNoInquiry
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return &Inquiry{trail: t, decision: d, event: e}, nil
}

// Use marks i as used. It succeeds once, and never for a nil or zero Inquiry.
func (i *Inquiry) Use() error {
	if i == nil || i.trail == nil || i.used.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// ID joins the organisation's own trail to ours.
func (i *Inquiry) ID() string { return i.event.ID.String() }

// Reference is the inquiry's: what is found by it names it as evidence.
func (i *Inquiry) Reference() string { return i.event.Reference }

// Person is whom the question is about.
func (i *Inquiry) Person() record.Person { return i.decision.Request().Person }

// User is for whom it is asked.
func (i *Inquiry) User() auth.User { return i.decision.Request().User }

// Organisation alone may be asked.
func (i *Inquiry) Organisation() nhs.ODSCode { return i.User().Organisation }

// Feeds are those that may not be asked.
func (i *Inquiry) Feeds() access.Feeds { return i.decision.Feeds() }

// Now is what the trail's clock says.
func (i *Inquiry) Now() time.Time { return i.trail.Now() }

// Event returns an event of kind that belongs to the inquiry, for somebody else
// to put on the trail.
func (i *Inquiry) Event(kind Kind) Event {
	e := i.trail.eventOf(kind, i.decision)
	e.Reference, e.Look = i.event.Reference, i.event.Look
	return e
}

// IdentityFailed puts on the trail, for the safety officers, that the
// organisation answered about somebody else.
func (i *Inquiry) IdentityFailed(ctx context.Context, code nhs.ODSCode, name, why string) error {
	return i.trail.identityFailed(ctx, i.Event(IdentityFailed), code, name, why)
}

// Confirm is the ground that the organisation's answer gives, if it gives one.
func (i *Inquiry) Confirm(told []access.Relationship) (access.Relationship, bool) {
	r, found := access.Confirm(i.decision.Request(), told, i.trail.Now())
	r.Evidence = "asked under " + i.event.Reference + ": " + r.Evidence
	return r, found
}
