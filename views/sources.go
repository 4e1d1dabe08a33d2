package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/icr/care/record"
)

// shape is the shape that goes with a state, so that no colour says it alone.
type shape string

const (
	tick  shape = "tick"
	part  shape = "part"
	ring  shape = "ring"
	dash  shape = "dash"
	late  shape = "late"
	cross shape = "cross"
)

var shapes = map[record.State]shape{
	record.Answered: tick, record.NoneRecorded: ring, record.NotHeld: ring,
	record.NotSupported: dash, record.NotAsked: dash, record.NotOpen: dash, record.Late: late, record.Incomplete: part,
}

// shapeOf is the shape of c's state. What is not known to be well is a cross.
func (p RecordPage) shapeOf(c record.Contribution) shape {
	s, ok := shapes[c.State]
	switch {
	case !ok:
		return cross
	case c.State.Spoken() && len(p.silentSections(c)) > 0:
		return part
	}
	return s
}

// silentSections are the sections asked for of which c, having answered, did
// not say all it has.
func (p RecordPage) silentSections(c record.Contribution) []record.Section {
	if !c.State.Spoken() {
		return nil
	}
	var silent []record.Section
	for _, s := range p.asked() {
		if state := c.SectionState(s); !state.Spoken() && !state.Neutral() {
			silent = append(silent, s)
		}
	}
	return silent
}

// heard says how many organisations answered, of those that could have.
func (p RecordPage) heard() string {
	answered, asked := 0, 0
	for _, c := range p.Record.Contributions {
		switch {
		case c.State.Neutral() || c.State.Spoken() && p.passesOn(c):
		case c.State.Spoken():
			answered++
			asked++
		default:
			asked++
		}
	}
	return strconv.Itoa(answered) + " of " + counted(asked, "organisation") + " answered."
}

// passesOn reports whether c is only the way to others, each of which has a
// state of its own.
func (p RecordPage) passesOn(c record.Contribution) bool {
	through := func(other record.Contribution) bool {
		return other.Source.Via != "" && other.Source.Via == c.Source.Code
	}
	return len(c.Entries) == 0 && slices.ContainsFunc(p.Record.Contributions, through)
}

// missing are the organisations that did not answer, with why.
func (p RecordPage) missing(n naming) []string {
	var out []string
	for _, c := range p.Record.Contributions {
		if !c.State.Spoken() && !c.State.Neutral() {
			out = append(out, n.name(c.Source.Code)+" ("+because(n, c.State, c.Why)+")")
		}
	}
	return out
}

// partly are the organisations that answered, but not for every section.
func (p RecordPage) partly(n naming) []string {
	var out []string
	for _, c := range p.Record.Contributions {
		silent := p.silentSections(c)
		if len(silent) == 0 {
			continue
		}
		parts := make([]string, len(silent))
		for i, s := range silent {
			parts[i] = strings.ToLower(s.Name()) + ": " + because(n, c.SectionState(s), c.Reasons[s])
		}
		out = append(out, n.name(c.Source.Code)+" ("+strings.Join(parts, "; ")+")")
	}
	return out
}

func sectionNames(sections []record.Section) string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = strings.ToLower(s.Name())
	}
	return listed(names)
}

// listed joins names as a sentence does.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// because is a state in words, with what finishes it.
func because(n naming, state record.State, why string) string {
	words := state.Words()
	if words == "" {
		words = string(state)
	}
	if why != "" {
		words += ": " + n.words(why)
	}
	return words
}

// told is what one organisation said, in the few words of the strip.
func (p RecordPage) told(n naming, c record.Contribution) string {
	parts := []string{because(n, c.State, c.Why)}
	switch {
	case p.newestOf(c) != "": // and there may be more
		parts = append(parts, strconv.Itoa(len(c.Entries))+"+ items")
	case len(c.Entries) > 0:
		parts = append(parts, counted(len(c.Entries), "item"))
	}
	if c.Unreadable > 0 {
		parts = append(parts, counted(c.Unreadable, "item")+" could not be read")
	}
	if c.InError > 0 {
		parts = append(parts, strconv.Itoa(c.InError)+" entered in error, not shown")
	}
	if c.Source.Via != "" && !n.hidden {
		parts = append(parts, "through "+n.name(c.Source.Via))
	}
	return strings.Join(append(parts, age(c, p.Now)...), ", ")
}

// newestOf names the sections of which c has more than it was asked for.
func (p RecordPage) newestOf(c record.Contribution) string {
	var cut []record.Section
	for _, s := range p.asked() {
		if c.Newest[s] {
			cut = append(cut, s)
		}
	}
	return sectionNames(cut)
}

// age is when c was fetched, and how far behind its feed runs.
func age(c record.Contribution, now time.Time) []string {
	var parts []string
	if at := asOf(c.FetchedAt, now); at != "" {
		parts = append(parts, at)
	}
	if c.Source.Lag != "" && !c.FetchedAt.IsZero() {
		parts = append(parts, c.Source.Lag)
	}
	return parts
}

// differing says whose demographics differ, and in what, without the values.
func (p RecordPage) differing(n naming) []string {
	var out []string
	for _, c := range p.Record.Contributions {
		if len(c.Differs) > 0 {
			out = append(out, n.name(c.Source.Code)+" holds a different "+listed(c.Differs)+" for this patient. Check with the patient that its items are theirs.")
		}
	}
	return out
}

// mistaken are the organisations that answered about somebody else.
func (p RecordPage) mistaken(n naming) []string {
	var out []string
	for _, c := range p.Record.Contributions {
		if c.State == record.IdentityCheckFailed {
			out = append(out, "Identity check failed: "+n.name(c.Source.Code)+" answered about a different person. Nothing of its answer is shown, and this is recorded as a safety event.")
		}
	}
	return out
}

// notShown says whose items are withheld from this role, and how many. Where
// they can be opened, sensitiveItems says so in its place.
func (p RecordPage) notShown(n naming) []string {
	if p.MayOpenSensitive {
		return nil
	}
	var out []string
	for _, c := range p.Record.Contributions {
		if items := p.withheld(c); items > 0 {
			out = append(out, counted(items, "sensitive item")+" of "+n.name(c.Source.Code)+" not shown to your role.")
		}
	}
	return out
}

// tally adds up what every organisation sent.
type tally struct{ sent, shown, unreadable, inError, withheld, lines int }

func (p RecordPage) tally() tally {
	var t tally
	for _, c := range p.Record.Contributions {
		t.shown += len(c.Entries)
		t.unreadable += c.Unreadable
		t.inError += c.InError
		t.withheld += p.withheld(c)
		t.sent += p.sent(c)
	}
	for _, lines := range p.Record.Lines {
		t.lines += len(lines)
	}
	return t
}

// withheld is never told to social care: that something is withheld may itself
// say what it is.
func (p RecordPage) withheld(c record.Contribution) int {
	if p.SocialCareNotice {
		return 0
	}
	return c.Withheld
}

func (p RecordPage) sent(c record.Contribution) int {
	return len(c.Entries) + c.Unreadable + c.InError + p.withheld(c)
}
