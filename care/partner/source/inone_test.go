package source_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// chained is the statement of a partner that takes batches, and searches of
// some types by the patient's NHS number.
func chained(types ...string) string {
	return strings.NewReplacer(
		`"mode":"server",`, `"mode":"server","interaction":[{"code":"batch"}],`,
		`{"name":"patient"}`, `{"name":"patient"},{"name":"patient.identifier"}`,
	).Replace(partnertest.Statement(types...))
}

var manyTypes = []string{
	"AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Condition", "Procedure", "Immunization", "Observation", "DiagnosticReport", "Encounter", "Flag",
}

// counter counts requests.
type counter struct {
	n    atomic.Int32
	body atomic.Value // of the last, a string
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	if r.GetBody != nil {
		body, _ := r.GetBody()
		text, _ := io.ReadAll(body)
		c.body.Store(string(text))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// once is a source that has learnt what its partner can do, and what counts
// its requests.
func once(t *testing.T, base string, change func(*source.Config)) (*source.Source, *counter) {
	t.Helper()
	count := &counter{}
	c := source.Config{Base: base, HTTP: &http.Client{Transport: count}, Learn: source.Learn{Ask: true, Types: true, Newest: true}}
	if change != nil {
		change(&c)
	}
	from, err := source.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := from.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	count.n.Store(0)
	return from, count
}

// A partner that takes it is asked in one request who the patient is and for all
// else, where that is a summary or little; and it is asked for the same.
func TestAskedInOneRequest(t *testing.T) {
	everywhere := record.Scope{}
	for _, section := range record.Sections {
		everywhere[section] = record.Everything
	}
	allergies := record.Scope{record.Allergies: record.Everything}
	for _, test := range []struct {
		name   string
		scope  record.Scope
		brief  bool
		change func(*partnertest.Server, *source.Config)
		one    bool
	}{
		{"a summary", everywhere, true, nil, true},
		{"one section", allergies, false, nil, true},
		{"the whole record", everywhere, false, nil, false},
		{"$everything would do", allergies, false, func(s *partnertest.Server, _ *source.Config) {
			s.Statement = strings.Replace(s.Statement, `{"type":"Patient",`, `{"type":"Patient","operation":[{"name":"everything"}],`, 1)
		}, true},
		{"by number alone", allergies, false, func(_ *partnertest.Server, c *source.Config) { c.ByNumber = true }, true},
		{"no batches", allergies, false, func(s *partnertest.Server, _ *source.Config) {
			s.Statement = strings.Replace(s.Statement, `"interaction":[{"code":"batch"}],`, "", 1)
		}, false},
		{"one type not by number", allergies, false, func(s *partnertest.Server, _ *source.Config) {
			s.Statement = strings.Replace(s.Statement, `{"name":"patient.identifier"}`, `{"name":"code"}`, 1) // that of Patient, which is first
			s.Statement = strings.Replace(s.Statement, `,{"name":"patient.identifier"}`, "", 1)
		}, false},
		{"configuration says how", allergies, false, func(_ *partnertest.Server, c *source.Config) { c.Learn.Ask = false }, false},
		{"configuration knows better than the statement", allergies, false, func(s *partnertest.Server, c *source.Config) {
			s.Statement, c.Learn.Ask, c.InOne = partnertest.Statement(manyTypes...), false, true
		}, true},
		{"an exchange", allergies, false, func(_ *partnertest.Server, c *source.Config) { c.Exchange = true }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := longRecord(t)
			s.Statement = chained(manyTypes...)
			var config source.Config
			from, count := once(t, s.URL, func(c *source.Config) {
				if test.change != nil {
					test.change(s, c)
				}
				config = *c
			})
			q := partner.Query{Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute}, Scope: test.scope, Brief: test.brief}
			answer, err := from.Fetch(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if body, _ := count.body.Load().(string); (count.n.Load() == 1) != test.one || test.one && strings.Contains(body, "$everything") {
				t.Errorf("%d requests, the last %s", count.n.Load(), body)
			}
			config.Learn.Ask, config.InOne = false, false
			apart, _ := once(t, s.URL, func(c *source.Config) { *c = config })
			as, err := apart.Fetch(t.Context(), q)
			if err != nil || len(as.Entries) != len(answer.Entries) || len(as.Entries) < 60 || len(as.States) != len(answer.States) || len(as.Newest) != len(answer.Newest) {
				t.Errorf("%d entries, and asked apart %d: %v", len(answer.Entries), len(as.Entries), err)
			}
		})
	}
}

// Under every number that the patient has had, in one request too; and a number
// in a batch is in nobody's access log.
func TestP9_AskedInOneRequestUnderFormerNumbers(t *testing.T) {
	s := partnertest.New(t, partnertest.Holds, person(t))
	s.Statement = chained("AllergyIntolerance")
	from, count := once(t, s.URL, nil)
	q := query(t)
	current, err := nhs.ParseNumber("9990000433")
	if err != nil {
		t.Fatal(err)
	}
	q.Person.Number, q.Person.Superseded = current, []nhs.Number{q.Person.Number}
	answer, err := from.Fetch(t.Context(), q)
	if err != nil || len(answer.Entries) != 1 || count.n.Load() != 1 {
		t.Errorf("%d entries of %d requests: %v", len(answer.Entries), count.n.Load(), err)
	}
	body, _ := count.body.Load().(string)
	for _, digits := range []string{"9990000433", person(t).Number.Digits()} {
		if n := strings.Count(body, digits); n < 2 {
			t.Errorf("%d questions about %s: %s", n, digits, body)
		}
	}
}

// What is said at once is held against the same Patients as what is said in
// answer to one question after the other.
func TestP5_IdentityInOneRequest(t *testing.T) {
	others := `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AllergyIntolerance","id":"a9","code":{"text":"Latex"},"patient":{"reference":"Patient/p9"}}}]}`
	nobodys := strings.Replace(others, `{"reference":"Patient/p9"}`, `{"identifier":{"system":"`+nhs.NumberSystem+`","value":"`+person(t).Number.Digits()+`"}}`, 1)
	for _, test := range []struct {
		name string
		mode partnertest.Mode
		page string // of allergies
		want error
	}{
		{"not held", partnertest.NotHeld, "", partner.ErrNotHeld},
		{"not held, and items of somebody", partnertest.NotHeld, others, partner.ErrWrongPatient},
		{"not held, and items of the patient", partnertest.NotHeld, nobodys, partner.ErrUnreadable},
		{"somebody else has the number", partnertest.SamePatientID, "", partner.ErrWrongPatient},
		{"two people's numbers", partnertest.TwoNumbers, "", partner.ErrWrongPatient},
		{"items of all, as the number is not looked at", partnertest.Holds, others, partner.ErrWrongPatient},
		{"half a Patient", partnertest.HalfAPatient, "", partner.ErrUnreadable},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := partnertest.New(t, test.mode, person(t))
			s.Statement = chained("AllergyIntolerance")
			if test.page != "" {
				s.Pages = map[string]string{"AllergyIntolerance": test.page}
			}
			from, count := once(t, s.URL, nil)
			answer, err := from.Fetch(t.Context(), query(t))
			if !errors.Is(err, test.want) || len(answer.Entries) > 0 || count.n.Load() != 1 {
				t.Errorf("%d entries of %d requests: %v", len(answer.Entries), count.n.Load(), err)
			}
		})
	}
}

