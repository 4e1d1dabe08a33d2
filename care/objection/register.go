package objection

import (
	"errors"
	"fmt"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Entry is one line of a register, which says how one person's objection
// stands.
type Entry struct {
	Line int
	Objection
}

// Tally counts what came of a register's entries. A person of whom the register
// says nothing any longer is not among them: an entry that is missing is never
// a withdrawal.
type Tally struct {
	New, Changed, Same int
	Older              int // say what was so before what is held
	Repeated           int // lines that say the same as one before
}

// String is the tally in words.
func (t Tally) String() string {
	return fmt.Sprintf("%d new, %d changed, %d as they were, %d older than what is held, %d repeated", t.New, t.Changed, t.Same, t.Older, t.Repeated)
}

// Distinct leaves out entries that say what one before them says, and counts
// them. Its error names the lines that contradict each other.
func Distinct(entries []Entry) (distinct []Entry, repeated int, err error) {
	first := map[nhs.Number]Entry{}
	var faults []error
	for _, e := range entries {
		before, seen := first[e.Patient]
		switch {
		case !seen:
			first[e.Patient] = e
			distinct = append(distinct, e)
		case before.State == e.State && before.At.Equal(e.At) && before.Born == e.Born && before.Ground == e.Ground:
			repeated++
		default:
			faults = append(faults, fmt.Errorf("line %d: contradicts line %d, which has the same NHS number", e.Line, before.Line))
		}
	}
	return distinct, repeated, errors.Join(faults...)
}

// Move is a state that an objection comes to.
type Move struct {
	Objection uuid.UUID
	Step      int
	Entry     Entry
}

// Reconcile says what a register's distinct entries change of what is held from
// the same register. Only what is later than what is held does: an officer may
// have ended an objection since. Its error names the lines that contradict it.
func Reconcile(held map[nhs.Number]Objection, entries []Entry) (add []Objection, moves []Move, t Tally, err error) {
	var faults []error
	for _, e := range entries {
		o, known := held[e.Patient]
		switch {
		case !known:
			t.New++
			add = append(add, e.Objection)
		case o.State == e.State:
			t.Same++
		case o.At.Equal(e.At):
			faults = append(faults, fmt.Errorf("line %d: says another state than an earlier file did, for the same time", e.Line))
		case e.At.Before(o.At):
			t.Older++
		default:
			t.Changed++
			moves = append(moves, Move{o.ID, o.Steps + 1, e})
		}
	}
	return add, moves, t, errors.Join(faults...)
}
