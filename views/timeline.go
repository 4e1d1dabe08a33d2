package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views/chart"
	"github.com/a-h/templ"
)

// TimelinePage is what happened when, and where. It shows a year, or a month of
// one, or all years, or what has no date; where none of them is chosen, as much
// as fits. From is the index of the first event listed.
type TimelinePage struct {
	RecordPage
	Year         int
	Month        time.Month
	All, Undated bool
	From         int
}

// TimelineSections are the sections that a timeline is made of: what happens
// at a time.
var TimelineSections = []record.Section{record.Medications, record.Results, record.Visits, record.Documents}

// EventsPerList is how many events one page lists.
const EventsPerList = 50

// happening is one event of the timeline. The results of one day at one
// organisation are one event.
type happening struct {
	when  record.Date
	kind  chart.Kind
	lines []record.Line
}

func (h happening) source() nhs.ODSCode { return h.lines[0].Lead().From }

// happenings are all events, newest first, and those without a date.
func (p TimelinePage) happenings() (dated, undated []happening) {
	for _, s := range TimelineSections {
		for _, l := range p.Record.Lines[s] {
			h := happening{when: l.Lead().When, kind: happeningKind(l.Lead()), lines: []record.Line{l}}
			if h.when.Dated() {
				dated = append(dated, h)
			} else {
				undated = append(undated, h)
			}
		}
	}
	slices.SortStableFunc(dated, func(a, b happening) int {
		return cmp.Or(b.when.DayOnly().Compare(a.when.DayOnly()), cmp.Compare(a.kind, b.kind), cmp.Compare(a.source(), b.source()), b.when.Compare(a.when))
	})
	return together(dated), undated
}

// together makes one event of the results of one day and one organisation.
func together(dated []happening) []happening {
	out := dated[:0]
	for _, h := range dated {
		if n := len(out) - 1; n >= 0 && h.kind == chart.Result && out[n].kind == chart.Result &&
			out[n].when.DayOnly() == h.when.DayOnly() && out[n].source() == h.source() {
			out[n].lines = append(out[n].lines, h.lines...)
			continue
		}
		out = append(out, h)
	}
	return out
}

func happeningKind(e *record.Entry) chart.Kind {
	switch e.Section {
	case record.Medications:
		return chart.Medicine
	case record.Results:
		return chart.Result
	case record.Documents:
		return chart.Document
	}
	if request(e) {
		return chart.Referral
	}
	return chart.Visit
}

// kinds are the kinds of event in words, one and several.
var kinds = [5][2]string{
	chart.Visit: {"visit", "visits"}, chart.Referral: {"referral or request", "referrals or requests"}, chart.Result: {"set of results", "sets of results"},
	chart.Document: {"document", "documents"}, chart.Medicine: {"medicine", "medicines"},
}

func told(counts [5]int) string {
	var parts []string
	for k, n := range counts {
		if n > 0 {
			noun := kinds[k][1]
			if n == 1 {
				noun = kinds[k][0]
			}
			parts = append(parts, strconv.Itoa(n)+" "+noun)
		}
	}
	return listed(parts)
}

func yearOf(h happening) int { return h.when.Time().Year() }

