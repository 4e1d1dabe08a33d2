package audit

import (
	"context"

	"example.org/icr/care/access"
)

// OpenSensitive puts on the trail that the user of req opens what is sensitive
// in a patient's record, and why. It opens nothing itself: the next decision
// finds it there. It is an access.ErrDenied for whoever may not.
func (t *Trail) OpenSensitive(ctx context.Context, req access.Request, why access.ClaimReason, words string) error {
	decision, err := t.Policy.Decide(ctx, req)
	if err != nil {
		return err
	}
	if !decision.MayOpenSensitive() || access.OpeningReasons[why] == "" {
		return t.deny(ctx, decision)
	}
	e := t.eventOf(SensitiveOpened, decision)
	e.Claim, e.Words, e.Rule = why, words, access.OpenedSensitive
	e.Ground.Until = e.At.Add(access.SensitiveOpenFor)
	return t.appendIf(ctx, decision, e, nil)
}
