package pds_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
)

var user = auth.User{Post: auth.Post{Role: auth.Clinician, RoleID: "555254240100", Organisation: "RKB"}}

// nowhere is a log that takes everything.
type nowhere struct{}

func (nowhere) Append(context.Context, ...audit.Event) error                   { return nil }
func (nowhere) AppendClaim(context.Context, audit.Event, time.Time, int) error { return nil }

func (nowhere) AppendIf(context.Context, access.Request, func(access.Facts) (audit.Ready, error), *audit.Sight) error {
	return nil
}

func number(t testing.TB, digits string) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// service is a demographics service that gives its answers one by one, the
// last for ever.
type service struct {
	*httptest.Server
	mu      sync.Mutex
	answers []reply
	asked   []*http.Request
}

type reply struct {
	status int
	header map[string]string
	body   string
}

func newService(t testing.TB, answers ...reply) *service {
	s := &service{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		a := s.answers[min(len(s.asked), len(s.answers)-1)]
		s.asked = append(s.asked, r)
		for name, value := range a.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.status)
		w.Write([]byte(a.body))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) client() *pds.Client {
	return &pds.Client{Base: s.URL, HTTP: s.Client(), Now: time.Now}
}

func read(t testing.TB, c *pds.Client, digits string) (record.Person, error) {
	t.Helper()
	trail := &audit.Trail{Log: nowhere{}, Now: time.Now}
	n := number(t, digits)
	leave, err := trail.Trace(t.Context(), user, n)
	if err != nil {
		t.Fatal(err)
	}
	return c.Read(t.Context(), leave, n)
}

func search(t testing.TB, c *pds.Client) ([]record.Person, error) {
	t.Helper()
	leave, err := (&audit.Trail{Log: nowhere{}, Now: time.Now}).Search(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	return c.Search(t.Context(), leave, pds.Criteria{Family: "Shah", Born: record.ParseDate("1980-02-03")})
}

func outcome(severity, code string) string {
	return fmt.Sprintf(`{"resourceType":"OperationOutcome","issue":[{"severity":%q,"code":"x","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":%q}]}}]}`, severity, code)
}

const living = `{"resourceType":"Patient","id":"9990000018","meta":{"security":[{"code":"U"}]},"name":[{"use":"usual","family":"Shah","given":["Ada"]}],"birthDate":"1980-02-03","gender":"female",
	"address":[{"use":"home","line":["1 High Street"],"postalCode":"CV1 1AA"}],"generalPractitioner":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Y99001"}}]%s}`

const death = `,"deceasedDateTime":"2026-11-01","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus","extension":[{"url":"deathNotificationStatus","valueCodeableConcept":{"coding":[{"code":%q}]}}]}]`

// What the service says of one number, in every way it can.
func TestRead(t *testing.T) {
	restricted := strings.Replace(fmt.Sprintf(living, ""), `"U"`, `"R"`, 1)
	for _, test := range []struct {
		name   string
		asked  string
		status int
		body   string
		err    error
		is     func(record.Person) bool
	}{
		{"a person", "9990000018", 200, fmt.Sprintf(living, ""), nil, func(p record.Person) bool {
			return p.Family == "Shah" && p.Practice == "Y99001" && p.Postcode == "CV1 1AA" && len(p.Superseded) == 0 && !p.FetchedAt.IsZero()
		}},
		{"a former number", "9990000034", 200, fmt.Sprintf(living, ""), nil, func(p record.Person) bool {
			return p.Number.Digits() == "9990000018" && len(p.Superseded) == 1 && p.Superseded[0].Digits() == "9990000034"
		}},
		{"restricted, and yet sent with an address", "9990000018", 200, restricted, nil, func(p record.Person) bool {
			return p.Restricted && p.Address == nil && p.Postcode == "" && p.Phone == ""
		}},
		{"died, formally", "9990000018", 200, fmt.Sprintf(living, fmt.Sprintf(death, "2")), nil, func(p record.Person) bool {
			return p.Died.ISO() == "2026-11-01" && !p.Informally
		}},
		{"died, informally", "9990000018", 200, fmt.Sprintf(living, fmt.Sprintf(death, "1")), nil, func(p record.Person) bool { return p.Informally }},
		{"nobody", "9990000018", 404, outcome("information", "RESOURCE_NOT_FOUND"), pds.ErrNotFound, nil},
		{"invalidated", "9990000018", 404, outcome("error", "INVALIDATED_RESOURCE"), pds.ErrInvalidated, nil},
		{"no such number", "9990000018", 400, outcome("error", "INVALID_RESOURCE_ID"), pds.ErrNotFound, nil},
		{"not found, it does not say what", "9990000018", 404, "<html>", pds.ErrUnavailable, nil},
		{"not allowed", "9990000018", 403, outcome("error", "ACCESS_DENIED"), pds.ErrUnavailable, nil},
		{"a service that is behind it", "9990000018", 408, outcome("error", "UNABLE_TO_CALL_SERVICE"), pds.ErrUnavailable, nil},
		{"broken", "9990000018", 500, "", pds.ErrUnavailable, nil},
		{"no answer at all", "9990000018", 200, "", pds.ErrUnavailable, nil},
		{"not JSON", "9990000018", 200, "<html>sign in</html>", pds.ErrUnavailable, nil},
		{"somebody without a number", "9990000018", 200, `{"resourceType":"Patient","id":"x"}`, pds.ErrUnavailable, nil},
		{"many, which is no answer", "9990000018", 200, `{"resourceType":"Bundle"}`, pds.ErrUnavailable, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := read(t, newService(t, reply{test.status, nil, test.body}).client(), test.asked)
			if !errors.Is(err, test.err) || test.is != nil && !test.is(p) {
				t.Errorf("%v: %s, died %s, %d former", err, p.Family, p.Died, len(p.Superseded))
			}
			if err != nil && strings.Contains(err.Error(), test.asked) {
				t.Error("P9: the error names the number")
			}
		})
	}
}

