package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// GPConnect is how the structured record of one practice is asked for: GP
// Connect Access Record, over FHIR STU3, through the Spine Secure Proxy.
type GPConnect struct {
	From   string // ASID of this service
	To     string // ASID of the practice's system
	Issuer string // this service's public address
}

// Structured is one practice that is asked for its structured record.
type Structured struct {
	GPConnect
	source *Source
}

var _ partner.Source = (*Structured)(nil)

// NewStructured returns the practice that c says how to reach: of c, only its
// address and client count.
func NewStructured(c Config, g GPConnect) (*Structured, error) {
	s, err := New(Config{Base: c.Base, HTTP: c.HTTP})
	if err != nil {
		return nil, err
	}
	return &Structured{g, s}, nil
}

// Document is ErrNotSupported: the structured record has no documents.
func (s *Structured) Document(context.Context, partner.Query, record.Document) (partner.Content, error) {
	return partner.Content{}, partner.ErrNotSupported
}

const structuredRecord = "urn:nhs:names:services:gpconnect:fhir:operation:gpc.getstructuredrecord-1"

// parameter is one parameter of the operation, with its parts.
type parameter struct {
	Name       string         `json:"name"`
	Boolean    *bool          `json:"valueBoolean,omitempty"`
	Identifier map[string]any `json:"valueIdentifier,omitempty"`
	Part       []parameter    `json:"part,omitempty"`
}

func part(name string, value bool) []parameter { return []parameter{{Name: name, Boolean: &value}} }

// include are the parameters by which each section is asked for. Consultations
// and diary entries say far more than when and where, so that they are for
// those who see visits whole.
var include = map[record.Section][]parameter{
	record.Allergies:     {{Name: "includeAllergies", Part: part("includeResolvedAllergies", true)}},
	record.Medications:   {{Name: "includeMedication", Part: part("includePrescriptionIssues", false)}},
	record.Problems:      {{Name: "includeProblems"}},
	record.Results:       {{Name: "includeInvestigations"}},
	record.Observations:  {{Name: "includeUncategorisedData"}},
	record.Immunisations: {{Name: "includeImmunisations", Part: part("includeNotGiven", true)}},
	record.Visits:        {{Name: "includeReferrals"}, {Name: "includeConsultations"}, {Name: "includeDiaryEntries"}},
}

// StructuredSections are the sections that the structured record has.
func StructuredSections() []record.Section {
	return slices.DeleteFunc(slices.Clone(record.Sections), func(s record.Section) bool { return include[s] == nil })
}

// wanted are the parameters for a section of which so much may be seen.
func wanted(section record.Section, extent record.Extent) []parameter {
	switch {
	case extent == record.Nothing:
		return nil
	case section == record.Visits && extent != record.Everything:
		return include[section][:1]
	}
	return include[section]
}

// Fetch asks for the structured record: in one question, for the sections of
// the scope alone.
func (s *Structured) Fetch(ctx context.Context, q partner.Query) (partner.Answer, error) {
	var asked []parameter
	for _, section := range q.Scope.Sections() { // and for no other
		asked = append(asked, wanted(section, q.Scope[section])...)
	}
	if len(asked) == 0 {
		return partner.Answer{}, partner.ErrNotSupported
	}
	answer := fhir.NewAnswer(q.Source, q.Scope, fhir.Limit{Bytes: mostBytes, Entries: mostEntries, Alerts: q.Alerts})
	if err := s.read(ctx, q, asked, answer); err != nil {
		return partner.Answer{}, err
	}
	patients := answer.Patients()
	if len(patients) == 0 {
		return partner.Answer{}, fmt.Errorf("%w: it does not say whom it is about", partner.ErrUnreadable)
	}
	ours := func(p fhir.Patient) bool { _, ok := same(q.Person, p); return ok }
	if !slices.ContainsFunc(patients, ours) {
		return partner.Answer{}, wrongPatient(q.Person, patients[0])
	}
	differs, unrelated, err := identify(q.Person, s.source.base.String(), patients, answer.Subjects())
	if err != nil {
		return partner.Answer{}, err
	}
	if seen := answer.Dissents(time.Now())[""]; seen != "" {
		return partner.Answer{}, &partner.DissentError{Evidence: seen}
	}
	a := sumUp(answer, unlisted(answer, q.Scope), differs, unrelated)
	if len(differs) > 0 {
		a.Differences = differing(q.Person, patients)
	}
	return a, nil
}

// unlisted are the states of the sections of which the answer lacks a List.
func unlisted(answer *fhir.Answer, scope record.Scope) map[record.Section]record.State {
	states := map[record.Section]record.State{}
	for section, extent := range scope {
		asked := wanted(section, extent)
		if len(asked) == 0 {
			states[section] = record.NotSupported
		}
		for _, p := range asked {
			if !answer.Listed(p.Name) {
				states[section] = record.Incomplete
			}
		}
	}
	for _, issue := range answer.Issues() {
		if issue.Code == "not-supported" && states[issue.Section] == record.Incomplete {
			delete(states, issue.Section) // it says so itself
		}
	}
	return states
}

