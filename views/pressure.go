package views

import (
	"strings"

	"example.org/icr/care/record"
)

// The two values of a blood pressure.
const systolic, diastolic = "Systolic", "Diastolic"

// pressure is which half of a blood pressure a name means, if any, and the
// name without it.
func pressure(name string) (series, rest string) {
	if !strings.Contains(name, "stolic") && !strings.Contains(name, "STOLIC") {
		return "", ""
	}
	lower := strings.ToLower(name)
	for _, series := range []string{systolic, diastolic} {
		if before, after, ok := strings.Cut(lower, strings.ToLower(series)); ok && strings.Contains(lower, "pressure") {
			return series, strings.Join(strings.Fields(before+" "+after), " ")
		}
	}
	return "", ""
}

// posture is what the name of a half says besides that it is one of a blood
// pressure: "lying", "standing".
func posture(rest string) string {
	var how []string
	for _, word := range strings.Fields(rest) {
		switch word {
		case "blood", "arterial", "pressure", "reading", "measurement", "level", "of", "-", ":":
		default:
			how = append(how, word)
		}
	}
	return strings.Join(how, " ")
}

// other is the reading that a half belongs to: of the same resource or, if it
// was sent alone, the only other half of its source and time. Where there are
// several, nobody knows which belong together: what was paired is parted.
func (m *measure) other(l *record.Line, at int, v value) *reading {
	e := l.Lead()
	var own, found *reading
	several := false
	for i := len(m.readings) - 1; i >= 0 && m.readings[i].when() == e.When; i-- {
		r := m.readings[i]
		lacks := r.values[at].Number == ""
		switch {
		case r.lines[0] == l && lacks && own != nil:
			return nil
		case r.lines[0] == l && lacks:
			own = r
		case r.lines[0] == l, panel(r), !r.beside(e):
		case r.several: // and so are all before it
			return own
		case found != nil, !lacks:
			several = true
		default:
			found = r
		}
	}
	switch {
	case own != nil || v.rest == "":
		return own
	case several:
		m.part(e)
		return nil
	}
	return found
}

// panel reports whether a reading was sent as parts of one resource.
func panel(r *reading) bool { return len(r.lead().Parts) > 0 }

// beside reports whether a reading is of the source of e, and taken by the same.
func (r *reading) beside(e *record.Entry) bool {
	return r.lead().From == e.From && r.lead().ByPatient == e.ByPatient
}

// several reports whether there are halves of a source and time of which
// nobody knows which belong together.
func (m *measure) several(e *record.Entry) bool {
	for i := len(m.readings) - 1; i >= 0 && m.readings[i].when() == e.When; i-- {
		if r := m.readings[i]; r.several && r.beside(e) {
			return true
		}
	}
	return false
}

// part undoes the pairs of halves of a source and time that were sent alone.
func (m *measure) part(e *record.Entry) {
	for i := len(m.readings) - 1; i >= 0 && m.readings[i].when() == e.When; i-- {
		r := m.readings[i]
		if panel(r) || !r.beside(e) {
			continue
		}
		r.several = true
		if len(r.lines) == 1 {
			continue
		}
		first, second := *r, *r
		first.values, second.values = []numbered{r.values[0], unsent}, []numbered{unsent, r.values[1]}
		series, _ := pressure(r.lines[0].Lead().What.Words())
		if series == diastolic {
			first.values, second.values = second.values, first.values
		}
		first.lines, second.lines = r.lines[:1:1], r.lines[1:2:2]
		*r = first
		m.readings = append(m.readings, &second)
		if second.exactly() {
			m.exact++
		}
	}
}

// ranges are the reference ranges of a reading: of a pair whose halves were
// sent alone, each half's.
func (m *measure) ranges(r *reading) string {
	if !m.pair || len(r.lines) == 1 {
		return r.lead().Range
	}
	var words []string
	for _, l := range r.lines {
		if series, _ := pressure(l.Lead().What.Words()); l.Lead().Range != "" {
			words = append(words, strings.TrimSpace(series+" "+l.Lead().Range))
		}
	}
	return strings.Join(words, "; ")
}
