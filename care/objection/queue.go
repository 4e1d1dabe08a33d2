package objection

import (
	"time"

	"github.com/google/uuid"
)

// Head is what a list says of a case: nothing that names anybody.
type Head struct {
	ID           uuid.UUID
	Reference    string // "" for an objection without a form
	Received     time.Time
	Wants        Wants
	Asks         Asks // "" for an objection without a form
	Route        Route
	State        State
	Waits        Kind // ProposeError or Agree, where it waits for a second officer
	ParentPast16 bool // a parent objected, and the person must be asked themselves now
}

// Due is the day by which the next step must be taken, and whether there is
// one: identity within two working days, a decision within a calendar month.
func (h Head) Due() (Day, bool) {
	received := DayOf(h.Received)
	switch h.State {
	case Received:
		return IdentifyBy(received), true
	case IdentityConfirmed:
		return DecideBy(received), true
	}
	return Day{}, false
}

// Overdue reports whether the day by which the next step had to be taken is
// over.
func (h Head) Overdue(today Day) bool {
	due, ok := h.Due()
	return ok && due.Before(today)
}

// Query asks for a page of the cases: those in which something is to be done,
// the oldest first, or all, the newest first.
type Query struct {
	Open  bool
	Today Day
	From  Cursor // only what comes after it
	Limit int
}

// Cursor is a place in a list of cases. The zero Cursor is its beginning.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}
