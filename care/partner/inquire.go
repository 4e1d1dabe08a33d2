package partner

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/safety"
)

// Carer is a Source that can be asked whether its organisation cares for
// somebody.
type Carer interface {
	// Cares returns the care that the partner tells of, of q.Person alone, its
	// own and nobody else's: kinds, teams, starts and ends, and nothing more.
	Cares(ctx context.Context, q Query) ([]access.Relationship, error)
}

// InquiryReason is the reason code that an organisation is told that is asked
// whether it cares for a patient.
const InquiryReason = "care-inquiry"

// Inquires reports whether an organisation may be asked, for its own people,
// whether it cares for a patient.
func (n *Network) Inquires(organisation nhs.ODSCode) bool {
	p, ok := n.named(organisation)
	return ok && p.LiveQuestion
}

// Inquire asks the organisation that the inquiry is for, and nobody else,
// whether it cares for the patient, and returns the care that it tells of. It
// is given within at most, and its own deadline. That it fails, or may not be
// asked, is no care; the only errors are an inquiry that is none, and an answer
// about somebody else of which nobody could be told.
func (n *Network) Inquire(ctx context.Context, leave *audit.Inquiry, within time.Duration) ([]access.Relationship, error) {
	if err := leave.Use(); err != nil {
		return nil, err
	}
	p, ok := n.named(leave.Organisation())
	if !ok || !p.LiveQuestion || leave.Feeds().State(p.Source) != "" {
		return nil, nil
	}
	asking, cancel := context.WithTimeout(ctx, min(within, p.Deadline))
	defer cancel()
	found := safety.Finding{Source: p.Source}
	q := Query{Viewing: leave.ID(), Person: leave.Person(), User: leave.User(), Reason: InquiryReason, Source: p.Source, found: &found}
	told, err := through(asking, n.guards.of(p, n.now), q, func() ([]access.Relationship, error) { return p.From.(Carer).Cares(asking, q) })
	if err == nil {
		return told, nil
	}
	q.note(Answer{}, err)
	if !errors.Is(err, ErrNotHeld) {
		n.log.Warn("live question", slog.String("partner", string(p.Code)), slog.String("cause", Cause(err)), slog.String("inquiry", q.Viewing))
	}
	return nil, n.tell(context.WithoutCancel(ctx), leave, found)
}
