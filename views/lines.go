package views

import (
	"context"
	"io"
	"slices"
	"strconv"
	"sync"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views/chart"
	"example.org/icr/views/ui"
	"github.com/a-h/templ"
)

// writer appends a record's lines to a page. A record has thousands, and templ
// allocates for every expression; everything here that is not a constant goes
// through text.
type writer struct {
	buf    []byte
	out    io.Writer // to which the buffer goes
	failed error     // of writing to it

	naming naming
	base   string // URL of the record
	marked bool   // lines are entries of a section, not repeated elsewhere

	documents func(*record.Entry) string // names those that can be opened
	mistakes  func(*record.Entry) string // how the way to report an entry names it; nil for no way

	news        record.News
	conflicting map[*record.Entry]bool
	trends      map[*record.Entry]*measure // drawn beside their newest reading
	charts      string                     // URL of the page that has their charts
	newest      bool                       // there are older readings that were not asked for
	points      []chart.Point              // of the chart that is drawn
	opens       fileType                   // that of the document last named
	system      codeSystem                 // that of the code last named
}

// buffers are used again: long sections make long pages.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// written is a component that write appends.
func (p RecordPage) written(write func(w *writer)) templ.Component {
	w := &writer{naming: p.naming(), documents: p.DocumentRef, base: p.href(""), marked: true, conflicting: p.leads(), news: p.News, mistakes: p.Mistakes}
	return templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		w.buf, w.out, w.failed = (*buf)[:0], out, nil
		write(w)
		w.flush()
		*buf = w.buf
		return w.failed
	})
}

// full is how much is appended before it is passed on: what stays that small
// stays in the processor's cache.
const full = 16 << 10

// passOn empties a buffer that has become full.
func (w *writer) passOn() {
	if len(w.buf) >= full {
		w.flush()
	}
}

