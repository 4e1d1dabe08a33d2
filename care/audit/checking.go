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

// Checking is leave to ask every partner once about the test patient, of whom
// nothing is shown. That it exists means that it is on the trail.
type Checking struct {
	user   auth.User
	person record.Person
	event  Event
	used   atomic.Bool
}

// ErrTestPatient means that the number is one that may be a patient's: nobody
// is asked about it for a test.
var ErrTestPatient = errors.New("the test patient's number may be a patient's")

// Check puts on the trail that partners are about to be asked about the test
// patient. An objection in the test patient's name stands as any other.
func (t *Trail) Check(ctx context.Context, u auth.User, p record.Person) (*Checking, error) {
	if !p.Number.NeverGiven() {
		return nil, ErrTestPatient
	}
	e := NewEvent(Checked, u, t.Now())
	e.Patient, e.Person, e.Page = p.Number, identity(p), "check partners"
	err := t.Log.AppendIf(ctx, access.Request{User: u, Person: p}, func(f access.Facts) (Ready, error) {
		if f.Objection != access.NoObjection {
			return Ready{}, ErrObjected
		}
		return e.Ready()
	}, nil)
	switch {
	case errors.Is(err, ErrObjected):
		return nil, ErrObjected
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnrecorded, err)
	}
	return &Checking{user: u, person: p, event: e}, nil
}

// Use marks c as used. It succeeds once, and never for a nil or zero Checking.
func (c *Checking) Use() error {
	if c == nil || c.event.Kind == "" || c.used.Swap(true) {
		return ErrNoViewing
	}
	return nil
}

// ID joins the partners' own trails to ours.
func (c *Checking) ID() string { return c.event.ID.String() }

// User is who asks.
func (c *Checking) User() auth.User { return c.user }

// Person is the test patient.
func (c *Checking) Person() record.Person { return c.person }

// Practices are those where the test patient is registered.
func (c *Checking) Practices() []nhs.ODSCode {
	if c.person.Practice == "" {
		return nil
	}
	return []nhs.ODSCode{c.person.Practice}
}
