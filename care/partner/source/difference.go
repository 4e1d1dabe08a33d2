package source

import (
	"slices"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// differences are what of p is not as person's, with what was sent. Even what
// is equal is among them where all is wanted.
func differences(person record.Person, p fhir.Patient, all bool) []record.Difference {
	var found []record.Difference
	add := func(differs bool, what, ours, theirs string) {
		if theirs == "" {
			theirs = "not sent"
		}
		if differs || all {
			found = append(found, record.Difference{What: what, Ours: ours, Theirs: theirs})
		}
	}
	known := func(n nhs.Number) bool { return slices.Contains(person.Numbers(), n) }
	unknown := func(n nhs.Number) bool { return !known(n) }
	add(!slices.ContainsFunc(p.Numbers, known) || slices.ContainsFunc(p.Numbers, unknown), "NHS number", person.Number.Spaced(), spaced(p.Numbers))
	family := slices.ContainsFunc(p.Names, func(n fhir.Name) bool { return record.FoldName(n.Family) == record.FoldName(person.Family) })
	add(!family || !givenAgrees(person.Given, p.Names), "name", person.Name(), words(p.Names))
	add(!p.Born.Dated() || p.Born.ISO() != person.Born.ISO(), "date of birth", person.Born.String(), p.Born.String())
	add(p.Gender == "" || !strings.EqualFold(p.Gender, person.Gender), "gender", person.Gender, p.Gender)
	return found
}

func spaced(numbers []nhs.Number) string {
	var all []string
	for _, n := range numbers {
		all = append(all, n.Spaced())
	}
	return strings.Join(all, ", ")
}

func words(names []fhir.Name) string {
	var all []string
	for _, n := range names {
		if w := n.Words(); w != "" && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return strings.Join(all, ", ")
}

// wrongPatient is the error of an answer in which p stands in person's place.
func wrongPatient(person record.Person, p fhir.Patient) error {
	return &partner.WrongPatientError{Differences: differences(person, p, true)}
}

// wrongSubject is the error of an answer that holds an item about s.
func wrongSubject(person record.Person, patients []fhir.Patient, s fhir.Subject) error {
	if s.Patient != nil {
		return wrongPatient(person, *s.Patient)
	}
	for _, p := range patients {
		if id, ok := strings.CutPrefix(s.Reference, "Patient/"); ok && id == p.ID {
			return wrongPatient(person, p)
		}
	}
	theirs := s.Number.Spaced()
	if theirs == "" {
		theirs = "an item about somebody who cannot be told: " + s.Reference
	}
	return &partner.WrongPatientError{Differences: []record.Difference{{What: "whom an item is about", Ours: person.Number.Spaced(), Theirs: theirs}}}
}

// differing is what of the patients of an answer, who are person, is not as
// the demographics service has it.
func differing(person record.Person, patients []fhir.Patient) []record.Difference {
	var all []record.Difference
	met := map[record.Difference]bool{}
	for _, p := range patients {
		if _, ok := same(person, p); !ok {
			continue
		}
		for _, d := range differences(person, p, false) {
			if !met[d] {
				all = append(all, d)
			}
			met[d] = true
		}
	}
	return all
}