// A partner that does not take all at once, though it says so, is asked one
// after the other, and nothing of its first answer is kept.
func TestAskedApartWhereItIsNotTaken(t *testing.T) {
	for name, refuse := range map[string]func(question string) int{
		"the batch":        nil,
		"who it is":        func(q string) int { return status(strings.HasPrefix(q, "Patient?"), http.StatusNotFound) },
		"who it is, badly": func(q string) int { return status(strings.HasPrefix(q, "Patient?"), http.StatusBadGateway) },
		"in part":          func(q string) int { return status(strings.HasPrefix(q, "AllergyIntolerance?"), 0) },
		"the number":       func(q string) int { return status(strings.Contains(q, "patient.identifier"), http.StatusBadRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			s := partnertest.New(t, partnertest.Holds, person(t))
			s.Statement, s.NoBatch = chained("AllergyIntolerance", "Condition"), refuse == nil
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if refuse == nil || r.URL.Path != "/" {
					s.Config.Handler.ServeHTTP(w, r)
					return
				}
				answerBatch(w, r, refuse)
			}))
			t.Cleanup(server.Close)
			from, count := once(t, server.URL, nil)
			answer, err := from.Fetch(t.Context(), query(t))
			if err != nil || len(answer.Entries) != 1 || count.n.Load() < 3 {
				t.Errorf("%d entries of %d requests: %v", len(answer.Entries), count.n.Load(), err)
			}
			before := count.n.Load()
			if again, err := from.Fetch(t.Context(), query(t)); err != nil || len(again.Entries) != 1 || count.n.Load()-before >= before {
				t.Errorf("%d entries of %d more requests: %v", len(again.Entries), count.n.Load()-before, err)
			}
			if asked := s.Asked(); refuse != nil && !slices.Contains(asked, "AllergyIntolerance") {
				t.Errorf("asked apart for %v", asked)
			}
		})
	}
}

func status(refused bool, as int) int {
	if refused {
		return as
	}
	return http.StatusOK
}

// answerBatch replies to every question with the one Patient or allergy that
// the test's partner holds, or refuses it.
func answerBatch(w http.ResponseWriter, r *http.Request, refuse func(string) int) {
	var asked struct {
		Entry []struct{ Request struct{ URL string } }
	}
	json.NewDecoder(r.Body).Decode(&asked)
	type reply map[string]any
	var replies []reply
	for _, e := range asked.Entry {
		code := refuse(e.Request.URL)
		one := reply{"response": reply{"status": fmt.Sprint(code)}}
		if code == http.StatusOK {
			one["resource"] = reply{"resourceType": "Bundle", "type": "searchset"}
		}
		replies = append(replies, one)
	}
	json.NewEncoder(w).Encode(reply{"resourceType": "Bundle", "type": "batch-response", "entry": replies})
}

func TestConformsInOneRequest(t *testing.T) {
	partnertest.Conform(t, person(t), func(t *testing.T, s *partnertest.Server) partner.Source {
		client, err := source.NewTLSClient(source.TLS{CAFile: s.CAFile})
		if err != nil {
			t.Fatal(err)
		}
		s.Statement = chained("AllergyIntolerance", "Condition")
		from, err := source.New(source.Config{Base: s.URL, HTTP: client, Learn: source.Learn{Ask: true}})
		if err != nil {
			t.Fatal(err)
		}
		if from.Probe(t.Context()) == nil && !strings.Contains(from.Ways(), "in one request") {
			t.Error("it is not asked in one request")
		}
		return from
	})
}
