package bundles

import (
	"cmp"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resident"
	"example.org/icr/demo/town/resource"
)

// Person is the bundle's patient as a resident of Coventry, without a number:
// registered with Spon End Surgery, at their own street in an invented
// postcode.
func (b *Bundle) Person() resident.Person {
	p := resident.Person{
		Gender: text(b.patient.body["gender"]), Born: text(b.patient.body["birthDate"]), Died: b.died(),
		Lines: []string{"1 Loaded Street", "Coventry"}, Postcode: "CV99 9ZZ", Practice: Practice, Since: "2015-04-01",
	}
	if p.Gender == "" {
		p.Gender = "unknown"
	}
	if p.Born > p.Since {
		p.Since = p.Born
	}
	given, family, prefix := nameParts(object(first(b.patient.body["name"])))
	for _, g := range given {
		p.Given = append(p.Given, plain(g))
	}
	p.Family, p.Prefix = plain(family), strings.TrimSuffix(prefix, ".")
	if p.Family == "" {
		p.Family = "(no name sent)"
	}
	address := object(first(b.patient.body["address"]))
	p.Lines[0] = cmp.Or(text(first(address["line"])), p.Lines[0])
	return p
}

// died is when the patient died. One who is said to be dead and no more died,
// as far as is known, with their last entry.
func (b *Bundle) died() string {
	if at := text(b.patient.body["deceasedDateTime"]); at != "" || b.patient.body["deceasedBoolean"] != true {
		return at
	}
	var last time.Time
	for _, it := range b.items {
		if at := when(it.body); at.After(last) {
			last = at
		}
	}
	return last.Format(time.DateOnly)
}

// Number is the NHS number that the bundle itself gives its patient, if it is
// one of the test range.
func (b *Bundle) Number() (nhs.Number, bool) {
	for _, identifier := range list(b.patient.body["identifier"]) {
		id := object(identifier)
		if text(id["system"]) != nhs.NumberSystem {
			continue
		}
		if n, err := nhs.ParseNumber(text(id["value"])); err == nil && n.Test() {
			return n, true
		}
	}
	return nhs.Number{}, false
}

// heldBy is the patient as one partner's register has them. Registers drift:
// one shouts the surname, one has no address, one does not say the sex.
func heldBy(p resident.Person, partner nhs.ODSCode) resource.Map {
	if partner == Acute {
		p.Family = strings.ToUpper(p.Family)
	}
	m := p.Held(partner)
	switch partner {
	case second:
		delete(m, "address")
	case third:
		delete(m, "gender")
	}
	return m
}
