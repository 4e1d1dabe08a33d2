package source

import (
	"slices"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// same reports whether p is person, and what of the demographics differs, by
// name only. The NHS number must be the current one or one that it superseded,
// and of family name, birth date and gender two must agree. A differing given
// name is only a difference.
func same(person record.Person, p fhir.Patient) (differs []string, ok bool) {
	foreign := func(n nhs.Number) bool { return !slices.Contains(person.Numbers(), n) }
	if len(p.Numbers) == 0 || slices.ContainsFunc(p.Numbers, foreign) {
		return nil, false
	}
	agree := 0
	compare := func(what string, equal bool) {
		if equal {
			agree++
		} else {
			differs = append(differs, what)
		}
	}
	compare("family name", slices.ContainsFunc(p.Names, func(n fhir.Name) bool { return record.FoldName(n.Family) == record.FoldName(person.Family) }))
	compare("date of birth", p.Born.Dated() && p.Born.ISO() == person.Born.ISO())
	compare("gender", p.Gender != "" && strings.EqualFold(p.Gender, person.Gender))
	if agree < 2 {
		return differs, false
	}
	if !givenAgrees(person.Given, p.Names) {
		differs = append(differs, "given name")
	}
	return differs, true
}

func givenAgrees(given []string, names []fhir.Name) bool {
	sent := false
	for _, n := range names {
		for _, g := range n.Given {
			sent = true
			if len(given) > 0 && record.FoldName(g) == record.FoldName(given[0]) {
				return true
			}
		}
	}
	return !sent || len(given) == 0
}

// identify sorts the patients of an answer: the ids of those who are person,
// and what of their demographics differs. It fails where a clinical item is
// about anybody else, even one. A patient who is nobody's subject (a baby in a
// maternity answer) is only counted. Base is the partner's address, with which
// references may begin.
func identify(person record.Person, base string, patients []fhir.Patient, subjects []fhir.Subject) (differs []string, unrelated int, err error) {
	ours, others := map[string]bool{}, map[string]bool{}
	for _, p := range patients {
		difference, ok := same(person, p)
		if !ok {
			others[p.ID] = true
			unrelated++
			continue
		}
		ours[p.ID] = true
		for _, d := range difference {
			if !slices.Contains(differs, d) {
				differs = append(differs, d)
			}
		}
	}
	for id := range others {
		delete(ours, id) // an id that two people share is nobody's
	}
	named := numbered(person, subjects)
	for _, s := range subjects {
		if !concerns(person, base, ours, s) && !named[s] {
			return nil, 0, wrongSubject(person, patients, s)
		}
	}
	return differs, unrelated, nil
}

// concerns reports whether a subject is person. It is judged by the Patient
// that it leads to, by an NHS number, or by an id that is only person's. An
// item without any subject is one that the partner gave in answer to a
// question about person.
func concerns(person record.Person, base string, ours map[string]bool, s fhir.Subject) bool {
	switch {
	case s.Doubtful, !s.Number.IsZero() && !slices.Contains(person.Numbers(), s.Number):
		return false
	case s.Patient != nil:
		_, ok := same(person, *s.Patient)
		return ok
	case s.Reference == "", !s.Number.IsZero():
		return true
	}
	id, ok := strings.CutPrefix(strings.TrimPrefix(s.Reference, base+"/"), "Patient/")
	return ok && ours[id] || endsInNumber(person, s.Reference)
}

// endsInNumber reports whether a reference to a Patient has person's NHS number
// for its id: whichever server it is on, that is the same person.
func endsInNumber(person record.Person, reference string) bool {
	before, id, ok := cutLast(reference, "/")
	_, kind, _ := cutLast("/"+before, "/")
	number, err := nhs.ParseNumber(id)
	return ok && err == nil && strings.EqualFold(kind, "Patient") && slices.Contains(person.Numbers(), number)
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// numbered are the subjects named by a reference alone that leads nowhere,
// where the same answer gives the same reference with person's NHS number, and
// with nobody else's.
func numbered(person record.Person, subjects []fhir.Subject) map[fhir.Subject]bool {
	known := map[string]bool{}
	for _, s := range subjects {
		if s.Reference != "" && !s.Number.IsZero() {
			before, met := known[s.Reference]
			known[s.Reference] = (before || !met) && slices.Contains(person.Numbers(), s.Number)
		}
	}
	named := map[fhir.Subject]bool{}
	for _, s := range subjects {
		if known[s.Reference] && s.Number.IsZero() && !s.Doubtful && s.Patient == nil {
			named[s] = true
		}
	}
	return named
}
