package launch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.org/icr/auth/signin"
	"example.org/icr/care/fhir"
)

// The limits of what a system is asked for its patient.
const (
	askWithin  = 5 * time.Second
	mostAnswer = 256 << 10
)

var validID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// context asks the system's FHIR server who the patient is.
func (s System) context(ctx context.Context, what signin.Launched) Context {
	said := Context{System: s.ID}
	if !validID.MatchString(what.Patient) {
		said.Failed = "no-patient"
		return said
	}
	p, err := s.patient(ctx, what)
	if err != nil {
		said.Failed = codeOf(err)
		return said
	}
	said.Number, said.Family, said.Born, said.Gender = p.Number.Digits(), p.Family, p.Born.ISO(), p.Gender
	if said.Born == "" || said.Gender == "" && len(said.Family) == 0 {
		return Context{System: s.ID, Failed: "patient-not-described"} // nobody could tell a mistaken number
	}
	return said
}

func codeOf(err error) string {
	switch {
	case errors.Is(err, fhir.ErrNotThePatient):
		return "wrong-patient"
	case errors.Is(err, fhir.ErrNoNHSNumber):
		return "no-nhs-number"
	case errors.Is(err, fhir.ErrUnverified):
		return "unverified-nhs-number"
	}
	return "patient-not-read"
}

func (s System) patient(ctx context.Context, what signin.Launched) (fhir.LaunchedPatient, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.FHIR, "/")+"/Patient/"+what.Patient, nil)
	if err != nil {
		return fhir.LaunchedPatient{}, err
	}
	req.Header.Set("Authorization", "Bearer "+what.AccessToken)
	req.Header.Set("Accept", "application/fhir+json")
	res, err := s.HTTP.Do(req)
	if err != nil {
		return fhir.LaunchedPatient{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fhir.LaunchedPatient{}, errors.New("the system refuses")
	}
	return fhir.ReadLaunchedPatient(io.LimitReader(res.Body, mostAnswer), what.Patient)
}
