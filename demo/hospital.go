package demo

import (
	"context"
	"crypto/ecdsa"
	"errors"

	"example.org/icr/demo/ehr"
	"example.org/icr/demo/provider"
)

// A hospital's own system, from which the viewer is opened.

const (
	ehrName = "University Hospitals Coventry and Warwickshire"
	ehrUser = "ed.nurse"
)

// launch is a local system in the programme file.
type launch struct {
	ID           string `yaml:"id"`
	Name         string `yaml:"name"`
	Organisation string `yaml:"organisation"`
	Issuer       string `yaml:"issuer"`
	Trusted      bool   `yaml:"trusted"`
	FHIR         string `yaml:"fhir"`
	TokenIssuer  string `yaml:"token_issuer"`
	TokenKeys    string `yaml:"token_keys_file"`
}

func launches(p Ports, s state) []launch {
	return []launch{{ID: "uhcw", Name: "UHCW patient record", Organisation: "RKB", Issuer: nhsID, Trusted: true, FHIR: address(p.EHR) + ehr.FHIRPath, TokenIssuer: address(p.EHR), TokenKeys: s.tokenKeys()}}
}

// startEHR starts the hospital's system with those of the town who are to be
// looked up by its nurse.
func (d *demonstration) startEHR(context.Context) (string, error) {
	key, err := d.launchKeys()
	if err != nil {
		return "", err
	}
	c := ehr.Config{
		Key: key, Subject: subjectOf(ehrUser),
		URL: address(d.ports.EHR), Name: ehrName, User: ehrUser, Viewer: address(d.ports.Viewer), Issuer: address(d.ports.Provider), Bearer: d.provider.Launched,
	}
	for _, p := range d.town.People {
		if p.User == ehrUser {
			c.Patients = append(c.Patients, ehr.Patient{Name: p.Name, Born: born(p.BirthDate), Story: p.Story, Number: p.NHSNumber.Digits(), BirthDate: p.BirthDate, Resource: d.town.Demographics[p.NHSNumber.Digits()]})
		}
	}
	record := ehr.New(c)
	d.ehr.Store(record)
	return "a hospital's own system at " + address(d.ports.EHR), d.servers.serve(d.ports.EHR, record)
}

// launchKeys writes the key that tokens are encrypted to, and the set with which
// they are checked, and returns the key that they are signed with.
func (d *demonstration) launchKeys() (*ecdsa.PrivateKey, error) {
	theirs, err := ehr.NewKey()
	if err != nil {
		return nil, err
	}
	set, err := ehr.KeySet(theirs)
	if err != nil {
		return nil, err
	}
	ours, err := newKey()
	return theirs, errors.Join(err, write(d.state.launchKey(), ours), write(d.state.tokenKeys(), set))
}

func subjectOf(user string) string {
	for _, u := range provider.NHS {
		if u.Name == user {
			return u.UID
		}
	}
	return ""
}

// launched asks the hospital's system, once it is there.
func (d *demonstration) launched(handle string) (user, patient string, ok bool) {
	record := d.ehr.Load()
	if record == nil {
		return "", "", false
	}
	return record.Launched(handle)
}
