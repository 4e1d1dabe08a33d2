package fhirserver

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestFindPatient(t *testing.T) {
	base, _ := partner(t)
	for _, test := range []struct {
		identifier string
		status     int
		ids        string
	}{
		{system + ann, 200, "[a]"},
		{ann, 200, "[a]"},
		{system + "9990000050", 200, "[]"},
		{"http://other|" + ann, 200, "[]"},
		{system + bob, 403, "[]"},
		{system + cat, 503, "[]"},
		{"", 400, "[]"},
	} {
		for how, ask := range map[string]func() (int, bundle){
			"GET": func() (int, bundle) { return get(t, base+"/Patient?identifier="+url.QueryEscape(test.identifier)) },
			"POST": func() (int, bundle) {
				return post(t, base+"/Patient/_search", url.Values{"identifier": {test.identifier}})
			},
		} {
			status, b := ask()
			if status != test.status || fmt.Sprint(b.ids()) != test.ids || b.Total != len(b.Entry) {
				t.Errorf("%s %s: %d %v, want %d %s", how, test.identifier, status, b.ids(), test.status, test.ids)
			}
			if status != 200 && (b.ResourceType != "OperationOutcome" || len(b.Issue) != 1) {
				t.Errorf("%s %s: %+v", how, test.identifier, b)
			}
		}
	}
}

// The story of the wrong person: asked about one, the partner gives another.
func TestAnswersAboutSomebodyElse(t *testing.T) {
	base, _ := partner(t)
	if _, b := post(t, base+"/Patient/_search", url.Values{"identifier": {system + dan}}); fmt.Sprint(b.ids()) != "[a]" {
		t.Errorf("%v", b.ids())
	}
}

// Items are found by the patient's NHS number as by their id, or by somebody
// else's where the story is that.
func TestFoundByNumber(t *testing.T) {
	base, _ := partner(t)
	_, byID := post(t, base+"/Observation/_search", url.Values{"patient": {"a"}})
	for number, want := range map[string]string{system + ann: fmt.Sprint(byID.ids()), system + dan: fmt.Sprint(byID.ids()), system + "9990000999": "[]", "urn:x|" + ann: "[]"} {
		if _, b := post(t, base+"/Observation/_search", url.Values{"patient.identifier": {number}}); fmt.Sprint(b.ids()) != want || len(byID.ids()) == 0 {
			t.Errorf("%s: %v, not %s", number, b.ids(), want)
		}
	}
}

func TestPaging(t *testing.T) {
	base, _ := partner(t)
	status, b := post(t, base+"/Observation/_search", url.Values{"patient": {"a"}, "category": {"laboratory"}, "_count": {"50"}})
	seen := map[string]bool{}
	pages := 0
	for ; status == 200; pages++ {
		if b.Total != 125 {
			t.Fatalf("total %d", b.Total)
		}
		for _, id := range b.ids() {
			seen[id] = true
		}
		if b.next() == "" {
			break
		}
		if !strings.HasPrefix(b.next(), base+"/") || strings.Contains(b.next(), "patient") {
			t.Fatalf("next is %s", b.next())
		}
		status, b = get(t, b.next())
	}
	if len(seen) != 125 || pages != 2 {
		t.Errorf("%d seen, %d more pages, status %d", len(seen), pages, status)
	}
	if status, _ := get(t, base+"/_page/unknown"); status != http.StatusGone {
		t.Errorf("an unknown page answers %d", status)
	}
}

func TestSearch(t *testing.T) {
	base, _ := partner(t)
	for _, test := range []struct {
		query  string
		status int
		total  int
		ids    string
	}{
		{"MedicationRequest?patient=a&_include=MedicationRequest:medication", 200, 2, "[ar1 ar2 am]"},
		{"MedicationRequest?patient=Patient/a", 200, 2, "[ar1 ar2]"},
		{"Observation?patient=a&category=http://c|vital-signs&_count=1", 200, 125, "[a1]"},
		{"Observation?patient=a&category=laboratory,vital-signs&_count=2", 200, 250, "[a0 a1]"},
		{"Observation?patient=a&_count=0", 200, 250, "[]"},
		{"Condition?patient=a", 200, 0, "[]"},
		{"Observation?patient=nobody", 200, 0, "[]"},
		{"Observation?patient=b", 403, 0, "[]"},
		{"Observation", 400, 0, "[]"},
		{"Observation?patient=a&_count=x", 400, 0, "[]"},
		{"Coverage?patient=a", 404, 0, "[]"},
		{"a/b/c/d", 404, 0, "[]"},
		{"Observation/none", 404, 0, "[]"},
		{"Patient/none/$everything", 404, 0, "[]"},
	} {
		status, b := get(t, base+"/"+test.query)
		if status != test.status || b.Total != test.total || fmt.Sprint(b.ids()) != test.ids {
			t.Errorf("%s: %d, total %d, %v", test.query, status, b.Total, b.ids())
		}
	}
}

func TestEverything(t *testing.T) {
	base, _ := partner(t)
	_, b := get(t, base+"/Patient/a/$everything?_type=MedicationRequest,Medication&_count=500")
	if fmt.Sprint(b.ids()) != "[am ar1 ar2]" || b.Entry[0].FullURL != base+"/Medication/am" {
		t.Errorf("%+v", b.Entry)
	}
	if _, b = get(t, base+"/Patient/a/$everything"); b.Total != 254 || b.next() != "" {
		t.Errorf("total %d, next %q", b.Total, b.next())
	}
	if _, b = get(t, base+"/Patient/a/%24everything?_count=200"); len(b.Entry) != 200 || b.next() == "" {
		t.Errorf("%d entries, next %q", len(b.Entry), b.next())
	}
}
