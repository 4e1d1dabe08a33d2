package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
)

var testPatient = record.Person{Number: mustNumber("9990000018"), Family: "Testcase", Given: []string{"Tess"}, Gender: "female", Born: record.ParseDate("1980-02-03")}

func mustNumber(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// checkable is a programme of hospitals, each in a mode, and a demographics
// service that knows the test patient.
type checkable struct {
	*store.Store
	at      storetest.Database
	servers map[partnertest.Mode]*partnertest.Server
	env     map[string]string
}

var checkCodes = map[partnertest.Mode]string{
	partnertest.Holds: "RKB", partnertest.Refuses: "RLT", partnertest.NoStatement: "RJC", partnertest.ExpiredTLS: "RYG",
	partnertest.WrongName: "RYA", partnertest.OtherPatient: "RWP", partnertest.Forbidden: "RWE", partnertest.NotHeld: "RX1",
	partnertest.OursEnded: "RRJ",
}

func newCheckable(t *testing.T, modes ...partnertest.Mode) *checkable {
	t.Helper()
	s, at := storetest.Open(t)
	c := &checkable{Store: s, at: at, servers: map[partnertest.Mode]*partnertest.Server{}}
	person := fmt.Sprintf(`{"resourceType":"Patient","id":%[1]q,"identifier":[{"system":%[2]q,"value":%[1]q}],"name":[{"use":"usual","family":"Testcase","given":["Tess"]}],"gender":"female","birthDate":"1980-02-03"}`,
		testPatient.Number.Digits(), nhs.NumberSystem)
	demographics := httptest.NewServer(spine.New(&town.Town{Demographics: map[string]json.RawMessage{testPatient.Number.Digits(): json.RawMessage(person)}}))
	t.Cleanup(demographics.Close)
	text := fmt.Sprintf("programme: {code: QWU, name: Test ICR, practices: [Y99001], test_patient: \"9990000018\"}\ndemographics: {url: %q}\n"+
		"issuers: [{id: a, name: A, issuer: %q, client_id: icr, client_secret_file: /none, acr: [any]}]\npartners:\n", demographics.URL, demographics.URL)
	for _, mode := range modes {
		p := partnertest.New(t, mode, testPatient)
		c.servers[mode] = p
		text += fmt.Sprintf("  - {code: %s, name: %q, kind: acute, url: %q, deadline: 2s", checkCodes[mode], "Hospital "+checkCodes[mode], p.URL)
		if p.CAFile != "" {
			text += fmt.Sprintf(", tls: {ca_file: %q, cert_file: %q, key_file: %q}", p.CAFile, p.CertFile, p.KeyFile)
		}
		text += "}\n"
	}
	c.env = map[string]string{
		"ICR_PUBLIC_URL": "https://icr.example.nhs.uk", "ICR_PROGRAMME_FILE": file(t, text),
		"ICR_DATABASE_URL": at.Server, "ICR_SECRET_FILE": file(t, hex.EncodeToString(storetest.Secret)),
	}
	return c
}

func (c *checkable) check(t *testing.T) (string, error) {
	t.Helper()
	var out bytes.Buffer
	s, err := readCheck(func(name string) string { return c.env[name] })
	if err != nil {
		t.Fatal(err)
	}
	err = s.check(t.Context(), c.Store, &out)
	return out.String(), err
}

// line is what stands in the output about an organisation, in one line.
func line(out, begins string) string {
	for l := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(l), begins) {
			return strings.Join(strings.Fields(l), " ")
		}
	}
	return ""
}

