package audit

import (
	"encoding/binary"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/dchest/siphash"
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

	key    [2]uint64
	before map[Mark]bool // shown in earlier looks
	recent map[Mark]bool // first shown in this one
	fresh  []byte        // the marks of what is about to be shown for the first time
}

// NewSight returns the sight for a look: before are the marks of what was shown
// in earlier looks, recent of what was first shown in this one.
func NewSight(viewer []byte, key [16]byte, look string, since time.Time, before, recent []byte) *Sight {
	return &Sight{
		Viewer: viewer, Look: look, Since: since, before: marksOf(before), recent: marksOf(recent), fresh: []byte{},
		key: [2]uint64{binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])},
	}
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
	if cut := s.said(partner, section, "cut"); s.before[cut] || s.recent[cut] {
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
	return s.keyed(appended(make([]byte, 0, room), string(partner), "asked "+what, string(section)))
}

// Fresh are the marks of what Show noted that was never shown before, one
// after the other.
func (s *Sight) Fresh() []byte { return s.fresh }

// mark is that of an entry as its source has it now: a new version is a new
// item. Where a source gives no version, what it says of the item stands in.
func (s *Sight) mark(e *record.Entry) Mark {
	b := appended(make([]byte, 0, room), string(e.From), e.Item.Type, e.Item.ID, e.Item.Version)
	if e.Item.Version == "" || e.Item.ID == "" {
		b = appended(b, e.What.Words(), e.When.String(), e.Status, e.Verification, e.Dose, e.Quantity.String())
	}
	return s.keyed(b)
}

// room is what nearly all that is marked takes.
const room = 160

func appended(b []byte, parts ...string) []byte {
	for _, part := range parts {
		b = append(append(b, part...), 0)
	}
	return b
}

func (s *Sight) keyed(b []byte) Mark {
	var m Mark
	binary.LittleEndian.PutUint64(m[:], siphash.Hash(s.key[0], s.key[1], b))
	return m
}