func (w *writer) flush() {
	if w.failed == nil {
		_, w.failed = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// conflicting are the leads of the lines that stand in a conflict. An allergy
// is never put in doubt.
func (p RecordPage) conflicting() map[*record.Entry]bool {
	leads := map[*record.Entry]bool{}
	for _, c := range p.conflicts() {
		for _, l := range c.Lines {
			if e := l.Lead(); e.Section != record.Allergies || e.Assertion != record.Present {
				leads[e] = true
			}
		}
	}
	return leads
}

// raw appends markup of ours. It takes constants only.
func (w *writer) raw(markup string) { w.buf = append(w.buf, markup...) }

// text appends somebody's words in an element.
func (w *writer) text(s string) {
	if w.naming.plain.has(s) {
		w.buf = append(w.buf, s...)
		return
	}
	w.buf = ui.AppendWords(w.buf, s)
}

// attribute appends words in a quoted attribute.
func (w *writer) attribute(s string) { w.buf = ui.AppendText(w.buf, s) }

// wrap appends words in markup, if there are any.
func (w *writer) wrap(open, s, end string) {
	if s != "" {
		w.raw(open)
		w.text(s)
		w.raw(end)
	}
}

// lines is a section's lines as a list.
func (p RecordPage) lines(lines []record.Line) templ.Component {
	return p.written(func(w *writer) { w.list(`<ul class="icr-lines">`, lines) })
}

// excerptList is lines of the summary: what was measured before has its trend.
func (p RecordPage) excerptList(s record.Section, lines []record.Line) templ.Component {
	if !measured(s) {
		return p.lines(lines)
	}
	trends, charts, newest := p.measures(s).trends, p.href(s), p.more(s)
	return p.written(func(w *writer) {
		w.trends, w.charts, w.newest = trends, charts, newest
		w.list(`<ul class="icr-lines">`, lines)
	})
}

// leads are the leads of the lines that stand in a conflict.
func (p RecordPage) leads() map[*record.Entry]bool {
	if p.made == nil {
		return nil
	}
	return p.made.leads
}

// beside is the lines of a conflict, one beside the other.
func (p RecordPage) beside(lines []record.Line) templ.Component {
	return p.written(func(w *writer) {
		w.marked = false
		w.list(`<ul class="icr-beside">`, lines)
	})
}

func (w *writer) list(open string, lines []record.Line) {
	w.raw(open)
	for i := range lines {
		w.line(&lines[i])
		w.passOn()
	}
	w.raw(`</ul>`)
}

func (w *writer) line(l *record.Line) {
	e := l.Lead()
	w.raw(`<li class="icr-line`)
	w.raw(weight(e))
	w.raw(`"`)
	if w.marked {
		w.raw(` data-entry`)
		w.group(l)
	}
	w.raw(`><div class="icr-line__what">`)
	w.what(e)
	w.marks(l)
	w.value(e)
	w.trend(e)
	if w.marked {
		w.file(e)
		w.details(e, len(l.Entries) == 1)
	} else {
		w.essence(e)
	}
	w.raw(`</div><div class="icr-line__side"><span class="icr-line__when">`)
	w.date(e)
	w.raw(`</span>`)
	w.status(e)
	w.raw(`<span class="icr-line__sources">`)
	w.sources(l)
	w.raw(`</span></div>`)
	if w.marked {
		w.more(l)
		w.earlier(l)
	}
	w.raw(`</li>`)
}

// group marks the lines that are possibly the same.
func (w *writer) group(l *record.Line) {
	if l.Group != 0 {
		w.raw(` data-group="` + strconv.Itoa(l.Group) + `"`)
	}
}

// marks says of a line that another, which stands with it, may be the same
// statement, and that the user has not seen it before.
func (w *writer) marks(l *record.Line) {
	if l.Group != 0 && w.marked {
		w.raw(` <span class="icr-tag icr-tag--possibly">Possibly the same</span>`)
	}
	if w.marked && w.news.Has(*l) {
		w.raw(` <span class="icr-tag icr-tag--new" data-new>New since you last looked</span>`)
	}
}

// weight is how a line stands out.
func weight(e *record.Entry) string {
	switch {
	case past(e):
		return " icr-line--past"
	case e.Section == record.Allergies && e.Assertion == record.Present:
		return " icr-line--allergy"
	case e.Section == record.Alerts:
		return " icr-line--alert"
	}
	return ""
}

// unnamed are the words for an entry of which only the bare fact was sent.
var unnamed = map[record.Section]string{
	record.Alerts: "Alert", record.Allergies: "Allergy", record.Medications: "Medicine", record.CarePlans: "Care plan",
	record.SocialCare: "Social care", record.CareTeam: "Care team", record.Visits: "Visit", record.Problems: "Problem",
	record.Procedures: "Procedure", record.Results: "Result", record.Observations: "Observation",
	record.Immunisations: "Immunisation", record.Documents: "Document",
}

// usual are the kinds that most entries of a section have: only another is
// worth its words.
var usual = map[record.Section]string{
	record.Alerts: "Alert", record.Medications: "Prescription", record.CarePlans: "Care plan", record.CareTeam: "Care team",
	record.Problems: "Problem", record.Procedures: "Procedure", record.Results: "Result", record.Observations: "Observation",
	record.Immunisations: "Immunisation", record.Documents: "Document",
}

// title is what an entry is, in its sender's words.
func (w *writer) title(e *record.Entry) string {
	if words := e.What.Words(); words != "" {
		return w.naming.words(words)
	}
	if e.Kind != "" {
		return w.naming.words(e.Kind)
	}
	return unnamed[e.Section]
}

// document is what stands for e in the link that opens it, or "".
func (w *writer) document(e *record.Entry) string {
	if w.documents == nil {
		return ""
	}
	return w.documents(e)
}

func (w *writer) what(e *record.Entry) {
	title := w.title(e)
	if e.Kind != "" && e.Kind != title && e.Kind != usual[e.Section] {
		w.raw(`<span class="icr-kind">`)
		w.text(w.naming.words(e.Kind))
		w.raw(`</span> `)
	}
	if e.Assertion == record.Forbidden {
		w.raw(`<strong class="icr-tag icr-tag--grave">`)
		w.raw(forbidden(e))
		w.raw(`</strong> `)
	}
	title, rest := fold(title)
	if ref := w.document(e); ref != "" {
		w.raw(`<a class="icr-what" href="`)
		w.attribute(w.base + "/documents/" + ref)
		w.raw(`">`)
		w.text(title)
		w.raw(`</a>`)
	} else {
		w.raw(`<strong class="icr-what">`)
		w.words(title)
		w.raw(`</strong>`)
	}
	w.unfold(rest)
	if (e.Section == record.Alerts || e.Section == record.Allergies) && w.naming.late(e.From) {
		w.raw(` <strong class="icr-tag icr-tag--late">Arrived after you opened this page</strong>`)
	}
	if e.Assertion == record.Refuted {
		w.raw(` <strong class="icr-tag icr-tag--struck">Ruled out or not done</strong>`)
	}
	if w.marked && w.conflicting[e] {
		w.raw(` <a class="icr-tag icr-tag--conflict" href="#attention">Conflict<span class="nhsuk-u-visually-hidden">: see what needs attention</span></a>`)
	}
}

// forbidden is what an order that forbids says.
func forbidden(e *record.Entry) string {
	if e.Section == record.Medications {
		return "Not to be given"
	}
	return "Not to be done"
}

// date is when; a period says from when to when, a single date what it means.
func (w *writer) date(e *record.Entry) {
	switch {
	case !e.When.IsZero():
		w.time(e.When)
	case e.Until.IsZero():
		w.raw(`Date not known`)
	}
	if e.Until.IsZero() {
		w.wrap(` <span class="icr-means">`, e.WhenMeans, `</span>`)
		return
	}
	if e.When.Precision() == record.Day && e.When == e.Until {
		return // it began and ended on the day that has just been told
	}
	if e.When.IsZero() {
		w.raw(`until `)
	} else {
		w.raw(` to `)
	}
	if e.When.Precision() == record.Instant && e.Until.Precision() == record.Instant && e.When.DayOnly() == e.Until.DayOnly() {
		w.clock(e.Until)
		return
	}
	w.time(e.Until)
}

// clock is the time of a day that has just been told.
func (w *writer) clock(d record.Date) {
	w.raw(`<time datetime="`)
	w.attribute(d.ISO())
	w.raw(`">`)
	w.raw(d.Time().Format("15:04"))
	w.raw(`</time>`)
}

func (w *writer) time(d record.Date) {
	if d.Dated() {
		w.raw(`<time datetime="`)
		w.buf = d.AppendISO(w.buf)
		w.raw(`">`)
		w.buf = d.AppendWords(w.buf)
		w.raw(`</time>`)
		return
	}
	w.text(d.String())
}

func (w *writer) status(e *record.Entry) {
	if e.Status == "" && e.Verification == "" {
		return
	}
	w.raw(`<span class="icr-line__status">`)
	w.text(e.Status)
	if e.Status != "" && e.Verification != "" {
		w.raw(`, `)
	}
	w.text(e.Verification)
	w.raw(`</span>`)
}

func (w *writer) sources(l *record.Line) {
	for i := range l.Entries {
		w.source(l.Entries[i].From)
		w.origin(l.Entries[i])
	}
}

// origin is the organisation that is accountable for an entry, where another
// passes it on.
func (w *writer) origin(e *record.Entry) {
	if e.Origin.Name == "" || w.naming.hidden || e.Origin.Name == w.naming.name(e.From) || e.Origin.Code == e.From {
		return
	}
	w.wrap(`<span class="icr-origin">of `, w.naming.words(e.Origin.Name), `</span> `)
}

// source names an organisation, in markup that a page makes once of each.
func (w *writer) source(code nhs.ODSCode) {
	o := w.naming.known[code]
	if o != nil && o.badge != nil {
		w.buf = append(w.buf, o.badge...)
		return
	}
	from := len(w.buf)
	w.raw(`<span class="icr-source" data-source="`)
	w.attribute(w.naming.mark(code))
	w.raw(`">`)
	w.text(w.naming.name(code))
	w.raw(`</span> `)
	if o != nil {
		o.badge = slices.Clone(w.buf[from:])
	}
}
