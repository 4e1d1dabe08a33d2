package record

import (
	"strings"
	"time"

	"example.org/icr/care/nhs"
)

// Kind is the kind of an organisation.
type Kind string

// The kinds of organisation.
const (
	Practice     Kind = "gp"
	Acute        Kind = "acute"
	MentalHealth Kind = "mental-health"
	Community    Kind = "community"
	Council      Kind = "social-care"
	Ambulance    Kind = "ambulance"
)

// Kinds are all kinds of organisation, with the words that name one without
// naming which: for patients whose whereabouts are restricted.
var Kinds = map[Kind]string{
	Practice: "A GP practice", Acute: "A hospital", MentalHealth: "A mental health service",
	Community: "A community service", Council: "A council", Ambulance: "An ambulance service",
}

// Source is an organisation that contributes to records.
type Source struct {
	Code nhs.ODSCode
	Name string
	Kind Kind
	Lag  string // how far behind its feed runs: "live", "nightly"

	NameTells bool        // its name alone says what a patient is treated for
	Via       nhs.ODSCode // the exchange that answers for it, where it is no partner itself; Code is then the exchange's
}

// Contribution is what one partner gave, or why it gave nothing.
type Contribution struct {
	Source     Source
	State      State
	Why        string             // plain words that finish the state: "no answer in 4 s"
	Sections   map[Section]State  // of every section in scope
	Reasons    map[Section]string // that finish the state of a section, where there is more to say
	Newest     map[Section]bool   // of which only the newest was asked for, and there is more
	Entries    []Entry
	Differs    []string // demographics that differ from the demographics service, by name only
	Unreadable int      // items that could not be read
	InError    int      // items that the source marks as entered in error
	Withheld   int      // items not shown to this role, which may know that there are some
	Masked     int      // items not shown to this role, which may not: for the trail alone
	Unrelated  int      // patients in the answer that are nobody's subject
	Asking     bool     // it is still being asked; a later page may have its answer
	Late       bool     // it came after the page that first asked for it
	FetchedAt  time.Time
	Took       time.Duration
}

// SectionState is the state of one section of c. A partner that did not speak
// at all did not speak about the section either.
func (c Contribution) SectionState(s Section) State {
	if state, ok := c.Sections[s]; ok {
		return state
	}
	return c.State
}

// Person is who a patient is, from the demographics service.
type Person struct {
	Number     nhs.Number
	Superseded []nhs.Number // former numbers of the same person
	Family     string
	Given      []string
	Prefix     string
	Gender     string // as FHIR codes it: male, female, other, unknown
	Born       Date
	Died       Date
	Informally bool // the death is notified informally
	Address    []string
	Postcode   string
	Phone      string
	Practice   nhs.ODSCode
	Restricted bool      // whereabouts must not be given away
	FetchedAt  time.Time // when the demographics service said so
	Unanswered bool      // it was asked again since, and did not answer
}

// Numbers are all numbers that the person is or was known by, the current one
// first.
func (p Person) Numbers() []nhs.Number { return append([]nhs.Number{p.Number}, p.Superseded...) }

// Age is the person's age in years at t, and whether it is known.
func (p Person) Age(t time.Time) (int, bool) {
	if p.Born.Precision() < Day {
		return 0, false
	}
	born, on := p.Born.Time(), t.In(london)
	years := on.Year() - born.Year()
	if on.Month() < born.Month() || on.Month() == born.Month() && on.Day() < born.Day() {
		years--
	}
	return years, true
}

// Name is the person's name as the NHS writes it: FAMILY, Given (Title).
func (p Person) Name() string {
	name := strings.ToUpper(p.Family)
	if given := strings.Join(p.Given, " "); given != "" {
		name += ", " + given
	}
	if p.Prefix != "" {
		name += " (" + p.Prefix + ")"
	}
	return name
}
