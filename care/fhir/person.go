package fhir

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// ErrNoNumber is the error of a Patient without a valid NHS number.
var ErrNoNumber = errors.New("a Patient without a valid NHS number")

// DecodePerson reads the one Patient that the demographics service answers
// with. An OperationOutcome in its place is returned as an *Outcome.
func DecodePerson(r io.Reader) (record.Person, error) {
	c, kind, err := readWhole(r)
	if err != nil {
		return record.Person{}, err
	}
	switch kind {
	case "Patient":
		patient := readPatient(c, "")
		if c.forced {
			return record.Person{}, broken("it has rules that are not understood")
		}
		return patient.person(time.Now())
	case "OperationOutcome":
		return record.Person{}, &Outcome{readIssues(c)}
	}
	return record.Person{}, broken("it is no Patient")
}

// DecodeMatches reads the answer to a search of the demographics service.
// tooMany says that there are more matches than it gives away, which it says
// itself with an OperationOutcome and HTTP status 200. Any other outcome is
// returned as an *Outcome.
func DecodeMatches(r io.Reader) (people []record.Person, tooMany bool, err error) {
	answer := NewAnswer(record.Source{}, nil, Limit{Bytes: largestDemographics})
	if _, err := answer.Read(r); err != nil {
		return nil, false, err
	}
	outcome := &Outcome{answer.Issues()}
	result := answer.Result()
	switch {
	case outcome.Has("TOO_MANY_MATCHES"):
		return nil, true, nil
	case slices.ContainsFunc(outcome.Issues, Issue.Serious), len(outcome.Issues) > 0 && len(answer.Patients()) == 0:
		return nil, false, outcome
	case result.Incomplete || result.Unreadable > 0:
		return nil, false, broken("it holds matches that cannot be read")
	}
	for _, patient := range answer.Patients() {
		person, err := patient.person(time.Now())
		if err != nil {
			return nil, false, err
		}
		people = append(people, person)
	}
	return people, false, nil
}

// person is the patient as the demographics service knows them at now. Where
// it restricts the record, what locates them is left out; the practice is kept,
// because it decides who may look.
func (p Patient) person(now time.Time) (record.Person, error) {
	person := record.Person{
		Gender: p.Gender, Born: p.Born, Died: p.died, Informally: p.informally && !p.died.IsZero(), Restricted: p.restricted,
	}
	if err := p.number(&person); err != nil {
		return record.Person{}, err
	}
	if name, ok := best(p.Names, now, func(n Name) (validity, int) { return n.validity, nameRank(n) }); ok {
		person.Family, person.Given, person.Prefix = cmp.Or(name.Family, name.Text), name.Given, name.Prefix
	}
	if gp, ok := best(p.practices, now, func(g practice) (validity, int) { return g.validity, 0 }); ok && gp.lapsed(now) == 0 { // a ground is never one that has ended
		person.Practice, _ = nhs.ParseODSCode(gp.code)
	}
	if p.restricted {
		return person, nil
	}
	if home, ok := best(p.addresses, now, func(a address) (validity, int) { return a.validity, rank(a.use, "home", "temp") }); ok {
		person.Address, person.Postcode = home.lines, home.postcode
	}
	if phone, ok := best(p.phones, now, func(k contact) (validity, int) { return k.validity, rank(k.use, "mobile", "home") }); ok {
		person.Phone = phone.number
	}
	return person, nil
}

// number takes the resource's id, which is the current number, or else the
// first identifier; other numbers are former ones.
func (p Patient) number(person *record.Person) error {
	if number, err := nhs.ParseNumber(p.ID); err == nil {
		person.Number = number
	} else if len(p.Numbers) > 0 {
		person.Number = p.Numbers[0]
	} else {
		return ErrNoNumber
	}
	for _, number := range p.Numbers {
		if number != person.Number && !slices.Contains(person.Superseded, number) {
			person.Superseded = append(person.Superseded, number)
		}
	}
	return nil
}

// nameRank prefers the name a person goes by.
func nameRank(n Name) int { return rank(n.use, "usual", "official") }

// rank is low for the uses named, lowest for the first, and high for those
// that are past.
func rank(use string, preferred ...string) int {
	if i := slices.Index(preferred, use); i >= 0 {
		return i
	}
	switch use {
	case "old", "maiden":
		return 9
	}
	return len(preferred)
}

// best is the item that holds at now and has the lowest rank, the latest of
// equals. Where none holds at now, it is chosen among all.
func best[T any](items []T, now time.Time, judge func(T) (validity, int)) (T, bool) {
	var none T
	if len(items) == 0 {
		return none, false
	}
	return slices.MinFunc(items, func(a, b T) int {
		va, ra := judge(a)
		vb, rb := judge(b)
		return cmp.Or(va.lapsed(now)-vb.lapsed(now), ra-rb, vb.from.Compare(va.from), vb.until.Compare(va.until))
	}), true
}

// lapsed is 0 where v holds at now and 1 where it does not.
func (v validity) lapsed(now time.Time) int {
	if v.from.Dated() && now.Before(v.from.Time()) {
		return 1
	}
	if v.until.Dated() && !now.Before(end(v.until)) {
		return 1
	}
	return 0
}

// end is the moment when the last day that d can mean is over.
func end(d record.Date) time.Time {
	switch d.Precision() {
	case record.Year:
		return d.Time().AddDate(1, 0, 0)
	case record.Month:
		return d.Time().AddDate(0, 1, 0)
	}
	return d.Time().AddDate(0, 0, 1)
}
