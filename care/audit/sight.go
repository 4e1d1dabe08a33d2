package audit

import (
	"crypto/sha256"
	"time"

	"example.org/icr/care/record"
)

// Mark stands for one item that was shown: a keyed hash, which tells nothing to
// whoever has not the key.
type Mark [8]byte

// Sight is what one member of staff was shown of one patient before a look, so
// that a page can say what is new since then. *store.Store makes it, and keeps
// it together with the disclosure that it was shown by.
type Sight struct {
	Viewer []byte    // under which it is kept
	Look   string    // the look that is under way
	Since  time.Time // of the last page of an earlier look; zero where there was none

	key    [32]byte
	before map[Mark]bool // shown in earlier looks
	recent map[Mark]bool // first shown in this one
	fresh  []byte        // the marks of what is about to be shown for the first time
}

// NewSight returns the sight for a look: before are the marks of what was shown
// in earlier looks, recent of what was first shown in this one.
func NewSight(viewer []byte, key [32]byte, look string, since time.Time, before, recent []byte) *Sight {
	return &Sight{Viewer: viewer, Look: look, Since: since, key: key, before: marksOf(before), recent: marksOf(recent), fresh: []byte{}}
}

func marksOf(b []byte) map[Mark]bool {
	marks := make(map[Mark]bool, len(b)/len(Mark{}))
	for len(b) >= len(Mark{}) {
		marks[Mark(b)] = true
		b = b[len(Mark{}):]
	}
	return marks
}

// First reports whether the user has not looked before: then nothing is new.
func (s *Sight) First() bool { return s.Since.IsZero() }

// New reports whether e was on no page that this user was sent of this patient
// before this look.
func (s *Sight) New(e *record.Entry) bool { return !s.First() && !s.before[s.mark(e)] }

// Show notes what is about to be shown.
func (s *Sight) Show(entries []*record.Entry) {
	for _, e := range entries {
		if m := s.mark(e); !s.before[m] && !s.recent[m] {
			s.recent[m] = true
			s.fresh = append(s.fresh, m[:]...)
		}
	}
}

// Fresh are the marks of what Show noted that was never shown before, one
// after the other.
func (s *Sight) Fresh() []byte { return s.fresh }

// mark is that of an entry as its source has it now: a new version is a new
// item. Where a source gives no version, what it says of the item stands in.
func (s *Sight) mark(e *record.Entry) Mark {
	b := make([]byte, 0, 160)
	b = append(b, s.key[:]...)
	for _, part := range []string{string(e.From), e.Item.Type, e.Item.ID, e.Item.Version} {
		b = append(append(b, part...), 0)
	}
	if e.Item.Version == "" || e.Item.ID == "" {
		for _, part := range []string{e.What.Words(), e.When.String(), e.Status, e.Verification, e.Dose, e.Quantity.String()} {
			b = append(append(b, part...), 0)
		}
	}
	sum := sha256.Sum256(b)
	return Mark(sum[:])
}
