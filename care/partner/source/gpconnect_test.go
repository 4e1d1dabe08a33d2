package source_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// practice is a GP system that answers as it is told, and keeps what it was
// asked.
type practice struct {
	*httptest.Server
	status int
	body   string
	header http.Header
	path   string
	asked  []string // names of parameters
	number string
}

func newPractice(t testing.TB, status int, body string) *practice {
	p := &practice{status: status, body: body}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			ResourceType string
			Parameter    []struct {
				Name            string
				ValueIdentifier struct{ System, Value string }
			}
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &sent) != nil || sent.ResourceType != "Parameters" || r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, body)
		}
		p.header, p.path, p.asked = r.Header, r.RequestURI, nil
		for _, parameter := range sent.Parameter {
			p.asked = append(p.asked, parameter.Name)
			if parameter.Name == "patientNHSNumber" {
				p.number = parameter.ValueIdentifier.Value
			}
		}
		w.WriteHeader(p.status)
		io.WriteString(w, p.body)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *practice) ask(t testing.TB, who record.Person, scope record.Scope) (partner.Answer, error) {
	t.Helper()
	client := source.NewHTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	from, err := source.NewStructured(source.Config{Base: p.URL + "/https://gp.example/FHIR", HTTP: client}, source.GPConnect{From: "111", To: "222", Issuer: "https://icr.example"})
	if err != nil {
		t.Fatal(err)
	}
	return from.Fetch(t.Context(), partner.Query{
		Viewing: "v1", Person: who, Source: record.Source{Code: "Y99001", Kind: record.Practice}, Scope: scope,
		User: auth.User{
			Identity: auth.Identity{Issuer: "i", Subject: "s"}, Name: "Dr Amina Rashid", StaffID: "787807429511", OrganisationName: "A Trust",
			Post: auth.Post{Role: auth.Clinician, RoleID: "555254240100", Organisation: "RKB"},
		},
	})
}

func collection(resources ...string) string {
	for i, r := range resources {
		resources[i] = `{"resource":` + r + `}`
	}
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(resources, ",") + `]}`
}

func theirs(number string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}],"name":[{"family":"O'Keefe","given":["Ada"]}],"birthDate":"1980-02-03","gender":"female"}`, number)
}

func list(code string, warnings ...string) string {
	more := ""
	for _, w := range warnings {
		code, note, _ := strings.Cut(w, ": ")
		more += fmt.Sprintf(`,"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1","valueCode":%q}],"note":[{"text":%q}]`, code, note)
	}
	return fmt.Sprintf(`{"resourceType":"List","status":"current","mode":"snapshot","code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]},"subject":{"reference":"Patient/p1"}%s}`, code, more)
}

const (
	allergies, medicines, problems = "886921000000105", "933361000000108", "717711000000103"
	referrals, consultations       = "792931000000107", "1149501000000101"

	penicillin = `{"resourceType":"AllergyIntolerance","id":"a1","clinicalStatus":"active","verificationStatus":"unconfirmed","category":["medication"],"code":{"text":"Penicillin"},"patient":{"reference":"Patient/p1"},"assertedDate":"2016-02-08"}`
	asthma     = `{"resourceType":"Condition","id":"c1","clinicalStatus":"active","code":{"text":"Asthma"},"subject":{"reference":"Patient/p1"}}`
)

// P2: each role's scope is asked for by its own parameters, and nothing else.
func TestP2_StructuredRecordIsAskedByParameter(t *testing.T) {
	all := strings.Fields("patientNHSNumber includeAllergies includeMedication includeReferrals includeConsultations includeDiaryEntries includeProblems includeInvestigations includeUncategorisedData includeImmunisations")
	for _, test := range []struct {
		name  string
		scope record.Scope
		want  []string
	}{
		{"a clinician", access.Shipped().ScopeOf(auth.Clinician), all},
		{"social care", access.Shipped().ScopeOf(auth.SocialCare), []string{"patientNHSNumber", "includeAllergies", "includeMedication", "includeReferrals"}},
		{"one section", record.Scope{record.Allergies: record.Everything}, []string{"patientNHSNumber", "includeAllergies"}},
		{"nothing that it has", record.Scope{record.Alerts: record.Everything, record.SocialCare: record.Everything}, nil},
	} {
		p := newPractice(t, 200, collection(theirs("9990000018")))
		p.ask(t, person(t), test.scope)
		slices.Sort(p.asked)
		slices.Sort(test.want)
		if !slices.Equal(p.asked, test.want) {
			t.Errorf("%s: asked %v", test.name, p.asked)
		}
	}
}

