package main

import (
	"time"

	"example.org/icr/care/notice"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

// residents checks what the public pages tell.
func (c *checker) residents(n *notice.Notice) {
	if n == nil {
		return
	}
	for _, f := range n.Faults(time.Now()) {
		c.fault(append([]any{"residents"}, f.Path...), "residents: %s", f.Words)
	}
}

// kindsForResidents are the kinds of organisation as the public pages list
// them.
var kindsForResidents = []struct {
	kind  record.Kind
	words string
}{
	{record.Practice, "GP practices"},
	{record.Acute, "Hospitals"},
	{record.MentalHealth, "Mental health and learning disability services"},
	{record.Community, "Community services"},
	{record.Ambulance, "Ambulance service"},
	{record.Council, "Councils, for adult social care"},
}

// suppliersByKind are the organisations that supply records.
func (p programme) suppliersByKind() []views.Participants {
	var all []views.Participants
	for _, k := range kindsForResidents {
		of := views.Participants{Kind: k.words}
		for _, e := range p.Partners {
			switch {
			case record.Kind(e.Kind) != k.kind:
			case k.kind == record.Practice:
				for _, practice := range e.Practices {
					if p.included(practice) {
						of.Names = append(of.Names, practice.Name)
					}
				}
			default:
				of.Names = append(of.Names, e.Name)
			}
		}
		if len(of.Names) > 0 {
			all = append(all, of)
		}
	}
	return all
}

// viewers are the names of the organisations that view and supply nothing.
func (p programme) viewers() []string {
	var names []string
	for _, o := range p.Organisations {
		names = append(names, o.Name)
	}
	return names
}
