package record

// State says how a partner answered, as a whole or about one section.
type State string

// The states. A page tells every one of them apart.
const (
	Answered            State = "answered"
	NoneRecorded        State = "none-recorded"
	NotHeld             State = "not-held"
	NotSupported        State = "not-supported"
	Withheld            State = "withheld"
	Refused             State = "refused"
	Late                State = "late"
	Failed              State = "failed"
	Unreadable          State = "unreadable"
	IdentityCheckFailed State = "identity-check-failed"
	Incomplete          State = "incomplete"
	SwitchedOff         State = "switched-off"
	NotAsked            State = "not-asked"
	NotOpen             State = "not-open"
)

// States are all states.
var States = []State{
	Answered, NoneRecorded, NotHeld, NotSupported, Withheld, Refused, Late, Failed,
	Unreadable, IdentityCheckFailed, Incomplete, SwitchedOff, NotAsked, NotOpen,
}

var stateWords = map[State]string{
	Answered:            "answered",
	NoneRecorded:        "answered: nothing recorded",
	NotHeld:             "answered: does not know this patient",
	NotSupported:        "does not supply this",
	Withheld:            "withholds this",
	Refused:             "refused to answer",
	Late:                "did not answer in time",
	Failed:              "could not be reached",
	Unreadable:          "sent an answer that could not be read",
	IdentityCheckFailed: "answered about a different person, so its answer is not shown",
	Incomplete:          "answered, but its answer is incomplete",
	SwitchedOff:         "is switched off for safety",
	NotAsked:            "not asked, because your role does not see this",
	NotOpen:             "is not part of this record yet",
}

// Words says the state in plain English, to follow an organisation's name.
func (s State) Words() string { return stateWords[s] }

// Spoken reports whether the partner said all that it has to say: only then
// may an empty list be read as "none".
func (s State) Spoken() bool { return s == Answered || s == NoneRecorded || s == NotHeld }

// Neutral reports whether the state is named on the page without making the
// section incomplete: the partner is not one of those that supply such things
// here.
func (s State) Neutral() bool { return s == NotSupported || s == NotAsked || s == NotOpen }
