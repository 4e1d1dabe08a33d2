package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town"
	"go.yaml.in/yaml/v3"
)

func number(t *testing.T) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCSV(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	relationships, err := relationshipsCSV([]town.Relationship{
		{NHSNumber: number(t), Organisation: "RKB", Kind: "encounter", SourceID: "v1", Starts: at, Ends: at.Add(time.Hour)},
		{NHSNumber: number(t), Organisation: "Y99001", Kind: "registered", SourceID: `a,"b"`, Starts: at},
	})
	want := "nhs_number,organisation,kind,source_id,starts,ends\n" +
		"9990000018,RKB,encounter,v1,2026-03-04T05:06:07Z,2026-03-04T06:06:07Z\n" +
		"9990000018,Y99001,registered,\"a,\"\"b\"\"\",2026-03-04T05:06:07Z,\n"
	if string(relationships) != want || err != nil {
		t.Errorf("%s, %v", relationships, err)
	}
	objection := town.Objection{NHSNumber: number(t), FamilyName: "O'Neil", GivenName: "Ann", BirthDate: "1980-01-02", State: "identity-confirmed", At: at}
	upheld, withdrawn := objection, objection
	upheld.State, upheld.At = "upheld", at.AddDate(0, 0, 1)
	withdrawn.State, withdrawn.At = "withdrawn", at.AddDate(0, 0, 2)
	objections, err := objectionsCSV([]town.Objection{objection, withdrawn, upheld})
	want = "nhs_number,family_name,given_name,birth_date,state,at\n9990000018,O'Neil,Ann,1980-01-02,withdrawn,2026-03-06T05:06:07Z\n"
	if string(objections) != want || err != nil {
		t.Errorf("%s, %v", objections, err)
	}
}

func TestProgramme(t *testing.T) {
	ports, err := PortsFrom(8080)
	if err != nil {
		t.Fatal(err)
	}
	text, err := writeProgramme(ports, stateOf("/dir", 8080), deceasedDays)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Programme struct {
			Code      string
			Practices []string
		}
		Partners []struct {
			Code, Kind, URL, Ask, Lag, Deadline string
			Practices                           []struct{ Code, Name string }
		}
		Issuers []struct {
			Issuer string
			Roles  map[string]string
			Hints  []string
		}
		Demographics struct{ URL string }
	}
	if err := yaml.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if read.Programme.Code != "QWU" || strings.Join(read.Programme.Practices, " ") != "Y99001 Y99002 Y99003 Y99010" {
		t.Errorf("programme %v", read.Programme)
	}
	if read.Demographics.URL != "http://localhost:8083/personal-demographics/FHIR/R4" || read.Issuers[0].Issuer != "http://localhost:8082" || len(read.Issuers[0].Roles) != 10 {
		t.Errorf("demographics %v, issuers %v", read.Demographics, read.Issuers)
	}
	if council := read.Issuers[1]; council.Issuer != "http://localhost:8085" || strings.Join(council.Hints, " ") != "social.worker care.admin" {
		t.Errorf("the council's provider: %v", council)
	}
	var addresses []string
	for _, p := range read.Partners {
		addresses = append(addresses, p.Code+" "+p.URL)
		if p.Deadline != "4s" || p.Kind == "" || p.Ask == "" || p.Lag == "" {
			t.Errorf("partner %+v", p)
		}
	}
	if got := strings.Join(addresses, ", "); !strings.HasPrefix(got, " http://localhost:8090/{ods}/fhir, RKB http://localhost:8091/fhir, RLT ") || !strings.HasSuffix(got, "E10000031 http://localhost:8097/fhir") {
		t.Errorf("partners at %s", got)
	}
	directory := string(writeDirectory(ports))
	if len(read.Partners[0].Practices) != 2 || !strings.Contains(directory, "\nY99003,Leam Terrace Practice,http://localhost:") {
		t.Errorf("practices %v and %s", read.Partners[0].Practices, directory)
	}
}

func TestWritePeople(t *testing.T) {
	list := inhabitants([]town.Person{{NHSNumber: number(t), Name: "Ann O'Neil", BirthDate: "1980-01-02", Story: "plain: nothing special", User: "gp"}})
	var table, text bytes.Buffer
	if err := WriteTable(&table, list); err != nil {
		t.Fatal(err)
	}
	if want := "999 000 0018  2 Jan 1980  Ann O'Neil  gp          plain: nothing special"; !strings.Contains(table.String(), want) {
		t.Errorf("the table lacks %q: %s", want, table.String())
	}
	if err := WriteJSON(&text, list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"nhs_number": "9990000018"`, `"birth_date": "1980-01-02"`, `"name": "Ann O'Neil"`, `"story": "plain: nothing special"`, `"user": "gp"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the JSON lacks %s: %s", want, text.String())
		}
	}
}
