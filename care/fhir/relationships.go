package fhir

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Relationship is care that an organisation gives, gave or has booked, as an
// EpisodeOfCare, Encounter, Appointment or CareTeam tells it.
type Relationship struct {
	Entry        int    // its place in the bundle, from 1
	ID           string // Type/id: the same again is the same relationship
	Kind         string // episode, encounter, appointment or caseload
	Patient      nhs.Number
	Organisation nhs.ODSCode
	Team         string // of a caseload: the team's identifier, as claims name it
	Starts, Ends time.Time
	Void         bool      // it was called off, or should never have been
	Told         time.Time // when the source last changed it, or made the bundle; zero where neither is said
}

// largestFeed bounds a bundle of relationships, in bytes.
const largestFeed = 256 << 20

// ReadRelationships reads a Bundle of EpisodeOfCare, Encounter, Appointment and
// CareTeam resources, and of the Patient and Organization resources that they
// refer to. The error names every refused entry by its place, and quotes none.
func ReadRelationships(r io.Reader) ([]Relationship, error) {
	bounded := &io.LimitedReader{R: r, N: largestFeed + 1}
	var b feedBundle
	if err := json.UnmarshalRead(bounded, &b, jsontext.AllowInvalidUTF8(false)); err != nil {
		if bounded.N <= 0 {
			return nil, broken("it is larger than %d MB", largestFeed>>20)
		}
		return nil, broken("it is no sound JSON, or not of the shape of a Bundle")
	}
	if b.ResourceType != "Bundle" {
		return nil, broken("it is no Bundle")
	}
	f := newFeed(b)
	made, err := told(b.Timestamp)
	if err != nil {
		return nil, broken("its timestamp must be a date and time with its zone")
	}
	var all []Relationship
	var faults []error
	for i, e := range b.Entry {
		relationship, ours, err := f.relationship(e.Resource)
		switch {
		case err != nil:
			faults = append(faults, &EntryError{i + 1, typeName(e.Resource.ResourceType), err})
		case ours:
			relationship.Entry = i + 1
			if relationship.Told.IsZero() {
				relationship.Told = made
			}
			all = append(all, relationship)
		}
	}
	return all, errors.Join(faults...)
}

// EntryError is what is wrong with one entry of a bundle. It quotes nothing.
type EntryError struct {
	Entry int // its place, from 1
	Type  string
	Err   error
}

// Error names the entry by its place.
func (e *EntryError) Error() string { return fmt.Sprintf("entry %d, %s: %v", e.Entry, e.Type, e.Err) }

// Unwrap is what is wrong.
func (e *EntryError) Unwrap() error { return e.Err }

// EntryErrors are the faults of entries that err, of ReadRelationships, holds.
func EntryErrors(err error) (all []*EntryError) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		if fault, ok := errors.AsType[*EntryError](e); ok {
			all = append(all, fault)
		}
	}
	return all
}

type (
	feedBundle struct {
		ResourceType string      `json:"resourceType"`
		Timestamp    string      `json:"timestamp"`
		Entry        []feedEntry `json:"entry"`
	}
	feedEntry struct {
		FullURL  string       `json:"fullUrl"`
		Resource feedResource `json:"resource"`
	}
	feedIdentifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	feedReference struct {
		Reference  string         `json:"reference"`
		Type       string         `json:"type"`
		Identifier feedIdentifier `json:"identifier"`
	}
	feedMeta struct {
		LastUpdated string `json:"lastUpdated"`
	}
	feedPeriod struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	feedResource struct {
		ResourceType         string           `json:"resourceType"`
		ID                   string           `json:"id"`
		Meta                 feedMeta         `json:"meta"`
		Identifier           []feedIdentifier `json:"identifier"`
		Status               string           `json:"status"`
		Patient              feedReference    `json:"patient"`
		Subject              feedReference    `json:"subject"`
		Period               feedPeriod       `json:"period"`
		Start                string           `json:"start"`
		End                  string           `json:"end"`
		ServiceProvider      feedReference    `json:"serviceProvider"`
		ManagingOrganization jsontext.Value   `json:"managingOrganization"` // one, or in a CareTeam several
		Participant          []struct {
			Actor feedReference `json:"actor"`
		} `json:"participant"`
		ModifierExtension []jsontext.Value `json:"modifierExtension"`
	}
)

// feed is what a bundle's references lead to.
type feed struct {
	patients      map[string]nhs.Number
	organisations map[string]nhs.ODSCode
	own           *Relationship // whom and whose care a resource is about that does not say; nil where it must
}

func newFeed(b feedBundle) *feed {
	f := &feed{patients: map[string]nhs.Number{}, organisations: map[string]nhs.ODSCode{}}
	for _, e := range b.Entry {
		f.know(e)
	}
	return f
}

func (f *feed) know(e feedEntry) {
	r := e.Resource
	addresses := []string{e.FullURL, r.ResourceType + "/" + r.ID}
	for _, id := range r.Identifier {
		switch {
		case r.ResourceType == "Patient" && id.System == nhs.NumberSystem:
			if n, err := nhs.ParseNumber(id.Value); err == nil {
				for _, a := range addresses {
					f.patients[a] = n
				}
			}
		case r.ResourceType == "Organization" && odsSystem(id.System):
			if code, err := nhs.ParseODSCode(id.Value); err == nil {
				for _, a := range addresses {
					f.organisations[a] = code
				}
			}
		}
	}
}

