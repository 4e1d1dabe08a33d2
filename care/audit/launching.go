package audit

import (
	"context"

	"example.org/icr/auth"
	"example.org/icr/care/record"
)

// Launch puts on the trail that a local system opened the viewer for u with p in
// context, and why, in its words. It opens nothing itself. It returns the
// reference under which the launch is evidence.
func (t *Trail) Launch(ctx context.Context, u auth.User, p record.Person, system, why string) (reference string, err error) {
	e := NewEvent(Launched, u, t.Now())
	e.Patient, e.Person, e.Page, e.Words = p.Number, identity(p), system, why
	return e.Reference, t.append(ctx, e)
}
