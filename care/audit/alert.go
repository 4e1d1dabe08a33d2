package audit

import (
	"time"

	"github.com/google/uuid"
)

// Alert tells the privacy officers of an event that they did not look for.
type Alert struct {
	ID    uuid.UUID
	Rule  Kind
	At    time.Time
	Event Event
	Noted *Event // of a broken glass: the note that was owed, nil while there is none
}

// Alerts reports whether every event of kind k is an alert.
func (k Kind) Alerts() bool {
	return k == Claimed || k == GlassBroken || k == SensitiveOpened || k == OverBudget
}

// Owed is an emergency access of which its user has still to say why.
type Owed struct {
	Reference    string
	Organisation string
	At           time.Time
}
