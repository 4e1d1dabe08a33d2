package partner

import (
	"slices"

	"example.org/icr/care/access"
	"example.org/icr/care/record"
)

// closing marks those of partners whose feeds, or sections of them, are closed:
// they keep their place, are asked nothing, and say why.
func closing(partners []Partner, feeds access.Feeds) []Partner {
	marked := slices.Clone(partners)
	for i := range marked {
		p := &marked[i]
		if len(p.Supplies) == 0 {
			continue
		}
		p.off = feeds.State(p.Source)
		for _, section := range p.Supplies {
			if p.off == "" && feeds.SectionOff(p.Source, section) {
				if p.closed == nil {
					p.closed = map[record.Section]bool{}
				}
				p.closed[section] = true
			}
		}
	}
	return marked
}

// stateOf is why p is not asked for a section, or empty.
func (p Partner) stateOf(section record.Section) record.State {
	switch {
	case !slices.Contains(p.Supplies, section):
		return record.NotSupported
	case p.off != "":
		return p.off
	case p.closed[section]:
		return record.SwitchedOff
	}
	return ""
}
