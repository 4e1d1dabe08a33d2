package fhir

import (
	"errors"
	"io"
	"slices"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/go-json-experiment/json"
)

// LaunchedPatient is who a local system says that its patient is.
type LaunchedPatient struct {
	Number nhs.Number
	Family []string
	Born   record.Date
	Gender string
}

// Why a patient of a local system cannot be opened here.
var (
	ErrNotThePatient = errors.New("it is not the Patient that was asked for")
	ErrNoNHSNumber   = errors.New("it has no NHS number, or several")
	ErrUnverified    = errors.New("its NHS number is not verified")
)

// numberStatus is where UK Core says how sure an NHS number is, and verified
// the codes for sure: of UK Core, and of CareConnect before it.
var (
	numberStatus = []string{
		"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
		"https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1",
	}
	verified = []string{"number-present-and-verified", "01"}
)

type launchedIdentifier struct {
	System    string `json:"system"`
	Value     string `json:"value"`
	Use       string `json:"use"`
	Extension []struct {
		URL   string `json:"url"`
		Value struct {
			Coding []struct {
				Code string `json:"code"`
			} `json:"coding"`
		} `json:"valueCodeableConcept"`
	} `json:"extension"`
}

// ReadLaunchedPatient reads the Patient with an id as a local system sends it.
// It has exactly one NHS number, sound and verified.
func ReadLaunchedPatient(r io.Reader, id string) (LaunchedPatient, error) {
	var sent struct {
		ResourceType string               `json:"resourceType"`
		ID           string               `json:"id"`
		Active       *bool                `json:"active"`
		Identifier   []launchedIdentifier `json:"identifier"`
		Name         []struct {
			Family string `json:"family"`
		} `json:"name"`
		Gender    string `json:"gender"`
		BirthDate string `json:"birthDate"`
	}
	if err := json.UnmarshalRead(r, &sent); err != nil {
		return LaunchedPatient{}, broken("it is no sound JSON, or no Patient")
	}
	if sent.ResourceType != "Patient" || sent.ID != id || sent.Active != nil && !*sent.Active {
		return LaunchedPatient{}, ErrNotThePatient
	}
	p := LaunchedPatient{Born: record.ParseDate(sent.BirthDate), Gender: sent.Gender}
	for _, n := range sent.Name {
		p.Family = append(p.Family, n.Family)
	}
	var err error
	p.Number, err = launchedNumber(sent.Identifier)
	return p, err
}

func launchedNumber(sent []launchedIdentifier) (nhs.Number, error) {
	sent = slices.DeleteFunc(sent, func(i launchedIdentifier) bool { return i.System != nhs.NumberSystem || i.Use == "old" })
	if len(sent) != 1 {
		return nhs.Number{}, ErrNoNHSNumber
	}
	number, err := nhs.ParseNumber(sent[0].Value)
	if err != nil {
		return nhs.Number{}, ErrNoNHSNumber
	}
	for _, e := range sent[0].Extension {
		for _, c := range e.Value.Coding {
			if slices.Contains(numberStatus, e.URL) && slices.Contains(verified, c.Code) {
				return number, nil
			}
		}
	}
	return nhs.Number{}, ErrUnverified
}
