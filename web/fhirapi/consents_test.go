package fhirapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
)

func number(t *testing.T, digits string) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) object(t *testing.T, digits, family string, state objection.State) {
	t.Helper()
	o := objection.Objection{Patient: number(t, digits), Family: family, Given: "Ottoline", Born: "1980-02-03", Route: "register", State: state, At: time.Now().Add(-24 * time.Hour)}
	if err := w.store.RecordObjection(t.Context(), o, audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())); err != nil {
		t.Fatal(err)
	}
}

// call asks as the caller "tie". A form is posted.
func (w *world) call(t *testing.T, token, path string, form url.Values) (int, string) {
	t.Helper()
	method := "GET"
	if form != nil {
		method = "POST"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	status, text, err := w.do(t, req)
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

type consentBundle struct {
	Link  []struct{ Relation, URL string }
	Entry []struct {
		Resource struct {
			ID, Status string
			Patient    struct{ Identifier struct{ Value string } }
		}
	}
}

func consentsOf(t *testing.T, text string) (b consentBundle) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatal(text, err)
	}
	return b
}

// One form covers all partners: they read who objects, and under which of a
// person's numbers they ask makes no difference. What was never in force is not
// told. Every reading is on the trail.
func TestPartnersReadObjections(t *testing.T) {
	w := newWorld(t)
	token := w.token(t)
	w.object(t, "9990000018", "=Canary", objection.Upheld)
	w.object(t, "9990000026", "Never", objection.Received)
	w.object(t, "9990000042", "Other", objection.IdentityConfirmed)
	err := w.store.SavePerson(t.Context(), record.Person{Number: number(t, "9990000018"), Superseded: []nhs.Number{number(t, "9990000034")}, Family: "Canary", FetchedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}

	find := func(digits string) url.Values {
		return url.Values{"patient.identifier": {nhs.NumberSystem + "|" + digits}}
	}
	var id string
	for digits, want := range map[string]int{"9990000018": 1, "9990000034": 1, "9990000026": 0, "9990000069": 0} {
		status, text := w.call(t, token, "/Consent/_search", find(digits))
		b := consentsOf(t, text)
		if status != http.StatusOK || len(b.Entry) != want {
			t.Fatalf("%s: %d %s", digits, status, text)
		}
		if want == 1 {
			id = b.Entry[0].Resource.ID
			if r := b.Entry[0].Resource; r.Status != "active" || r.Patient.Identifier.Value != "9990000018" {
				t.Errorf("%+v", r)
			}
		}
		if e := w.events(t, audit.ObjectionsRead)[0]; e.Patient != number(t, digits) || e.Matches != want || e.Actor.Subject != "tie" {
			t.Errorf("%+v", e)
		}
		for _, l := range b.Link {
			if strings.Contains(l.URL, digits) {
				t.Errorf("P9: %s", l.URL)
			}
		}
	}
	if status, text := w.call(t, token, "/Consent/"+id, nil); status != http.StatusOK || !strings.Contains(text, `"id":"`+id+`"`) || !strings.Contains(text, "9990000018") {
		t.Error(status, text)
	}

	seen := map[string]bool{}
	for at := "/Consent?_count=1&_lastUpdated=ge" + time.Now().Add(-time.Minute).UTC().Format(time.RFC3339); at != ""; {
		status, text := w.call(t, token, at, nil)
		b := consentsOf(t, text)
		if status != http.StatusOK || len(b.Entry) > 1 || len(seen) > 3 {
			t.Fatal(status, text)
		}
		for _, e := range b.Entry {
			seen[e.Resource.ID] = true
		}
		at = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				at = strings.TrimPrefix(l.URL, base)
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d objections since a minute ago", len(seen))
	}

	for path, wants := range map[string][]string{
		"/objections.ndjson": {`"resourceType":"Consent"`, "9990000018", "9990000042"},
		"/objections.csv":    {"nhs_number,family_name,given_name,birth_date,state,at\n9990000018,'=Canary,Ottoline,1980-02-03,upheld,", "9990000042,Other"},
	} {
		status, text := w.call(t, token, path, nil)
		for _, want := range wants {
			if status != http.StatusOK || !strings.Contains(text, want) || strings.Contains(text, "9990000026") || strings.Count(text, "\n") < 2 {
				t.Errorf("%s: %d %s", path, status, text)
			}
		}
		if e := w.events(t, audit.ObjectionsRead)[0]; e.Matches != 2 || e.Page != path[1:] {
			t.Errorf("%s: %+v", path, e)
		}
	}

	for name, test := range map[string]struct {
		path   string
		form   url.Values
		status int
		want   string
	}{
		"a number in the address":     {"/Consent?patient.identifier=" + url.QueryEscape(nhs.NumberSystem+"|9990000018"), nil, 400, "never in an address"},
		"a number beside the form":    {"/Consent/_search?patient.identifier=x", find("9990000018"), 400, "stands in the form"},
		"a number as an id":           {"/Consent/9990000018", nil, 404, "no such Consent"},
		"nobody's":                    {"/Consent/018f0000-0000-7000-8000-000000000000", nil, 404, "no such Consent"},
		"a bad number":                {"/Consent/_search", find("9990000019"), 400, "valid NHS number"},
		"two numbers":                 {"/Consent/_search", url.Values{"patient.identifier": {nhs.NumberSystem + "|9990000018", nhs.NumberSystem + "|9990000042"}}, 400, "once"},
		"another system":              {"/Consent/_search", url.Values{"patient.identifier": {"9990000018"}}, 400, "valid NHS number"},
		"what is not known":           {"/Consent/_search", url.Values{"9990000018": {"x"}}, 400, "is not known here"},
		"a date that is none":         {"/Consent?_lastUpdated=ge2026-13-01", nil, 400, "like ge2026"},
		"no such thing":               {"/Consent/$export", nil, 404, "nothing at this address"},
		"larger than any search form": {"/Consent/_search", url.Values{"_count": {strings.Repeat("1", 70<<10)}}, 400, "a form is wanted"},
	} {
		status, text := w.call(t, token, test.path, test.form)
		if status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if strings.Contains(text, "99900000") {
			t.Errorf("P9: %s: %s", name, text)
		}
	}
	if status, text, err := w.get(t, w.url+"/Consent", certificate(t, "siem", &w.authority)); err != nil || status != http.StatusForbidden {
		t.Errorf("without the scope: %d %s %v", status, text, err)
	}
}
