package source_test

import (
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
)

// recorder is a partner that keeps every request, whole.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
}

type recorded struct {
	url    string
	header http.Header
	body   string
}

func newRecorder(t testing.TB) *recorder {
	rec := &recorder{}
	inner := holder(t)
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		rec.mu.Lock()
		rec.requests = append(rec.requests, recorded{r.URL.String(), r.Header.Clone(), string(body)})
		rec.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func asking(t testing.TB) partner.Query {
	q := query(t)
	q.Viewing, q.Reason = "0198-viewing", "consent"
	q.User = auth.User{
		Identity: auth.Identity{Issuer: "https://id.example", Subject: "subject-1"}, Name: "Ada Okafor", StaffID: "555036632103",
		Post:             auth.Post{Role: auth.Clinician, RoleCode: "R8001", RoleID: "555254240100", Organisation: "RRK", Teams: []string{"team-1"}},
		OrganisationName: "University Hospitals Birmingham", Session: "session-hash", Address: "192.0.2.7",
	}
	return q
}

// The partner can check who asks about whom and why; what it is not to know is
// in no request.
func TestAssertionIsTheToken(t *testing.T) {
	key, rec := newKey(t, p256), newRecorder(t)
	from := openWith(t, source.Config{Base: rec.URL, Assertion: &source.Assertion{
		Key: key.read(t, "icr-1", ""), Issuer: "https://icr.example.nhs.uk", Audience: "https://rkb.example.nhs.uk/fhir",
	}})
	q := asking(t)
	if _, err := from.Fetch(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(rec.requests[0].header.Get("Authorization"), "Bearer ")
	claims, header, err := key.verify(token, "ES256")
	if err != nil {
		t.Fatal(err)
	}
	issued, expires := claims["iat"].(float64), claims["exp"].(float64)
	if age := time.Since(time.Unix(int64(issued), 0)); age > time.Minute || expires-issued != 300 || claims["jti"] == "" || header.KeyID != "icr-1" {
		t.Errorf("issued %v ago, for %v s, id %v, key %v", age, expires-issued, claims["jti"], header.KeyID)
	}
	for name, want := range map[string]any{
		"iss": "https://icr.example.nhs.uk", "sub": "555036632103", "aud": "https://rkb.example.nhs.uk/fhir",
		"viewing": "0198-viewing", "nhs_number": "9990000018",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v", name, claims[name])
		}
	}
	user := map[string]any{
		"name": "Ada Okafor", "role": "clinician", "role_code": "R8001", "organisation": "RRK", "organisation_name": "University Hospitals Birmingham",
	}
	if !maps.Equal(claims["user"].(map[string]any), user) || !maps.Equal(claims["reason"].(map[string]any), map[string]any{"purpose": "directcare", "code": "consent"}) {
		t.Errorf("user %v, reason %v", claims["user"], claims["reason"])
	}
	names := []string{"aud", "exp", "iat", "iss", "jti", "nhs_number", "reason", "sub", "user", "viewing"}
	if got := slices.Sorted(maps.Keys(claims)); !slices.Equal(got, names) {
		t.Errorf("it says %v", got)
	}
	for _, r := range rec.requests {
		if r.header.Get("Authorization") != "Bearer "+token || r.header.Get("ICR-Assertion") != "" {
			t.Error("not the assertion of this viewing")
		}
		for _, private := range []string{"subject-1", "session-hash", "192.0.2.7", "team-1", "O'Keefe", "1980"} {
			if strings.Contains(whole(t, r), private) {
				t.Errorf("%q travels", private)
			}
		}
		r.header.Del("Authorization")
		if strings.Contains(r.url, "9990000018") || strings.Contains(whole(t, recorded{header: r.header}), "9990000018") {
			t.Error("P9: the NHS number stands in a URL or in a header in plain text")
		}
	}
}

// whole is all of a request, with what a token says.
func whole(t *testing.T, r recorded) string {
	t.Helper()
	text := r.url + "\n" + r.body
	for name, values := range r.header {
		text += "\n" + name + ": " + strings.Join(values, ",")
	}
	if parts := strings.Split(r.header.Get("Authorization"), "."); len(parts) == 3 {
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		text += "\n" + string(claims)
	}
	return text
}

// One is signed for each viewing and partner, however many the requests.
func TestAssertionIsSignedOnceAViewing(t *testing.T) {
	key, rec := newKey(t, p384), newRecorder(t)
	bearer, err := source.ParseSecret("static")
	if err != nil {
		t.Fatal(err)
	}
	from := openWith(t, source.Config{Base: rec.URL, Bearer: bearer, Assertion: &source.Assertion{Key: key.read(t, "", ""), Issuer: "i", Audience: "a"}})
	ids := map[any]bool{}
	for range 3 {
		rec.requests = nil
		q := asking(t)
		q.User.StaffID = ""
		if _, err := from.Fetch(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		sent := map[string]bool{}
		for _, r := range rec.requests {
			sent[r.header.Get("ICR-Assertion")] = true
			if r.header.Get("Authorization") != "Bearer static" {
				t.Error("the token is not the partner's")
			}
		}
		if len(sent) != 1 || len(rec.requests) < 2 {
			t.Errorf("%d assertions in %d requests", len(sent), len(rec.requests))
		}
		for token := range sent {
			claims, _, err := key.verify(token, "ES384")
			if err != nil || claims["sub"] != "subject-1" {
				t.Errorf("subject %v, %v", claims["sub"], err)
			}
			ids[claims["jti"]] = true
		}
	}
	if len(ids) != 3 {
		t.Errorf("%d assertions of 3 viewings", len(ids))
	}
}

// With an access token from a token service, the assertion travels beside it,
// also when that is renewed.
func TestAssertionBesideAccessToken(t *testing.T) {
	service, g := newTokenService(t), newGuarded(t, "t2")
	key := newKey(t, p256)
	from := openWith(t, source.Config{
		Base: g.URL, Tokens: tokensOf(service, key.read(t, "", "")), Assertion: &source.Assertion{Key: key.read(t, "", ""), Issuer: "i", Audience: "a"},
	})
	if _, err := from.Fetch(t.Context(), asking(t)); err != nil {
		t.Fatal(err)
	}
	for _, header := range g.seen {
		if _, _, err := key.verify(header.Get("ICR-Assertion"), "ES256"); err != nil || !strings.HasPrefix(header.Get("Authorization"), "Bearer t") {
			t.Errorf("%v", err)
		}
	}
}

// A token service whose certificate nobody vouches for is not told anything.
func TestTokenServiceIsVerified(t *testing.T) {
	service := listenTLS(t, nil, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	g := newGuarded(t, "")
	tokens := source.NewTokens(source.OAuth{URL: service.URL, ClientID: "icr", Key: newKey(t, p256).read(t, "", ""), HTTP: source.NewHTTPClient()})
	_, err := openWith(t, source.Config{Base: g.URL, Tokens: tokens}).Fetch(t.Context(), query(t))
	if !errors.Is(err, partner.ErrInsecure) || service.hits.Load() > 0 || len(g.seen) > 0 {
		t.Errorf("%d and %d requests, %v", service.hits.Load(), len(g.seen), err)
	}
}
