// Package town is the demonstration's town: invented people, and what every
// partner, the demographics service, the feed of relationships and the
// register of objections know of them.
package town

import (
	"encoding/json"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resident"
	"example.org/icr/demo/town/resource"
	"example.org/icr/demo/town/stories"
)

// Person is one inhabitant, and what is to be seen of them. User is whom to
// sign in as to see it.
type Person struct {
	NHSNumber                    nhs.Number
	Name, BirthDate, Story, User string
}

// Relationship is care that an organisation gives or gave, as its feed says
// it: Ends is zero while it lasts.
type Relationship struct {
	NHSNumber      nhs.Number
	Organisation   nhs.ODSCode
	Kind, SourceID string
	Starts, Ends   time.Time
}

// Objection is one state that somebody's objection came to: identity-confirmed,
// upheld, withdrawn.
type Objection struct {
	NHSNumber                               nhs.Number
	FamilyName, GivenName, BirthDate, State string
	At                                      time.Time
}

// Behaviour is how a partner misbehaves when it is asked about one person. The
// zero Behaviour answers well.
type Behaviour struct {
	Down         bool          // 503
	Slow         time.Duration // before every answer
	Refuse       bool          // 403
	AnswersAbout string        // digits of the person whose record is given instead
}

// Item names a resource at a partner.
type Item struct {
	Partner  nhs.ODSCode
	Type, ID string
}

// Injected is something that was put at more than one partner when bundles
// were loaded: what a joined-up record must notice, or must not confuse.
type Injected struct {
	Kind      string // exact-share, near-miss, copied-on-admission, conflict, discharge, gp2gp
	NHSNumber nhs.Number
	Items     []Item
}

// Town is everything that the demonstration's servers answer from.
type Town struct {
	People        []Person
	Relationships []Relationship
	Objections    []Objection
	Demographics  map[string]json.RawMessage                   // a PDS Patient by number digits
	Superseded    map[string]string                            // former number digits to current
	Records       map[nhs.ODSCode]map[string][]json.RawMessage // by partner and number digits: the Patient first
	Behaviour     map[nhs.ODSCode]map[string]Behaviour         // by partner and number digits
	LeftOut       []string                                     // what of the bundles is not in the town, and why
	Loaded        int                                          // bundles
	Truth         []Injected
}

// Stories is the town of the stories alone, as it stands today.
func Stories() (*Town, error) { return StoriesOn(time.Now()) }

// StoriesOn is the town of the stories alone, as it stands on the given day.
func StoriesOn(today time.Time) (*Town, error) {
	residents, err := stories.Residents(today)
	if err != nil {
		return nil, err
	}
	t := &Town{
		Demographics: map[string]json.RawMessage{}, Superseded: map[string]string{},
		Records: map[nhs.ODSCode]map[string][]json.RawMessage{}, Behaviour: map[nhs.ODSCode]map[string]Behaviour{},
	}
	for _, r := range residents {
		if err := t.settle(r.Person, r.Story, r.User, r.Files); err != nil {
			return nil, err
		}
		t.tell(r)
	}
	return t, nil
}

// settle makes p an inhabitant.
func (t *Town) settle(p resident.Person, story, user string, files map[nhs.ODSCode][]json.RawMessage) error {
	demographics, err := p.Demographics()
	if err != nil {
		return err
	}
	digits := p.Number.Digits()
	t.Demographics[digits] = demographics
	t.People = append(t.People, Person{p.Number, p.Name(), p.Born, story, user})
	for partner, file := range files {
		if t.Records[partner] == nil {
			t.Records[partner] = map[string][]json.RawMessage{}
		}
		t.Records[partner][digits] = file
	}
	return nil
}

// tell adds what a story says beside the records.
func (t *Town) tell(r stories.Resident) {
	digits := r.Number.Digits()
	for _, former := range r.Superseded {
		t.Superseded[former] = digits
	}
	for _, g := range r.Grounds {
		t.Relationships = append(t.Relationships, Relationship{r.Number, g.Organisation, g.Kind, g.ID, g.Starts, g.Ends})
	}
	for _, o := range r.Objections {
		t.Objections = append(t.Objections, Objection{r.Number, r.Family, r.Given[0], r.Born, o.State, o.At})
	}
	for partner, trouble := range r.Trouble {
		if t.Behaviour[partner] == nil {
			t.Behaviour[partner] = map[string]Behaviour{}
		}
		t.Behaviour[partner][digits] = Behaviour{Down: trouble.Down, Slow: trouble.Slow, AnswersAbout: trouble.AnswersAbout}
	}
}

// ground notes care that began at Starts and lasts.
func (t *Town) ground(n nhs.Number, organisation nhs.ODSCode, kind string, starts time.Time) {
	t.Relationships = append(t.Relationships, Relationship{
		NHSNumber: n, Organisation: organisation, Kind: kind, Starts: starts,
		SourceID: resource.ID(n.Digits(), string(organisation), kind),
	})
}
