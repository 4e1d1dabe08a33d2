package views

import (
	"example.org/icr/care/record"
)

// Entries are the entries that Summary shows, each once: what the trail says
// was disclosed.
func (p RecordPage) Entries() []*record.Entry {
	p = p.Prepared()
	var shown entries
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
	var shown entries
	shown.excerpt(p.excerpt())
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
	if es.seen == nil {
		es.seen = make(map[*record.Entry]bool, 256)
	}
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
