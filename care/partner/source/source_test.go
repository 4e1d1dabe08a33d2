package source_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

func person(t testing.TB) record.Person {
	t.Helper()
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	return record.Person{Number: n, Family: "O'Keefe", Given: []string{"Ada"}, Born: record.ParseDate("1980-02-03"), Gender: "female"}
}

func open(t testing.TB, s *partnertest.Server, everything, byGet bool) *source.Source {
	t.Helper()
	client, err := source.NewTLSClient(source.TLS{CAFile: s.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	from, err := source.New(source.Config{Base: s.URL, HTTP: client, Everything: everything, ByGet: byGet})
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func TestConformsBySearch(t *testing.T) {
	partnertest.Conform(t, person(t), func(t *testing.T, s *partnertest.Server) partner.Source { return open(t, s, false, false) })
}

func TestConformsByEverything(t *testing.T) {
	partnertest.Conform(t, person(t), func(t *testing.T, s *partnertest.Server) partner.Source { return open(t, s, true, false) })
}

func TestP2_AskedOnlyForTypesInScope(t *testing.T) {
	for _, everything := range []bool{false, true} {
		s := partnertest.New(t, partnertest.Holds, person(t))
		q := partner.Query{
			Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute},
			Scope: record.Scope{record.Allergies: record.Everything, record.Medications: record.Everything},
		}
		answer, err := open(t, s, everything, false).Fetch(t.Context(), q)
		if err != nil || len(answer.Entries) != 1 {
			t.Fatalf("%d entries, %v", len(answer.Entries), err)
		}
		allowed := []string{"AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Medication", "Consent"}
		for _, asked := range s.Asked() {
			if !slices.Contains(allowed, asked) {
				t.Errorf("asked for %s", asked)
			}
		}
	}
}

func TestP5_Identity(t *testing.T) {
	other, err := nhs.ParseNumber("9990000026")
	if err != nil {
		t.Fatal(err)
	}
	old, err := nhs.ParseNumber("9990000034")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		change  func(*record.Person) // of what the partner holds
		held    bool
		ok      bool
		differs []string
	}{
		{"the same", func(*record.Person) {}, true, true, nil},
		{"name in capitals, other apostrophe", func(p *record.Person) { p.Family = "O’KEEFE" }, true, true, nil},
		{"other family name", func(p *record.Person) { p.Family = "Shah" }, true, true, []string{"family name"}},
		{"other birth date", func(p *record.Person) { p.Born = record.ParseDate("1980-03-02") }, true, true, []string{"date of birth"}},
		{"no gender", func(p *record.Person) { p.Gender = "" }, true, true, []string{"gender"}},
		{"other given name", func(p *record.Person) { p.Given = []string{"Bea"} }, true, true, []string{"given name"}},
		{"no given name", func(p *record.Person) { p.Given = nil }, true, true, nil},
		{"other name and birth date", func(p *record.Person) { p.Family, p.Born = "Shah", record.ParseDate("1980-03-02") }, true, false, nil},
		{"birth date less precise, other gender", func(p *record.Person) { p.Born, p.Gender = record.ParseDate("1980"), "male" }, true, false, nil},
		{"other number", func(p *record.Person) { p.Number = other }, false, false, nil},
		{"superseded number", func(p *record.Person) { p.Number = old }, true, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			held := person(t)
			test.change(&held)
			asked := person(t)
			asked.Superseded = []nhs.Number{old}
			s := partnertest.New(t, partnertest.Holds, held)
			answer, err := open(t, s, false, false).Fetch(t.Context(), partner.Query{
				Person: asked, Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Allergies: record.Everything},
			})
			switch {
			case !test.held && err != partner.ErrNotHeld:
				t.Errorf("want not held, got %v", err)
			case test.held && !test.ok && (!errors.Is(err, partner.ErrWrongPatient) || len(s.Asked()) > 0):
				t.Errorf("want the wrong patient, got %v; somebody else's %v were asked for", err, s.Asked())
			case test.ok && (err != nil || !slices.Equal(answer.Differs, test.differs)):
				t.Errorf("differs %v, %v", answer.Differs, err)
			}
		})
	}
}

