package views

import (
	"cmp"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/views/chart"
)

// measure is one thing that was measured, in one unit, with everything that
// was measured of it. What is coded otherwise, or has another unit, is another.
type measure struct {
	key        measureKey
	name, unit string
	series     []string   // of one value: its name alone
	readings   []*reading // newest first, as lines are
	exact      int        // readings that have a place on an axis of time
	pair       bool       // the two series are a blood pressure
	limit      limit      // of the readings last drawn
}

// measureKey is what two values have in common that are of one measure: the
// code, or else the words, the part of a panel, the unit, and the side of the
// body.
type measureKey struct{ system, code, part, unit, side string }

// reading is the values of one time, one for each series of the measure.
type reading struct {
	lines   []*record.Line // of which they are
	values  []numbered
	several bool // of its source and time there are several halves that were sent alone
}

// numbered is a quantity with its number, not a number where it has none.
type numbered struct {
	*record.Quantity
	number float64
}

func numberedOf(q *record.Quantity) numbered { return numbered{q, numeric(q)} }

// unsent is the value of a series that a reading has none of.
var unsent = numberedOf(&record.Quantity{})

func (r *reading) lead() *record.Entry { return r.lines[0].Lead() }

func (r *reading) when() record.Date { return r.lead().When }

// exactly reports whether a reading has a place on an axis of time.
func (r *reading) exactly() bool { return r.when().Precision() >= record.Day }

