package fhir

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// field is the part of an entry that a link names.
type field uint8

const (
	what field = iota
	by
	at
	member
	also
)

// link is something that an entry points to and does not name. It is named
// when all pages have been read.
type link struct {
	entry, part int
	field       field
	address     string
	display     string // what it was called where it was pointed to
}

// name fills in what the link points to.
func (l link) name(e *record.Entry, concept record.Concept) {
	switch l.field {
	case what:
		e.What = concept
		noteOnce(e, l.display)
	case by:
		e.By = joined(", ", e.By, concept.Words())
	case at:
		e.At = joined(", ", e.At, concept.Words())
	case also:
		if words := concept.Words(); words != e.What.Words() {
			note(e, prefixed("also sent as ", words))
		}
	case member:
		e.Parts[l.part].Value = concept.Words()
	}
}

// attribute says of e who and where, and which medicine it points to.
func (p *page) attribute(k kind, e *record.Entry) {
	r := p.r
	if k.asksOthers() {
		r.at = append(r.at, r.performers...)
	} else {
		r.by = append(r.by, r.performers...)
	}
	if r.resourceType == "CareTeam" {
		p.addMembers(e)
	} else {
		p.addPeople()
	}
	e.By = p.names(by, r.by)
	e.At = p.names(at, r.at)
	switch {
	case r.medicine == (ref{}):
	case r.what.IsZero():
		p.medicine(e)
	default:
		p.otherMedicine(e)
	}
}

// otherMedicine notes what a medicine is called that e both names and points
// to: one of the two may lack the strength.
func (p *page) otherMedicine(e *record.Entry) {
	to := p.r.medicine
	name := cmp.Or(p.local(to.to).Words(), to.display)
	if name == "" {
		p.link(also, 0, to)
	} else if name != e.What.Words() {
		note(e, "also sent as "+name)
	}
}

// asksOthers reports whether a performer is one who is asked, rather than one
// who did.
func (k kind) asksOthers() bool {
	return k.when == "requested" || k.when == "prescribed"
}

// names are the words for people or places; those without words are linked.
func (p *page) names(f field, refs []ref) string {
	names := make([]string, 0, 4)
	for _, to := range refs {
		words := p.words(to)
		names = append(names, words)
		if words == "" {
			p.link(f, 0, to)
		}
	}
	return joined(", ", names...)
}

// words are what is said of a reference where it stands. The patient's own
// name is not repeated: it may be a former one.
func (p *page) words(to ref) string {
	switch {
	case p.isPatient(to):
		return "the patient"
	case to.display != "":
		return to.display
	}
	return p.local(to.to).Words()
}

// isPatient reports whether a reference is to whom the resource is about.
func (p *page) isPatient(to ref) bool {
	about := func(subject ref) bool { return subject.to == to.to && to.to != "" }
	return to.isPatient() || slices.ContainsFunc(p.r.subjects, about)
}

func (to ref) isPatient() bool {
	return to.kind == "Patient" || strings.HasPrefix(to.to, "Patient/") || strings.Contains(to.to, "/Patient/")
}

// local is what stands within the resource itself under the address.
func (p *page) local(address string) record.Concept {
	for _, inner := range p.r.local {
		if inner.address == address {
			return inner.concept
		}
	}
	return record.Concept{}
}

func (p *page) link(f field, part int, to ref) {
	if to.to != "" {
		p.links = append(p.links, link{len(p.entries) - 1, part, f, unversioned(to.to), to.display})
	}
}

// unversioned is an address without the version that it may point to.
func unversioned(address string) string {
	base, _, _ := strings.Cut(address, "/_history/")
	return base
}

// addPeople sorts those who take part in a visit, and did not decline, into
// people and places.
func (p *page) addPeople() {
	r := p.r
	for _, who := range r.people {
		switch to := who.who.to; {
		case p.isPatient(who.who), who.status == "declined":
		case slices.Contains([]string{"Location", "HealthcareService"}, who.who.kind), strings.Contains(to, "Location/"), strings.Contains(to, "HealthcareService/"):
			r.at = append(r.at, who.who)
		default:
			r.by = append(r.by, who.who)
		}
	}
}

// addMembers lists a care team, without the patient.
func (p *page) addMembers(e *record.Entry) {
	for _, who := range p.r.people {
		if p.isPatient(who.who) {
			continue
		}
		words := p.words(who.who)
		if words == "" {
			p.link(member, len(e.Parts), who.who)
		}
		e.Parts = append(e.Parts, record.Part{Name: cmp.Or(who.role, "Member"), Value: words})
	}
}

// medicine names the medicine, or thing, that e points to.
func (p *page) medicine(e *record.Entry) {
	to := p.r.medicine
	if concept := p.local(to.to); concept.Words() != "" {
		e.What = concept
		return
	}
	if to.display != "" {
		e.What = record.Concept{Text: to.display}
	}
	p.link(what, 0, to)
}
