package record

import "time"

// News is what is new since a user last looked at a patient: what was on no
// page that they were sent in an earlier look. An organisation that was silent
// then is news when it answers.
type News struct {
	Since time.Time // the last page of the look before; zero where there was none, and nothing is new
	New   map[*Entry]bool
}

// First reports whether the user has not looked before.
func (n News) First() bool { return n.Since.IsZero() }

// Has reports whether all that a line says is new. A line that another source
// now says too is not.
func (n News) Has(l Line) bool {
	for _, e := range l.Entries {
		if !n.New[e] {
			return false
		}
	}
	return len(l.Entries) > 0
}
