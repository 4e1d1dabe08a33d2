package audit

import (
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Query asks for a page of the trail, newest first. Zero members do not
// filter.
type Query struct {
	Patient  nhs.Number
	Staff    string // part of a name, or a whole subject or staff id
	Kind     Kind
	From, To time.Time // From included, To not
	Before   Cursor    // only what is older
	Limit    int
}

// Cursor is a place in the trail: the last event of a page.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// IsZero reports whether c is the beginning.
func (c Cursor) IsZero() bool { return c.At.IsZero() }

// Reach is how far an officer may read: the accesses of one organisation's
// staff, or, for the programme's officers, all. The zero Reach is nothing.
type Reach struct {
	Organisation nhs.ODSCode
	Programme    bool
}
