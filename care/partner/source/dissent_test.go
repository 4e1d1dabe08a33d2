package source_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/objection"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// A refusal is heard however old it is, and however the partner is asked; a
// partner that does not let its Consents be read has not said that there is none.
func TestP3_DissentIsAskedFor(t *testing.T) {
	const deny = `{"resourceType":"Consent","id":"k1","status":"active","patient":{"reference":"Patient/p1"},"provision":{"type":"deny"}}`
	types := []string{"AllergyIntolerance", "MedicationRequest", "Observation", "DiagnosticReport", "Encounter"}
	plain := partnertest.Statement(types...)
	withConsents := partnertest.Statement(append(types, "Consent")...)
	byCode := strings.ReplaceAll(plain, `{"name":"date"}`, `{"name":"date"},{"name":"code"}`)
	everything := func(s string) string {
		return strings.Replace(s, `{"type":"Patient",`, `{"type":"Patient","operation":[{"name":"everything"}],`, 1)
	}
	batch := func(s string) string {
		return strings.Replace(s, `"mode":"server",`, `"mode":"server","interaction":[{"code":"batch"}],`, 1)
	}
	old := fmt.Sprintf(`{"resourceType":"Observation","id":"old","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2001-01-01","code":{"coding":[{"system":"http://snomed.info/sct","code":"%s"}]}}`, objection.LocalDissent)
	for name, test := range map[string]struct {
		statement, kind, item string
		refuses               bool
		want                  string
	}{
		"a Consent":                     {withConsents, "Consent", deny, false, string(objection.DeniedByConsent)},
		"a Consent, with $everything":   {everything(withConsents), "Consent", deny, false, string(objection.DeniedByConsent)},
		"a Consent, in one request":     {batch(withConsents), "Consent", deny, false, string(objection.DeniedByConsent)},
		"Consents that may not be read": {withConsents, "Consent", deny, true, "unheard"},
		"an old code":                   {byCode, "Observation", old, false, string(objection.LocalDissent)},
		"an old code, in one request":   {batch(byCode), "Observation", old, false, string(objection.LocalDissent)},
		"nothing":                       {byCode, "Flag", old, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, q := longRecord(t), briefly(t)
			s.Statement = test.statement
			s.Items[test.kind] = append(s.Items[test.kind], test.item)
			behind := s.Config.Handler
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.refuses && strings.Contains(r.URL.Path, "Consent") {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				behind.ServeHTTP(w, r)
			}))
			t.Cleanup(front.Close)
			from, err := source.New(source.Config{Base: front.URL, HTTP: front.Client(), Learn: source.Learn{Ask: true, Types: true, Newest: true}})
			if err != nil {
				t.Fatal(err)
			}
			if err := from.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err = from.Fetch(t.Context(), q)
			if got := heard(err); got != test.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// heard is what a partner was heard to say of the patient's wishes: the sign of
// a refusal, or that it does not say.
func heard(err error) string {
	if dissent, ok := errors.AsType[*partner.DissentError](err); ok {
		return string(dissent.Evidence)
	}
	if told, ok := errors.AsType[*partner.StateError](err); ok && told.State == record.Refused {
		return "unheard"
	}
	if err != nil {
		return "failed"
	}
	return ""
}

// The first look after a start, before anything is known of the partner, shows
// nothing that the patient refused there. Only the partner's word that it has
// no Consents is taken for none.
func TestP3_FirstLookHearsDissent(t *testing.T) {
	const deny = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Consent","id":"k1","status":"active","patient":{"reference":"Patient/p1"},"provision":{"type":"deny"}}}]}`
	issue := func(code string) string {
		return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + code + `"}]}`
	}
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"it refused":               {200, deny, "Consent"},
		"nothing refused":          {200, `{"resourceType":"Bundle","type":"searchset","entry":[]}`, ""},
		"no such type":             {404, issue("not-supported"), ""},
		"not implemented":          {501, "", ""},
		"not supported":            {400, issue("not-supported"), ""},
		"another fault":            {400, issue("invalid"), "failed"},
		"a fault without words":    {400, "", "failed"},
		"not to be read":           {403, "", "unheard"},
		"not to be read unsigned":  {401, "", "unheard"},
		"in trouble":               {500, "", "failed"},
		"what is no answer at all": {200, "<html>", "failed"},
	} {
		for way, config := range map[string]source.Config{"search": {}, "everything": {Everything: true}, "newest": {Newest: true, Batch: true}} {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				behind := partnertest.New(t, partnertest.Holds, person(t)).Config.Handler
				front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.Path, "Consent") || r.URL.Query().Get("_type") == "Consent" {
						w.WriteHeader(test.status)
						io.WriteString(w, test.body)
						return
					}
					behind.ServeHTTP(w, r)
				}))
				t.Cleanup(front.Close)
				config.Base, config.HTTP, config.Learn = front.URL, front.Client(), source.Learn{Types: true}
				from, err := source.New(config)
				if err != nil {
					t.Fatal(err)
				}
				q := query(t)
				q.Brief = true
				answer, err := from.Fetch(t.Context(), q)
				if got := heard(err); got != test.want || (err == nil) != (len(answer.Entries) == 1) {
					t.Errorf("%q, %v, %d entries", got, err, len(answer.Entries))
				}
			})
		}
	}
}

// A partner that withholds by itself what its patients refused is not asked,
// and neither is one that has said that it has no Consents.
func TestConsentsAreNotAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		config    source.Config
		statement string
		want      bool
	}{
		"nothing known":                {source.Config{}, "", true},
		"it applies them":              {source.Config{AppliesConsents: true}, "", false},
		"it has none":                  {source.Config{}, partnertest.Statement("AllergyIntolerance"), false},
		"it has some, sections chosen": {source.Config{}, partnertest.Statement("AllergyIntolerance", "Consent"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := partnertest.New(t, partnertest.Holds, person(t))
			from := learner(t, s, test.config)
			if test.statement != "" {
				s.Statement = test.statement
				if err := from.Probe(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := from.Fetch(t.Context(), query(t)); err != nil || slices.Contains(s.Asked(), "Consent") != test.want {
				t.Errorf("asked %v, %v", s.Asked(), err)
			}
		})
	}
}
