package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/icr/care/record"
)

// group is some of a section's lines under a name of their own.
type group struct {
	name  string
	past  bool          // these no longer count, or never did
	most  int           // the most that the summary shows of it; 0 for all
	lines []record.Line // shown
	all   int
}

// excerpt is what a page shows of a section's lines, group by group.
type excerpt struct {
	groups []group // of which each has lines, shown or not
	from   int     // lines on earlier pages
	left   int     // lines that a filter leaves out
	more   bool    // organisations hold more than they were asked for
}

func (e excerpt) shown() (n int) {
	for _, g := range e.groups {
		n += len(g.lines)
	}
	return n
}

func (e excerpt) all() (n int) {
	for _, g := range e.groups {
		n += g.all
	}
	return n
}

// current is how many lines there are that count now.
func (e excerpt) current() (n int) {
	for _, g := range e.groups {
		if !g.past {
			n += g.all
		}
	}
	return n
}

// grouped parts a section's lines into its groups, in the order of the page.
func (p RecordPage) grouped(s record.Section, lines []record.Line) excerpt {
	var groups []group
	switch s {
	case record.Medications:
		groups = medicineGroups(lines, p.Now)
	case record.Visits:
		groups = visitGroups(lines, p.Now)
	case record.Documents:
		groups = p.documentGroups(lines)
	default:
		current, over := split(lines)
		groups = []group{{name: "Current", lines: current, most: summaryLines}, {name: "Past", past: true, lines: over, most: summaryLines}}
	}
	groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.lines) == 0 })
	for i := range groups {
		groups[i].all = len(groups[i].lines)
	}
	return excerpt{groups: groups}
}

// sift parts lines by which group they belong to.
// Those that are possibly the same stay together.
func sift(lines []record.Line, groups []group, which func(*record.Entry) int) []group {
	together := map[int]int{}
	for _, l := range lines {
		if l.Group == 0 {
			continue
		}
		i := which(l.Lead())
		if first, met := together[l.Group]; !met || i < first {
			together[l.Group] = i
		}
	}
	in, counts := make([]int, len(lines)), make([]int, len(groups))
	for at, l := range lines {
		i := which(l.Lead())
		if l.Group != 0 {
			i = together[l.Group]
		}
		in[at] = i
		counts[i]++
	}
	for i, n := range counts {
		groups[i].lines = make([]record.Line, 0, n)
	}
	for at, i := range in {
		groups[i].lines = append(groups[i].lines, lines[at])
	}
	return groups
}

// medicineGroups are a GP system's parts of the medicines list, as GP Connect
// has them: repeat, acute in the last 12 months, and what is over. An older
// acute one that nobody ended stands apart: few are still taken.
func medicineGroups(lines []record.Line, now time.Time) []group {
	since := now.AddDate(-1, 0, 0)
	groups := sift(lines, []group{
		{name: "Not to be given"},
		{name: "Repeat"},
		{name: "Current"},
		{name: "Acute in the last 12 months", most: summaryStopped},
		{name: "Acute, older or undated, not marked as ended"},
		{name: "Stopped or finished", past: true, most: summaryStopped},
	}, func(e *record.Entry) int {
		lately := !e.When.Time().Before(since) || !e.Issued.Time().Before(since)
		switch {
		case e.Assertion == record.Forbidden:
			return 0
		case e.Course == record.AcuteCourse && lately && e.Assertion != record.Refuted:
			return 3
		case past(e):
			return 5
		case e.Course == record.AcuteCourse:
			return 4
		case e.Course == record.RepeatCourse:
			return 1
		}
		return 2
	})
	if len(groups[1].lines) > 0 {
		groups[2].name = "Current, not said whether repeat or acute"
	}
	acute := &groups[3]
	running, _ := split(acute.lines)
	acute.past, acute.most = len(running) == 0, max(summaryStopped, len(running))
	return groups
}

// visitGroups are visits as one asks for them: now, next, last.
func visitGroups(lines []record.Line, now time.Time) []group {
	groups := sift(lines, []group{
		{name: "Not to be done"},
		{name: "Now", most: summaryLines},
		{name: "Next", most: summaryVisits},
		{name: "Referrals and requests", most: summaryVisits},
		{name: "Last", past: true, most: summaryVisits},
	}, func(e *record.Entry) int {
		switch {
		case e.Assertion == record.Forbidden:
			return 0
		case past(e):
			return 4
		case e.When.Dated() && e.When.Time().After(now):
			return 2
		case request(e):
			return 3
		case ended(e, now):
			return 4
		case (e.Item.Type == "Appointment" || e.Status == "planned") && passed(e.When, now):
			return 4
		case e.Status == "planned", e.Item.Type == "Appointment":
			return 2
		}
		return 1
	})
	slices.SortStableFunc(groups[2].lines, func(a, b record.Line) int { return a.Lead().When.Compare(b.Lead().When) })
	slices.SortStableFunc(groups[4].lines, func(a, b record.Line) int { return b.Lead().When.Compare(a.Lead().When) })
	return groups
}

// ended reports whether a visit is over by its own dates, whatever its status
// says: systems forget to close them.
func ended(e *record.Entry, now time.Time) bool {
	return record.DateOf(now).SurelyAfter(e.Until)
}