func TestSearch(t *testing.T) {
	match := func(more ...string) string {
		return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(more, ",") + `]}`
	}
	one := `{"resource":` + fmt.Sprintf(living, "") + `}`
	for _, test := range []struct {
		name   string
		status int
		body   string
		people int
		err    error
	}{
		{"one", 200, match(one), 1, nil},
		{"several", 200, match(one, strings.ReplaceAll(one, "9990000018", "9990000034")), 2, nil},
		{"none", 200, match(), 0, nil},
		{"too many, with status 200", 200, outcome("information", "TOO_MANY_MATCHES"), 0, pds.ErrTooMany},
		{"bad criteria", 400, outcome("error", "INVALID_SEARCH_DATA"), 0, pds.ErrUnavailable},
		{"one that cannot be read", 200, match(one, `{"resource":{"resourceType":"Patient","id":"1"}}`), 0, pds.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			people, err := search(t, newService(t, reply{test.status, nil, test.body}).client())
			if len(people) != test.people || !errors.Is(err, test.err) {
				t.Errorf("%d people, %v", len(people), err)
			}
		})
	}
}

// A busy service is asked again when it says, within the time of the request
// and no longer.
func TestBusy(t *testing.T) {
	fine, busy := reply{200, nil, fmt.Sprintf(living, "")}, outcome("error", "TOO_MANY_REQUESTS")
	for _, test := range []struct {
		name    string
		after   string
		within  time.Duration
		answers int
		err     error
	}{
		{"now", "0", time.Minute, 2, nil},
		{"long since", "Mon, 02 Jan 2006 15:04:05 GMT", time.Minute, 2, nil},
		{"for longer than there is time", "90", time.Minute, 1, pds.ErrUnavailable},
		{"it does not say, and there is no time", "", 900 * time.Millisecond, 1, pds.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t, reply{429, map[string]string{"Retry-After": test.after}, busy}, fine)
			c := s.client()
			c.Within = test.within
			began := time.Now()
			if _, err := read(t, c, "9990000018"); !errors.Is(err, test.err) || len(s.asked) != test.answers || time.Since(began) > 30*time.Second {
				t.Errorf("%v after %d questions and %v", err, len(s.asked), time.Since(began))
			}
		})
	}
	t.Run("for ever", func(t *testing.T) {
		s := newService(t, reply{429, map[string]string{"Retry-After": "0"}, busy})
		c := s.client()
		c.Within = 350 * time.Millisecond
		if _, err := read(t, c, "9990000018"); !errors.Is(err, pds.ErrUnavailable) || len(s.asked) > 4 {
			t.Errorf("%v after %d questions", err, len(s.asked))
		}
	})
	t.Run("it hangs", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		defer s.Close()
		c := &pds.Client{Base: s.URL, HTTP: s.Client(), Now: time.Now, Within: 50 * time.Millisecond}
		if _, err := read(t, c, "9990000018"); !errors.Is(err, pds.ErrUnavailable) {
			t.Error(err)
		}
	})
}

// The grant says whose leave a question carries: a user's own finds several
// people, this service's one; a token that is not taken is renewed once.
func TestGrants(t *testing.T) {
	tokens := func(own bool) func(context.Context, *audit.Tracing, string) (pds.Grant, error) {
		return func(_ context.Context, _ *audit.Tracing, refused string) (pds.Grant, error) {
			return pds.Grant{Token: "t" + refused, Own: own}, nil
		}
	}
	one := reply{200, nil, `{"resourceType":"Bundle","type":"searchset"}`}
	for _, own := range []bool{true, false} {
		s := newService(t, reply{401, nil, ""}, one)
		c := s.client()
		c.Grant = tokens(own)
		if _, err := search(t, c); err != nil || len(s.asked) != 2 {
			t.Fatalf("%v after %d questions", err, len(s.asked))
		}
		r := s.asked[1]
		if got := r.URL.Query().Get("_max-results"); (got == "1") == own {
			t.Errorf("own %t: _max-results=%q", own, got)
		}
		if got := r.Header.Get("NHSD-Session-URID"); (got == user.RoleID) != own {
			t.Errorf("own %t: NHSD-Session-URID %q", own, got)
		}
		if r.Header.Get("Authorization") != "Bearer tt" || r.Header.Get("X-Request-ID") == "" || r.Header.Get("NHSD-End-User-Organisation-ODS") != "RKB" {
			t.Errorf("headers %v", r.Header)
		}
	}
	s := newService(t, reply{401, nil, ""})
	c := s.client()
	c.Grant = tokens(true)
	if _, err := search(t, c); !errors.Is(err, pds.ErrUnavailable) || len(s.asked) != 2 {
		t.Errorf("never taken: %v after %d questions", err, len(s.asked))
	}
	c.Grant = func(context.Context, *audit.Tracing, string) (pds.Grant, error) {
		return pds.Grant{}, errors.New("no token")
	}
	if _, err := search(t, c); !errors.Is(err, pds.ErrUnavailable) || len(s.asked) != 2 {
		t.Errorf("no token: %v after %d questions", err, len(s.asked))
	}
}

