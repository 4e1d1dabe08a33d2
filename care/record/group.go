package record

import (
	"cmp"
	"slices"
	"strings"
)

// byDay are the sections of events that are told apart by their day: what is
// not dated to the day is never taken for another.
var byDay = map[Section]bool{Visits: true, Results: true, Observations: true, Documents: true}

// mostCompared is how many lines are compared with each other. Nobody has as
// many of one thing, or of one day.
const mostCompared = 1000

// group numbers the lines of a thing that are possibly the same.
func (r *reader) group(lines []Line, t *thing) {
	for run := range slices.Chunk(t.lines, mostCompared) {
		r.groupAmong(lines, run)
	}
}

// groupAmong forms groups of the lines numbered. Each joins the first group
// with every member of which it is possibly the same.
func (r *reader) groupAmong(lines []Line, numbers []int) {
	for i, n := range numbers {
		for _, m := range numbers[:i] {
			first := lines[m].Group - 1
			if first >= 0 && first != m || !r.possiblyAll(lines, numbers[:i], m, n) {
				continue
			}
			lines[m].Group, lines[n].Group = m+1, m+1
			break
		}
	}
}

// possiblyAll reports whether line n is possibly the same as every line of the
// group that m leads, or would lead.
func (r *reader) possiblyAll(lines []Line, numbers []int, m, n int) bool {
	if !r.possiblyLines(&lines[m], &lines[n]) {
		return false
	}
	for _, other := range numbers {
		if other != m && lines[other].Group == m+1 && !r.possiblyLines(&lines[other], &lines[n]) {
			return false
		}
	}
	return true
}

func (r *reader) possiblyLines(a, b *Line) bool {
	for _, x := range a.Entries {
		for _, y := range b.Entries {
			if x.From == y.From {
				return false
			}
		}
	}
	return r.possibly(a.Lead(), b.Lead())
}

// groupDays groups events: the lines are sorted by time, so that those of one
// day stand together.
func (r *reader) groupDays(lines []Line) {
	var run []int
	for n := 0; n < len(lines); {
		run = run[:0]
		e := lines[n].Lead()
		for ; n < len(lines) && len(run) < mostCompared && sameDay(e.When, lines[n].Lead().When) && e.rank() == lines[n].Lead().rank(); n++ {
			run = append(run, n)
		}
		if len(run) == 0 {
			n++ // not dated to the day
			continue
		}
		r.groupAmong(lines, run)
	}
}

// possibly reports whether two entries that speak of one thing, from two
// sources, may be one statement: nothing that both of them say differs. Of
// those of byDay, it also finds whether they speak of one thing.
func (r *reader) possibly(a, b *Entry) bool {
	if a.rank() != b.rank() || a.Assertion != b.Assertion || !possibleTimes(a, b) {
		return false
	}
	switch {
	case byDay[a.Section]:
		return possibleEvents(a, b) && r.alike(a, b)
	case a.Section == Medications:
		x, y := r.product(a), r.product(b)
		return !onHold(a, b) && sameStrength(x, y) && !r.dosesDiffer(a.Dose, b.Dose, stronger(x, y))
	}
	return (a.Dose == b.Dose || a.Dose == "" || b.Dose == "") && possibleValues(a, b)
}

// stronger is the one of two products that states a strength.
func stronger(x, y product) product {
	if x.single == 0 && x.perMl == 0 {
		return y
	}
	return x
}

// possibleTimes reports whether two entries of a section can be of one time.
// What lasts is dated by whoever took it down.
func possibleTimes(a, b *Entry) bool {
	switch a.Section {
	case Allergies, Alerts, CareTeam:
		return true
	case Medications:
		return !a.over() || overlap(a.When, b.When)
	case Problems:
		return possibleOnsets(a, b)
	case Visits, Documents:
		return sameDay(a.When, b.When) && (a.Until.IsZero() || b.Until.IsZero() || sameDay(a.Until, b.Until))
	case Results, Observations:
		return sameDay(a.When, b.When) && (a.When.precision != Instant || b.When.precision != Instant || a.When == b.When)
	}
	return overlap(a.When, b.When)
}

// possibleOnsets reports whether two problems can have begun at one time. When
// one was taken down does not say when it began, only that it had.
func possibleOnsets(a, b *Entry) bool {
	if a.WhenMeans == recorded && b.WhenMeans != recorded {
		a, b = b, a
	}
	switch {
	case overlap(a.When, b.When):
		return true
	case a.over():
		return false
	case !a.When.Dated() || !b.When.Dated():
		return true
	case b.WhenMeans != recorded:
		return false
	}
	return a.WhenMeans == recorded || a.When.Compare(b.When) < 0
}

// recorded is what a date means that is only that of taking something down.
const recorded = "recorded"

// possibleEvents reports whether two events of one day say the same where both
// say something. Their values are the same, in the same unit.
func possibleEvents(a, b *Entry) bool {
	return a.Item.Type == b.Item.Type && possibleValues(a, b) && (a.Section != Documents || slices.Equal(a.Notes, b.Notes))
}

func possibleValues(a, b *Entry) bool {
	return sameQuantity(a.Quantity, b.Quantity) && normal(a.Value.Words()) == normal(b.Value.Words()) &&
		slices.EqualFunc(a.Parts, b.Parts, func(x, y Part) bool {
			return normal(x.Name) == normal(y.Name) && normal(x.Value) == normal(y.Value) && sameQuantity(x.Quantity, y.Quantity)
		})
}

// sameQuantity reports whether two values are one, however many noughts they
// end in. Units are compared as they were sent, but for the letter of the
// litre.
func sameQuantity(a, b Quantity) bool {
	return a == b || a.Comparator == b.Comparator && litre(a.Unit) == litre(b.Unit) && sameNumber(a.Number, b.Number)
}

func litre(unit string) string { return strings.ReplaceAll(unit, "/l", "/L") }

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, known := parts(a, 1e9)
	y, ok := parts(b, 1e9)
	return known && ok && x == y
}

// gather puts the lines of each group together where the first of them stands,
// the gravest first, and numbers the groups from 1.
func gather(lines []Line) {
	members := map[int][]Line{}
	for i := range lines {
		if g := lines[i].Group; g != 0 {
			members[g] = append(members[g], lines[i])
		}
	}
	if len(members) == 0 {
		return
	}
	out, groups := make([]Line, 0, len(lines)), 0
	for _, l := range lines {
		group := members[l.Group]
		switch {
		case l.Group == 0:
			out = append(out, l)
		case group != nil:
			groups++
			slices.SortStableFunc(group, func(a, b Line) int { return cmp.Compare(b.Lead().Gravity(), a.Lead().Gravity()) })
			for _, m := range group {
				m.Group = groups
				out = append(out, m)
			}
			members[l.Group] = nil
		}
	}
	copy(lines, out)
}

// Gravest is the Gravity of what may kill.
const Gravest = 3

// Gravity is how grave an allergy is by its source's own words: Gravest where
// it says anaphylaxis, severe or high, 2 where moderate, 1 where mild or low, 0
// where it says nothing.
func (e *Entry) Gravity() int {
	gravity := max(gravities[strings.ToLower(e.Severity)], gravities[strings.ToLower(e.Criticality)])
	for _, reaction := range e.Reactions {
		if strings.Contains(strings.ToLower(reaction), "anaphyla") {
			return Gravest
		}
	}
	return gravity
}

var gravities = map[string]int{"severe": Gravest, "high": Gravest, "moderate": 2, "mild": 1, "low": 1}
