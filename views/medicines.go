package views

import (
	"slices"
	"strconv"

	"example.org/icr/care/record"
	"example.org/icr/views/chart"
	"github.com/a-h/templ"
)

// prescriber is who prescribes a medicine, where the line has one source: each
// source's own are told with it.
func (w *writer) prescriber(l *record.Line) {
	e := l.Lead()
	switch {
	case w.naming.hidden:
		w.raw(`<span class="icr-means">Not shown</span>`)
	case len(l.Entries) > 1:
		w.raw(`<span class="icr-means">See sources</span>`)
	case e.By == "" && e.At == "":
		w.raw(`<span class="icr-means">Not sent</span>`)
	default:
		w.folded(e.By)
		w.detail("At", e.At)
	}
}

// issued is when a medicine was last issued, as its sources say.
func (w *writer) issued(l *record.Line) {
	last := record.Date{}
	for _, e := range l.Entries {
		if e.Issued.Compare(last) > 0 {
			last = e.Issued
		}
	}
	if last.IsZero() {
		w.raw(`<span class="icr-means">Not sent</span>`)
		return
	}
	w.time(last)
}

// mostBars is how many medicines one picture has room for.
const mostBars = 40

// medicineBars are the medicines of the page that have a date to draw them
// from, in its order, and how many have none or no room.
func (p SectionPage) medicineBars() (bars []chart.Bar, left int) {
	n := p.naming()
	for _, l := range p.medicines() {
		e := l.Lead()
		if !e.When.Dated() || e.Assertion != record.Present || len(bars) == mostBars {
			left++
			continue
		}
		bar := chart.Bar{Name: n.words(e.What.Words()), From: e.When.Time(), Over: past(e)}
		if e.Until.Dated() {
			bar.To = e.Until.Time()
		}
		bar.Unended = bar.Over && (bar.To.IsZero() || bar.To.Before(bar.From))
		bars = append(bars, bar)
	}
	return bars, left
}

// medicines are the lines on the page.
func (p SectionPage) medicines() []record.Line {
	var lines []record.Line
	for _, g := range p.excerpt().groups {
		lines = slices.Concat(lines, g.lines)
	}
	return lines
}

// medicineTimeline is when each medicine on the page was taken, as a picture
// and as a table.
func (p SectionPage) medicineTimeline() templ.Component {
	return p.written(func(w *writer) {
		bars, left := p.medicineBars()
		pic := chart.Bars{ID: "medicines", Title: "Medicines over time", Bars: bars, Now: p.Now}
		pic.Desc = counted(len(bars), "medicine") + ", each from when it was prescribed or taken. The table beneath says the same in words."
		w.raw(`<figure class="icr-medicines" data-medicine-timeline><div class="icr-scroll" tabindex="0" role="region" aria-label="Picture of medicines over time">`)
		w.buf = pic.Append(w.buf)
		w.raw(`</div><figcaption class="icr-chart__words">Blue: current, drawn until today unless an end was sent. Grey: ended. Outline: ended, and no end was sent.`)
		if left > 0 {
			w.raw(` ` + strconv.Itoa(left) + ` not drawn: without a date, not taken, or no room. They are in the table.`)
		}
		w.raw(`</figcaption><details class="icr-readings"><summary class="icr-readings__summary">Table of medicines over time</summary>` +
			`<table class="icr-readings__table"><thead><tr><th scope="col">Medicine</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Status</th><th scope="col">Source</th></tr></thead><tbody>`)
		for _, l := range p.medicines() {
			w.medicineDates(&l)
		}
		w.raw(`</tbody></table></details></figure>`)
	})
}

func (w *writer) medicineDates(l *record.Line) {
	e := l.Lead()
	w.raw(`<tr><th scope="row">`)
	if e.Assertion == record.Forbidden {
		w.raw(`<strong>` + forbidden(e) + `</strong> `)
	}
	w.folded(w.title(e))
	w.raw(`</th><td>`)
	if e.When.IsZero() {
		w.raw(`Date not known`)
	} else {
		w.time(e.When)
	}
	w.raw(`</td><td>`)
	switch {
	case !e.Until.IsZero():
		w.time(e.Until)
	case past(e), e.Assertion == record.Forbidden:
		w.raw(`Not sent`)
	default:
		w.raw(`Now`)
	}
	w.raw(`</td><td>`)
	w.status(e)
	w.raw(`</td><td>`)
	w.sources(l)
	w.raw(`</td></tr>`)
}