// years are those in which anything happened, the newest first.
func years(dated []happening) []int {
	var all []int
	for _, h := range dated {
		if y := yearOf(h); !slices.Contains(all, y) {
			all = append(all, y)
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

// mostYears is how many years the picture of all years has room for.
const mostYears = 24

// picture is the events as lanes: of one year by month, of all by year.
func (p TimelinePage) picture(within []happening) chart.Lanes {
	pic := chart.Lanes{ID: "lanes", Title: "Events by organisation and date", Told: told}
	if p.Year != 0 {
		for m := time.January; m <= time.December; m++ {
			at := time.Date(p.Year, m, 1, 0, 0, 0, 0, within[0].when.Time().Location())
			pic.Columns = append(pic.Columns, chart.Column{Name: at.Format("Jan"), Start: at, Href: p.monthAt(at, len(within)), Words: at.Format("January 2006")})
			pic.End = at.AddDate(0, 1, 0)
		}
	} else {
		last := yearOf(within[0])
		first := max(yearOf(within[len(within)-1]), last-mostYears+1)
		for y := first; y <= last; y++ {
			at := time.Date(y, 1, 1, 0, 0, 0, 0, within[0].when.Time().Location())
			pic.Columns = append(pic.Columns, chart.Column{Name: yearName(y, last-first), Start: at, Href: p.yearHref(y), Words: strconv.Itoa(y)})
			pic.End = at.AddDate(1, 0, 0)
		}
	}
	pic.Lanes = p.lanes(within)
	pic.Desc = strconv.Itoa(len(within)) + " events at " + counted(len(pic.Lanes), "organisation") + ". Each part with events leads to the list below, which says the same in words."
	return pic
}

// monthAt is where a month of the year is told: on this page, or on one of its
// own where all do not fit.
func (p TimelinePage) monthAt(at time.Time, events int) string {
	if p.Month == 0 && events <= EventsPerList {
		return "#" + month(record.DateOf(at))
	}
	return p.monthHref(at.Month())
}

// yearName is a year where there is room for it: of many, two digits.
func yearName(year, others int) string {
	if others > 15 {
		return "’" + strconv.Itoa(year)[2:]
	}
	return strconv.Itoa(year)
}

// lanes are the events of each organisation, as the page calls it.
func (p TimelinePage) lanes(within []happening) []chart.Lane {
	n := p.naming()
	var lanes []chart.Lane
	for _, h := range within {
		var named []string
		for _, l := range h.lines {
			for _, code := range l.Sources() {
				if name := n.name(code); !slices.Contains(named, name) {
					named = append(named, name)
				}
			}
		}
		for _, name := range named {
			at := slices.IndexFunc(lanes, func(l chart.Lane) bool { return l.Name == name })
			if at < 0 {
				lanes, at = append(lanes, chart.Lane{Name: name}), len(lanes)
			}
			lanes[at].Events = append(lanes[at].Events, chart.Event{At: h.when.Time(), Kind: h.kind})
		}
	}
	slices.SortFunc(lanes, func(a, b chart.Lane) int { return strings.Compare(a.Name, b.Name) })
	return lanes
}

// month is the anchor of a month in the list.
func month(d record.Date) string { return "m-" + d.Time().Format("2006-01") }

// drawn is the picture in its own box, which scrolls where it does not fit.
func (p TimelinePage) drawn(within []happening) templ.Component {
	return p.written(func(w *writer) { w.buf = p.picture(within).Append(w.buf) })
}

// list is the events as a table, month by month.
func (p TimelinePage) list(events []happening, dated bool) templ.Component {
	return p.written(func(w *writer) {
		w.raw(`<table class="icr-events-list" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Date</th><th scope="col" role="columnheader">What happened</th>` +
			`<th scope="col" role="columnheader">Organisation</th></tr></thead>`)
		before := ""
		for _, h := range events {
			if dated && month(h.when) != before {
				if before != "" {
					w.raw(`</tbody>`)
				}
				before = month(h.when)
				w.raw(`<tbody role="rowgroup" id="` + before + `"><tr role="row"><th class="icr-events-list__month" scope="rowgroup" role="rowheader" colspan="3">` + h.when.Time().Format("January 2006") + `</th></tr>`)
			} else if before == "" {
				w.raw(`<tbody role="rowgroup">`)
				before = "undated"
			}
			w.happening(h)
		}
		w.raw(`</tbody></table>`)
	})
}

func (w *writer) happening(h happening) {
	w.raw(`<tr data-happening role="row"><td class="icr-events-list__when" role="cell">`)
	e := h.lines[0].Lead()
	if h.kind == chart.Result && len(h.lines) > 1 {
		w.time(h.when.DayOnly())
	} else {
		w.date(e)
	}
	w.raw(`</td><td role="cell">`)
	w.buf = append(w.buf, chart.Key(h.kind)...)
	w.raw(` <span class="icr-kind">`)
	w.raw(h.name())
	w.raw(`</span> `)
	open, rest := folded(h.lines)
	w.each(h.kind, open)
	if len(rest) > 0 {
		w.raw(`<details class="icr-more"><summary class="icr-more__summary">`)
		w.raw(counted(len(rest), "more result"))
		w.raw(`<span class="nhsuk-u-visually-hidden"> of `)
		w.text(h.when.DayOnly().String())
		w.raw(`</span></summary>`)
		w.each(h.kind, rest)
		w.raw(`</details>`)
	}
	w.raw(`</td><td role="cell">`)
	for _, code := range (&reading{lines: pointers(h.lines)}).sources() {
		w.source(code)
	}
	w.raw(`</td></tr>`)
}

func (w *writer) each(kind chart.Kind, lines []record.Line) {
	for i := range lines {
		e := lines[i].Lead()
		w.raw(`<div class="icr-happening" data-entry>`)
		if kind == chart.Result && len(lines) > 1 && e.When.Precision() == record.Instant {
			w.clock(e.When)
			w.raw(` `)
		}
		w.what(e)
		w.value(e)
		w.dose(e)
		if kind == chart.Visit || kind == chart.Referral {
			w.circumstances(e)
		}
		w.status(e)
		w.raw(`</div>`)
	}
}

var happeningNames = [5]string{chart.Visit: "Visit", chart.Referral: "Referral or request", chart.Result: "Results", chart.Document: "Document", chart.Medicine: "Medicine"}

// name is what happened. That a medicine is on a list does not say that
// anybody took it.
func (h happening) name() string {
	started := func(l record.Line) bool {
		e := l.Lead()
		return e.Assertion == record.Present && (e.Kind == "" || e.Kind == usual[e.Section])
	}
	if h.kind == chart.Medicine && !slices.ContainsFunc(h.lines, func(l record.Line) bool { return !started(l) }) {
		return "Medicine started"
	}
	return happeningNames[h.kind]
}

func pointers(lines []record.Line) []*record.Line {
	out := make([]*record.Line, len(lines))
	for i := range lines {
		out[i] = &lines[i]
	}
	return out
}

// Entries are the entries that Timeline shows, each once. The picture shows
// when there was something, so all of the time that it shows count.
func (p TimelinePage) Entries() []*record.Entry {
	dated, undated := p.happenings()
	p = p.zoomed(dated)
	if p.Undated {
		dated = nil
	}
	happenings := append(p.within(dated), p.without(undated)...)
	shown := entriesOf(len(happenings))
	for _, h := range happenings {
		shown.add(h.lines)
	}
	return shown.with(p.whole().conflicts())
}

// without are those events without a date that the page lists.
func (p TimelinePage) without(undated []happening) []happening {
	if p.Undated {
		return p.listed(undated)
	}
	return undated[:min(len(undated), mostUndated)]
}

// whole is the page about the patient that the timeline stands on.
func (p TimelinePage) whole() RecordPage {
	p.parts, p.partsName, p.partsPath = TimelineSections, "the timeline", p.path()
	return p.RecordPage
}
