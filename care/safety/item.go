package safety

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"github.com/google/uuid"
)

// Kind is the kind of an item.
type Kind string

// The kinds of item.
const (
	WrongPatient Kind = "wrong-patient" // an answer about somebody else, withheld whole
	Differs      Kind = "differs"       // shown, though the demographics sent with it differ
	Unreadable   Kind = "unreadable"    // an answer, or items of it, that could not be read
	Report       Kind = "report"        // an error that somebody who read a record reports

	ObjectionError Kind = "objection-error" // an objection was in force that ought not to have been
)

// Kinds are all kinds, the gravest first, with the words that name them.
var Kinds = []struct {
	Kind  Kind
	Words string
}{
	{WrongPatient, "Answer about somebody else"},
	{Report, "Error reported"},
	{ObjectionError, "Objection recorded in error"},
	{Unreadable, "Could not be read"},
	{Differs, "Demographics differ"},
}

// Words names the kind.
func (k Kind) Words() string {
	for _, known := range Kinds {
		if known.Kind == k {
			return known.Words
		}
	}
	return string(k)
}

// State is where an item stands.
type State string

// The states of an item.
const (
	New    State = "new"
	Taken  State = "taken"
	Closed State = "closed"
)

// States are all states, in words.
var States = map[State]string{New: "New", Taken: "Being handled", Closed: "Closed"}

// Item is something that the safety officers must look at. What it says never
// changes; steps are added.
type Item struct {
	Head
	Person      record.Person // whose record it came up in, as far as it says who they are
	By          audit.Actor   // who looked, or reported
	Differences []record.Difference
	Unread      []record.Item // the first of those that could not be read
	Count       int           // how many could not be read
	Why         string        // why a whole answer could not be read
	Entry       Entry         // that is reported
	Words       string        // of who reports it
	Steps       []Step        // oldest first
	Others      []Head        // the same on other days, newest first
	Message     *Message      // to the partner, if there is one

	Same [32]byte // equal for what is the same: it is raised once a day
}

// Head is what a list says of an item: nothing that names the patient.
type Head struct {
	ID          uuid.UUID
	At          time.Time
	Kind        Kind
	Partner     nhs.ODSCode
	PartnerName string
	Section     record.Section
	Mistake     Mistake
	Reference   string // of the access in which it came up; of a report, its own
	State       State
	Handler     string // who took it last, or closed it
}

// Entry is the entry of a record that a report is about, as it was shown.
type Entry struct {
	Item  record.Item
	Title string
	When  string
}

// Finding is what of a partner's answer concerns the safety officers. It is no
// part of any contribution, so that no page of a record can show it.
type Finding struct {
	Source      record.Source
	State       record.State // IdentityCheckFailed, Unreadable, or Answered in spite of what follows
	Differences []record.Difference
	Unread      []record.Item
	Unreadable  int
	Why         string

	Dissents []Dissent // they go to the objections officers

	Tagged bool // it bears tags of an exchange, and is not read as one's: of interest where partners are checked
}

// Dissent is what shows that the patient refused, at one organisation, that its
// record of them be shared.
type Dissent struct {
	Partner nhs.ODSCode // of an exchange's provider that is no partner: the exchange's, and the provider's
	Name    string
	Sign    objection.Sign
}

// Leave is what a partner was asked under: a viewing, or an inquiry.
type Leave interface {
	Person() record.Person
	User() auth.User
	Reference() string
	Now() time.Time
	Event(kind audit.Kind) audit.Event
	IdentityFailed(ctx context.Context, code nhs.ODSCode, name, why string) error
}

// Items are the items that f comes to, one for each kind.
func (f Finding) Items(v Leave) []Item {
	var all []Item
	add := func(kind Kind, same string, fill func(*Item)) {
		item := Item{Person: v.Person(), By: audit.ActorOf(v.User())}
		item.Head = Head{ID: uuid.Must(uuid.NewV7()), At: v.Now(), Kind: kind, Partner: f.Source.Code, PartnerName: f.Source.Name, Reference: v.Reference()}
		item.Same = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", kind, f.Source.Code, same))
		fill(&item)
		all = append(all, item)
	}
	patient := v.Person().Number.Digits()
	switch {
	case f.State == record.IdentityCheckFailed:
		add(WrongPatient, patient+told(f.Differences), func(i *Item) { i.Differences = f.Differences })
		return all
	case f.State == record.Unreadable: // whoever the patient is, it is the partner's software
		add(Unreadable, f.Why, func(i *Item) { i.Why = f.Why })
		return all
	}
	if len(f.Differences) > 0 {
		add(Differs, patient+told(f.Differences), func(i *Item) { i.Differences = f.Differences })
	}
	if f.Unreadable > 0 {
		add(Unreadable, patient, func(i *Item) { i.Unread, i.Count = f.Unread, f.Unreadable })
	}
	return all
}

// told is what differences say, to tell whether two are the same.
func told(ds []record.Difference) string {
	s := ""
	for _, d := range ds {
		s += "\x00" + d.What + "\x00" + d.Theirs
	}
	return s
}

// StepKind is what an officer does with an item.
type StepKind string

// The kinds of step.
const (
	Take   StepKind = "taken"
	Note   StepKind = "note"
	Close  StepKind = "closed"
	Reopen StepKind = "reopened"
)

// StepKinds are all steps, in words.
var StepKinds = map[StepKind]string{Take: "Taken", Note: "Note", Close: "Closed", Reopen: "Taken up again"}

// Step is one thing that an officer did with an item.
type Step struct {
	Act      // Reason is what they wrote
	N    int // the first is 1
	Kind StepKind
}

// ErrStep means that a step does not follow from where the item stands.
var ErrStep = errors.New("this cannot be done with the item as it stands")

// ErrChanged means that somebody else did something with the item meanwhile.
var ErrChanged = errors.New("somebody else has changed the item")

// Follows returns an error if a step of kind cannot be taken with an item in
// state. Whoever takes an item that another has taken takes it over.
func (k StepKind) Follows(state State) error {
	switch {
	case k == Note,
		k == Take && state != Closed,
		k == Close && state != Closed,
		k == Reopen && state == Closed:
		return nil
	}
	return ErrStep
}

// After is where an item stands after a step of kind.
func (k StepKind) After(state State) State {
	switch k {
	case Take, Reopen:
		return Taken
	case Close:
		return Closed
	}
	return state
}

// Query asks for a page of the queue, newest first. Zero members do not filter.
type Query struct {
	Kind    Kind
	State   State
	Open    bool // new or being handled
	Partner nhs.ODSCode
	Before  audit.Cursor // only what is older
	Limit   int
}
