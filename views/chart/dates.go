package chart

import "time"

// pace is the time from one date on an axis to the next, and how such a date
// is written.
type pace struct {
	years, months, days int
	hours               int
	layout              string
}

var paces = []pace{
	{hours: 6, layout: "02-Jan 15:04"},
	{days: 1, layout: "02-Jan"},
	{days: 2, layout: "02-Jan"},
	{days: 7, layout: "02-Jan"},
	{days: 14, layout: "02-Jan-06"},
	{months: 1, layout: "Jan-2006"},
	{months: 2, layout: "Jan-2006"},
	{months: 6, layout: "Jan-2006"},
	{years: 1, layout: "2006"},
	{years: 2, layout: "2006"},
	{years: 5, layout: "2006"},
	{years: 10, layout: "2006"},
	{years: 25, layout: "2006"},
	{years: 100, layout: "2006"},
}

// next is the date after at.
func (p pace) next(at time.Time) time.Time {
	return at.AddDate(p.years, p.months, p.days).Add(time.Duration(p.hours) * time.Hour)
}

// first is the last date at or before from that is round.
func (p pace) first(from time.Time) time.Time {
	y, m, d := from.Date()
	switch {
	case p.years > 0:
		return time.Date(y-y%p.years, 1, 1, 0, 0, 0, 0, from.Location())
	case p.months > 0:
		return time.Date(y, m-(m-1)%time.Month(p.months), 1, 0, 0, 0, 0, from.Location())
	}
	return time.Date(y, m, d, 0, 0, 0, 0, from.Location())
}

// dates are at most most round dates between from and to, and how they are
// written.
func dates(from, to time.Time, most int) (ticks []time.Time, layout string) {
	for _, p := range paces {
		ticks = ticks[:0]
		for at := p.first(from); !at.After(to) && len(ticks) <= most; at = p.next(at) {
			if !at.Before(from) {
				ticks = append(ticks, at)
			}
		}
		if len(ticks) <= most {
			return ticks, p.layout
		}
	}
	return ticks[:most], "2006"
}

// dates draws the axis of time with its name.
func (d *drawing) dates() {
	const most = 5
	ticks, layout := dates(d.from, d.to, most)
	if len(ticks) < 2 { // too short a time for round dates: the ends
		ticks, layout = []time.Time{d.from, d.to}, "02-Jan-2006"
	}
	d.raw(`<path class="icr-chart__axis" d="M52 184H428`)
	for _, t := range ticks {
		d.raw(`M`)
		d.number(d.x(t))
		d.raw(` 184v5`)
	}
	d.raw(`"/><g class="icr-chart__label icr-chart__label--date">`)
	for _, t := range ticks {
		d.label(min(max(d.x(t), left+10), width-right-24), height-bottom+20, t.Format(layout))
	}
	d.label((left+width-right)/2, height-6, "Date")
	d.raw(`</g>`)
}
