package source

import (
	"slices"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// byNumber sorts the Patients that a server without ids found for a number: it
// must be person, each of them. A council may leave the number out of what it
// sends; then all else that is compared must agree, and it counts only as a
// sign that the council knows the number.
func byNumber(person record.Person, found []fhir.Patient) (patients []fhir.Patient, err error) {
	for _, p := range found {
		if _, ok := same(person, p); ok {
			patients = append(patients, p)
			continue
		}
		if len(p.Numbers) > 0 || p.Doubtful > 0 || !alike(person, p) {
			return nil, wrongPatient(person, p)
		}
	}
	return patients, nil
}

// alike reports whether p has person's family name, birth date and gender, all
// three.
func alike(person record.Person, p fhir.Patient) bool {
	named := slices.ContainsFunc(p.Names, func(n fhir.Name) bool { return record.FoldName(n.Family) == record.FoldName(person.Family) })
	return named && p.Born.Dated() && p.Born.ISO() == person.Born.ISO() && p.Gender != "" && strings.EqualFold(p.Gender, person.Gender)
}

// about is the part of a search that says whom it is about.
func (s *Source) about(id string) query {
	if s.ByNumber || s.chained {
		return query("").with("patient.identifier", nhs.NumberSystem+"|"+id)
	}
	return query("").with("patient", id)
}

// searches adds the questions about one patient, type by type.
func (s *Source) searches(to []request, q partner.Query, id string, types []string) []request {
	plain := s.about(id).with("_count", perPage)
	for _, kind := range types {
		asked := plain
		if include := fhir.Include(kind); include != "" {
			asked = asked.with("_include", include)
		}
		r := s.search(kind, asked)
		r.holds = s.Release.Holds(kind, q.Source.Kind)
		to = append(to, r)
	}
	return to
}
