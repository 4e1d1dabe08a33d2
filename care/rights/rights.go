// Package rights is the register of what people ask of the programme about
// their own data: to see it, or to have it put right. It holds what was asked,
// by when it must be answered, and what was done. All rules are pure.
package rights

import (
	"errors"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
)

// Kind is what somebody asks for.
type Kind string

// The kinds of request (UK GDPR articles 15 and 16).
const (
	Access     Kind = "access"
	Correction Kind = "correction"
)

// Kinds are all kinds, in words.
var Kinds = map[Kind]string{Access: "Who has seen the record", Correction: "A mistake to be put right"}

// Act is what was done about a request.
type Act string

// The acts. The last closes the request.
const (
	Noted    Act = "noted"
	Passed   Act = "passed-on"
	Extended Act = "extended"
	Answered Act = "answered"
)

// Acts are all acts, in words.
var Acts = map[Act]string{
	Noted: "Note", Passed: "Passed on to who holds the entry", Extended: "Told that it takes up to 2 months more", Answered: "Answered",
}

// Request is what somebody has asked for.
type Request struct {
	ID           uuid.UUID
	Reference    string // public
	Kind         Kind
	Received     objection.Day
	Name         string
	Number       nhs.Number // zero where it is not known
	Words        string     // what they ask, in short
	Organisation nhs.ODSCode
	Steps        []Step // oldest first
}

// Step is one thing that was done.
type Step struct {
	Act       Act
	At        time.Time
	Words     string
	By        string // name of the officer
	Reference string // of its event on the trail
}

// The reasons why something cannot be done.
var (
	ErrChanged  = errors.New("somebody else has dealt with it meanwhile")
	ErrLate     = errors.New("a request can be extended once, within the first month")
	ErrAnswered = errors.New("the request has been answered")
	ErrKind     = errors.New("only a correction is passed on")
)

// Answered reports whether nothing more is owed.
func (r Request) Answered() bool { return r.has(Answered) }

func (r Request) has(a Act) bool {
	for _, s := range r.Steps {
		if s.Act == a {
			return true
		}
	}
	return false
}

// Due is the last day on which an answer is in time: one calendar month after
// the request came, or three where it was extended (UK GDPR article 12(3)).
func (r Request) Due() objection.Day {
	if r.has(Extended) {
		return monthsAfter(r.Received, 3)
	}
	return monthsAfter(r.Received, 1)
}

// monthsAfter is the same day so many months on, or the last of that month
// where it has no such day.
func monthsAfter(d objection.Day, months int) objection.Day {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return d
	}
	end := time.Date(t.Year(), t.Month()+time.Month(months), t.Day(), 0, 0, 0, 0, time.UTC)
	if end.Day() != t.Day() {
		end = end.AddDate(0, 0, -end.Day())
	}
	return objection.DayOf(end)
}

// May returns why a cannot be done on a day, or nil.
func (r Request) May(a Act, today objection.Day) error {
	switch {
	case r.Answered() && a != Noted:
		return ErrAnswered
	case a == Passed && r.Kind != Correction:
		return ErrKind
	case a == Extended && (r.has(Extended) || monthsAfter(r.Received, 1).Before(today)):
		return ErrLate
	}
	return nil
}

// Possible are the acts that can be done on a day, in the order in which a page
// offers them.
func (r Request) Possible(today objection.Day) (all []Act) {
	for _, a := range []Act{Noted, Passed, Extended, Answered} {
		if r.May(a, today) == nil {
			all = append(all, a)
		}
	}
	return all
}
