package objection

import (
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// NotInForce are the states that do not hide the record. Every other does.
var NotInForce = []State{Received, Refused, Withdrawn, RecordedInError}

// Told is an objection as other systems are told of it. One that was never in
// force is not told.
type Told struct {
	ID            uuid.UUID
	Patient       nhs.Number
	Family, Given string
	Born          string // ISO 8601
	State         State
	Received      time.Time
	At            time.Time // when it came into State
	Version       int       // how many states it has been in
	Recorded      time.Time // when State was written down: never before At was known
}

// Asked says which objections somebody asks for. Empty members ask for all.
type Asked struct {
	ID       uuid.UUID
	Patient  nhs.Number // under this number, or any other that the person has or had
	From, To time.Time  // within which their state was written down
	After    Place
	Limit    int // 0 for all
}

// Place is a place in the order in which states were written down.
type Place struct {
	Recorded time.Time
	ID       uuid.UUID
}

// Change is a state that an objection came into.
type Change struct {
	ID   uuid.UUID
	Step int
}