// An id that two people share is nobody's, whoever of them was found first.
func TestP5_AnIDThatTwoShareIsNobodys(t *testing.T) {
	s := partnertest.New(t, partnertest.SharedID, person(t))
	answer, err := open(t, s, false, false).Fetch(t.Context(), query(t))
	if !errors.Is(err, partner.ErrWrongPatient) || len(answer.Entries) > 0 {
		t.Errorf("%d entries, %v", len(answer.Entries), err)
	}
	// The other comes with the answer to another search.
	s = partnertest.New(t, partnertest.Holds, person(t))
	s.Items = map[string][]string{"Procedure": {`{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000433"}],"name":[{"family":"Other"}],"gender":"male","birthDate":"1931-01-01"}`}}
	q := query(t)
	q.Scope = record.Scope{record.Allergies: record.Everything, record.Procedures: record.Everything}
	answer, err = open(t, s, false, false).Fetch(t.Context(), q)
	if !errors.Is(err, partner.ErrWrongPatient) || len(answer.Entries) > 0 {
		t.Errorf("from two searches: %d entries, %v", len(answer.Entries), err)
	}
}

// A gzip bomb ends at the limit or at the deadline, whichever is first.
func TestGzipBombIsBounded(t *testing.T) {
	s := partnertest.New(t, partnertest.GzipBomb, person(t))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	began := time.Now()
	answer, err := open(t, s, true, false).Fetch(ctx, partner.Query{
		Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Allergies: record.Everything},
	})
	t.Logf("after %v: %q, %v", time.Since(began), answer.Incomplete, err)
	if err == nil && answer.Incomplete == "" {
		t.Error("the bomb went unnoticed")
	}
}

// A partner that says there is more, and not where, is taken at its word.
func TestAnAnswerThatSaysThatThereIsMore(t *testing.T) {
	const asthma = `"entry":[{"resource":{"resourceType":"Condition","code":{"text":"Asthma"},"subject":{"reference":"Patient/p1"}}}]`
	for page, want := range map[string]string{
		`"total":5,` + asthma:                    "it says that it holds more than it sent",
		`"link":[{"relation":"next"}],` + asthma: "it says that it holds more than it sent",
		`"entry":[` + strings.Repeat(`{"resource":{"resourceType":"Condition"}},`, 20_000) + `{}]`: "it sent more than can be shown",
		`"total":1,` + asthma: "",
	} {
		s := partnertest.New(t, partnertest.Holds, person(t))
		s.Pages = map[string]string{"Condition": `{"resourceType":"Bundle","type":"searchset",` + page + `}`}
		from := open(t, s, false, false)
		q := query(t)
		q.Scope = record.Scope{record.Problems: record.Everything}
		answer, err := from.Fetch(t.Context(), q)
		if err != nil || answer.Incomplete != want {
			t.Errorf("%.60s: %q, want %q; %v", page, answer.Incomplete, want, err)
		}
	}
}

// Each Patient that is found is asked about: a partner that holds somebody
// times without number is not asked at all.
func TestTooManyPatientsWithOneNumber(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/Patient") {
			asked.Add(1)
		}
		var found []string
		for i := range 51 {
			found = append(found, `{"resource":`+strings.Replace(theirs("9990000018"), `"p1"`, fmt.Sprintf(`"p%d"`, i), 1)+`}`)
		}
		fmt.Fprintf(w, `{"resourceType":"Bundle","entry":[%s]}`, strings.Join(found, ","))
	}))
	t.Cleanup(server.Close)
	from, err := source.New(source.Config{Base: server.URL, HTTP: server.Client(), ByGet: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = from.Fetch(t.Context(), partner.Query{Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: record.Scope{record.Problems: record.Everything}})
	if !errors.Is(err, partner.ErrUnreadable) || asked.Load() > 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}
