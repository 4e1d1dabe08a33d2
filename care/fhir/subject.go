package fhir

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
)

// Subject is whom clinical items are about.
type Subject struct {
	Reference string     // as sent, empty where none was
	Number    nhs.Number // sent as an identifier in place of a reference, or beside it
	Doubtful  bool       // somebody is named in a way that cannot be checked, like an NHS number that is none
	Patient   *Patient   // in the answer; nil where there is none, or more than one
	Items     int        // how many items are about this subject
}

// subject is how an item names its subject. The zero subject is none.
type subject struct {
	reference string
	number    nhs.Number
	doubtful  bool
}

// counted is a subject with a number of items in succession about it.
type counted struct {
	subject
	items int
}

// Subjects are the distinct subjects of all clinical items in the answer, shown
// or not. An item that does not say whom it is about has the zero Subject.
func (a *Answer) Subjects() []Subject {
	a.mu.Lock()
	defer a.mu.Unlock()
	items := map[subject]int{}
	for _, p := range a.pages {
		for _, s := range p.subjects {
			items[s.subject] += s.items
		}
	}
	at := byAddress(a.patients)
	var subjects []Subject
	for s, n := range items {
		subjects = append(subjects, Subject{s.reference, s.number, s.doubtful, at[s.reference], n})
	}
	slices.SortFunc(subjects, func(a, b Subject) int {
		return cmp.Or(cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.Number.Digits(), b.Number.Digits()))
	})
	return subjects
}

// byAddress is the one Patient that answers to each reference, nil where
// several do. An absolute address is no other than itself: the same id on
// another server is another person. Whoever knows the address of the partner
// may know more.
func byAddress(patients []Patient) map[string]*Patient {
	at := map[string]*Patient{}
	add := func(address string, p *Patient) {
		if before, met := at[address]; met && before != p {
			p = nil
		}
		at[address] = p
	}
	for i := range patients {
		p := &patients[i]
		if p.URL != "" {
			add(p.URL, p)
		}
		if p.ID != "" {
			add("Patient/"+p.ID, p)
		}
	}
	return at
}

// about counts r under each subject that it names, or under none where its
// type ought to have one.
func (p *page) about(r *resource, ought bool) {
	named := false
	for _, to := range r.subjects {
		p.count(p.subject(to))
		named = true
	}
	for _, who := range r.people {
		if r.resourceType == "Appointment" && who.who.isPatient() {
			p.count(p.subject(who.who))
			named = true
		}
	}
	if ought && !named {
		p.count(subject{})
	}
}

// count counts an item about s. Nearly all are about whom the last one was.
func (p *page) count(s subject) {
	n := len(p.subjects)
	if n > 0 && p.subjects[n-1].subject == s {
		p.subjects[n-1].items++
		return
	}
	p.subjects = append(p.subjects, counted{s, 1})
}

func (p *page) subject(to ref) subject {
	s := subject{reference: unversioned(to.to)}
	if _, number, ok := strings.Cut(to.to, nhs.NumberSystem+"|"); ok { // Patient?identifier=…
		s.identify(number)
	}
	if to.system == nhs.NumberSystem {
		s.identify(to.value)
	}
	for _, inner := range p.r.local {
		if inner.patient == nil || inner.address != to.to {
			continue
		}
		s.reference = p.r.resourceType + "/" + p.r.id + inner.address
		if inner.patient.URL != s.reference { // not met in another reference of this resource
			inner.patient.URL = s.reference
			p.patients = append(p.patients, *inner.patient)
		}
	}
	if s == (subject{}) && (to.display != "" || to.value != "" || to.system != "") {
		s.doubtful = true // it names somebody, and nobody can tell whom
	}
	return s
}

// aboutElse reports whether r is an observation about somebody or something
// else than its subject: a donor, an unborn child, a device.
func (r *resource) aboutElse() bool {
	if r.resourceType != "Observation" {
		return false
	}
	return slices.ContainsFunc(r.focus, func(to ref) bool {
		same := func(s ref) bool {
			return to.to != "" && unversioned(to.to) == unversioned(s.to) || to.to == "" && to.value != "" && to.system == s.system && to.value == s.value
		}
		return !slices.ContainsFunc(r.subjects, same)
	})
}

func (s *subject) identify(value string) {
	number, err := nhs.ParseNumber(value)
	s.number, s.doubtful = number, err != nil
}
