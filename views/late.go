package views

import (
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// asking reports whether an organisation is still being asked, so that the
// page may ask for itself again.
func (p RecordPage) asking() bool {
	return slices.ContainsFunc(p.Record.Contributions, func(c record.Contribution) bool { return c.Asking })
}

// lately says which organisations answered after the page was first opened,
// and what of their answers warns.
func (p RecordPage) lately(n naming) []string {
	var notes []string
	for _, c := range p.Record.Contributions {
		if !c.Late || !c.State.Spoken() && len(c.Entries) == 0 {
			continue
		}
		note := "Arrived after you opened this page: " + n.name(c.Source.Code)
		if warnings := warningsOf(c); warnings != "" {
			note += " (" + warnings + ")"
		}
		notes = append(notes, note+".")
	}
	return notes
}

func warningsOf(c record.Contribution) string {
	var parts []string
	for _, s := range []record.Section{record.Alerts, record.Allergies} {
		count := 0
		for i := range c.Entries {
			if c.Entries[i].Section == s && !past(&c.Entries[i]) {
				count++
			}
		}
		switch {
		case count == 1:
			parts = append(parts, "1 line under "+strings.ToLower(s.Name()))
		case count > 1:
			parts = append(parts, counted(count, "line")+" under "+strings.ToLower(s.Name()))
		}
	}
	return listed(parts)
}

// arrivedLate reports whether a conflict is one only since an organisation
// answered that the page was first opened without.
func (n naming) arrivedLate(c record.Conflict) bool {
	return slices.ContainsFunc(c.Lines, func(l record.Line) bool {
		return slices.ContainsFunc(l.Entries, func(e *record.Entry) bool { return n.late(e.From) })
	})
}
