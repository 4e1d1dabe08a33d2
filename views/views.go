// Package views has the pages: one struct a page, made whole by its caller,
// and one function that turns it into HTML. A page decides nothing; it shows
// what it was given, escaped, with every partner's state.
package views

import (
	"strconv"
	"time"

	"example.org/icr/care/record"
)

// when is a time of the clock as the NHS writes it, in London.
func when(t time.Time) string { return record.DateOf(t).String() }

// clock is the time of day of t, in London.
func clock(t time.Time) string { return record.DateOf(t).Time().Format("15:04") }

// asOf is when something was fetched: the time of day alone, if that was on
// the day of the page.
func asOf(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	if record.DateOf(t).DayOnly() == record.DateOf(now).DayOnly() {
		return clock(t)
	}
	return when(t)
}

// counted is a number with its noun: "1 item", "2 items".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// genders are the administrative genders of FHIR, in the words of the NHS.
var genders = map[string]string{"male": "Male", "female": "Female", "other": "Other", "unknown": "Not Known"}

func gender(code string) string {
	if words, ok := genders[code]; ok {
		return words
	}
	if code == "" {
		return "Not Known"
	}
	return code
}

func known(s string) string {
	if s == "" {
		return "Not Known"
	}
	return s
}
