package main

import (
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

// What the programme file means to the packages that it configures.

func (p programme) inclusion() access.Programme {
	practices := map[nhs.ODSCode]bool{}
	for _, code := range p.Programme.Practices {
		practices[nhs.ODSCode(code)] = true
	}
	return access.Programme{
		MinimumAge: p.Programme.MinimumAge, Practices: practices, Terms: p.members,
		DeceasedFor: time.Duration(p.Programme.DeceasedDays) * 24 * time.Hour,
	}
}

// table is what each role may see here: the table that ships, narrowed.
func (p programme) table() (access.Table, error) {
	table := access.Shipped()
	for role, sections := range p.Access {
		if err := table.Narrow(role, sections); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// everyone lists all organisations that are named: those that supply, their
// practices, and those that only view.
func (p programme) everyone() []organisation {
	all := slices.Clone(p.Organisations)
	for _, e := range p.Partners {
		if record.Kind(e.Kind) == record.Practice {
			all = append(all, e.Practices...)
		} else {
			all = append(all, e.organisation)
		}
	}
	return all
}

// mayView are the organisations whose people may sign in: those that only view,
// those that supply unless they are told not to view, and the programme itself.
func (p programme) mayView() map[nhs.ODSCode]bool {
	all := map[nhs.ODSCode]bool{nhs.ODSCode(p.Programme.Code): true}
	for _, o := range p.Organisations {
		all[nhs.ODSCode(o.Code)] = true
	}
	for _, e := range p.Partners {
		for _, m := range e.members() {
			all[nhs.ODSCode(m.Code)] = e.Views == nil || *e.Views
		}
	}
	return all
}

func (p programme) names() map[nhs.ODSCode]string {
	names := map[nhs.ODSCode]string{nhs.ODSCode(p.Programme.Code): p.Programme.Name}
	for _, o := range p.everyone() {
		names[nhs.ODSCode(o.Code)] = o.Name
	}
	return names
}

// ownPatients are the organisations whose privacy officers see who looked at
// its patients, whoever it was.
func (p programme) ownPatients() map[nhs.ODSCode]bool {
	all := map[nhs.ODSCode]bool{}
	for _, o := range p.everyone() {
		all[nhs.ODSCode(o.Code)] = o.OwnPatients
	}
	return all
}

func (p programme) kinds() map[nhs.ODSCode]record.Kind {
	all := map[nhs.ODSCode]record.Kind{}
	for _, o := range p.everyone() {
		all[nhs.ODSCode(o.Code)] = record.Kind(o.Kind)
	}
	for _, e := range p.Partners {
		if record.Kind(e.Kind) == record.Practice {
			for _, o := range e.Practices {
				all[nhs.ODSCode(o.Code)] = record.Practice
			}
		}
	}
	return all
}

// included reports whether an organisation is no practice of a directory that
// the programme does not include: those are many.
func (p programme) included(o organisation) bool {
	listed := func(e partnerEntry) bool { _, ok := e.places[o.Code]; return ok }
	return !slices.ContainsFunc(p.Partners, listed) || p.practiceIncluded(o.Code)
}

// telephones are those of all organisations: a page that named only those that
// know the patient would give the patient away.
func (p programme) telephones() []views.OrganisationPhone {
	var phones []views.OrganisationPhone
	for _, o := range p.everyone() {
		if o.Phone != "" && p.included(o) {
			phones = append(phones, views.OrganisationPhone{Name: o.Name, Phone: o.Phone})
		}
	}
	return phones
}

const defaultDeadline = 4 * time.Second

func (e partnerEntry) deadline() time.Duration {
	if e.Deadline == 0 {
		return defaultDeadline
	}
	return e.Deadline
}

// supplies are the sections that the partner is asked for: those that it
// names, or else all that its kind of organisation can hold. Social care is
// asked of councils.
func (e partnerEntry) supplies() []record.Section {
	if len(e.Sections) > 0 {
		var named []record.Section
		for _, s := range e.Sections {
			named = append(named, record.Section(s))
		}
		return named
	}
	if e.Ask == gpConnect {
		return source.StructuredSections()
	}
	all := slices.Clone(record.Sections)
	if record.Kind(e.Kind) != record.Council {
		all = slices.DeleteFunc(all, func(s record.Section) bool { return s == record.SocialCare })
	}
	return all
}
