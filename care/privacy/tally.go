package privacy

import (
	"math"
	"time"

	"example.org/icr/care/audit"
)

// Met is how somebody came upon a patient on one day: flags of all their
// events about that patient.
type Met int

// The flags.
const (
	Seen     Met = 1 << iota // something of the record was shown
	AtNight                  // that was between 22:00 and 06:00
	Found                    // shown as the result of a search
	Tried                    // the record was opened, or refused
	Stranger                 // a relationship was claimed, the glass broken, or the record refused
	Claimed                  // a relationship was claimed
)

var london = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return l
}()

// DayOf is the day of t in London, at midnight UTC.
func DayOf(t time.Time) time.Time {
	y, m, d := t.In(london).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// MetBy is what an event adds.
func MetBy(e audit.Event) Met {
	switch {
	case e.Patient.IsZero():
		return 0
	case shown(&e):
		if hour := e.At.In(london).Hour(); hour >= 22 || hour < 6 {
			return Seen | Tried | AtNight
		}
		return Seen | Tried
	case e.Kind == audit.Listed && e.Page == "search":
		return Found
	case e.Kind == audit.Opened:
		return Tried
	case e.Kind == audit.Claimed:
		return Tried | Stranger | Claimed
	case e.Kind == audit.Denied, e.Kind == audit.GlassBroken:
		return Tried | Stranger
	}
	return 0
}

// Counter is what is counted of somebody's day: patients, each once.
type Counter int

// The counters.
const (
	Patients  Counter = iota // whose records were shown
	Night                    // of these, between 22:00 and 06:00
	Strangers                // without a recorded relationship
	Idle                     // searched for and not opened
	Claims                   // with whom a relationship was claimed
	Counters
)

// Tally is somebody's day in numbers.
type Tally [Counters]int

// Count makes the tally of how somebody met each patient of a day.
func Count(met []Met) (t Tally) {
	for _, m := range met {
		for counter, counts := range [Counters]bool{
			Patients: m&Seen != 0, Night: m&AtNight != 0, Strangers: m&Stranger != 0,
			Idle: m&Found != 0 && m&Tried == 0, Claims: m&Claimed != 0,
		} {
			if counts {
				t[counter]++
			}
		}
	}
	return t
}

// Spread is how a number was distributed over days.
type Spread struct{ Days, Sum, Squares float64 }

// Add adds a day.
func (s *Spread) Add(n int) {
	s.Days++
	s.Sum += float64(n)
	s.Squares += float64(n) * float64(n)
}

// Mean is the average of a day.
func (s Spread) Mean() float64 {
	if s.Days == 0 {
		return 0
	}
	return s.Sum / s.Days
}

// deviation is the standard deviation, and never less than chance alone makes
// of such a mean (Poisson).
func (s Spread) deviation() float64 {
	mean := s.Mean()
	return max(1, math.Sqrt(mean), math.Sqrt(max(0, s.Squares/max(1, s.Days)-mean*mean)))
}

// Spreads are those of all counters.
type Spreads [Counters]Spread

// Add adds a day.
func (s *Spreads) Add(t Tally) {
	for i, n := range t {
		s[i].Add(n)
	}
}

// Day is somebody's day so far, and their days before: their own of the last
// four weeks, and those of all who have the same role at the same
// organisation.
type Day struct {
	Tally
	Own, Peers Spreads
}

// How many days make a history.
const (
	ownDays  = 5
	peerDays = 20
)

// unusual reports whether a counter is more than the person's own history and
// their peers' let expect, or far more than their peers': who does it every day
// would else explain it by that. While there is no history, it takes twice as
// many.
func (d Day) unusual(c Counter, l Limits) bool {
	n := float64(d.Tally[c])
	if n < float64(l.Least) {
		return false
	}
	if d.Peers[c].Days >= peerDays && n > d.Peers[c].Mean()+2*l.Deviations*d.Peers[c].deviation() {
		return true
	}
	known := false
	for _, h := range []struct {
		spread Spread
		enough float64
	}{{d.Own[c], ownDays}, {d.Peers[c], peerDays}} {
		if h.spread.Days < h.enough {
			continue
		}
		known = true
		if n <= h.spread.Mean()+l.Deviations*h.spread.deviation() {
			return false
		}
	}
	return known || n >= 2*float64(l.Least)
}
