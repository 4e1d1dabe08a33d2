package audit

import "time"

// Tally is how many looks there were of one thing on one day.
type Tally struct {
	Day  time.Time
	What string
	N    int
}

// Pictures are the accesses of a time, counted. One look counts once.
type Pictures struct {
	From, Until   time.Time  // days in London; until is not included
	Grounds       []Tally    // by kind of ground
	Organisations []Tally    // by ODS code
	Hours         [7][24]int // from Monday, by the hour in London
	Alerts        []AlertTally
}

// AlertTally is how many alerts of a rule stand so.
type AlertTally struct {
	Rule, State string
	N           int
}