func (f *feed) relationship(r feedResource) (out Relationship, ours bool, err error) {
	patient, period := r.Patient, r.Period
	var organisations []feedReference
	switch r.ResourceType {
	case "Patient", "Organization", "OperationOutcome":
		return out, false, nil
	case "EpisodeOfCare":
		out.Kind, organisations = "episode", several(r.ManagingOrganization)
		out.Void = slices.Contains([]string{"waitlist", "cancelled", "entered-in-error"}, r.Status)
	case "Encounter":
		out.Kind, patient, organisations = "encounter", r.Subject, []feedReference{r.ServiceProvider}
		out.Void = slices.Contains([]string{"cancelled", "entered-in-error"}, r.Status)
	case "Appointment":
		out.Kind, period = "appointment", feedPeriod{r.Start, r.End}
		patient, organisations = f.actors(r)
		out.Void = !slices.Contains([]string{"booked", "arrived", "checked-in", "fulfilled"}, r.Status)
	case "CareTeam":
		out.Kind, patient, organisations = "caseload", r.Subject, several(r.ManagingOrganization)
		out.Void = r.Status != "" && r.Status != "active" && r.Status != "inactive"
		if out.Team = teamOf(r.Identifier); out.Team == "" {
			err = errors.New("it has no identifier, by which claims name the team")
		}
	default:
		return out, false, errors.New("only EpisodeOfCare, Encounter, Appointment and CareTeam tell of a relationship")
	}
	out.ID = r.ResourceType + "/" + r.ID
	return out, true, errors.Join(err, f.fill(&out, r, patient, organisations, period))
}

func (f *feed) fill(out *Relationship, r feedResource, patient feedReference, organisations []feedReference, period feedPeriod) error {
	var errs []error
	fault := func(bad bool, words string) {
		if bad {
			errs = append(errs, errors.New(words))
		}
	}
	fault(r.ID == "", "it has no id")
	fault(len(r.ModifierExtension) > 0, "it has an extension that changes its meaning and is not understood")
	out.Patient = f.patientOf(patient)
	if f.own != nil && out.Patient.IsZero() {
		out.Patient = f.own.Patient
	}
	fault(out.Patient.IsZero(), "it names no patient with a valid NHS number")
	for _, o := range organisations {
		out.Organisation = cmp.Or(out.Organisation, f.organisationOf(o))
	}
	if f.own != nil && out.Organisation == "" && !slices.ContainsFunc(organisations, byCode) {
		out.Organisation = f.own.Organisation
	}
	fault(out.Organisation == "", "it names no organisation with an ODS code")
	var toldErr error
	out.Told, toldErr = told(r.Meta.LastUpdated)
	fault(toldErr != nil, "its lastUpdated must be a date and time with its zone")
	if out.Void {
		return errors.Join(errs...) // when it was to be does not matter
	}
	var startErr, endErr error
	out.Starts, startErr = feedTime(period.Start)
	out.Ends, endErr = feedTime(period.End)
	fault(startErr != nil || out.Starts.IsZero(), "its start must be a date, or a date and time with its zone")
	fault(endErr != nil, "its end must be a date, or a date and time with its zone")
	fault(!out.Ends.IsZero() && out.Ends.Before(out.Starts), "it ends before it starts")
	ended := slices.Contains([]string{"finished", "inactive", "fulfilled"}, r.Status)
	fault(ended && out.Ends.IsZero(), "it is over and has no end")
	return errors.Join(errs...)
}

// told reads the moment at which something was said, which need not be known.
func told(instant string) (time.Time, error) {
	if instant == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, instant)
}

// feedTime reads an instant, or the beginning of a day here.
func feedTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(time.DateOnly, s, london)
}

// byCode reports whether an organisation is named by an ODS code, sound or not.
func byCode(o feedReference) bool { return odsSystem(o.Identifier.System) }

// actors are whom an appointment is with. It names no organisation elsewhere.
func (f *feed) actors(r feedResource) (patient feedReference, others []feedReference) {
	for _, p := range r.Participant {
		if f.patientOf(p.Actor).IsZero() {
			others = append(others, p.Actor)
		} else {
			patient = p.Actor
		}
	}
	return patient, others
}

func several(raw jsontext.Value) (refs []feedReference) {
	if raw.Kind() == '[' {
		if err := json.Unmarshal(raw, &refs); err != nil {
			return nil
		}
		return refs
	}
	var one feedReference
	if raw == nil || json.Unmarshal(raw, &one) != nil {
		return nil
	}
	return []feedReference{one}
}

func (f *feed) patientOf(to feedReference) nhs.Number {
	if to.Identifier.System == nhs.NumberSystem {
		n, err := nhs.ParseNumber(to.Identifier.Value)
		if err != nil {
			return nhs.Number{}
		}
		if known, ok := f.patients[to.Reference]; ok && known != n {
			return nhs.Number{} // it says two things
		}
		return n
	}
	return f.patients[to.Reference]
}

func (f *feed) organisationOf(to feedReference) nhs.ODSCode {
	if odsSystem(to.Identifier.System) {
		code, err := nhs.ParseODSCode(to.Identifier.Value)
		if err != nil {
			return ""
		}
		return code
	}
	return f.organisations[to.Reference]
}

func teamOf(ids []feedIdentifier) string {
	for _, id := range ids {
		if id.Value != "" {
			return id.Value
		}
	}
	return ""
}

// typeName is a resource's type, if it is one: anything may be sent as one.
func typeName(s string) string {
	if len(s) == 0 || len(s) > 40 || strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		return "no resource"
	}
	return s
}
