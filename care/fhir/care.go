package fhir

import (
	"strings"

	"example.org/icr/care/nhs"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// CareTypes are the types of resource that tell of care, and so of a
// relationship.
var CareTypes = []string{"EpisodeOfCare", "Encounter", "Appointment", "CareTeam"}

// ReadCare reads a page of what an organisation answered that was asked about
// one patient: the care of its own that it tells of. Who the page is about must
// have been made sure of; what in it is no care, not sound, called off, or
// another organisation's is left out.
func ReadCare(page []byte, patient nhs.Number, own nhs.ODSCode) ([]Relationship, error) {
	var loose struct {
		Entry []struct {
			FullURL  string         `json:"fullUrl"`
			Resource jsontext.Value `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(page, &loose, jsontext.AllowInvalidUTF8(false)); err != nil {
		return nil, broken("it is no sound JSON, or not of the shape of a Bundle")
	}
	var b feedBundle
	for _, e := range loose.Entry {
		one := feedEntry{FullURL: e.FullURL}
		if e.Resource != nil && json.Unmarshal(e.Resource, &one.Resource) == nil {
			b.Entry = append(b.Entry, one)
		}
	}
	f := newFeed(b)
	f.own = &Relationship{Patient: patient, Organisation: own}
	var all []Relationship
	for _, e := range b.Entry {
		r, ours, err := f.relationship(e.Resource)
		if err == nil && ours && !r.Void && siteOf(r.Organisation, own) {
			r.Organisation = own
			all = append(all, r)
		}
	}
	return all, nil
}

// siteOf reports whether a code is an organisation's own, or one of its sites':
// those of an NHS trust begin with its three letters.
func siteOf(code, own nhs.ODSCode) bool {
	return code == own || len(own) == 3 && strings.HasPrefix(string(code), string(own))
}
