package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.org/icr/demo/provider"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	issuer   = "http://localhost:8082"
	callback = "http://localhost:8080/signin/callback/cis2"
	goodbye  = "http://localhost:8080/"
	secret   = "a secret / with & marks"
	verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
	scopes   = "openid profile nhsperson nationalrbacaccess associatedorgs"
)

// browser talks to a provider without a network, and stops where the provider
// sends it elsewhere.
type browser struct {
	t      *testing.T
	client http.Client
}

type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

func open(t *testing.T, backChannel string) browser {
	t.Helper()
	p, err := provider.New(provider.Config{Issuer: issuer, Users: provider.Staff, Clients: []provider.Client{
		{ID: "icr", Secret: secret, RedirectURIs: []string{callback}, AfterSignOut: []string{goodbye}, BackChannelSignOut: backChannel},
		{ID: "other", Secret: "other", RedirectURIs: []string{"http://localhost:9/"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{t, http.Client{Transport: direct{p}, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b browser) do(method, path string, form url.Values, header http.Header) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(body)
}

// request is a sound authorize request, changed by pairs of name and value; an
// empty value leaves the name out.
func request(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {"icr"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scopes}, "state": {"st&te"}, "nonce": {"n0nce"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	return change(q, changes)
}

func change(q url.Values, changes []string) url.Values {
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// authorize sends a request and returns what came back to the client.
func (b browser) authorize(changes ...string) url.Values {
	b.t.Helper()
	res, body := b.do("GET", "/authorize?"+request(changes...).Encode(), nil, nil)
	return b.sentBack(res, body)
}

func (b browser) sentBack(res *http.Response, body string) url.Values {
	b.t.Helper()
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), callback+"?") {
		b.t.Fatalf("%d, sent to %v, %v: %s", res.StatusCode, to, err, body)
	}
	return to.Query()
}

// redeem exchanges a code, with changes to the sound form.
func (b browser) redeem(code string, changes ...string) (int, map[string]any) {
	b.t.Helper()
	form := change(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {"icr"}, "client_secret": {secret},
	}, changes)
	res, body := b.do("POST", "/access_token", form, nil)
	return res.StatusCode, b.decode(body)
}

func (b browser) decode(body string) map[string]any {
	b.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		b.t.Fatalf("%v: %s", err, body)
	}
	return v
}

// verified checks a token of the provider against its published keys.
func (b browser) verified(token any) map[string]any {
	b.t.Helper()
	_, body := b.do("GET", "/connect/jwk_uri", nil, nil)
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(body), &keys); err != nil {
		b.t.Fatal(err)
	}
	if !keys.Keys[0].IsPublic() {
		b.t.Fatal("the provider publishes its private key")
	}
	text, _ := token.(string)
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		b.t.Fatal(err)
	}
	var claims map[string]any
	if err := parsed.Claims(keys, &claims); err != nil {
		b.t.Fatal(err)
	}
	return claims
}

// signIn goes the whole way and returns the token answer and the ID token's
// claims.
func (b browser) signIn(changes ...string) (answer, claims map[string]any) {
	b.t.Helper()
	status, answer := b.redeem(b.authorize(changes...).Get("code"))
	if status != http.StatusOK {
		b.t.Fatalf("%d: %v", status, answer)
	}
	return answer, b.verified(answer["id_token"])
}

func (b browser) userinfo(token any) (int, map[string]any) {
	b.t.Helper()
	text, _ := token.(string)
	res, body := b.do("GET", "/userinfo", nil, http.Header{"Authorization": {"Bearer " + text}})
	return res.StatusCode, b.decode(body)
}

func TestWholeFlow(t *testing.T) {
	b := open(t, "")
	res, body := b.do("GET", "/authorize?"+request().Encode(), nil, nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", res.StatusCode, body)
	}
	link := regexp.MustCompile(`href="([^"]+)" data-user="ed.nurse">Mr Tom Whitlock<`).FindStringSubmatch(body)
	if link == nil {
		t.Fatalf("nobody to choose: %s", body)
	}
	back := b.sentBack(b.do("GET", html.UnescapeString(link[1]), nil, nil))
	if back.Get("state") != "st&te" || back.Get("iss") != issuer {
		t.Errorf("sent back with %v", back)
	}
	status, answer := b.redeem(back.Get("code"))
	if status != http.StatusOK || answer["token_type"] != "Bearer" {
		t.Fatalf("%d: %v", status, answer)
	}
	claims := b.verified(answer["id_token"])
	for name, want := range map[string]any{
		"iss": issuer, "aud": "icr", "sub": "999900000102", "nonce": "n0nce", "acr": "AAL3_ANY",
		"id_assurance_level": 3.0, "authentication_assurance_level": 3.0, "selected_roleid": "999900000202",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["sid"] == "" || claims["auth_time"] == nil {
		t.Errorf("sid or auth_time is missing: %v", claims)
	}
	status, info := b.userinfo(answer["access_token"])
	if status != http.StatusOK || info["sub"] != claims["sub"] || info["name"] != "WHITLOCK Tom (Mr)" {
		t.Errorf("%d: %v", status, info)
	}
}

func TestDiscovery(t *testing.T) {
	b := open(t, "")
	_, body := b.do("GET", "/.well-known/openid-configuration", nil, nil)
	found := b.decode(body)
	if found["issuer"] != issuer {
		t.Errorf("issuer %v", found["issuer"])
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"} {
		address, _ := found[name].(string)
		path, ok := strings.CutPrefix(address, issuer)
		if !ok {
			t.Errorf("%s is %q", name, address)
			continue
		}
		res, _ := b.do("GET", path, nil, nil)
		if res.StatusCode == http.StatusNotFound {
			t.Errorf("%s leads nowhere: %s", name, address)
		}
	}
}
