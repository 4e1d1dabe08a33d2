package stories

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // dates are London's, wherever the demonstration runs

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resident"
	"example.org/icr/demo/town/resource"
)

// teller collects the people as they are told, and what went wrong.
type teller struct {
	today  time.Time
	people []*person
	errs   []error
}

func (t *teller) fail(err error) {
	if err != nil {
		t.errs = append(t.errs, err)
	}
}

// person is a Resident in the making.
type person struct {
	Resident
	t     *teller
	files map[nhs.ODSCode]*file
}

// who is what a story says of its person.
type who struct {
	number, prefix, given, family, gender, born string
	street, town, postcode, phone               string
	practice                                    nhs.ODSCode
	since                                       string
	story, user                                 string
}

// person begins a person's story. Registration with the practice is a ground
// from the start.
func (t *teller) person(w who) *person {
	n, err := nhs.ParseNumber(w.number)
	if err != nil {
		t.fail(fmt.Errorf("%s %s: %w", w.given, w.family, err))
	}
	if w.town == "" {
		w.town = "Coventry"
	}
	p := &person{t: t, files: map[nhs.ODSCode]*file{}, Resident: Resident{
		Person: resident.Person{
			Number: n, Prefix: w.prefix, Given: strings.Fields(w.given), Family: w.family, Gender: w.gender, Born: w.born,
			Lines: []string{w.street, w.town}, Postcode: w.postcode, Phone: w.phone, Practice: w.practice, Since: w.since,
		},
		Story: w.story, User: w.user,
		Files: map[nhs.ODSCode][]json.RawMessage{}, Trouble: map[nhs.ODSCode]Trouble{},
	}}
	p.ground(w.practice, "registered", "registration", t.parse(w.since), time.Time{})
	t.people = append(t.people, p)
	return p
}

// at opens the person's file at a partner, which then knows them.
func (p *person) at(partner nhs.ODSCode) *file {
	if f, ok := p.files[partner]; ok {
		return f
	}
	f := &file{person: p, partner: partner}
	p.files[partner] = f
	return f
}

// ground notes care that the organisation's feed tells of.
func (p *person) ground(organisation nhs.ODSCode, kind, source string, starts, ends time.Time) {
	p.Grounds = append(p.Grounds, Ground{
		Organisation: organisation, Kind: kind, Starts: starts, Ends: ends,
		ID: resource.ID(p.Number.Digits(), string(organisation), kind, source),
	})
}

// objects adds a state of the person's objection, days ago.
func (p *person) objects(state string, days int) {
	p.Objections = append(p.Objections, Objection{State: state, At: p.t.parse(p.t.at(-days, "10:30"))})
}

// finish encodes what each partner holds, its Patient first.
func (p *person) finish(t *teller) Resident {
	for partner, f := range p.files {
		for _, r := range append([]resource.Map{p.Held(partner)}, f.resources...) {
			raw, err := resource.Encode(r)
			t.fail(err)
			p.Files[partner] = append(p.Files[partner], raw)
		}
	}
	return p.Resident
}

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // time/tzdata is linked in
	}
	return zone
}()

// day is the date so many days from today.
func (t *teller) day(offset int) string {
	return t.today.In(london).AddDate(0, 0, offset).Format(time.DateOnly)
}

// at is the instant at a clock time so many days from today.
func (t *teller) at(offset int, clock string) string {
	at, err := time.ParseInLocation("2006-01-02 15:04", t.day(offset)+" "+clock, london)
	t.fail(err)
	return at.Format(time.RFC3339)
}

// minutesAgo is the instant so many minutes ago.
func (t *teller) minutesAgo(n int) string {
	return t.today.In(london).Add(-time.Duration(n) * time.Minute).Format(time.RFC3339)
}

// month is a date without a day, so many months from today.
func (t *teller) month(offset int) string {
	first := t.today.In(london)
	first = time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, london)
	return first.AddDate(0, offset, 0).Format("2006-01")
}

// year is a year alone, so many years from this one.
func (t *teller) year(offset int) string { return strconv.Itoa(t.today.In(london).Year() + offset) }

// parse reads a FHIR date at its earliest moment.
func (t *teller) parse(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.ParseInLocation(layout, s, london); err == nil {
			return at
		}
	}
	t.fail(fmt.Errorf("%q is no date", s))
	return time.Time{}
}

// zero is the end of what has not ended.
var zero time.Time
