package source_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// sider serves bundles as a record locator in Somerset does: by type and NHS
// number, with an empty answer where it knows nobody.
func sider(t *testing.T, bundle func(kind, number string) []byte) *source.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := strings.TrimPrefix(r.URL.Path, "/fhir/")
		asked := r.FormValue("identifier") + r.FormValue("patient.identifier")
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body := bundle(kind, strings.TrimPrefix(asked, nhs.NumberSystem+"|"))
		if body == nil {
			body = []byte(`{"resourceType":"Bundle","type":"searchset","total":0}`)
		}
		w.Write(body)
	}))
	t.Cleanup(server.Close)
	from, err := source.New(source.Config{Base: server.URL + "/fhir", HTTP: server.Client(), ByGet: true, ByNumber: true, Exchange: true, Release: fhir.STU3})
	if err != nil {
		t.Fatal(err)
	}
	return from
}

const (
	councilPatient = `{"resourceType":"Patient","name":[{"family":"O'Keefe","given":["Ada"]}],"gender":"female","birthDate":"03/02/1980 00:00:00"}`
	numberedCare   = `{"resourceType":"Condition","clinicalStatus":"active","code":{"text":"Adult at Risk"},"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}`
)

func TestP5_ByNumber(t *testing.T) {
	with := func(from, to string) string { return strings.Replace(councilPatient, from, to, 1) }
	condition := func(subject string) string {
		return `{"resourceType":"Condition","code":{"text":"Asthma"},"subject":` + subject + `}`
	}
	const ours, others = `"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`, `"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`
	numbered := with(`{"resourceType":"Patient",`, `{"resourceType":"Patient","id":"x1",`+strings.Replace(ours, `:{`, `:[{`, 1)+`],`)
	for _, test := range []struct {
		name, patient, items string
		err                  error
		entries              int
	}{
		{"council without a number", councilPatient, numberedCare, nil, 1},
		{"council patient of another birth date", with("03/02", "04/02"), numberedCare, partner.ErrWrongPatient, 0},
		{"council patient without a gender", with(`"gender":"female",`, ""), numberedCare, partner.ErrWrongPatient, 0},
		{"council item about another number", councilPatient, condition(`{` + others + `}`), partner.ErrWrongPatient, 0},
		{"council item by a reference that leads nowhere", councilPatient, condition(`{"reference":"Patient/7"}`), partner.ErrWrongPatient, 0},
		{"id is the NHS number, on another server", numbered, condition(`{"reference":"https://elsewhere.example/3_0_1/patient/9990000018"}`), nil, 1},
		{"id is another NHS number", numbered, condition(`{"reference":"https://elsewhere.example/Patient/9990000026"}`), partner.ErrWrongPatient, 0},
		{"number as an id of something else", numbered, condition(`{"reference":"Group/9990000018"}`), partner.ErrWrongPatient, 0},
		{"a reference that is elsewhere with the number", numbered, condition(`{"reference":"Patient/x-1",`+ours+`}`) + "," + condition(`{"reference":"Patient/x-1"}`), nil, 2},
		{"a reference that is elsewhere with two numbers", numbered, condition(`{"reference":"Patient/x-1",`+ours+`}`) + "," + condition(`{"reference":"Patient/x-1",`+others+`}`), partner.ErrWrongPatient, 0},
		{"nobody", "", numberedCare, partner.ErrNotHeld, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			from := sider(t, func(kind, number string) []byte {
				items := map[string]string{"Patient": test.patient, "Condition": test.items}[kind]
				if number != "9990000018" || items == "" {
					return nil
				}
				items = `{"resource":` + strings.ReplaceAll(items, `},{"resourceType"`, `}},{"resource":{"resourceType"`) + `}`
				return []byte("\ufeff" + `{"resourceType":"Bundle","entry":[` + items + `]}`)
			})
			answer, err := from.Fetch(t.Context(), partner.Query{
				Person: person(t), Source: record.Source{Code: "V307", Kind: record.Council}, Scope: record.Scope{record.Problems: record.Everything},
			})
			if !errors.Is(err, test.err) || len(answer.Entries) != test.entries {
				t.Errorf("%d entries, %v", len(answer.Entries), err)
			}
		})
	}
}

