package viewing

import (
	"cmp"
	"context"
	"errors"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
)

// InquiryTakes is how long a user's own organisation has to say whether it
// cares for a patient, and how long every refusal takes of those whose
// organisation may be asked: the time tells nobody whether it was, and what it
// said.
const InquiryTakes = time.Second

// findGround asks the user's own organisation, alone, whether it cares for the
// patient, where no ground is known and it may be asked, and keeps what it says
// as a relationship.
func (s *Service) findGround(ctx context.Context, req access.Request) error {
	if !s.Partners.Inquires(req.User.Organisation) {
		return nil
	}
	decision, err := s.Access.Decide(ctx, req)
	open := decision.MayInquire() || access.Explain(decision) == access.GiveReason
	if err != nil || !open {
		return err
	}
	takes := cmp.Or(s.InquiryTakes, InquiryTakes)
	over := time.NewTimer(takes)
	defer over.Stop()
	if err := s.inquire(ctx, decision, takes*9/10); err != nil && !errors.Is(err, audit.ErrNoInquiry) {
		return err
	}
	if decision, err = s.Access.Decide(ctx, req); err != nil || decision.Permitted() {
		return err
	}
	select {
	case <-over.C:
	case <-ctx.Done():
	}
	return nil
}

// inquire asks the organisation of d's user, and keeps what it says.
func (s *Service) inquire(ctx context.Context, d access.Decision, takes time.Duration) error {
	inquiry, err := s.Trail.Inquire(ctx, d)
	if err != nil {
		return err
	}
	told, err := s.Partners.Inquire(ctx, inquiry, takes)
	if err != nil {
		return err
	}
	if confirmed, ok := inquiry.Confirm(told); ok {
		return s.Keeper.SaveConfirmed(ctx, inquiry.Person().Number, confirmed)
	}
	return nil
}
