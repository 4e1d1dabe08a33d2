package record

import (
	"cmp"
	"strings"
	"time"
	_ "time/tzdata" // a distroless image has no zone files, and London is needed
)

// Precision is how much of a date was sent.
type Precision uint8

// The precisions. NoDate is nothing sent; AsSent is text that is no date.
const (
	NoDate Precision = iota
	AsSent
	Year
	Month
	Day
	Instant
)

// Date is a date or time exactly as precise as its source sent it. An entry has
// four: the time in it takes half the room of a time.Time.
type Date struct {
	seconds   int64 // since 1970
	nanos     int32
	precision Precision
	sent      string // when AsSent
}

func dateAt(t time.Time, p Precision) Date {
	return Date{seconds: t.Unix(), nanos: int32(t.Nanosecond()), precision: p}
}

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // time/tzdata is linked in
	}
	return zone
}()

var dateLayouts = map[int]struct {
	layout    string
	precision Precision
}{4: {"2006", Year}, 7: {"2006-01", Month}, 10: {"2006-01-02", Day}}

// instantLayouts also take what real systems send: no seconds, no offset.
var (
	instantLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00"}
	localLayouts   = []string{"2006-01-02T15:04:05", "2006-01-02T15:04"}
)

// ParseDate reads a FHIR date, dateTime or instant. What cannot be read is
// kept as it was sent, so that it can be shown; it sorts as undated.
func ParseDate(s string) Date {
	s = strings.TrimSpace(s)
	if s == "" {
		return Date{}
	}
	if l, ok := dateLayouts[len(s)]; ok {
		if at, err := time.ParseInLocation(l.layout, s, london); err == nil {
			return dateAt(at, l.precision)
		}
	}
	for _, layout := range instantLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return dateAt(at, Instant)
		}
	}
	for _, layout := range localLayouts {
		if at, err := time.ParseInLocation(layout, s, london); err == nil {
			return dateAt(at, Instant)
		}
	}
	return Date{precision: AsSent, sent: s}
}

// DateOf returns the instant t as a Date.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	return dateAt(t, Instant)
}

// Precision says how much of the date is known.
func (d Date) Precision() Precision { return d.precision }

// IsZero reports whether nothing was sent.
func (d Date) IsZero() bool { return d.precision == NoDate }

// Dated reports whether d stands for a time at all, however vague.
func (d Date) Dated() bool { return d.precision >= Year }

// Time is the earliest moment that d can mean, in Europe/London; zero where d
// is not Dated.
func (d Date) Time() time.Time {
	if !d.Dated() {
		return time.Time{}
	}
	return time.Unix(d.seconds, int64(d.nanos)).In(london)
}

// DayOnly drops the time of day, if there is one.
func (d Date) DayOnly() Date {
	if d.precision == Instant {
		y, m, day := d.Time().Date()
		return dateAt(time.Date(y, m, day, 0, 0, 0, 0, london), Day)
	}
	return d
}

// Compare orders by time, undated before everything else.
func (d Date) Compare(o Date) int {
	if d.Dated() && o.Dated() {
		if c := cmp.Or(cmp.Compare(d.seconds, o.seconds), cmp.Compare(d.nanos, o.nanos)); c != 0 {
			return c
		}
	}
	return int(d.precision) - int(o.precision)
}

// end is the moment at which everything that d can mean is over.
func (d Date) end() time.Time {
	switch d.precision {
	case Year:
		return d.Time().AddDate(1, 0, 0)
	case Month:
		return d.Time().AddDate(0, 1, 0)
	case Day:
		return d.Time().AddDate(0, 0, 1)
	}
	return d.Time()
}

// SurelyAfter reports whether all that d can mean comes after all that o can.
func (d Date) SurelyAfter(o Date) bool {
	return d.Dated() && o.Dated() && !d.Time().Before(o.end()) && d.Time().After(o.Time())
}

// overlap reports whether two dates can be of one time: both are dated, and
// the vaguer one takes in the other.
func overlap(a, b Date) bool {
	if !a.Dated() || !b.Dated() {
		return false
	}
	if a.precision > b.precision {
		a, b = b, a
	}
	return a == b || !b.Time().Before(a.Time()) && b.Time().Before(a.end())
}

// sameDay reports whether two dates are of one day in London. What is vaguer
// than a day is of none.
func sameDay(a, b Date) bool {
	if apart := a.Time().Sub(b.Time()); a.precision < Day || b.precision < Day || apart > 25*time.Hour || apart < -25*time.Hour {
		return false
	}
	y, m, d := a.Time().Date()
	year, month, day := b.Time().Date()
	return y == year && m == month && d == day
}