// Partners that a demonstrator of a shared record publishes, where they are
// present.
func TestPublishedPartners(t *testing.T) {
	const folder = "../../../../shared/data/partners-sider"
	if _, err := os.Stat(folder); err != nil {
		t.Log("partners-sider is not present: its partners are not asked")
		return
	}
	number, err := nhs.ParseNumber("9449303789")
	if err != nil {
		t.Fatal(err)
	}
	who := record.Person{Number: number, Family: "Rhys", Given: []string{"Margaret"}, Born: record.ParseDate("1936-10-13"), Gender: "female"}
	scope := record.Scope{}
	for _, section := range record.Sections {
		scope[section] = record.Everything
	}
	for _, test := range []struct {
		code    nhs.ODSCode
		kind    record.Kind
		err     error
		entries int
	}{
		{"RA4", record.Acute, nil, 29},
		{"RH5", record.Community, nil, 25},
		{"V307", record.Council, nil, 2},
		{"RBA", record.Acute, partner.ErrWrongPatient, 0}, // its Patient has neither birth date nor gender
		{"AJ3", record.Community, partner.ErrNotHeld, 0},
	} {
		from := sider(t, func(kind, number string) []byte {
			for _, name := range []string{number + ".json", number + ".JSON"} {
				if data, err := os.ReadFile(filepath.Join(folder, string(test.code), kind, name)); err == nil {
					return bytes.TrimSpace(data)
				}
			}
			return nil
		})
		answer, err := from.Fetch(t.Context(), partner.Query{Person: who, Source: record.Source{Code: test.code, Kind: test.kind}, Scope: scope})
		if !errors.Is(err, test.err) || len(answer.Entries) != test.entries || answer.Unreadable > 0 || answer.Incomplete != "" {
			t.Errorf("%s: %d entries, %d unreadable, %q, %v", test.code, len(answer.Entries), answer.Unreadable, answer.Incomplete, err)
		}
	}
}

// An exchange that could not reach one of those it answers for says whom, and
// so does one that found nobody where it could ask.
func TestP4_ExchangeNamesWhoFailed(t *testing.T) {
	const failed = `{"resource":{"resourceType":"OperationOutcome","meta":{"tag":[{"system":"https://fhir.interweavedigital.nhs.uk/Source","code":"P-007","display":"Council system"}]},"issue":[{"severity":"error","code":"timeout","details":{"text":"It did not answer in time."}}]}}`
	patient := strings.Replace(councilPatient, `{"resourceType":"Patient",`, `{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],`, 1)
	from := sider(t, func(kind, _ string) []byte {
		item, ok := map[string]string{"Patient": patient, "Condition": numberedCare}[kind]
		if !ok {
			return nil
		}
		return []byte(`{"resourceType":"Bundle","entry":[{"resource":` + item + `},` + failed + `]}`)
	})
	answer, err := from.Fetch(t.Context(), partner.Query{
		Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Problems: record.Everything},
	})
	council := func(a partner.Answer) bool {
		return len(a.Providers) == 1 && a.Providers[0].Code == "P-007" && a.Providers[0].States[record.Problems] == record.Late &&
			strings.HasPrefix(a.Providers[0].Reasons[record.Problems], "It did not answer in time.")
	}
	if err != nil || len(answer.Entries) != 1 || answer.Incomplete != "" || !council(answer) {
		t.Errorf("%d entries, %+v, %v", len(answer.Entries), answer.Providers, err)
	}
	from = sider(t, func(string, string) []byte { return []byte(`{"resourceType":"Bundle","entry":[` + failed + `]}`) })
	answer, err = from.Fetch(t.Context(), partner.Query{
		Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Problems: record.Everything},
	})
	if err != nil || answer.States[record.Problems] != record.NotHeld || !council(answer) {
		t.Errorf("nobody found: %v, %+v, %v", answer.States, answer.Providers, err)
	}
}
