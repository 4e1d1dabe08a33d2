package viewing

import (
	"context"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/record"
)

// Refetch has partners asked again for what an event showed, under a request
// that two people agreed to, and compares. What render makes of it is on the
// trail, and may be sent. It shows nothing of what the items say.
func (s *Service) Refetch(ctx context.Context, u auth.User, r audit.Refetch, shown audit.Event, render func(reference string, compared []audit.Compared) ([]byte, error)) ([]byte, error) {
	person, err := s.Identify(ctx, u, shown.Patient)
	if err != nil {
		return nil, err
	}
	leave, err := s.Trail.Refetch(ctx, u, r, shown, person)
	if err != nil {
		return nil, err
	}
	held, err := s.Partners.Refetch(ctx, leave)
	if err != nil {
		return nil, err
	}
	for _, p := range shown.Partners {
		if held[p.Code].State != record.IdentityCheckFailed {
			continue
		}
		err := s.Trail.Record(ctx, audit.IdentityFailed, u, func(e *audit.Event) {
			e.Reference, e.Patient, e.Partners = leave.Reference(), person.Number, []audit.Partner{{Code: p.Code, Name: p.Name, State: record.IdentityCheckFailed}}
		})
		if err != nil {
			return nil, err
		}
	}
	compared := audit.Compare(shown, held)
	page, err := render(leave.Reference(), compared)
	if err != nil {
		return nil, err
	}
	if err := leave.Disclose(ctx, compared, page); err != nil {
		return nil, err
	}
	return page, nil
}
