package views

import (
	"math"
	"strconv"

	"example.org/icr/care/record"
	"example.org/icr/views/chart"
	"github.com/a-h/templ"
)

// How much is drawn on a page.
const (
	mostCharts  = 12
	mostPoints  = 120 // of a chart
	mostOfSpark = 12
)

// drawn is a picture of package chart, which escapes every word that it takes.
// It is the one place where markup that no template made goes onto a page.
func drawn(svg []byte) templ.Component { return templ.Raw(string(svg)) }

// charted are the measures of the section that make a chart.
func (p SectionPage) charted() []*measure {
	if !measured(p.Section) {
		return nil
	}
	return p.whole().measures(p.Section).drawable
}

// chartsHeading says how many charts there are, of how many there could be.
func chartsHeading(n int) string {
	if n > mostCharts {
		return "Charts of the " + strconv.Itoa(mostCharts) + " measured last, of " + strconv.Itoa(n) + " with two readings or more"
	}
	return "Charts"
}

// charts are the first measures as pictures, each with its readings as a table
// beneath.
func (p RecordPage) charts(all []*measure) templ.Component {
	return p.written(func(w *writer) {
		w.marked = false
		w.raw(`<div class="icr-charts">`)
		for _, m := range all[:min(len(all), mostCharts)] {
			w.chart(m, len(all) == 1)
		}
		w.raw(`</div>`)
	})
}

func (w *writer) chart(m *measure, open bool) {
	drawn := m.dated(mostPoints)
	w.points = m.points(w.points[:0], drawn)
	low, high, words := m.limits(drawn)
	w.raw(`<figure class="icr-chart" id="`)
	w.attribute(m.anchor())
	w.raw(`"><h3 class="icr-chart__title">`)
	w.words(brief(m.name, longWords))
	w.raw(`</h3>`)
	lines := chart.Lines{ID: m.anchor(), Title: brief(m.name, 120), Desc: m.described(drawn, words), Unit: m.unit, Points: w.points, Low: low, High: high}
	lines.Pair = m.pair && len(m.series) == 2
	w.buf = lines.Append(w.buf)
	w.raw(`<figcaption class="icr-chart__words">`)
	w.text(m.caption(drawn, words, low, high))
	w.raw(`</figcaption>`)
	w.readings(m, open)
	w.raw(`</figure>`)
}

// described is a chart in words: how many readings, from when to when, from
// what to what, the last.
func (m *measure) described(drawn []*reading, limits string) string {
	first, last := drawn[0], drawn[len(drawn)-1]
	words := make([]byte, 0, 128)
	words = append(words, counted(len(drawn), "reading")...)
	words = first.when().DayOnly().AppendWords(append(words, " from "...))
	words = last.when().DayOnly().AppendWords(append(words, " to "...))
	for i, series := range m.series {
		low, high := ends(drawn, i)
		if math.IsNaN(low) {
			continue
		}
		words = append(words, ", "...)
		if series != "" {
			words = append(append(words, series...), ' ')
		}
		words = strconv.AppendFloat(append(words, "lowest "...), low, 'f', -1, 64)
		words = strconv.AppendFloat(append(words, ", highest "...), high, 'f', -1, 64)
	}
	words = append(append(words, ", last "...), m.quantities(last)...)
	if limits != "" {
		words = append(append(words, ", reference range "...), limits...)
	}
	return string(append(words, '.'))
}

// ends are the lowest and the highest value of a series.
func ends(readings []*reading, series int) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for _, r := range readings {
		v := r.values[series].number
		if !math.IsNaN(v) && !(v >= low) {
			low = v
		}
		if !math.IsNaN(v) && !(v <= high) {
			high = v
		}
	}
	return low, high
}

