// Package stories invents residents of Coventry and Warwickshire, each with a
// record spread over the partners and a story to tell. Everything is made
// anew for the day it is asked for, so that nothing looks stale.
package stories

import (
	"encoding/json"
	"errors"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resident"
)

// The organisations of the stories.
const (
	uhcw          nhs.ODSCode = "RKB"       // University Hospitals Coventry and Warwickshire
	georgeEliot   nhs.ODSCode = "RLT"       // George Eliot Hospital
	southWarwick  nhs.ODSCode = "RJC"       // South Warwickshire
	partnership   nhs.ODSCode = "RYG"       // Coventry and Warwickshire Partnership
	ambulance     nhs.ODSCode = "RYA"       // West Midlands Ambulance
	coventry      nhs.ODSCode = "E08000026" // Coventry City Council
	warwickshire  nhs.ODSCode = "E10000031" // Warwickshire County Council
	birmingham    nhs.ODSCode = "RRK"       // University Hospitals Birmingham: views, supplies nothing
	sponEnd       nhs.ODSCode = "Y99001"
	foleshillRoad nhs.ODSCode = "Y99002"
	leamTerrace   nhs.ODSCode = "Y99003"
	redditch      nhs.ODSCode = "Y99010" // included, supplies nothing
	leicester     nhs.ODSCode = "Y99090" // outside the area
)

var names = map[nhs.ODSCode]string{
	uhcw: "University Hospitals Coventry and Warwickshire", georgeEliot: "George Eliot Hospital",
	southWarwick: "South Warwickshire", partnership: "Coventry and Warwickshire Partnership",
	ambulance: "West Midlands Ambulance", coventry: "Coventry City Council", warwickshire: "Warwickshire County Council",
	birmingham: "University Hospitals Birmingham", sponEnd: "Spon End Surgery",
	foleshillRoad: "Foleshill Road Practice", leamTerrace: "Leam Terrace Practice",
	redditch: "Redditch Bridge Practice", leicester: "Leicester Fosse Practice",
}

// Resident is one invented person and all that is known of them.
type Resident struct {
	resident.Person
	Story, User string
	Superseded  []string // former NHS numbers, digits
	Files       map[nhs.ODSCode][]json.RawMessage
	Grounds     []Ground
	Objections  []Objection
	Trouble     map[nhs.ODSCode]Trouble
}

// Ground is care that an organisation gives or gave: what its feed of
// relationships says.
type Ground struct {
	Organisation nhs.ODSCode
	Kind, ID     string
	Starts, Ends time.Time // Ends is zero while the care lasts
}

// Objection is one state that an objection came to.
type Objection struct {
	State string
	At    time.Time
}

// Trouble is how a partner misbehaves when it is asked about one person.
type Trouble struct {
	Down         bool
	Slow         time.Duration
	AnswersAbout string // digits of the person whose record it gives instead
}

// Residents are the people of the stories, as they stand on the given day.
func Residents(today time.Time) ([]Resident, error) {
	t := &teller{today: today.Truncate(time.Second)}
	for _, tell := range []func(*teller){
		plain, conflict, downAndSlow, wrongPerson, namesake, objection, withdrawn, noRelationship, child, outside,
		fromRedditch, restricted, superseded, deceased, veryLong, nothing, duplicates, atGeorgeEliot, byAmbulance,
		toBirmingham, homeCare, twoTrusts, justArrived, refusesThere,
	} {
		tell(t)
	}
	var residents []Resident
	for _, p := range t.people {
		residents = append(residents, p.finish(t))
	}
	return residents, errors.Join(t.errs...)
}
