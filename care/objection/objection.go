// Package objection is the right to object to the shared record, as pure
// rules: which states an objection can be in and which of them hide the
// record.
package objection

import (
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// State is where an objection stands.
type State string

// The states. A form received is not in force until the person behind it is
// known; then it is in force at once, before anybody decides on it.
const (
	Received          State = "received"
	IdentityConfirmed State = "identity-confirmed"
	Upheld            State = "upheld"
	Refused           State = "refused"
	Withdrawn         State = "withdrawn"
	RecordedInError   State = "recorded-in-error"
)

// States are all states, with the words that name them.
var States = map[State]string{
	Received: "Received, not yet in force", IdentityConfirmed: "In force: identity confirmed", Upheld: "In force: upheld",
	Refused: "Refused", Withdrawn: "Withdrawn", RecordedInError: "Recorded in error",
}

// InForce reports whether the state hides the record. A state that is not
// known does.
func (s State) InForce() bool {
	switch s {
	case Received, Refused, Withdrawn, RecordedInError:
		return false
	}
	return true
}

// Objection is one person's objection, with as little as is needed to honour
// it.
type Objection struct {
	ID            uuid.UUID // zero for one that is new
	Patient       nhs.Number
	Family, Given string
	Born          string // ISO 8601
	Route         Route
	Source        string // the register that it comes from, or ""
	Ground        Ground // on which it was asked, or "" where a register does not say
	Received      time.Time
	State         State
	At            time.Time // when it came into State
	Steps         int       // how many states it has been in
}