// Every organisation has its row, and whatever is wrong a line that says what
// to change.
func TestP10_CheckPartners(t *testing.T) {
	c := newCheckable(t, partnertest.Holds, partnertest.Refuses, partnertest.NoStatement, partnertest.ExpiredTLS, partnertest.WrongName,
		partnertest.OtherPatient, partnertest.Forbidden, partnertest.NotHeld, partnertest.OursEnded)
	c.servers[partnertest.Holds].Items = map[string][]string{"Condition": {`{"resourceType":"Condition","id":"x1","code":{"text":"Gout"},"subject":{"reference":"Patient/p1"},` +
		`"meta":{"tag":[{"system":"https://fhir.interweavedigital.nhs.uk/Source","code":"P-007"}]}}`}}
	c.servers[partnertest.OtherPatient].Statement = strings.Replace(partnertest.Statement("AllergyIntolerance"), "4.0.1", "1.0.2", 1)
	out, err := c.check(t)
	if err == nil {
		t.Error("it does not fail, though something is wrong")
	}
	table, changes, _ := strings.Cut(out, "What to change:")
	for begins, want := range map[string]string{
		"PDS": "yes – – known", "RKB": "yes FHIR 4.0.1 a search a type by POST, the newest for a summary answered: 3 items", "RLT": "NO – a search a type by POST –",
		"RJC": "yes – a search a type by POST answered: 2 items", "RYG": "NO –", "RRJ": "NO –", "RX1": "answered: does not know this patient",
	} {
		if got := line(table, begins); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", begins, got, want)
		}
	}
	for begins, want := range map[string]string{
		"RKB": "set exchange: true", "RLT": "nothing listens at its address", "RJC": "is no CapabilityStatement", "RYG": "the partner must renew it",
		"RYA": "its certificate is for another.example.nhs.uk, and not for 127.0.0.1",
		"RWE": "ask the partner for leave", "RRJ": "the certificate of tls.cert_file ended on",
	} {
		if got := line(changes, begins); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", begins, got, want)
		}
	}
	if !strings.Contains(changes, `RWP Hospital RWP: it speaks FHIR "1.0.2", and only 4.0 and 3.0 are read here`) {
		t.Error("an old release goes unnoticed")
	}
	if !strings.Contains(changes, "RWP Hospital RWP: about the test patient it answered about a different person") {
		t.Error("an answer about somebody else goes unnoticed")
	}
	for _, secret := range []string{testPatient.Number.Digits(), testPatient.Number.Spaced(), "Testcase", partnertest.Allergy} {
		if strings.Contains(out, secret) {
			t.Errorf("it prints %q", secret)
		}
	}
}

// The test patient is asked about only once that is on the trail, and not
// where an objection is in force.
func TestP2_CheckingIsOnTheTrail(t *testing.T) {
	c := newCheckable(t, partnertest.Holds)
	if out, err := c.check(t); err != nil || !strings.Contains(out, "all is well") {
		t.Fatalf("%v\n%s", err, out)
	}
	events, err := storetest.Desk(t, c.at).Events(t.Context(), audit.Reach{Programme: true}, audit.Query{Limit: 10})
	if err != nil || len(events) != 2 || events[1].Kind != audit.Traced || events[0].Kind != audit.Checked || events[0].Patient != testPatient.Number || events[0].Actor.Name != "icr check partners" {
		t.Errorf("%v: %+v", err, events)
	}
	asked := len(c.servers[partnertest.Holds].Asked())
	o := objection.Objection{Patient: testPatient.Number, Family: "Testcase", State: objection.IdentityConfirmed, At: time.Now()}
	if err := c.RecordObjection(t.Context(), o, audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())); err != nil {
		t.Fatal(err)
	}
	if out, err := c.check(t); err == nil || !strings.Contains(out, "an objection is in force for the test patient") {
		t.Errorf("%v\n%s", err, out)
	}
	c.Store.Close()
	if _, err := c.check(t); err == nil {
		t.Error("it asks without a trail")
	}
	if len(c.servers[partnertest.Holds].Asked()) != asked {
		t.Error("a partner was asked all the same")
	}
}

// A number that may be a patient's is no test patient's.
func TestP2_ATestPatientIsNobody(t *testing.T) {
	c := newCheckable(t)
	for _, number := range []string{"4010232137", "999000001", "nobody"} {
		text := strings.Replace(good, "practices:", "test_patient: \""+number+"\", practices:", 1)
		_, err := parseProgramme(text)
		if err == nil || !strings.Contains(err.Error(), "given to nobody") {
			t.Errorf("%s: %v", number, err)
		}
	}
	trail := &audit.Trail{Log: c, Now: time.Now}
	patient := testPatient
	patient.Number = mustNumber("4010232137")
	if _, err := trail.Check(t.Context(), auth.User{}, patient); err == nil {
		t.Error("leave was given to ask about a patient")
	}
}
