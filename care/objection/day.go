package objection

import (
	"errors"
	"time"
	_ "time/tzdata" // a distroless image has no zone files, and London is needed
)

// Day is a day of the calendar, without a time. The zero Day is no day.
type Day struct{ midnight time.Time } // UTC, so that days are all as long

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // time/tzdata is linked in
	}
	return zone
}()

var errDay = errors.New("not a day like 1980-02-03")

// DayOf is the day in London at t.
func DayOf(t time.Time) Day {
	y, m, d := t.In(london).Date()
	return Day{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// ParseDay reads a day like 1980-02-03, which must exist.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, errDay
	}
	return Day{t}, nil
}

// String is the day like 1980-02-03, or nothing.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight.Format(time.DateOnly)
}

// Noon is the middle of the day in London.
func (d Day) Noon() time.Time {
	y, m, day := d.midnight.Date()
	return time.Date(y, m, day, 12, 0, 0, 0, london)
}

// Words is the day as a letter has it: 3 February 1980.
func (d Day) Words() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight.Format("2 January 2006")
}

// IsZero reports whether d is no day.
func (d Day) IsZero() bool { return d.midnight.IsZero() }

// Before reports whether d is before o.
func (d Day) Before(o Day) bool { return d.midnight.Before(o.midnight) }

// Age is how many years old somebody born on born is on d: from the beginning
// of their birthday on (Family Law Reform Act 1969, section 9), which for those
// born on 29 February is 1 March in other years. It is negative before birth.
func Age(born, d Day) int {
	years := d.midnight.Year() - born.midnight.Year()
	if d.midnight.Before(born.midnight.AddDate(years, 0, 0)) {
		years--
	}
	return years
}

// Birthday is the day on which somebody born on born becomes years old.
func Birthday(born Day, years int) Day { return Day{born.midnight.AddDate(years, 0, 0)} }

// BornBy is the last birth date at which people are years old on d, like
// 2010-11-22: dates so written are in the order of time.
func BornBy(d Day, years int) string {
	born := Day{d.midnight.AddDate(-years, 0, 0)}
	if Age(born, d) < years { // d is 29 February, and there was none then
		born.midnight = born.midnight.AddDate(0, 0, -1)
	}
	return born.String()
}

// DecideBy is the day by which a form received on d must be decided: the
// corresponding day of the next month, or that month's last, and if that is no
// working day the next that is (UK GDPR article 12(3), as the Information
// Commissioner counts it).
func DecideBy(d Day) Day {
	y, m, day := d.midnight.Date()
	end := time.Date(y, m+1, day, 0, 0, 0, 0, time.UTC)
	if end.Day() != day {
		end = time.Date(y, m+2, 0, 0, 0, 0, 0, time.UTC)
	}
	by := Day{end}
	for !by.working() {
		by = by.next()
	}
	return by
}

// IdentifyBy is the day by which it must be known who is behind a form received
// on d: the second working day after it.
func IdentifyBy(d Day) Day {
	for range 2 {
		for d = d.next(); !d.working(); d = d.next() {
		}
	}
	return d
}

// DaysUntil is how many days d lies ahead of today; negative where it is past.
func (d Day) DaysUntil(today Day) int { return int(d.midnight.Sub(today.midnight).Hours() / 24) }

func (d Day) next() Day { return Day{d.midnight.AddDate(0, 0, 1)} }

// working reports whether d is neither at a weekend nor a bank holiday in
// England and Wales. Holidays that are proclaimed for one year are not known,
// so that a deadline may be a day early and never late.
func (d Day) working() bool {
	t := d.midnight
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	easter := easterSunday(t.Year())
	switch {
	case t.Equal(easter.AddDate(0, 0, -2)), t.Equal(easter.AddDate(0, 0, 1)),
		t.Weekday() == time.Monday && t.Month() == time.May && (t.Day() <= 7 || t.Day() > 24),
		t.Weekday() == time.Monday && t.Month() == time.August && t.Day() > 24:
		return false
	}
	return !substituted(t, time.January, 1, 1) && !substituted(t, time.December, 25, 2)
}

// substituted reports whether t is one of count holidays in a row that begin on
// a day of a month, each moved from a weekend to the next days that are free.
func substituted(t time.Time, month time.Month, first, count int) bool {
	for i := range count {
		on := time.Date(t.Year(), month, first+i, 0, 0, 0, 0, time.UTC)
		switch on.Weekday() {
		case time.Saturday:
			on = on.AddDate(0, 0, 2)
		case time.Sunday:
			on = on.AddDate(0, 0, count)
		}
		if t.Equal(on) {
			return true
		}
	}
	return false
}

// easterSunday is by the anonymous Gregorian reckoning (Meeus, Jones, Butcher).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e, f := b/4, b%4, (b+8)/25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
