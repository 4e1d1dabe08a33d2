package chart

import "math"

// Spark is a line so small that it stands beside a value. It says nothing that
// the words beside it do not.
type Spark struct {
	Points    []Point // oldest first, at least two
	Low, High float64 // reference range, as in Lines
}

// Append appends the line to dst.
func (s Spark) Append(dst []byte) []byte {
	const wide, tall, edge = 88.0, 20.0, 3.0
	d := &drawing{buf: dst}
	d.from, d.to = span(s.Points)
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		if v := p.Values[0]; !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if high-low < 1e-9*max(1, math.Abs(high)) {
		low, high = low-1, high+1
	}
	y := func(v float64) float64 { return tall - edge - (tall-2*edge)*(v-low)/(high-low) }
	x := func(p Point) float64 { return edge + (wide-2*edge)*float64(p.At.Sub(d.from))/float64(d.to.Sub(d.from)) }
	d.raw(`<svg class="icr-spark" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 20" width="88" height="20" focusable="false" aria-hidden="true">`)
	if from, to := limit(s.Low, low), limit(s.High, high); from < high && to > low && !(math.IsNaN(s.Low) && math.IsNaN(s.High)) {
		d.raw(`<path class="icr-chart__range" d="M0 `)
		d.number(y(min(to, high)))
		d.raw(`H88V`)
		d.number(y(max(from, low)))
		d.raw(`H0z"/>`)
	}
	d.raw(`<polyline class="icr-chart__line" points="`)
	last := -1
	for i, p := range s.Points {
		if math.IsNaN(p.Values[0]) {
			continue
		}
		if last >= 0 {
			d.raw(` `)
		}
		d.number(x(p))
		d.raw(`,`)
		d.number(y(p.Values[0]))
		last = i
	}
	d.raw(`"/>`)
	if last >= 0 {
		d.raw(`<circle class="icr-chart__point`)
		if s.Points[last].Mark != Within {
			d.raw(` icr-chart__point--out`)
		}
		d.raw(`"`)
		d.attribute("cx", x(s.Points[last]))
		d.attribute("cy", y(s.Points[last].Values[0]))
		d.raw(` r="2.5"/>`)
	}
	d.raw(`</svg>`)
	return d.buf
}

// limit is a limit, or where values end if there is none.
func limit(given, end float64) float64 {
	if math.IsNaN(given) {
		return end
	}
	return given
}