// passed reports whether a time that was planned is over: of a day, once the day
// is.
func passed(when record.Date, now time.Time) bool {
	if when.Precision() > record.Day {
		return when.Time().Before(now)
	}
	return when.Dated() && record.DateOf(now).SurelyAfter(when)
}

// request reports whether an entry asks for something, and is no visit.
func request(e *record.Entry) bool {
	switch e.Item.Type {
	case "ServiceRequest", "ReferralRequest", "ProcedureRequest", "Task", "DeviceRequest", "CommunicationRequest":
		return true
	}
	return e.Kind == "Referral" || e.Kind == "Request"
}

// How many lines of a group the summary shows.
const (
	summaryLines   = 10
	summaryVisits  = 4
	summaryStopped = 3 // medicines no longer current
)

// excerpt chooses what the summary shows: everything that warns, all current
// medicines, all plans for a crisis, and of the rest the first few.
func (p RecordPage) excerpt(s record.Section) excerpt {
	if p.made == nil {
		return p.excerpted(s)
	}
	e, ok := p.made.excerpts[s]
	if !ok {
		e = p.excerpted(s)
		p.made.excerpts[s] = e
	}
	return e
}

func (p RecordPage) excerpted(s record.Section) excerpt {
	e := p.grouped(s, p.sorted(s))
	e.more = p.more(s)
	if s == record.Allergies || s == record.Alerts {
		return e
	}
	room := summaryLines
	for i := range e.groups {
		g := &e.groups[i]
		if measured(s) && !g.past {
			g.lines = p.measures(s).latest(g.lines)
		}
		if s == record.CarePlans && !g.past {
			g.lines, g.most = crisisFirst(g.lines, g.most)
		}
		if g.past && s != record.Visits {
			g.most = min(g.most, room)
		}
		if g.past || g.most > 0 {
			g.lines = g.lines[:min(len(g.lines), g.most)]
		}
		room = max(0, room-len(g.lines))
	}
	return e
}

// crisisFirst puts plans for a crisis before the others, and makes room for
// them all.
func crisisFirst(lines []record.Line, most int) ([]record.Line, int) {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b record.Line) int { return crisisRank(a) - crisisRank(b) })
	plans := 0
	for plans < len(lines) && crisisRank(lines[plans]) == 0 {
		plans++
	}
	return lines, max(most, plans)
}

func crisisRank(l record.Line) int {
	if l.Lead().ForCrisis() {
		return 0
	}
	return 1
}

// measured reports whether a section holds what is measured again and again.
func measured(s record.Section) bool { return s == record.Results || s == record.Observations }

// latest are the first of the lines that were measured, without those of which
// a newer one measures the same. Headings of panels, which say nothing
// themselves, come last.
func (ms *measures) latest(lines []record.Line) []record.Line {
	var latest, bare []record.Line
	for i := range lines {
		switch ms.lines[i] {
		case tellsNew:
			latest = append(latest, lines[i])
		case tellsNone:
			bare = append(bare, lines[i])
		}
	}
	return append(eachFirst(latest), bare...)
}

// eachFirst puts the first line of each name before its further ones, in place,
// so that many readings of one day do not crowd out another measure.
func eachFirst(lines []record.Line) []record.Line {
	seen := make(map[string]bool, len(lines))
	first, further := lines[:0], []record.Line(nil)
	for _, l := range lines {
		name := l.Lead().What.Words()
		if seen[name] {
			further = append(further, l)
			continue
		}
		seen[name] = true
		first = append(first, l)
	}
	return append(first, further...)
}

// saysNothing reports whether an entry without a number says nothing else.
func saysNothing(e *record.Entry) bool {
	return e.Value.IsZero() && len(e.Parts) == 0 && len(e.Notes) == 0 && e.Document == nil && !e.Abnormal
}

// page is the part of an excerpt from one line to another.
func (e excerpt) page(from, to int) excerpt {
	out := excerpt{from: from, left: e.left, groups: slices.Clone(e.groups)}
	for i := range out.groups {
		g := &out.groups[i]
		n := len(g.lines)
		g.lines = g.lines[min(max(from, 0), n):min(max(to, 0), n)]
		from, to = from-n, to-n
	}
	return out
}

// split says of how many lines each group has how many: "2 current, 7 past".
func (e excerpt) split() string {
	if len(e.groups) < 2 {
		return ""
	}
	parts := make([]string, len(e.groups))
	for i, g := range e.groups {
		parts[i] = strconv.Itoa(g.all) + " " + strings.ToLower(g.name)
	}
	return ": " + strings.Join(parts, ", ")
}

// ofEach says how many lines of each group are shown.
func (e excerpt) ofEach() string {
	if len(e.groups) < 2 {
		return ""
	}
	parts := make([]string, len(e.groups))
	for i, g := range e.groups {
		parts[i] = strconv.Itoa(len(g.lines)) + " of " + strconv.Itoa(g.all) + " " + strings.ToLower(g.name)
	}
	return ": " + strings.Join(parts, ", ")
}

// heading is a group's name where it needs one: beside others, or where it is
// more than "current".
func (e excerpt) heading(g group) string {
	if len(e.groups) == 1 && (g.name == "Current" || g.name == "Past" && !g.past) {
		return ""
	}
	return g.name
}