// caption says what the signs in a chart mean, as far as it has them, and what
// is not in it.
func (m *measure) caption(drawn []*reading, limits string, low, high float64) string {
	words := counted(len(drawn), "reading") + "."
	if more := m.exact - len(drawn); more > 0 {
		words = "The newest " + counted(len(drawn), "reading") + "; " + strconv.Itoa(more) + " older in the table."
	}
	switch {
	case !math.IsNaN(low) || !math.IsNaN(high):
		words += " Shaded: reference range " + limits + "."
	case limits == "" && ranged(drawn):
		words += " Reference ranges differ: see the table."
	}
	out, home, elsewhere, inexact := false, false, false, false
	for _, r := range drawn {
		out = out || markOf(r) != chart.Within
		home, elsewhere = home || r.lead().ByPatient, elsewhere || !r.lead().ByPatient
		for _, q := range r.values {
			inexact = inexact || q.Comparator != ""
		}
	}
	if out {
		words += " Triangle or diamond: marked out of range by its source."
	}
	switch {
	case home && elsewhere:
		words += " Hollow: taken by the patient or at home. Filled: taken elsewhere, or not said where."
	case home:
		words += " Taken by the patient or at home."
	}
	if inexact {
		words += " A sign beside a point means less or more than the value drawn."
	}
	if n := len(m.readings) - m.exact; n > 0 {
		words += " " + counted(n, "reading") + " without an exact date not drawn: see the table."
	}
	return words
}

func ranged(readings []*reading) bool {
	for _, r := range readings {
		if r.lead().Range != "" {
			return true
		}
	}
	return false
}

// readings is the table beneath a chart: newest first, then what has no exact
// date.
func (w *writer) readings(m *measure, open bool) {
	w.raw(`<details class="icr-readings"`)
	if open {
		w.raw(` open`)
	}
	w.raw(`><summary class="icr-readings__summary">Table of `)
	w.raw(counted(len(m.readings), "reading"))
	w.raw(`<span class="nhsuk-u-visually-hidden"> of `)
	w.text(brief(m.name, 80))
	w.raw(`</span></summary><table class="icr-readings__table"><thead><tr><th scope="col">Date</th><th scope="col">Value</th><th scope="col">Range</th><th scope="col">Source</th></tr></thead><tbody>`)
	for _, r := range m.readings {
		if r.exactly() {
			w.reading(m, r)
		}
	}
	if m.exact < len(m.readings) {
		w.raw(`<tr><th scope="rowgroup" colspan="4">Date unknown or not exact</th></tr>`)
		for _, r := range m.readings {
			if !r.exactly() {
				w.reading(m, r)
			}
		}
	}
	w.raw(`</tbody></table></details>`)
}

func (w *writer) reading(m *measure, r *reading) {
	w.raw(`<tr><th scope="row">`)
	if r.when().IsZero() {
		w.raw(`Date unknown`)
	} else {
		w.time(r.when())
	}
	w.raw(`</th><td>`)
	w.text(m.quantities(r))
	for _, l := range r.lines {
		if e := l.Lead(); e.Abnormal || e.Flag != "" {
			w.flag(e)
		}
	}
	if r.lead().ByPatient {
		w.raw(` <span class="icr-means">at home</span>`)
	}
	w.raw(`</td><td>`)
	w.text(m.ranges(r))
	w.raw(`</td><td>`)
	for _, code := range r.sources() {
		w.source(code)
	}
	w.raw(`</td></tr>`)
}

// trend is a line's small picture of the readings before it, with what it says
// in words; it leads to the chart.
func (w *writer) trend(e *record.Entry) {
	m := w.trends[e]
	if m == nil {
		return
	}
	drawn := m.dated(mostOfSpark)
	low, high, _ := m.limits(drawn)
	w.raw(` <a class="icr-trend" href="`)
	w.attribute(w.charts + "#" + m.anchor())
	w.raw(`">`)
	w.points = m.points(w.points[:0], drawn)
	w.buf = chart.Spark{Points: w.points, Low: low, High: high}.Append(w.buf)
	w.raw(`<span class="nhsuk-u-visually-hidden">Chart: `)
	of := ", "
	if w.newest {
		of = ", the newest: "
	}
	w.text(brief(m.name, 80) + of + m.described(drawn, ""))
	w.raw(`</span></a>`)
}

// trended are the lines that the trends beside some lines are drawn of.
func (p RecordPage) trended(s record.Section, lines []record.Line) []*record.Line {
	if !measured(s) {
		return nil
	}
	var drawn []*record.Line
	trends := p.measures(s).trends
	for _, l := range lines {
		if m := trends[l.Lead()]; m != nil {
			for _, r := range m.dated(mostOfSpark) {
				drawn = append(drawn, r.lines...)
			}
		}
	}
	return drawn
}