func (s *Structured) read(ctx context.Context, q partner.Query, asked []parameter, into *fhir.Answer) error {
	res, err := s.source.persist(ctx, func() (*http.Response, error) {
		req, err := s.request(ctx, q, asked)
		if err != nil {
			return nil, err
		}
		res, err := s.source.HTTP.Do(req)
		if err != nil {
			return nil, reason(ctx, err)
		}
		return res, nil
	})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := decompressed(res)
	if err != nil {
		return err
	}
	defer body.Close()
	if res.StatusCode != http.StatusOK {
		outcome, err := fhir.DecodeOutcome(body)
		if err != nil {
			outcome = &fhir.Outcome{} // the status alone then decides
		}
		return structuredRefusal(res.StatusCode, outcome)
	}
	next, err := into.Read(body)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fhir.ErrUnreadable):
		return fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
	case err != nil:
		return reason(ctx, err)
	case next != "":
		return fmt.Errorf("%w: it has pages, which GP Connect does not know", partner.ErrUnreadable)
	}
	return nil
}

func (s *Structured) request(ctx context.Context, q partner.Query, asked []parameter) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{
		"resourceType": "Parameters",
		"parameter": append([]parameter{{Name: "patientNHSNumber", Identifier: map[string]any{
			"system": nhs.NumberSystem, "value": q.Person.Number.Digits(),
		}}}, asked...),
	})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.source.base.String()+"/Patient/$gpc.getstructuredrecord", bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the partner's address is wrong")
	}
	token, err := s.token(q, s.source.base.String(), time.Now())
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"Accept": "application/fhir+json", "Content-Type": "application/fhir+json", "Accept-Encoding": "gzip",
		"Ssp-TraceID": q.Viewing, "Ssp-From": s.From, "Ssp-To": s.To, "Ssp-InteractionID": structuredRecord,
		"Authorization": bearer + token, "X-Request-ID": q.Viewing,
	} {
		req.Header.Set(name, value)
	}
	return req, nil
}

// structuredRefusal is what the errors of GP Connect mean. A patient who is not
// found may be inactive, deceased or restricted there: nothing says that the
// practice does not know them.
func structuredRefusal(status int, outcome *fhir.Outcome) error {
	for code, told := range map[string]partner.StateError{
		"PATIENT_NOT_FOUND":       {State: record.Refused, Why: "the record is not available from this practice"},
		"INVALID_NHS_NUMBER":      {State: record.Refused, Why: "it does not take the NHS number"},
		"NO_PATIENT_CONSENT":      {State: record.Withheld, Why: "it has recorded that the patient does not agree to sharing"},
		"NO_ORGANISATION_CONSENT": {State: record.Refused, Why: "it does not share with your organisation"},
		"NO_RELATIONSHIP":         {State: record.Refused, Why: "it sees no relationship"},
		"NOT_IMPLEMENTED":         {State: record.Failed, Why: "its system does not offer the structured record"},
	} {
		if outcome.Has(code) {
			return &told
		}
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return partner.ErrRefused
	}
	return &partner.StatusError{Status: status}
}

// token is the JWT of GP Connect, new for each question. Its specification has
// it unsigned: what proves who asks is the connection's certificate.
func (g *GPConnect) token(q partner.Query, base string, now time.Time) (string, error) {
	u, at := q.User, "https://fhir.nhs.uk/Id/"
	id := cmp.Or(u.StaffID, u.Subject)
	identifier := func(system, value string) map[string]string {
		return map[string]string{"system": system, "value": value}
	}
	claims, err := json.Marshal(map[string]any{
		"iss": g.Issuer, "sub": id, "aud": provider(base), "iat": now.Unix(), "exp": now.Add(assertionLasts).Unix(),
		"reason_for_request": "directcare", "requested_scope": "patient/*.read conf/N",
		"requesting_device": map[string]any{
			"resourceType": "Device", "identifier": []any{identifier(g.Issuer+"/Id/device", "icr")}, "model": "ICR", "version": "1",
		},
		"requesting_organization": map[string]any{
			"resourceType": "Organization", "name": cmp.Or(u.OrganisationName, string(u.Organisation)),
			"identifier": []any{identifier(nhs.ODSSystem, string(u.Organisation))},
		},
		"requesting_practitioner": map[string]any{
			"resourceType": "Practitioner", "id": id, "name": []any{map[string]string{"family": u.Name, "text": u.Name}}, // its parts are not known
			"identifier": []any{
				identifier(at+"sds-user-id", cmp.Or(u.StaffID, "UNK")), identifier(at+"sds-role-profile-id", cmp.Or(u.RoleID, "UNK")),
				identifier(g.Issuer+"/Id/user", u.Subject),
			},
		},
	})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString
	return text([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + text(claims) + ".", nil
}

// provider is the practice's own address, where base leads to it through the
// Spine Secure Proxy.
func provider(base string) string {
	if _, behind, ok := strings.Cut(base, "/https://"); ok {
		return "https://" + behind
	}
	return base
}
