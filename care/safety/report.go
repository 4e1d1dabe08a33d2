package safety

import (
	"time"

	"example.org/icr/care/nhs"
)

// Mistake is what is wrong with an entry, as its reader says.
type Mistake string

// The mistakes.
const (
	OtherPerson Mistake = "other-person"
	Incorrect   Mistake = "incorrect"
	OutOfDate   Mistake = "out-of-date"
	Missing     Mistake = "missing"
	Repeated    Mistake = "repeated"
	Otherwise   Mistake = "other"
)

// Mistakes are all mistakes, in the order of the form, each as the reader says
// it.
var Mistakes = []struct {
	Mistake Mistake
	Words   string
}{
	{OtherPerson, "It is about somebody else"},
	{Incorrect, "It is not true, or was never so"},
	{OutOfDate, "It is out of date"},
	{Missing, "Something is missing"},
	{Repeated, "It is there twice"},
	{Otherwise, "Something else"},
}

// Known reports whether m is one of Mistakes.
func (m Mistake) Known() bool { return m.Words() != "" }

// Words is the mistake as its reader says it.
func (m Mistake) Words() string {
	for _, known := range Mistakes {
		if known.Mistake == m {
			return known.Words
		}
	}
	return ""
}

// Message tells a partner that an error was reported. It names no patient, so
// that it may travel by e-mail: who reads it must sign in for more.
type Message struct {
	Reference string // of the report
	Partner   nhs.ODSCode
	To        string // e-mail address
	Made      time.Time
	Sent      time.Time // zero while it waits
	Attempts  int
	Failure   string // of the last attempt, without an address
	GivenUp   bool
}

// Letter is what a message to a partner says. The reference is all that leads
// to the patient, for somebody who may sign in.
func Letter(programme, publicURL, reference string) (subject, text string) {
	return "A possible error in a record: " + reference,
		"Somebody who read a record in " + programme + " has reported a possible error in an entry that your organisation supplied.\n\n" +
			"Reference: " + reference + "\n\n" +
			"For the privacy of the patient this message says nothing more. To read the report, sign in at " + publicURL + "/safety as a clinical safety officer of your organisation, " +
			"or ask the programme’s clinical safety officer and give the reference.\n\n" +
			"The entry is shown as before: this service changes nothing. Only your organisation can correct it, in its own system.\n\n" +
			"Please do not reply with anything that names a patient."
}
