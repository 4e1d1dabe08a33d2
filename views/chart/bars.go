package chart

import (
	"strconv"
	"time"
)

// Bar is something that lasted: from one time to another, or until now.
type Bar struct {
	Name     string
	From, To time.Time
	Over     bool // it has ended
	Unended  bool // it has ended, and nobody says when
}

// Bars is a picture of what lasted how long, one under the other.
type Bars struct {
	ID, Title, Desc string
	Bars            []Bar
	Now             time.Time
}

// Append appends the picture to dst.
func (b Bars) Append(dst []byte) []byte {
	const barLeft, barHeight, wide = 250.0, 24.0, 800.0
	d := &drawing{buf: dst, from: b.Now, to: b.Now}
	for _, bar := range b.Bars {
		if bar.From.Before(d.from) {
			d.from = bar.From
		}
		if bar.To.After(d.to) {
			d.to = bar.To
		}
	}
	d.from = d.from.Add(-max(d.to.Sub(d.from)/50, time.Hour))
	tall := barHeight*float64(len(b.Bars)) + 44
	d.open(`<svg class="icr-bars" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 `+strconv.FormatFloat(tall, 'f', -1, 64)+`" role="img" focusable="false"`, b.ID, b.Title, b.Desc)
	x := func(at time.Time) float64 {
		return barLeft + (wide-barLeft-10)*float64(at.Sub(d.from))/float64(d.to.Sub(d.from))
	}
	for i, bar := range b.Bars {
		y := barHeight * float64(i)
		class, to := "icr-bars__now", bar.To
		switch {
		case bar.Unended:
			class, to = "icr-bars__unended", bar.From
		case bar.Over:
			class = "icr-bars__over"
		case to.IsZero() || to.Before(b.Now):
			to = b.Now
		}
		d.raw(`<rect class="`)
		d.raw(class)
		d.raw(`"`)
		d.attribute("x", x(bar.From))
		d.attribute("y", y+5)
		d.attribute("width", max(x(to)-x(bar.From), 4))
		d.attribute("height", barHeight-10)
		d.raw(`/>`)
	}
	ticks, layout := dates(d.from, d.to, 6)
	d.raw(`<path class="icr-chart__grid" d="`)
	for _, t := range ticks {
		d.raw(`M`)
		d.number(x(t))
		d.raw(` 0V`)
		d.number(tall - 36)
	}
	d.raw(`"/><g class="icr-chart__label">`)
	for i, bar := range b.Bars {
		d.label(2, barHeight*float64(i)+17, short(bar.Name, 36))
	}
	d.raw(`</g><g class="icr-chart__label icr-chart__label--date">`)
	for _, t := range ticks {
		d.label(min(x(t), wide-26), tall-22, t.Format(layout))
	}
	d.label((barLeft+wide)/2, tall-5, "Date")
	d.raw(`</g></svg>`)
	return d.buf
}