func TestStructuredRecordHeaders(t *testing.T) {
	who := person(t)
	p := newPractice(t, 200, collection(theirs(who.Number.Digits()), list(allergies), penicillin))
	answer, err := p.ask(t, who, record.Scope{record.Allergies: record.Everything})
	if err != nil || len(answer.Entries) != 1 || answer.Entries[0].What.Words() != "Penicillin" {
		t.Fatalf("%+v, %v", answer.Entries, err)
	}
	if p.number != who.Number.Digits() || strings.Contains(p.path, p.number) || !strings.HasSuffix(p.path, "/https://gp.example/FHIR/Patient/$gpc.getstructuredrecord") {
		t.Errorf("asked at %s", p.path)
	}
	for name, want := range map[string]string{
		"Ssp-TraceID": "v1", "Ssp-From": "111", "Ssp-To": "222", "Content-Type": "application/fhir+json",
		"Ssp-InteractionID": "urn:nhs:names:services:gpconnect:fhir:operation:gpc.getstructuredrecord-1",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	parts := strings.Split(strings.TrimPrefix(p.header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 || parts[2] != "" {
		t.Fatalf("the token has %d parts", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Iss, Sub, Aud           string
		Iat, Exp                int64
		Reason                  string `json:"reason_for_request"`
		Scope                   string `json:"requested_scope"`
		Requesting_organization struct{ Identifier []struct{ Value string } }
		Requesting_practitioner struct {
			ID         string
			Identifier []struct{ System, Value string }
		}
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Iss != "https://icr.example" || claims.Aud != "https://gp.example/FHIR" || claims.Exp-claims.Iat != 300 || time.Since(time.Unix(claims.Iat, 0)) > time.Minute ||
		claims.Reason != "directcare" || claims.Scope != "patient/*.read conf/N" || claims.Sub != claims.Requesting_practitioner.ID || claims.Sub != "787807429511" ||
		claims.Requesting_organization.Identifier[0].Value != "RKB" || claims.Requesting_practitioner.Identifier[1].Value != "555254240100" {
		t.Errorf("claims %s", text)
	}
	if strings.Contains(string(text), who.Number.Digits()) {
		t.Error("the token names the patient")
	}
}

// What a practice says of its lists is the state of the section, in its words;
// what is on its way or not yet filed makes the practice's answer incomplete.
func TestP4_StructuredRecordStates(t *testing.T) {
	who := person(t)
	scope := record.Scope{record.Allergies: record.Everything, record.Problems: record.Everything, record.Documents: record.Everything}
	us := theirs(who.Number.Digits())
	const inTransit = "data-in-transit: Patient record transfer from previous GP practice not yet complete; records before 1 May 2026 are missing."
	for _, test := range []struct {
		name                string
		body                string
		allergies, problems record.State
		reason              string // of the problems
		partial             string
	}{
		{"whole", collection(us, list(allergies), penicillin, list(problems), asthma), "", "", "", ""},
		{"in transit", collection(us, list(allergies), penicillin, list(problems, inTransit), asthma), "", record.Incomplete, strings.TrimPrefix(inTransit, "data-in-transit: "), strings.TrimPrefix(inTransit, "data-in-transit: ")},
		{"awaiting filing", collection(us, list(allergies), list(problems, "data-awaiting-filing: ")), "", record.Incomplete, "some items wait to be filed at the practice", "some items wait to be filed at the practice"},
		{"confidential", collection(us, list(allergies), list(problems, "confidential-items: Items excluded due to confidentiality."), asthma), "", record.Withheld, "Items excluded due to confidentiality.", ""},
		{"a list is missing", collection(us, list(allergies), asthma), "", record.Incomplete, "", ""},
		{
			"a parameter is not known", collection(us, list(allergies), `{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","details":{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1","code":"NOT_IMPLEMENTED"}],"text":"includeProblems is an unrecognised parameter"},"diagnostics":"includeProblems"}]}`),
			"", record.NotSupported, "", "",
		},
	} {
		answer, err := newPractice(t, 200, test.body).ask(t, who, scope)
		if err != nil || answer.States[record.Allergies] != test.allergies || answer.States[record.Problems] != test.problems ||
			answer.Reasons[record.Problems] != test.reason || answer.Partial != test.partial || answer.States[record.Documents] != record.NotSupported {
			t.Errorf("%s: %v, %v, %q, %v", test.name, answer.States, answer.Reasons, answer.Partial, err)
		}
	}
}

// The errors of GP Connect are states, and a patient that is not found is not
// one whom the practice does not know.
func TestP4_StructuredRecordRefusals(t *testing.T) {
	who := person(t)
	outcome := func(code string) string {
		return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1","code":"` + code + `"}]}}]}`
	}
	for _, test := range []struct {
		name   string
		status int
		body   string
		is     error
		state  record.State
	}{
		{"not found", 404, outcome("PATIENT_NOT_FOUND"), nil, record.Refused},
		{"no consent", 403, outcome("NO_PATIENT_CONSENT"), nil, record.Withheld},
		{"not for this organisation", 403, outcome("NO_ORGANISATION_CONSENT"), nil, record.Refused},
		{"not implemented", 501, outcome("NOT_IMPLEMENTED"), nil, record.Failed},
		{"forbidden", 403, outcome("ACCESS_DENIED"), partner.ErrRefused, ""},
		{"garbage", 200, "{", partner.ErrUnreadable, ""},
		{"nobody", 200, collection(list(allergies)), partner.ErrUnreadable, ""},
		{"somebody else", 200, collection(strings.ReplaceAll(theirs("9990000034"), "Keefe", "Other"), list(allergies)), partner.ErrWrongPatient, ""},
		{"an item about somebody else", 200, collection(theirs(who.Number.Digits()), list(allergies), strings.ReplaceAll(penicillin, "Patient/p1", "Patient/p2")), partner.ErrWrongPatient, ""},
	} {
		answer, err := newPractice(t, test.status, test.body).ask(t, who, record.Scope{record.Allergies: record.Everything})
		var told *partner.StateError
		if test.is != nil && !errors.Is(err, test.is) || test.state != "" && (!errors.As(err, &told) || told.State != test.state || told.Why == "") || len(answer.Entries) != 0 {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := newPractice(t, 502, "<html>").ask(t, who, record.Scope{record.Allergies: record.Everything}); err == nil {
		t.Error("a gateway's error is an answer")
	}
}

// The published responses are read, each with the section that it is for.
func TestP4_PublishedStructuredRecords(t *testing.T) {
	folder := "../../../../shared/data/nhs/gpconnect/_includes/accessrecord_structured"
	if _, err := os.Stat(folder); err != nil {
		t.Log("the published responses are not present: the cases above stand for them")
		return
	}
	who := person(t)
	who.Family, who.Given, who.Born, who.Gender = "Jackson", []string{"Jane"}, record.ParseDate("1952-05-31"), "female"
	const wrong = -1
	for name, want := range map[string]struct {
		section record.Section
		entries int
	}{
		"allergies_response1": {record.Allergies, 4}, "allergies_response2": {record.Allergies, 1}, "allergies_response3": {record.Allergies, 0},
		"meds_response": {record.Medications, 6}, "immunizations_response1": {record.Immunisations, 1}, "immunizations_response2": {record.Immunisations, 2},
		"referrals_response1":     {record.Visits, 2},
		"uncategorised_response1": {record.Observations, wrong}, // its last observation is about another patient
	} {
		body, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.ReplaceAll(body, []byte("9999999999"), []byte(who.Number.Digits()))
		answer, err := newPractice(t, 200, string(body)).ask(t, who, record.Scope{want.section: record.DatesOnly})
		if want.section != record.Visits {
			answer, err = newPractice(t, 200, string(body)).ask(t, who, record.Scope{want.section: record.Everything})
		}
		if want.entries == wrong && errors.Is(err, partner.ErrWrongPatient) {
			continue
		}
		if err != nil || len(answer.Entries) != want.entries || answer.Unreadable > 0 || answer.States[want.section] != "" {
			t.Errorf("%s: %d entries, %v, %v", name, len(answer.Entries), answer.States, err)
		}
	}
}
