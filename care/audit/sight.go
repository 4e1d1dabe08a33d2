package audit

import (
	"crypto/sha256"
	"fmt"
	"time"

	"example.org/icr/care/nhs"
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
		s.note(s.mark(e))
	}
}

// Cut notes that a partner was asked only for the newest of a section, and has
// more.
func (s *Sight) Cut(partner nhs.ODSCode, section record.Section) {
	s.note(s.said(partner, section, "cut"))
}

// Whole notes that a partner was asked for all of a section. Where it never was
// cut, that goes without saying.
func (s *Sight) Whole(partner nhs.ODSCode, section record.Section) {
	if s.before[s.said(partner, section, "cut")] || s.recent[s.said(partner, section, "cut")] {
		s.note(s.said(partner, section, "whole"))
	}
}

// Partly reports whether a partner was asked for the newest of a section in an
// earlier look, and in none for all: what is older is then no news.
func (s *Sight) Partly(partner nhs.ODSCode, section record.Section) bool {
	return s.before[s.said(partner, section, "cut")] && !s.before[s.said(partner, section, "whole")]
}

func (s *Sight) note(m Mark) {
	if !s.before[m] && !s.recent[m] {
		s.recent[m] = true
		s.fresh = append(s.fresh, m[:]...)
	}
}

// said is the mark of what was asked of a partner, which no entry has: a type
// of resource has no space in it.
func (s *Sight) said(partner nhs.ODSCode, section record.Section, what string) Mark {
	b := append(s.key[:len(s.key):len(s.key)], partner...)
	sum := sha256.Sum256(fmt.Appendf(b, "\x00asked %s\x00%s\x00", what, section))
	return Mark(sum[:])
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
