package main

import (
	"errors"
	"strings"
	"testing"
)

const withCallers = good + `callers:
  - {id: tie, name: Integration engine, organisation: RKB, jwks_url: "https://tie.example/jwks", scopes: [system/Bundle.c, system/Consent.rs]}
  - {id: siem, name: Monitoring, organisation: QWU, certificate: siem.example, scopes: [system/AuditEvent.rs]}
`

func TestP10_FaultsOfCallers(t *testing.T) {
	if p, err := parseProgramme(withCallers); err != nil {
		t.Fatal(err)
	} else if all, err := p.callers(); err != nil || len(all) != 2 || all[0].Keys == nil || all[1].Keys != nil {
		t.Fatal(all, err)
	}
	for _, test := range []struct{ name, from, to, want string }{
		{"no id", "id: tie", "id: T I E", "line 9: id must be"},
		{"an id twice", "id: siem", "id: tie", "line 10: the id tie is used already"},
		{"no proof", "certificate: siem.example, ", "", "line 10: a caller proves who it is in one way"},
		{"two proofs", "certificate: siem.example", "certificate: siem.example, jwks_file: /keys", "line 10: a caller proves who it is in one way"},
		{"two sets of keys", `jwks_url: "https://tie.example/jwks"`, `jwks_url: "https://tie.example/jwks", jwks_file: /keys`, "line 9: a caller proves who it is in one way"},
		{"keys over http", "https://tie", "http://tie", "must be https"},
		{"a scope that is none", "system/Consent.rs", "system/*.*", `line 9: there is no scope "system/*.*"`},
		{"no scope", "[system/AuditEvent.rs]", "[]", "line 10: scopes: none are named"},
		{"no organisation", "organisation: QWU", "organisation: Q W U", "line 10: organisation"},
		{"an organisation of nobody", "organisation: QWU", "organisation: RXX", "line 10: the organisation RXX is not in this file"},
		{"notices of what it may not read", "certificate: siem.example", `certificate: siem.example, notify: {url: "https://a.example", secret_file: /no}`, "line 10: notify tells of objections"},
		{"notices over http", "organisation: RKB, jwks", `organisation: RKB, notify: {url: "http://a.example", secret_file: /no}, jwks`, "must be https"},
		{"notices without a secret", "organisation: RKB, jwks", `organisation: RKB, notify: {url: "https://a.example", secret_file: /no}, jwks`, "line 9: secret_file: open /no"},
		{"keys that are not there", `jwks_url: "https://tie.example/jwks"`, "jwks_file: /no/such/file", "line 9: the keys of tie: open /no/such/file"},
	} {
		p, err := parseProgramme(strings.Replace(withCallers, test.from, test.to, 1))
		if err == nil {
			_, callersErr := p.callers()
			_, hooksErr := p.hooks()
			err = errors.Join(callersErr, hooksErr)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestP10_CallersNeedWhereToCall(t *testing.T) {
	p, err := parseProgramme(withCallers)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nowhere":         {nil, "ICR_FHIR_ADDRESS: is not set"},
		"no address":      {map[string]string{"ICR_FHIR_ADDRESS": ":8443"}, "ICR_FHIR_URL: is not set"},
		"not secure":      {map[string]string{"ICR_FHIR_ADDRESS": ":8443", "ICR_FHIR_URL": "http://icr.example"}, "ICR_FHIR_URL: must be https"},
		"no authorities":  {map[string]string{"ICR_FHIR_ADDRESS": ":8443"}, "ICR_FHIR_CLIENT_CA_FILE: is not set"},
		"no certificate":  {map[string]string{"ICR_FHIR_ADDRESS": ":8443"}, "ICR_FHIR_CERT_FILE: is not set"},
		"nothing to read": {map[string]string{"ICR_FHIR_ADDRESS": ":8443", "ICR_FHIR_CERT_FILE": "/no", "ICR_FHIR_KEY_FILE": "/no"}, "ICR_FHIR_KEY_FILE"},
	} {
		e := &environment{getenv: func(key string) string { return test.env[key] }}
		if e.calling(p); e.err() == nil || !strings.Contains(e.err().Error(), test.want) {
			t.Errorf("%s: %v", name, e.err())
		}
	}
	bare, err := parseProgramme(good)
	if err != nil {
		t.Fatal(err)
	}
	e := &environment{getenv: func(key string) string { return map[string]string{"ICR_FHIR_ADDRESS": ":8443"}[key] }}
	if e.calling(bare); e.err() == nil || !strings.Contains(e.err().Error(), "names no callers") {
		t.Error(e.err())
	}
}
