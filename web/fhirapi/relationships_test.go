package fhirapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func encounter(id, number, org, status string) string {
	return fmt.Sprintf(`{"resourceType":"Encounter","id":%q,"status":%q,"period":{"start":"2026-06-01T09:00:00Z","end":"2026-06-02T09:00:00Z"},
		"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}},
		"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":%q}}}`, id, status, number, org)
}

func bundle(resources ...string) string {
	return `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + strings.Join(resources, `},{"resource":`) + `}]}`
}

// send posts a bundle as the caller "tie".
func (w *world) send(t *testing.T, token, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/Bundle", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	status, text, err := w.do(t, req)
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

// grounds are the relationships of RKB with somebody.
func (w *world) grounds(t *testing.T, number string) []access.Relationship {
	t.Helper()
	n, err := nhs.ParseNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.store.Facts(t.Context(), access.Request{User: auth.User{Post: auth.Post{Organisation: "RKB"}}, Person: record.Person{Number: n}})
	if err != nil {
		t.Fatal(err)
	}
	return f.Relationships
}

// A partner sends its own relationships: whole or not at all, and the same
// again changes nothing, two at once neither.
func TestPartnersSendRelationships(t *testing.T) {
	w := newWorld(t)
	token := w.token(t)
	good := bundle(encounter("1", "9990000018", "RKB", "finished"), encounter("2", "9990000034", "RKB", "finished"))
	var waiting sync.WaitGroup
	for range 2 {
		waiting.Go(func() {
			if status, text := w.send(t, token, good); status != http.StatusOK || !strings.Contains(text, "2 relationships were taken") {
				t.Error(status, text)
			}
		})
	}
	waiting.Wait()
	if g := w.grounds(t, "9990000018"); len(g) != 1 || g[0].Kind != access.Encounter || g[0].Evidence != "tie" {
		t.Errorf("%+v", g)
	}
	imported := w.events(t, audit.Imported)
	if len(imported) != 2 || imported[0].Actor.Subject != "tie" || imported[0].Actor.Organisation != "RKB" || imported[0].Words != "sent by tie: 2 relationships" {
		t.Errorf("%+v", imported)
	}

	one := encounter("3", "9990000042", "RKB", "finished")
	deep := strings.Repeat(`{"a":[`, 100_000)
	for name, test := range map[string]struct {
		body    string
		headers []string
		status  int
		want    string
	}{
		"another organisation":      {bundle(one, encounter("4", "9990000018", "RLT", "finished")), nil, 422, "entry 2, Encounter: it is not of the caller's own organisation"},
		"two faults":                {bundle(one, encounter("5", "9990000019", "RKB", "finished"), encounter("3", "9990000042", "RKB", "finished")), nil, 422, "Bundle.entry[1]"},
		"the same id twice":         {bundle(one, one), nil, 422, "entry 2, Encounter: another entry has the same id"},
		"an id that is a number":    {bundle(one, encounter("9990000042", "9990000019", "RKB", "finished")), nil, 422, "no patient with a valid NHS number"},
		"what tells nothing":        {bundle(one, `{"resourceType":"Observation","id":"9990000042"}`), nil, 422, "entry 2, Observation"},
		"no bundle":                 {one, nil, 400, "no Bundle"},
		"no JSON":                   {`{"resourceType":`, nil, 400, "no sound JSON"},
		"deep JSON":                 {`{"resourceType":"Bundle","entry":[{"resource":{"extension":` + deep, nil, 400, "no sound JSON"},
		"deep where it is not read": {`{"resourceType":"Bundle","x":` + strings.Repeat("[", 1_000_000), nil, 400, "no sound JSON"},
		"too large":                 {bundle(one, `{"resourceType":"Patient","text":"`+strings.Repeat("x", 8<<20)+`"}`), nil, 413, "a bundle may have 8 MB"},
		"a bomb":                    {bomb(t), []string{"Content-Encoding", "gzip"}, 415, "must not be compressed"},
		"a form":                    {one, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "application/fhir+json"},
		"a token that is none":      {bundle(one), []string{"Authorization", "Bearer x"}, 401, "not known"},
	} {
		status, text := w.send(t, token, test.body, test.headers...)
		if status != test.status || !strings.Contains(text, test.want) || !strings.Contains(text, "OperationOutcome") {
			t.Errorf("%s: %d %.300s", name, status, text)
		}
		if strings.Contains(text, "99900000") {
			t.Errorf("P9: %s: the answer names a patient: %s", name, text)
		}
		if got := w.grounds(t, "9990000042"); len(got) != 0 {
			t.Fatalf("%s: half of a bundle was taken", name)
		}
	}
	for _, e := range w.events(t, audit.CallerRefused) {
		if strings.Contains(e.Words, "99900000") {
			t.Errorf("P9: %q", e.Words)
		}
	}
	if n := len(w.events(t, audit.CallerRefused)); n != 13 {
		t.Errorf("%d refusals on the trail", n)
	}

	if status, text := w.send(t, token, bundle(encounter("1", "9990000018", "RKB", "entered-in-error"))); status != http.StatusOK {
		t.Error(status, text)
	}
	if g := w.grounds(t, "9990000018"); len(g) != 1 || g[0].Kind != access.Void {
		t.Errorf("what was called off is still there: %+v", g)
	}
	w.sendLate(t, token)
}

// sendLate sends what is older than what was sent: it changes nothing, whether
// the resource or the bundle says when it was told. A clock that is fast keeps
// nothing out.
func (w *world) sendLate(t *testing.T, token string) {
	t.Helper()
	at := func(moment, resource string) string {
		return strings.Replace(resource, `"status"`, `"meta":{"lastUpdated":"`+moment+`"},"status"`, 1)
	}
	made := func(moment, bundle string) string {
		return strings.Replace(bundle, `"type"`, `"timestamp":"`+moment+`","type"`, 1)
	}
	booked, off := encounter("7", "9990000042", "RKB", "finished"), encounter("7", "9990000042", "RKB", "cancelled")
	for i, step := range []struct {
		body, says string
		want       access.RelationshipKind
	}{
		{bundle(at("2026-06-02T08:00:00Z", booked)), "1 relationships were taken", access.Encounter},
		{bundle(at("2026-06-03T08:00:00Z", off)), "1 relationships were taken", access.Void},
		{bundle(at("2026-06-02T08:00:00Z", booked)), "0 relationships were taken; 1 are older than what is known", access.Void},
		{made("2026-06-03T07:00:00Z", bundle(booked)), "0 relationships were taken; 1 are older", access.Void},
		{made("2026-06-01T07:00:00Z", bundle(at("2026-06-04T09:00:00+01:00", booked))), "1 relationships were taken", access.Encounter},
		{bundle(at("2999-01-01T00:00:00Z", booked)), "1 relationships were taken", access.Encounter},
		{bundle(off), "1 relationships were taken", access.Void}, // told now
	} {
		if status, text := w.send(t, token, step.body); status != http.StatusOK || !strings.Contains(text, step.says) {
			t.Errorf("step %d: %d %s", i, status, text)
		}
		if g := w.grounds(t, "9990000042"); len(g) != 1 || g[0].Kind != step.want {
			t.Errorf("step %d: %+v", i, g)
		}
	}
}

func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 64 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
