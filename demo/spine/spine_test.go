package spine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/demo/town"
	"example.org/icr/demo/town/resident"

	"example.org/icr/care/nhs"
)

// service answers for the people of the stories, and for a family of thirty.
func service(t *testing.T) (*Service, string) {
	t.Helper()
	people, err := town.Stories()
	if err != nil {
		t.Fatal(err)
	}
	for i, n := 0, 0; n < 30; i++ {
		number, err := nhs.ParseNumber(fmt.Sprintf("999800%04d", i))
		if err != nil {
			continue
		}
		n++
		raw, err := resident.Person{Number: number, Given: []string{"Twin"}, Family: "Many", Gender: "male", Born: "1980-01-02", Postcode: fmt.Sprintf("CV99 9A%c", 'A'+n%26)}.Demographics()
		if err != nil {
			t.Fatal(err)
		}
		people.Demographics[number.Digits()] = raw
	}
	s := New(people)
	server := httptest.NewServer(http.StripPrefix("/personal-demographics/FHIR/R4", s))
	t.Cleanup(server.Close)
	return s, server.URL + "/personal-demographics/FHIR/R4"
}

// said is the part of an answer that tests look at.
type said struct {
	status           int
	ResourceType, ID string
	Total            int
	Entry            []struct {
		FullURL  string
		Resource struct{ ID string }
	}
	Issue []struct {
		Details struct {
			Coding []struct{ System, Code string }
		}
	}
	Meta       struct{ Security []struct{ Code string } }
	Identifier []struct{ Value string }
}

func (s said) code() string {
	if len(s.Issue) == 0 || len(s.Issue[0].Details.Coding) == 0 || !strings.Contains(s.Issue[0].Details.Coding[0].System, "Spine-ErrorOrWarningCode") {
		return ""
	}
	return s.Issue[0].Details.Coding[0].Code
}

func ask(t *testing.T, address, requestID string) said {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if requestID != "" {
		req.Header.Set("X-Request-ID", requestID)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var s said
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("X-Request-ID") != requestID {
		t.Error("X-Request-ID is not echoed")
	}
	s.status = resp.StatusCode
	return s
}

func TestRead(t *testing.T) {
	_, base := service(t)
	for _, test := range []struct {
		number string
		status int
		id     string
		code   string
	}{
		{"9990000018", 200, "9990000018", ""},
		{"9990000255", 200, "9990000131", ""}, // superseded
		{"9990000018x", 400, "", "INVALID_RESOURCE_ID"},
		{"999%20000%200018", 400, "", "INVALID_RESOURCE_ID"},
		{"9990000019", 400, "", "INVALID_RESOURCE_ID"},
		{"9990000433", 404, "", "RESOURCE_NOT_FOUND"},
		{"9990000018/RelatedPerson", 400, "", "INVALID_RESOURCE_ID"},
	} {
		got := ask(t, base+"/Patient/"+test.number, "r1")
		if got.status != test.status || got.ID != test.id || got.code() != test.code {
			t.Errorf("%s: %d %s %s", test.number, got.status, got.ID, got.code())
		}
		if test.status == 200 && got.Identifier[0].Value != test.id {
			t.Errorf("%s: identified as %s", test.number, got.Identifier[0].Value)
		}
	}
}

func TestRequestIDIsRequired(t *testing.T) {
	_, base := service(t)
	if got := ask(t, base+"/Patient/9990000018", ""); got.status != http.StatusPreconditionFailed || got.code() != "PRECONDITION_FAILED" {
		t.Errorf("%d %s", got.status, got.code())
	}
}

func TestRestricted(t *testing.T) {
	_, base := service(t)
	if got := ask(t, base+"/Patient/9990000123", "r1"); got.Meta.Security[0].Code != "R" {
		t.Errorf("%+v", got)
	}
	for query, want := range map[string]int{"": 1, "&gender=female": 1, "&address-postalcode=CV99+9AA": 0, "&general-practitioner=Y99001": 0} {
		if got := ask(t, base+"/Patient?family=marsh&birthdate=eq1988-03-01"+query, "r1"); got.Total != want {
			t.Errorf("%q: %d", query, got.Total)
		}
	}
}

func TestSearch(t *testing.T) {
	_, base := service(t)
	for _, test := range []struct {
		query  string
		status int
		ids    string
		code   string
	}{
		{"family=SANDHU&birthdate=eq1961-03-14", 200, "[9990000018]", ""},
		{"family=sandhu&birthdate=1961-03-14&given=harpreet&given=Kaur&gender=female&address-postalcode=cv999ab", 200, "[9990000018]", ""},
		{"family=Sandhu&birthdate=ge1961-03-01&birthdate=le1961-03-31", 200, "[9990000018]", ""},
		{"family=Sandhu&birthdate=ge1962-01-01", 200, "[]", ""},
		{"family=Sandhu&birthdate=eq1961-03-14&given=Jane", 200, "[]", ""},
		{"family=Sandhu&birthdate=eq1961-03-14&given=&_max-results=1&_exact-match=true", 200, "[9990000018]", ""},
		{"family=Chaudhry&birthdate=eq1958-11-11", 200, "[9990000131]", ""},
		{"family=Many&birthdate=eq1980-01-02", 200, "[]", "TOO_MANY_MATCHES"},
		{"family=Sandhu", 400, "[]", "MISSING_VALUE"},
		{"birthdate=eq1961-03-14", 400, "[]", "MISSING_VALUE"},
		{"family=Sandhu&birthdate=14/03/1961", 400, "[]", "INVALID_SEARCH_DATA"},
		{"family=Sandhu&birthdate=eq1961-03-14&gender=f", 400, "[]", "INVALID_SEARCH_DATA"},
		{"family=Sandhu&birthdate=eq1961-03-14&_max-results=500", 400, "[]", "INVALID_SEARCH_DATA"},
		{"family=Sandhu&birthdate=eq1961-03-14&shoe-size=5", 400, "[]", "ADDITIONAL_PROPERTIES"},
		{"family=Sandhu&birthdate=eq1961-03-14&_fuzzy-match=true", 400, "[]", "UNSUPPORTED_SERVICE"},
	} {
		got := ask(t, base+"/Patient?"+test.query, "r1")
		ids := []string{}
		for _, e := range got.Entry {
			ids = append(ids, e.Resource.ID)
			if e.FullURL != base+"/Patient/"+e.Resource.ID {
				t.Errorf("full URL %s", e.FullURL)
			}
		}
		if got.status != test.status || fmt.Sprint(ids) != test.ids || got.code() != test.code || got.Total != len(ids) {
			t.Errorf("%s: %d %v %s", test.query, got.status, ids, got.code())
		}
	}
}

func TestOnlyGet(t *testing.T) {
	_, base := service(t)
	req, _ := http.NewRequest(http.MethodPost, base+"/Patient", strings.NewReader("{}"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 400 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// The log says what kind of question was asked, and never about whom.
func TestLog(t *testing.T) {
	s, base := service(t)
	var log bytes.Buffer
	s.Log = &log
	ask(t, base+"/Patient/9990000018", "r1")
	ask(t, base+"/Patient?"+url.Values{"family": {"Sandhu"}, "birthdate": {"eq1961-03-14"}}.Encode(), "r2")
	for _, want := range []string{`"kind":"read","matches":1,"status":200,"request_id":"r1"`, `"kind":"search","asked":["birthdate","family"],"matches":1,"status":200,"request_id":"r2"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "999000") || strings.Contains(log.String(), "Sandhu") {
		t.Errorf("the log tells about whom: %s", log.String())
	}
}
