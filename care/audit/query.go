package audit

import (
	"errors"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Query asks for a page of the trail, newest first. Zero members do not
// filter.
type Query struct {
	Patient      nhs.Number
	Former       []nhs.Number // further numbers of the same patient
	Staff        string       // part of a name, or a whole subject or staff id
	Organisation nhs.ODSCode  // of the member of staff
	Role         auth.Role
	Ground       string // kind of ground: an access.RelationshipKind, or a rule that rests on a claim
	Kind         Kind
	Outcome      Outcome
	Accesses     bool      // only what showed a record, or a document of it
	From, To     time.Time // From included, To not
	Looks        bool      // of the events of one look, only the newest
	Before       Cursor    // only what is older
	Limit        int
}

// Numbers are those of the patient; none where none is asked for.
func (q Query) Numbers() []string {
	if q.Patient.IsZero() {
		return nil
	}
	all := []string{q.Patient.Digits()}
	for _, n := range q.Former {
		all = append(all, n.Digits())
	}
	return all
}

// KindsWanted are the kinds of event that q asks for; none where it asks for
// all.
func (q Query) KindsWanted() []Kind {
	switch {
	case q.Accesses:
		return []Kind{Disclosed, Printed, Downloaded, DocumentShown}
	case q.Kind != "" && q.Outcome != "" && q.Kind.Outcome() != q.Outcome:
		return []Kind{""} // no event is of both
	case q.Kind != "":
		return []Kind{q.Kind}
	case q.Outcome == "":
		return nil
	}
	var all []Kind
	for k := range Kinds {
		if k.Outcome() == q.Outcome {
			all = append(all, k)
		}
	}
	return all
}

// ErrManyStaff means that more members of staff match than one search takes.
var ErrManyStaff = errors.New("too many members of staff match")

// MostStaff is how many members of staff may match one search.
const MostStaff = 100

// Outcome is how what an event tells of ended.
type Outcome string

// The outcomes. What is neither shown nor refused nor failed has none.
const (
	Shown   Outcome = "shown"   // something of a patient was about to be sent
	Refused Outcome = "refused" // somebody was turned away
	Broke   Outcome = "failed"  // something did not work, or could not be trusted
)

// Outcomes are all outcomes, with the words that name them on a page.
var Outcomes = map[Outcome]string{Shown: "Shown to the user", Refused: "Refused", Broke: "Failed"}

// Outcome is how events of kind k end.
func (k Kind) Outcome() Outcome {
	switch k {
	case Disclosed, Printed, Downloaded, DocumentShown, Listed:
		return Shown
	case Denied, SignInFailed, RefetchRefused:
		return Refused
	case IdentityFailed, Failed, ProofLate:
		return Broke
	}
	return ""
}

// Looked reports whether events of kind k show somebody's record, or a document
// of it.
func (k Kind) Looked() bool {
	return k == Disclosed || k == Printed || k == Downloaded || k == DocumentShown
}

// Cursor is a place in the trail: the last event of a page.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// IsZero reports whether c is the beginning.
func (c Cursor) IsZero() bool { return c.At.IsZero() }

// Filter is a search of the trail that an officer kept under a name.
type Filter struct{ Ref, Name string }

// Reach is how far an officer may read: the accesses of one organisation's
// staff and, with Patients, those of anybody to its own patients; or, for the
// programme's officers, all. The zero Reach is nothing.
type Reach struct {
	Organisation nhs.ODSCode
	Patients     bool
	Programme    bool
}

// Place is where an event stands in the proof of the trail.
type Place struct {
	Position  int64     // of its entry in the log; -1 while it waits for one
	Size      int64     // of the first checkpoint that covers it, 0 while none does
	SignedAt  time.Time // of that checkpoint
	Witnessed bool      // a witness cosigned it, or a later one
}
