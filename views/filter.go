package views

import (
	"strings"
	"time"

	"example.org/icr/care/record"
)

// Filter says which lines of a section to show. The zero Filter shows all.
type Filter struct {
	Text     string
	Source   string    // as the page's markup calls it
	From, To time.Time // from the first day until before the second
}

// Empty reports whether nothing was filled in.
func (f SectionForm) Empty() bool {
	return f.Text+f.Source+f.FromDay+f.FromMonth+f.FromYear+f.ToDay+f.ToMonth+f.ToYear == ""
}

func (f Filter) active() bool { return f != Filter{} }

func (f Filter) dated() bool { return !f.From.IsZero() || !f.To.IsZero() }

// lined are the lines of a section that the page is about: those that a filter
// leaves.
func (p RecordPage) lined(s record.Section) []record.Line {
	if p.filtered != nil && s == p.only {
		return p.filtered
	}
	return p.Record.Lines[s]
}

// matching are the lines that the page's filter leaves. Allergies are never
// filtered.
func (p SectionPage) matching() []record.Line {
	all := p.Record.Lines[p.Section]
	if !p.Filter.active() || p.Section == record.Allergies {
		return all
	}
	left, n := []record.Line{}, p.RecordPage.naming()
	for i := range all {
		if p.Filter.matches(n, &all[i]) {
			left = append(left, all[i])
		}
	}
	return left
}

func (f Filter) matches(n naming, l *record.Line) bool {
	return f.during(l.Lead()) && f.ofSource(n, l) && f.inWords(n, l)
}

// during reports whether what an entry tells can lie in the filter's time. What
// began before may have lasted into it: until its end, or, as a medicine or a
// stay that is current, until now.
func (f Filter) during(e *record.Entry) bool {
	if f.inTime(e.When) {
		return true
	}
	if !lasts(e) || f.From.IsZero() || !e.When.Time().Before(f.From) {
		return false
	}
	until := f
	until.To = time.Time{}
	if e.Until.Dated() {
		return until.inTime(e.Until)
	}
	return (e.Section == record.Medications || e.Section == record.Visits) && e.Standing == record.Current
}

// lasts reports whether an entry tells of something that goes on, and not of
// one moment.
func lasts(e *record.Entry) bool {
	switch e.Section {
	case record.Results, record.Observations, record.Immunisations, record.Documents:
		return false
	}
	return true
}

// inTime reports whether a date can lie in the filter's time. What has no date
// always can.
func (f Filter) inTime(d record.Date) bool {
	if !d.Dated() {
		return true
	}
	first := d.Time()
	var end time.Time
	switch d.Precision() {
	case record.Year:
		end = first.AddDate(1, 0, 0)
	case record.Month:
		end = first.AddDate(0, 1, 0)
	case record.Day:
		end = first.AddDate(0, 0, 1)
	default:
		end = first.Add(1)
	}
	return (f.To.IsZero() || first.Before(f.To)) && (f.From.IsZero() || end.After(f.From))
}

func (f Filter) ofSource(n naming, l *record.Line) bool {
	if f.Source == "" {
		return true
	}
	for _, code := range l.Sources() {
		if n.mark(code) == f.Source {
			return true
		}
	}
	return false
}

// inWords reports whether any entry of a line says the words, where the page
// shows them.
func (f Filter) inWords(n naming, l *record.Line) bool {
	if f.Text == "" {
		return true
	}
	sought := strings.ToLower(f.Text)
	for _, e := range l.Entries {
		for _, words := range n.sayings(e) {
			if strings.Contains(strings.ToLower(n.words(words)), sought) {
				return true
			}
		}
	}
	return false
}

// sayings are all words that an entry's line shows.
func (n naming) sayings(e *record.Entry) []string {
	all := []string{
		e.What.Words(), e.Kind, e.Status, e.Verification, e.Dose, e.Value.Words(), e.Quantity.String(), e.Flag, e.Severity,
		e.Criticality, e.Site, e.Reason, n.name(e.From), e.Range,
	}
	if !n.hidden {
		all = append(all, e.By, e.At, e.Phone)
	}
	for _, c := range []record.Concept{e.What, e.Value} {
		for _, coding := range c.Codings {
			all = append(all, coding.Code, coding.Display)
		}
	}
	for _, part := range e.Parts {
		all = append(all, part.Name, part.Words())
	}
	return append(append(all, e.Notes...), e.Reactions...)
}

// filterSentence is the filter in words, to follow "only lines".
func (p SectionPage) filterSentence() string {
	var parts []string
	if f := p.Filter; f.Text != "" {
		parts = append(parts, "with “"+f.Text+"”")
	}
	if !p.Filter.From.IsZero() {
		parts = append(parts, "dated from "+record.DateOf(p.Filter.From).DayOnly().String())
	}
	if !p.Filter.To.IsZero() {
		parts = append(parts, "dated to "+record.DateOf(p.Filter.To.Add(-time.Minute)).DayOnly().String())
	}
	if p.Filter.Source != "" {
		name := p.Filter.Source
		for _, o := range p.sourceOptions() {
			if o.Value == p.Filter.Source {
				name = o.Text
			}
		}
		parts = append(parts, "from "+name)
	}
	return listed(parts) + "."
}

// undatedKept is how many of the lines on the page a filter of dates kept
// because they have none.
func (p SectionPage) undatedKept() (n int) {
	if !p.Filter.dated() {
		return 0
	}
	for _, l := range p.matching() {
		if !l.Lead().When.Dated() {
			n++
		}
	}
	return n
}