// numeric is a quantity as a number, not a number where it is none.
func numeric(q *record.Quantity) float64 {
	if q.Number == "" {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(q.Number, 64)
	if err != nil || math.IsInf(f, 0) || math.Abs(f) > 1e12 {
		return math.NaN()
	}
	return f
}

// measures are what was measured in some lines, in their order.
type measures struct {
	all   []*measure
	lines []tells // of each line

	drawable []*measure                 // make a chart: they have two readings with a date
	trends   map[*record.Entry]*measure // those by the line that is their newest reading

	room      []reading // for readings, and what they hold
	lineRoom  []*record.Line
	valueRoom []numbered
}

// tells is what a line tells besides the lines before it.
type tells uint8

const (
	tellsOld  tells = iota // all it measures, another before it measured later
	tellsNew               // a number that is the newest of its measure, or words
	tellsNone              // neither numbers nor words: the heading of a panel
)

// measures are those of a section's lines on the page.
func (p RecordPage) measures(s record.Section) *measures {
	if p.made == nil {
		return p.naming().measures(p.lined(s))
	}
	ms, ok := p.made.measures[s]
	if !ok {
		ms = p.naming().measures(p.lined(s))
		p.made.measures[s] = ms
	}
	return ms
}

// measures parts lines into what was measured, in the order of the lines.
func (n naming) measures(lines []record.Line) *measures {
	ms := &measures{lines: make([]tells, len(lines)), trends: map[*record.Entry]*measure{}}
	known := map[measureKey]*measure{}
	var values []value
	for i := range lines {
		values = n.valuesOf(&lines[i], values[:0])
		switch e := lines[i].Lead(); {
		case len(values) > 0:
		case saysNothing(e):
			ms.lines[i] = tellsNone
		default:
			ms.lines[i] = tellsNew
		}
		for _, v := range values {
			m := known[v.key]
			if m == nil {
				m = &measure{key: v.key, name: v.title(n, lines[i].Lead()), unit: v.Unit, pair: v.pair}
				known[v.key] = m
				ms.all = append(ms.all, m)
			}
			if ms.add(m, &lines[i], v) || m.mayBeLast(v.series, lines[i].Lead().When) {
				ms.lines[i] = tellsNew
			}
		}
	}
	for _, m := range ms.all {
		if m.exact < 2 {
			continue
		}
		ms.drawable = append(ms.drawable, m)
		if lead := m.readings[0].lead(); ms.trends[lead] == nil {
			ms.trends[lead] = m
		}
	}
	return ms
}

// mayBeLast reports whether the newest reading of a series is not surely newer
// than one of that date: of two at one time, or on one day, nobody knows which
// corrects the other.
func (m *measure) mayBeLast(series string, when record.Date) bool {
	at := slices.Index(m.series, series)
	i := slices.IndexFunc(m.readings, func(r *reading) bool { return r.values[at].Number != "" })
	return i >= 0 && when.Dated() && m.readings[i].when().Dated() && !m.readings[i].when().SurelyAfter(when)
}

// value is one number of a line.
type value struct {
	key    measureKey
	part   string // of a panel
	rest   string // the name without its half of a blood pressure
	series string
	pair   bool
	numbered
}

// title is what a value is called on its own.
func (v value) title(n naming, e *record.Entry) string {
	name := n.words(e.What.Words())
	switch {
	case v.rest != "":
		name = capital(v.rest)
	case v.part != "":
		name += ": " + n.words(v.part)
	}
	if v.key.side != "" && e.Site != "" {
		name += ", " + n.words(e.Site)
	}
	return name
}

// valuesOf appends the numbers of a line: its own, or those of its parts.
func (n naming) valuesOf(l *record.Line, values []value) []value {
	e := l.Lead()
	if e.Assertion != record.Present || !measured(e.Section) {
		return values
	}
	key := code(e.What)
	if own := numberedOf(&e.Quantity); !math.IsNaN(own.number) {
		key.unit, key.side = own.Unit, e.Side()
		v := value{key: key, numbered: own}
		if series, rest := pressure(n.words(e.What.Words())); series != "" { // one half of a blood pressure, sent alone
			v = value{key: measureKey{code: rest, part: "pressure", unit: key.unit, side: key.side}, rest: rest, series: series, pair: true, numbered: own}
		}
		return append(values, v)
	}
	for i := range e.Parts {
		part := &e.Parts[i]
		sent := numberedOf(&part.Quantity)
		if math.IsNaN(sent.number) {
			continue
		}
		key.part, key.unit, key.side = part.Name, part.Unit, e.Side()
		v := value{key: key, part: part.Name, numbered: sent}
		if series, rest := pressure(part.Name); series != "" {
			how := posture(rest)
			key.part, key.side = strings.TrimSpace("pressure "+how), ""
			v = value{key: key, part: how, series: series, pair: true, numbered: sent}
		}
		values = append(values, v)
	}
	return values
}

// code is what makes two entries the same test: the code that most systems
// know, or the words where there is none.
func code(c record.Concept) measureKey {
	for _, system := range []string{"http://snomed.info/sct", "http://loinc.org"} {
		for i := range c.Codings {
			if c.Codings[i].System == system && c.Codings[i].Code != "" {
				return measureKey{system: system, code: c.Codings[i].Code}
			}
		}
	}
	if len(c.Codings) > 0 && c.Codings[0].Code != "" {
		return measureKey{system: c.Codings[0].System, code: c.Codings[0].Code}
	}
	return measureKey{code: strings.ToLower(c.Words())}
}

// add adds a value to m, to a reading of the same source and time if that has none
// of its series, and reports whether it is the first of its series.
func (ms *measures) add(m *measure, l *record.Line, v value) (first bool) {
	at := slices.Index(m.series, v.series)
	if first = at < 0; first {
		at = len(m.series)
		if v.series == systolic { // always before the diastolic
			at = 0
		}
		m.series = slices.Insert(m.series, at, v.series)
		for i := range m.readings {
			m.readings[i].values = slices.Insert(m.readings[i].values, at, unsent)
		}
	}
	e := l.Lead()
	alone := false
	if v.pair && e.When.Dated() {
		if r := m.other(l, at, v); r != nil {
			r.values[at] = v.numbered
			if !slices.Contains(r.lines, l) {
				r.lines = append(r.lines, l)
			}
			return first
		}
		alone = m.several(e)
	}
	r := &take(&ms.room, 1)[0]
	r.lines, r.values = take(&ms.lineRoom, 1), take(&ms.valueRoom, len(m.series))
	for i := range r.values {
		r.values[i] = unsent
	}
	r.lines[0], r.values[at], r.several = l, v.numbered, alone
	m.readings = append(m.readings, r)
	if r.exactly() {
		m.exact++
	}
	return first
}

// take is room for n elements, taken from room that is made for many at once:
// there are hundreds of readings of one or two.
func take[T any](room *[]T, n int) []T {
	if len(*room) < n {
		*room = make([]T, max(n, 64))
	}
	taken := (*room)[:n:n]
	*room = (*room)[n:]
	return taken
}

// dated are the readings that have a place on an axis of time, oldest first,
// at most so many of the newest.
func (m *measure) dated(most int) []*reading {
	dated := make([]*reading, 0, min(most, m.exact))
	for _, r := range m.readings {
		if r.exactly() && len(dated) < most {
			dated = append(dated, r)
		}
	}
	slices.Reverse(dated) // they stood newest first, and of those at one time the first counts as the last
	if older := func(a, b *reading) int { return a.when().Compare(b.when()) }; !slices.IsSortedFunc(dated, older) {
		slices.SortStableFunc(dated, older)
	}
	return dated
}

// points appends readings as a picture takes them.
func (m *measure) points(out []chart.Point, readings []*reading) []chart.Point {
	room := make([]float64, len(readings)*len(m.series))
	for _, r := range readings {
		e := r.lead()
		p := chart.Point{At: r.when().Time(), Hollow: e.ByPatient, Mark: markOf(r)}
		p.Values = take(&room, len(r.values))
		for i, q := range r.values {
			p.Values[i] = q.number
			if q.Comparator != "" {
				p.Label = q.Comparator + q.Number
			}
		}
		out = append(out, p)
	}
	return out
}

// markOf is where the source says that a reading lies.
func markOf(r *reading) chart.Mark {
	for _, l := range r.lines {
		if e := l.Lead(); e.Abnormal {
			switch lies(e.Flag) {
			case " icr-tag--high":
				return chart.High
			case " icr-tag--low":
				return chart.Low
			}
			return chart.Out
		}
	}
	return chart.Within
}

// limits is the reference range of readings, if all that have one have the
// same; else there is none, and no range is shaded. Of a pair each half has its
// own.
func (m *measure) limits(readings []*reading) (low, high float64, words string) {
	if m.pair {
		return math.NaN(), math.NaN(), ""
	}
	for _, r := range readings {
		switch own := r.lead().Range; {
		case own == "" || own == words:
		case words == "":
			words = own
		default:
			return math.NaN(), math.NaN(), ""
		}
	}
	if words == "" {
		return math.NaN(), math.NaN(), ""
	}
	if words != m.limit.words {
		m.limit = limitOf(words, m.unit)
	}
	return m.limit.low, m.limit.high, words
}

// limit is a reference range in words and, where it is plainly one, in numbers.
type limit struct {
	words     string
	low, high float64
}

func limitOf(words, unit string) limit {
	if low, high, ok := parseRange(words, unit); ok {
		return limit{words, low, high}
	}
	return limit{words, math.NaN(), math.NaN()}
}

const decimal = `(-?\d+(?:\.\d+)?)`

// The ways in which sources write a range of numbers.
var (
	between = regexp.MustCompile(`^` + decimal + `\s*(?:-|–|to)\s*` + decimal + `$`)
	below   = regexp.MustCompile(`^(?:up to|under|less than|below|<=?|≤)\s*` + decimal + `$`)
	above   = regexp.MustCompile(`^(?:over|above|more than|at least|>=?|≥)\s*` + decimal + `$`)
	orMore  = regexp.MustCompile(`^` + decimal + ` or more$`)
)

// parseRange reads a reference range that is plainly one, and of the unit, if
// it names any. Nothing else is guessed at.
func parseRange(words, unit string) (low, high float64, ok bool) {
	if unit != "" {
		words = strings.ReplaceAll(words, unit, "")
	}
	words = strings.Join(strings.Fields(strings.ToLower(words)), " ")
	at := func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }
	if m := between.FindStringSubmatch(words); m != nil && at(m[1]) < at(m[2]) {
		return at(m[1]), at(m[2]), true
	}
	if m := below.FindStringSubmatch(words); m != nil {
		return math.NaN(), at(m[1]), true
	}
	for _, pattern := range []*regexp.Regexp{above, orMore} {
		if m := pattern.FindStringSubmatch(words); m != nil {
			return at(m[1]), math.NaN(), true
		}
	}
	return 0, 0, false
}

// anchor is where the page of the section has the measure's chart.
func (m *measure) anchor() string {
	h := fnv.New32a()
	for _, part := range []string{m.key.system, m.key.code, m.key.part, m.key.unit, m.key.side} {
		h.Write([]byte(part + "\x00"))
	}
	return "chart-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// sources are those of a reading, each once.
func (r *reading) sources() []nhs.ODSCode {
	var codes []nhs.ODSCode
	for _, l := range r.lines {
		for _, code := range l.Sources() {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

// quantities are a reading's values as sent: "<5 mmol/L", "151/86 mmHg".
func (m *measure) quantities(r *reading) string {
	if !m.pair {
		return r.values[0].String()
	}
	var numbers []string
	for _, q := range r.values {
		numbers = append(numbers, cmp.Or(q.Comparator+q.Number, "–"))
	}
	if len(numbers) == 1 {
		return m.series[0] + " " + r.values[0].String()
	}
	return strings.TrimSpace(strings.Join(numbers, "/") + " " + m.unit)
}
