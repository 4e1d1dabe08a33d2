package views

import (
	"example.org/icr/care/record"
)

// Entries are the entries that Summary shows, each once: what the trail says
// was disclosed.
func (p RecordPage) Entries() []*record.Entry {
	p = p.Prepared()
	lines := 0
	for _, s := range p.Scope.Sections() {
		lines += p.excerpt(s).shown()
	}
	shown := entriesOf(lines)
	for _, s := range p.Scope.Sections() {
		e := p.excerpt(s)
		shown.excerpt(e)
		for _, g := range e.groups {
			shown.of(p.trended(s, g.lines))
		}
	}
	shown.add(p.forCrisis())
	return shown.with(p.conflicts())
}

// Entries are the entries that Section shows, each once.
func (p SectionPage) Entries() []*record.Entry {
	p = p.Prepared()
	e := p.excerpt()
	shown := entriesOf(e.shown())
	shown.excerpt(e)
	for i, m := range p.charted() {
		for _, r := range m.readings {
			if i < mostCharts {
				shown.of(r.lines)
			}
		}
	}
	return shown.with(p.whole().conflicts())
}

// entries collects entries, each item of each source once a section.
type entries struct {
	all  []*record.Entry
	seen map[*record.Entry]bool
}

// entriesOf has room for the entries of so many lines, of which some have two.
func entriesOf(lines int) entries {
	room := lines + lines/2
	return entries{make([]*record.Entry, 0, room), make(map[*record.Entry]bool, room)}
}

func (es *entries) add(lines []record.Line) {
	for i := range lines {
		es.line(&lines[i])
	}
}

func (es *entries) of(lines []*record.Line) {
	for _, l := range lines {
		es.line(l)
	}
}

func (es *entries) line(l *record.Line) {
	for _, of := range [][]*record.Entry{l.Entries, l.Earlier} {
		for _, e := range of {
			if !es.seen[e] {
				es.seen[e] = true
				es.all = append(es.all, e)
			}
		}
	}
}

func (es *entries) excerpt(e excerpt) {
	for _, g := range e.groups {
		es.add(g.lines)
	}
}

func (es *entries) with(conflicts []record.Conflict) []*record.Entry {
	for _, c := range conflicts {
		es.add(c.Lines)
	}
	return es.all
}
