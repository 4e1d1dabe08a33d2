package source_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/icr/care/objection"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
)

// A refusal is heard however old it is, and however the partner is asked; a
// partner whose Consents may not be read has answered all the same.
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
		want                  objection.Sign
	}{
		"a Consent":                     {withConsents, "Consent", deny, false, objection.DeniedByConsent},
		"a Consent, with $everything":   {everything(withConsents), "Consent", deny, false, objection.DeniedByConsent},
		"a Consent, in one request":     {batch(withConsents), "Consent", deny, false, objection.DeniedByConsent},
		"Consents that may not be read": {withConsents, "Consent", deny, true, ""},
		"an old code":                   {byCode, "Observation", old, false, objection.LocalDissent},
		"an old code, in one request":   {batch(byCode), "Observation", old, false, objection.LocalDissent},
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
			dissent, _ := errors.AsType[*partner.DissentError](err)
			if test.want == "" && err != nil || test.want != "" && (dissent == nil || dissent.Evidence != test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
