// Package chart draws numbers over time, and events over time, as SVG. A
// picture names and describes itself; what it shows stands in words and in a
// table beside it, which is its caller's to write.
package chart

import (
	"math"
	"strconv"
	"time"

	"example.org/icr/views/ui"
)

// Mark is how a value lies to the limits that its source gave.
type Mark uint8

// The marks. Out is out of range, without saying on which side.
const (
	Within Mark = iota
	High
	Low
	Out
)

// Point is what was measured at one time: a value for each of the series, not
// a number where it has none.
type Point struct {
	At     time.Time
	Values []float64
	Mark   Mark
	Hollow bool   // taken elsewhere than the others: at home
	Label  string // stands beside the point: "<5", where the value is not exact
}

// Lines is a chart of points over time, of one unit.
type Lines struct {
	ID          string // unique on the page
	Title, Desc string
	Unit        string
	Points      []Point // oldest first, at least two
	Pair        bool    // the first two series are the ends of one value: blood pressure
	Low, High   float64 // reference range, shaded; not a number where there is no such limit
}

// Where the drawing lies in the picture, in its own units.
const (
	width, height = 440.0, 230.0
	left, right   = 52.0, 12.0
	top, bottom   = 24.0, 46.0
)

// drawing appends SVG, with the scales of one chart.
type drawing struct {
	buf      []byte
	from, to time.Time
	low, top float64
}

// Append appends the chart to dst.
func (l Lines) Append(dst []byte) []byte {
	d := &drawing{buf: dst}
	d.from, d.to = span(l.Points)
	var ticks []float64
	d.low, d.top, ticks = l.scale()
	d.open(`<svg class="icr-chart__picture" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 440 230" role="img" focusable="false"`, l.ID, l.Title, l.Desc)
	d.limits(l.Low, l.High)
	d.grid(ticks, l.Unit)
	d.dates()
	for series := range len(l.Points[0].Values) {
		d.line(l.Points, series)
	}
	if l.Pair {
		d.pairs(l.Points)
	}
	for _, p := range l.Points {
		d.point(p)
	}
	d.raw(`</svg>`)
	return d.buf
}

// open begins a picture with its name and description.
func (d *drawing) open(element, id, title, desc string) {
	d.raw(element)
	d.raw(` aria-labelledby="`)
	d.text(id)
	d.raw(`-title `)
	d.text(id)
	d.raw(`-desc"><title id="`)
	d.text(id)
	d.raw(`-title">`)
	d.text(title)
	d.raw(`</title><desc id="`)
	d.text(id)
	d.raw(`-desc">`)
	d.text(desc)
	d.raw(`</desc>`)
}

func (d *drawing) raw(markup string) { d.buf = append(d.buf, markup...) }
func (d *drawing) text(s string)     { d.buf = ui.AppendText(d.buf, s) }

// number appends a coordinate to a tenth, which is finer than a screen is.
func (d *drawing) number(f float64) {
	tenths := math.Round(f * 10)
	if !(math.Abs(tenths) < 1e15) {
		d.buf = strconv.AppendFloat(d.buf, tenths/10, 'f', -1, 64)
		return
	}
	if math.Signbit(tenths) {
		d.raw(`-`)
	}
	n := int64(math.Abs(tenths))
	d.buf = strconv.AppendInt(d.buf, n/10, 10)
	if n%10 != 0 {
		d.buf = append(d.buf, '.', byte('0'+n%10))
	}
}

// attributes appends coordinates as attributes, named in pairs with values.
func (d *drawing) attribute(name string, f float64) {
	d.raw(` `)
	d.raw(name)
	d.raw(`="`)
	d.number(f)
	d.raw(`"`)
}

func (d *drawing) x(at time.Time) float64 {
	whole := d.to.Sub(d.from)
	return left + (width-left-right)*float64(at.Sub(d.from))/float64(whole)
}

func (d *drawing) y(value float64) float64 {
	return height - bottom - (height-top-bottom)*(value-d.low)/(d.top-d.low)
}

// span is the time that the points take, with a little on both sides.
func span(points []Point) (from, to time.Time) {
	from, to = points[0].At, points[0].At
	for _, p := range points {
		if p.At.Before(from) {
			from = p.At
		}
		if p.At.After(to) {
			to = p.At
		}
	}
	margin := max(to.Sub(from)/50, time.Hour)
	return from.Add(-margin), to.Add(margin)
}