// P1: nothing is asked without leave, nor twice with the same.
func TestP1_NoQuestionWithoutLeave(t *testing.T) {
	s := newService(t, reply{200, nil, fmt.Sprintf(living, "")})
	leave, err := (&audit.Trail{Log: nowhere{}, Now: time.Now}).Trace(t.Context(), user, number(t, "9990000018"))
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range []*audit.Tracing{nil, {}, leave, leave} {
		if _, err := s.client().Read(t.Context(), l, number(t, "9990000018")); (err == nil) != (i == 2) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if len(s.asked) != 1 {
		t.Errorf("asked %d times", len(s.asked))
	}
}

// published is the folder of the service's own examples.
const published = "../../../shared/data/nhs/personal-demographics-service-api"

// meanings are what the published errors mean, with the status that each comes
// with; any other is a service that cannot be used.
var meanings = map[string]struct {
	status int
	err    error
}{
	"RESOURCE_NOT_FOUND.json":   {404, pds.ErrNotFound},
	"INVALIDATED_RESOURCE.json": {404, pds.ErrInvalidated},
	"INVALID_RESOURCE_ID.json":  {400, pds.ErrNotFound},
	"TOO_MANY_MATCHES.json":     {200, pds.ErrTooMany},
	"ACCESS_DENIED.json":        {403, pds.ErrUnavailable},
	"PRECONDITION_FAILED.json":  {412, pds.ErrUnavailable},
}

// Every published answer is a person, people, or an error that says which.
func TestPublishedAnswers(t *testing.T) {
	if _, err := os.Stat(published); err != nil {
		t.Log("the published examples are not present: the cases above stand for them")
		return
	}
	err := filepath.WalkDir(published, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		t.Run(strings.TrimPrefix(path, published+"/"), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			publishedAnswer(t, filepath.Base(path), bytes.TrimSpace(body))
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func publishedAnswer(t *testing.T, name string, body []byte) {
	var sent struct {
		ResourceType, ID string
		Meta             struct{ Security []struct{ Code string } }
		Deceased         string `json:"deceasedDateTime"`
		Entry            []struct {
			Resource struct{ ResourceType, ID string }
		}
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	switch sent.ResourceType {
	case "OperationOutcome":
		want, ok := meanings[name]
		if !ok {
			want.status, want.err = 400, pds.ErrUnavailable
		}
		c := newService(t, reply{want.status, nil, string(body)}).client()
		_, readErr := read(t, c, "9990000018")
		_, searchErr := search(t, c)
		if !errors.Is(readErr, want.err) || !errors.Is(searchErr, want.err) {
			t.Errorf("read: %v; search: %v", readErr, searchErr)
		}
	case "Patient":
		p, err := read(t, newService(t, reply{200, nil, string(body)}).client(), "9990000018")
		switch {
		case err != nil:
			t.Error(err)
		case p.Number.Digits() != sent.ID || len(p.Superseded) != 1: // another id than was asked for
			t.Errorf("%d former numbers", len(p.Superseded))
		case p.Restricted != (len(sent.Meta.Security) > 0 && sent.Meta.Security[0].Code == "R"), p.Died.IsZero() != (sent.Deceased == ""):
			t.Errorf("restricted %t, died %s", p.Restricted, p.Died)
		case p.Restricted && (p.Address != nil || p.Postcode != "" || p.Phone != "" || p.Practice != ""):
			t.Error("restricted, and says where")
		}
	case "Bundle":
		people, err := search(t, newService(t, reply{200, nil, string(body)}).client())
		patients := 0
		valid := true
		for _, e := range sent.Entry {
			if e.Resource.ResourceType == "Patient" {
				patients++
				_, err := nhs.ParseNumber(e.Resource.ID)
				valid = valid && err == nil
			}
		}
		if valid && (err != nil || len(people) != patients) || !valid && !errors.Is(err, pds.ErrUnavailable) {
			t.Errorf("%d of %d people, %v", len(people), patients, err)
		}
		for _, p := range people {
			if slices.Contains(p.Superseded, p.Number) {
				t.Error("a number supersedes itself")
			}
		}
	}
}
