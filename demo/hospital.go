package demo

import (
	"context"

	"example.org/icr/demo/ehr"
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
}

func launches(p Ports) []launch {
	return []launch{{ID: "uhcw", Name: "UHCW patient record", Organisation: "RKB", Issuer: nhsID, Trusted: true, FHIR: address(p.EHR) + ehr.FHIRPath}}
}

// startEHR starts the hospital's system with those of the town who are to be
// looked up by its nurse.
func (d *demonstration) startEHR(context.Context) (string, error) {
	c := ehr.Config{
		URL: address(d.ports.EHR), Name: ehrName, User: ehrUser, Viewer: address(d.ports.Viewer), Issuer: address(d.ports.Provider), Bearer: d.provider.Launched,
	}
	for _, p := range d.town.People {
		if p.User == ehrUser {
			c.Patients = append(c.Patients, ehr.Patient{Name: p.Name, Born: born(p.BirthDate), Story: p.Story, Resource: d.town.Demographics[p.NHSNumber.Digits()]})
		}
	}
	record := ehr.New(c)
	d.ehr.Store(record)
	return "a hospital's own system at " + address(d.ports.EHR), d.servers.serve(d.ports.EHR, record)
}

// launched asks the hospital's system, once it is there.
func (d *demonstration) launched(handle string) (user, patient string, ok bool) {
	record := d.ehr.Load()
	if record == nil {
		return "", "", false
	}
	return record.Launched(handle)
}
