package record

import (
	"strings"

	"example.org/icr/care/nhs"
)

// Coding is one code of a code system, with the words that its sender gave.
type Coding struct{ System, Code, Display string }

// The code systems that are named on pages, by their FHIR identifiers.
var codeSystems = map[string]string{
	"http://snomed.info/sct":                      "SNOMED CT",
	"https://dmd.nhs.uk":                          "dm+d",
	"http://loinc.org":                            "LOINC",
	"http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
	"http://hl7.org/fhir/sid/icd-10":              "ICD-10",
	"http://read.info/readv2":                     "Read v2",
	"http://read.info/ctv3":                       "CTV3",
	"http://hl7.org/fhir/sid/cvx":                 "CVX",
}

// SystemName is the code system's name as people say it, or its identifier.
func (c Coding) SystemName() string {
	if name, ok := codeSystems[c.System]; ok {
		return name
	}
	return c.System
}

// Concept is something said in words, in codes, or both.
type Concept struct {
	Text    string
	Codings []Coding
}

// Words are the sender's words: the text, or else a code's display, or else
// the bare code. They are never looked up elsewhere.
func (c Concept) Words() string {
	if c.Text != "" {
		return c.Text
	}
	for _, coding := range c.Codings {
		if coding.Display != "" {
			return coding.Display
		}
	}
	for _, coding := range c.Codings {
		if coding.Code != "" {
			return strings.TrimSpace("code "+coding.Code+" ("+coding.SystemName()) + "), no description sent"
		}
	}
	return ""
}

// IsZero reports whether nothing was said.
func (c Concept) IsZero() bool { return c.Text == "" && len(c.Codings) == 0 }

// Item names a resource of one source: what the trail keeps of what was shown.
type Item struct{ Type, ID, Version string }

// Standing says whether an entry counts now.
type Standing uint8

// The standings. A status that is not understood is UnknownStanding, and is
// shown among the current ones with its status in words.
const (
	UnknownStanding Standing = iota
	Current
	Past
)

// Assertion says whether an entry states a thing or denies it.
type Assertion uint8

// The assertions.
const (
	Present   Assertion = iota
	NoneKnown           // "no known allergies": a positive statement
	Refuted             // stated not to be so, or not done
	Forbidden           // not to be given, or not to be done
)

// Course says how long a medicine is meant to be taken.
type Course uint8

// The courses. What its source does not say is UnknownCourse.
const (
	UnknownCourse Course = iota
	AcuteCourse          // a short one
	RepeatCourse         // issued again until somebody stops it
)

// Quantity is a measured value, exactly as sent.
type Quantity struct{ Comparator, Number, Unit string }

// String is the value as people read it: "<5 mmol/L".
func (q Quantity) String() string {
	if q.Number == "" {
		return ""
	}
	return strings.TrimSpace(q.Comparator + q.Number + " " + q.Unit)
}

// Part is one of several values under one entry, like the systolic pressure.
type Part struct {
	Name  string
	Value string // words, where there is no quantity
	Quantity
}

// NotToBeDone begins the name of an activity that a plan forbids.
const NotToBeDone = "Not to be done: "

// Words is the part's value in words.
func (p Part) Words() string {
	if p.Value != "" {
		return p.Value
	}
	return p.Quantity.String()
}

// Document points to a document's content at its source.
type Document struct {
	ContentType string
	Size        int    // bytes, 0 where not said
	URL         string // at the partner; never shown
	Inline      []byte // content sent along
}

// Origin is an organisation that an exchange names; the zero Origin is none.
type Origin struct {
	Code nhs.ODSCode
	Name string
}

// Entry is one clinical statement of one source, in that source's words.
type Entry struct {
	Section      Section
	Assertion    Assertion
	Standing     Standing
	Course       Course
	ByPatient    bool // measured by the patient or somebody at home, as the source tells
	Abnormal     bool // the source marks the value as out of range
	NoMedicine   bool // an allergy that the source says is to something else, as to a food
	From         nhs.ODSCode
	Via          nhs.ODSCode // the exchange that passed it on, where From is no partner itself
	Item         Item
	Also         []Item // of the same source, that say the same and are part of this entry
	Origin       Origin // who is accountable for it, where From passes on what others hold
	Kind         string // what it is, where a section mixes kinds: "Referral", "Appointment", "Goal"
	What         Concept
	Status       string // as sent, in words
	Verification string // as sent, in words
	When         Date   // the date that matters clinically
	WhenMeans    string // "onset", "recorded", "prescribed", "taken" …
	Until        Date
	Recorded     Date
	Dose         string // dosage in the prescriber's words
	Issued       Date   // when a medicine was last issued
	Value        Concept
	Quantity     Quantity
	Parts        []Part
	Range        string // reference range as sent
	Flag         string // interpretation as sent: "High"
	Severity     string
	Criticality  string
	Site         string // body site, laterality included
	Reactions    []string
	Reason       string
	Aside        []Coding // what it says besides in codes, which are not shown but may be sensitive: reasons, services, parts
	By           string   // who prescribed, performed, wrote
	At           string   // ward, clinic, place
	Phone        string
	Notes        []string
	Document     *Document
	Replaces     []string // ids at its source of the documents that it takes the place of
}
