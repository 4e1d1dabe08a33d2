package objection

import (
	"errors"
	"slices"
	"time"

	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Sign is what of a partner's data shows that a patient refused that the
// partner's record of them be shared: the code that says so.
type Sign string

// The signs that is honoured.
const (
	DeniedByConsent Sign = "Consent"   // a FHIR Consent that denies
	LocalDissent    Sign = "416409005" // SNOMED CT: refused consent for upload to local shared electronic record
)

// Lasts reports whether the partner's data stays withheld until an officer says
// otherwise. A code stands in one part of a record, and pages that ask for
// other parts do not receive it; Consents are asked for with every question.
func (s Sign) Lasts() bool { return s != DeniedByConsent }

// Words says what was seen.
func (s Sign) Words() string {
	switch s {
	case DeniedByConsent:
		return "a Consent that refuses sharing"
	case LocalDissent:
		return "the code for refused consent to the local shared record"
	}
	return string(s)
}

// Outcome is what an officer found that a possible objection is.
type Outcome string

// The outcomes.
const (
	Stands       Outcome = "stands"         // the patient wants that partner's record withheld, and no more
	Objects      Outcome = "objects"        // the patient objects to the whole shared record: the objection is recorded apart
	DoesNotStand Outcome = "does-not-stand" // a mistake, or the patient no longer wants it
)

// OutcomeWords is an outcome in words.
type OutcomeWords struct {
	Outcome Outcome
	Words   string
}

// Outcomes are all outcomes, in words, in the order in which a page offers them.
var Outcomes = []OutcomeWords{
	{Stands, "The person wants this organisation’s record withheld, and nothing else"},
	{Objects, "The person objects to the whole shared record, and their objection is recorded"},
	{DoesNotStand, "It was recorded by mistake, or the person no longer wants it"},
}

// Words is the outcome in words.
func (o Outcome) Words() string {
	for _, known := range Outcomes {
		if known.Outcome == o {
			return known.Words
		}
	}
	return string(o)
}

// Withholds reports whether what was found keeps the partner's record withheld.
// What nobody has handled does.
func (o Outcome) Withholds() bool { return o != DoesNotStand }

// Possible is that a partner's data shows that a patient refused sharing there.
// It is honoured for that partner's data, and is no objection to the shared
// record until an officer has asked the patient.
type Possible struct {
	ID          uuid.UUID
	Patient     nhs.Number
	Partner     nhs.ODSCode
	PartnerName string
	SeenAt      time.Time
	Evidence    Sign

	Outcome   Outcome // empty until an officer has handled it
	HandledAt time.Time
	HandledBy string
	Words     string // of the officer
}

// What handling a possible objection may come to.
var (
	ErrNoPossible = errors.New("there is no such possible objection")
	ErrHandled    = errors.New("somebody has handled it already")
	ErrOutcome    = errors.New("select what it is")
	ErrUnrecorded = errors.New("enter the person’s form first: no form or objection of theirs is held")
)

// Handle is p with what an officer found, or the reason why that cannot be said.
// Held is that a form or an objection of the person is held.
func (p Possible) Handle(o Outcome, words string, by Officer, held bool, at time.Time) (Possible, error) {
	known := slices.ContainsFunc(Outcomes, func(k OutcomeWords) bool { return k.Outcome == o })
	switch {
	case p.Outcome != "":
		return p, ErrHandled
	case by.Number == p.Patient:
		return p, ErrTheirOwn
	case !known:
		return p, ErrOutcome
	case o == Objects && !held:
		return p, ErrUnrecorded
	}
	if err := worded(Act{Kind: Note, Words: words}); err != nil {
		return p, err
	}
	p.Outcome, p.Words, p.HandledAt, p.HandledBy = o, words, at, by.Name
	return p, nil
}
