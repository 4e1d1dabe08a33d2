package privacy

import (
	"errors"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// State is how far the review of an alert is.
type State string

// The states.
const (
	New       State = "new"
	InReview  State = "in-review"
	Asked     State = "asked"
	Answered  State = "answered"
	Justified State = "justified"
	Breach    State = "breach"
	Closed    State = "closed"
)

// States are all states in order, with the words that name them.
var States = []struct {
	State State
	Words string
}{{New, "New"}, {InReview, "In review"}, {Asked, "Question asked"}, {Answered, "Question answered"}, {Justified, "Justified"}, {Breach, "Breach"}, {Closed, "Closed"}}

// Words are the state as a page says it.
func (s State) Words() string {
	for _, known := range States {
		if known.State == s {
			return known.Words
		}
	}
	return string(s)
}

// Known reports whether s is a state.
func (s State) Known() bool { return s.Words() != string(s) }

// Open are the states of cases that somebody has still to end.
var Open = []State{InReview, Asked, Answered, Justified, Breach}

// StepKind is what an officer does with an alert.
type StepKind string

// The steps.
const (
	Take          StepKind = "taken"
	Note          StepKind = "note"
	AskStaff      StepKind = "asked-staff"
	AskManager    StepKind = "asked-manager"
	FindJustified StepKind = "justified"
	FindBreach    StepKind = "breach"
	Close         StepKind = "closed"
	Answer        StepKind = "answered" // by whom was asked, and not by an officer
)

// StepWords are what each step says that was done.
var StepWords = map[StepKind]string{
	Take: "Taken into review", Note: "Note", AskStaff: "Asked the member of staff", AskManager: "Asked their manager",
	FindJustified: "Found justified", FindBreach: "Found a breach", Close: "Closed", Answer: "Answered",
}

// Step is one thing done with an alert. Nothing of it changes afterwards.
type Step struct {
	N         int
	Kind      StepKind
	At        time.Time
	Words     string
	Reference string // of its event on the trail
	By        audit.Actor
}

// ErrChanged means that somebody else did something with the alert meanwhile,
// or that the step is not one for an alert as it stands.
var ErrChanged = errors.New("the alert has changed")

// ErrOwnCase means that somebody would judge what they did themselves.
var ErrOwnCase = errors.New("nobody handles an alert about themselves")

// follows are the states in which each step may be taken.
var follows = map[StepKind][]State{
	Take: {New}, Note: {InReview, Asked, Answered, Justified, Breach},
	AskStaff: {InReview, Answered}, AskManager: {InReview, Answered},
	FindJustified: {InReview, Asked, Answered, Breach}, FindBreach: {InReview, Asked, Answered, Justified},
	Close: {Justified, Breach},
}

// Steps are those that officers may take in a state.
func (s State) Steps() []StepKind {
	var steps []StepKind
	for _, k := range []StepKind{Take, Note, AskStaff, AskManager, FindJustified, FindBreach, Close} {
		for _, from := range follows[k] {
			if from == s {
				steps = append(steps, k)
			}
		}
	}
	return steps
}

// Follows returns ErrChanged unless k may be taken in state s.
func (k StepKind) Follows(s State) error {
	for _, from := range follows[k] {
		if from == s {
			return nil
		}
	}
	return ErrChanged
}

// WordsWanted reports whether a step means nothing without words.
func (k StepKind) WordsWanted() bool { return k != Take }

// Case is an alert with all that was done about it.
type Case struct {
	Alert
	Steps     []Step
	Questions []Question // that were asked, in order
	Others    []Alert    // about the same member of staff, without their events, the newest first
}

// About reports whether the case is about u: the same sign-in, or the same
// staff id with another one.
func (c Case) About(u auth.User) bool { return Same(c.Event.Actor, u) }

// Same reports whether u is who acted: by their sign-in, or their staff id.
func Same(a audit.Actor, u auth.User) bool {
	return a.Issuer == u.Issuer && a.Subject == u.Subject || a.StaffID != "" && a.StaffID == u.StaffID
}

// Question is asked of the member of staff whom an alert is about, or of their
// manager.
type Question struct {
	Ref      string // stands for it in a URL
	Alert    uuid.UUID
	N        int  // of the step that asked it
	Manager  bool // asked of the manager, who is told no patient
	To       Answerer
	At       time.Time
	Words    string
	Event    audit.Event // the access, as far as whoever is asked may know of it
	Answered time.Time   // zero while it is not
	Answer   string

	AnsweredBy, AnswerReference string
}

// Answerer is who may answer: a sign-in, or any that has one of these as staff
// id or subject, at an organisation.
type Answerer struct {
	Issuer, Subject string
	StaffID         string
	Organisation    nhs.ODSCode
}

// Is reports whether u may answer.
func (a Answerer) Is(u auth.User) bool {
	if a.Issuer != "" && a.Issuer == u.Issuer && a.Subject == u.Subject {
		return true
	}
	return a.StaffID != "" && a.Organisation == u.Organisation && (a.StaffID == u.StaffID || a.StaffID == u.Subject)
}

// Told is the event as far as whoever is asked about it may know of it: their
// own access as it was, without what was shown; the manager, no patient.
func Told(e audit.Event, manager bool) audit.Event {
	told := audit.Event{ID: e.ID, Reference: e.Reference, Kind: e.Kind, At: e.At, Actor: e.Actor, Rule: e.Rule, Ground: e.Ground, Claim: e.Claim, Page: e.Page, Sections: e.Sections}
	told.Actor.Session, told.Actor.Address = "", ""
	if !manager {
		told.Patient, told.Person, told.Words = e.Patient, e.Person, e.Words
	}
	return told
}