// scale is from where to where values go, and the round numbers on the way.
func (l Lines) scale() (low, high float64, ticks []float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(f float64) {
		if !math.IsNaN(f) {
			low, high = min(low, f), max(high, f)
		}
	}
	for _, p := range l.Points {
		for _, v := range p.Values {
			take(v)
		}
	}
	if near := (high - low) + math.Abs(high); !math.IsNaN(l.Low) && l.Low > low-near {
		take(l.Low)
	}
	if near := (high - low) + math.Abs(high); !math.IsNaN(l.High) && l.High < high+near {
		take(l.High)
	}
	step := round((high - low) / 4)
	if high-low < 1e-9*max(1, math.Abs(high)) {
		step = round(max(math.Abs(high), 1) / 4)
	}
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	if high-low < step/2 { // all values are one round number
		low, high = low-step, high+step
	}
	if l.Low >= high { // room to see the range in which no value lies
		high += step
	}
	if l.High <= low {
		low -= step
	}
	for i := 0; low+float64(i)*step <= high+step/2 && i < 20; i++ {
		ticks = append(ticks, low+float64(i)*step)
	}
	return low, high, ticks
}

// round is the next of 1, 2, 5, 10 … from f on.
func round(f float64) float64 {
	if f <= 0 || math.IsInf(f, 0) || math.IsNaN(f) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(f)))
	for _, m := range []float64{1, 2, 5} {
		if f <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// limits shades the reference range, as far as it lies in the picture.
func (d *drawing) limits(low, high float64) {
	if math.IsNaN(low) && math.IsNaN(high) {
		return
	}
	if math.IsNaN(low) || low < d.low {
		low = d.low
	}
	if math.IsNaN(high) || high > d.top {
		high = d.top
	}
	if high <= low {
		return
	}
	d.raw(`<rect class="icr-chart__range"`)
	d.attribute("x", left)
	d.attribute("y", d.y(high))
	d.attribute("width", width-left-right)
	d.attribute("height", d.y(low)-d.y(high))
	d.raw(`/>`)
}

// grid draws the lines of round values, their numbers, and the unit above.
func (d *drawing) grid(ticks []float64, unit string) {
	step := ticks[1] - ticks[0]
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	d.raw(`<g class="icr-chart__grid">`)
	for _, t := range ticks {
		d.raw(`<path d="M`)
		d.number(left)
		d.raw(` `)
		d.number(d.y(t))
		d.raw(`H`)
		d.number(width - right)
		d.raw(`"/>`)
	}
	d.raw(`</g><g class="icr-chart__label icr-chart__label--value">`)
	for _, t := range ticks {
		d.label(left-6, d.y(t)+4, strconv.FormatFloat(t+0, 'f', decimals, 64))
	}
	d.raw(`</g><g class="icr-chart__label">`)
	if unit == "" {
		unit = "no unit sent"
	}
	d.label(4, 13, unit)
	d.raw(`</g>`)
}

func (d *drawing) label(x, y float64, words string) {
	d.raw(`<text`)
	d.attribute("x", x)
	d.attribute("y", y)
	d.raw(`>`)
	d.text(words)
	d.raw(`</text>`)
}

// line joins the values of one series.
func (d *drawing) line(points []Point, series int) {
	d.raw(`<polyline class="icr-chart__line" points="`)
	for i, p := range points {
		if v := p.Values[series]; !math.IsNaN(v) {
			if i > 0 {
				d.raw(` `)
			}
			d.number(d.x(p.At))
			d.raw(`,`)
			d.number(d.y(v))
		}
	}
	d.raw(`"/>`)
}

// pairs joins the two values of each point.
func (d *drawing) pairs(points []Point) {
	d.raw(`<path class="icr-chart__pair" d="`)
	for _, p := range points {
		if math.IsNaN(p.Values[0]) || math.IsNaN(p.Values[1]) {
			continue
		}
		d.raw(`M`)
		d.number(d.x(p.At))
		d.raw(` `)
		d.number(d.y(p.Values[0]))
		d.raw(`V`)
		d.number(d.y(p.Values[1]))
	}
	d.raw(`"/>`)
}

// shapes are the marks around a place: a triangle that points up or down, a
// diamond.
var shapes = map[Mark]string{High: "l5 9h-10z", Low: "l5 -9h-10z", Out: "l5 5-5 5-5 -5z"}

func (d *drawing) point(p Point) {
	for _, v := range p.Values {
		if math.IsNaN(v) {
			continue
		}
		x, y := d.x(p.At), d.y(v)
		switch {
		case p.Mark == Within:
			d.raw(`<circle class="icr-chart__point`)
			d.hollow(p)
			d.attribute("cx", x)
			d.attribute("cy", y)
			d.raw(` r="3.5"/>`)
		default:
			d.raw(`<path class="icr-chart__point icr-chart__point--out`)
			d.hollow(p)
			d.raw(` d="M`)
			d.number(x)
			d.raw(` `)
			d.number(y + map[Mark]float64{High: -5, Low: 5, Out: -5}[p.Mark])
			d.raw(shapes[p.Mark])
			d.raw(`"/>`)
		}
		if p.Label != "" {
			d.raw(`<g class="icr-chart__label icr-chart__label--point">`)
			d.label(x, y-8, p.Label)
			d.raw(`</g>`)
		}
	}
}

func (d *drawing) hollow(p Point) {
	if p.Hollow {
		d.raw(` icr-chart__point--hollow`)
	}
	d.raw(`"`)
}
