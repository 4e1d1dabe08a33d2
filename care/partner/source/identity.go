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
	if !slices.ContainsFunc(p.Numbers, func(n nhs.Number) bool { return slices.Contains(person.Numbers(), n) }) {
		return nil, false
	}
	agree := 0
	compare := func(name string, equal bool) {
		if equal {
			agree++
		} else {
			differs = append(differs, name)
		}
	}
	compare("family name", slices.ContainsFunc(p.Families, func(f string) bool { return fold(f) == fold(person.Family) }))
	compare("date of birth", p.Born.Dated() && p.Born.ISO() == person.Born.ISO())
	compare("gender", p.Gender != "" && strings.EqualFold(p.Gender, person.Gender))
	if agree < 2 {
		return differs, false
	}
	if len(person.Given) > 0 && len(p.Givens) > 0 && !slices.ContainsFunc(p.Givens, func(g string) bool { return fold(g) == fold(person.Given[0]) }) {
		differs = append(differs, "given name")
	}
	return differs, true
}

// fold makes names comparable: case, spaces, hyphens and apostrophes do not
// count.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\'', '’', '.', '\u00a0':
			return -1
		}
		return r
	}, strings.ToLower(name))
}
