// Package privacy watches the trail: rules that say which looks somebody
// should ask about, what officers then do with each, and random samples. It is
// pure; *store.Monitor and *store.Desk keep what it needs.
package privacy

import (
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Severity is how soon an alert should be looked at.
type Severity int

// The severities.
const (
	Low Severity = iota + 1
	Medium
	High
)

// Severities are all severities, with the words that name them.
var Severities = map[Severity]string{Low: "Low", Medium: "Medium", High: "High"}

// String names s as configuration does: low, medium or high.
func (s Severity) String() string { return [...]string{"", "low", "medium", "high"}[s] }

// ParseSeverity reads what String writes.
func ParseSeverity(name string) (Severity, error) {
	for s := range Severities {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("there is no severity %q: low, medium or high", name)
}

// Alert tells the privacy officers of an event that they did not look for. It
// is also the case that is made of it: Head says how far that is.
type Alert struct {
	ID       uuid.UUID
	Rule     Name
	Severity Severity
	At       time.Time
	Detail   string // what the rule found, in words that name nobody
	Aside    bool   // claims are ordinary there: reviewed by outlier and sample
	State    State
	Handler  string // who took the last step
	Event    audit.Event
	Noted    *audit.Event // of a broken glass: the note that was owed, nil while there is none
}

// Progress is how far the rules have come.
type Progress struct {
	At     time.Time // of the last event that they looked at
	Behind bool      // there are later ones
}

// Late reports whether the rules are further behind than they should ever be.
func (p Progress) Late(now time.Time) bool { return p.Behind && now.Sub(p.At) > Lateness }

// Lateness is how long after an event the rules have looked at it, at the
// latest.
const Lateness = time.Minute

// Finding is what a rule found.
type Finding struct {
	Rule     Name
	Severity Severity
	Detail   string
	Once     string // findings of one rule that have this in common are one alert
}

// Query asks for a page of alerts. Zero members do not filter.
type Query struct {
	Rule     Name
	Severity Severity
	States   []State
	Aside    []nhs.ODSCode // where claims are ordinary, and not listed one by one
	All      bool          // list those too
	Off      []Name        // rules that are switched off
	Gravest  bool          // the gravest first; otherwise the newest
	Before   audit.Cursor  // only what is older, where the newest come first
	Skip     int           // how many to leave out, where the gravest come first
	Limit    int
}
