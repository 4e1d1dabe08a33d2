package partner

import (
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
)

// dissented is why nothing of a partner is shown whose patient refused it.
const dissented = "the patient has refused there that it is shared"

// DissentError is that the patient refused, at the partner, that its record of
// them be shared: nothing of its answer is shown.
type DissentError struct{ Evidence objection.Sign }

// Error says that the patient refused.
func (e *DissentError) Error() string { return "the partner's patient has refused sharing" }

// Unwrap is the state that it comes to.
func (e *DissentError) Unwrap() error { return &StateError{State: record.Withheld, Why: dissented} }
