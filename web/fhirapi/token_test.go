package fhirapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"github.com/go-jose/go-jose/v4"
)

type claims map[string]any

// good are the claims of an assertion as it should be.
func good() claims {
	return claims{"iss": "tie", "sub": "tie", "aud": base + "/token", "jti": rand.Text(), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
}

func signed(t *testing.T, key any, algorithm jose.SignatureAlgorithm, kid string, c claims) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(marshal(t, c))
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func form(assertion string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "scope": {"system/Bundle.c system/Consent.rs"}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
}

type tokenAnswer struct {
	Token string `json:"access_token"`
	Lasts int    `json:"expires_in"`
	Scope string
	Error string
	Words string `json:"error_description"`
}

func (w *world) ask(t *testing.T, form url.Values) (int, tokenAnswer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, text, err := w.do(t, req)
	var a tokenAnswer
	if err != nil || json.Unmarshal([]byte(text), &a) != nil {
		t.Fatal(status, text, err)
	}
	return status, a
}

// token is the token of "tie".
func (w *world) token(t *testing.T) string {
	t.Helper()
	status, a := w.ask(t, form(signed(t, w.key, jose.ES256, "k1", good())))
	if status != http.StatusOK || a.Token == "" || a.Lasts != 300 || a.Scope != "system/Bundle.c system/Consent.rs" {
		t.Fatal(status, a)
	}
	return a.Token
}

// Each assertion has one fault, and gets no token, and stands on the trail with
// what was wrong.
func TestHostileAssertions(t *testing.T) {
	w := newWorld(t)
	if w.token(t); len(w.events(t, audit.TokenGiven)) != 1 {
		t.Fatal("a token given is not on the trail")
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) url.Values {
		c := good()
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return form(signed(t, w.key, jose.ES256, "k1", c))
	}
	unsigned := func(header string) url.Values {
		parts := []string{header, string(marshal(t, good()))}
		for i := range parts {
			parts[i] = base64.RawURLEncoding.EncodeToString([]byte(parts[i]))
		}
		return form(strings.Join(parts, ".") + ".")
	}
	altered := func(name, value string) url.Values {
		f := form(signed(t, w.key, jose.ES256, "k1", good()))
		if f[name] = []string{value}; value == "" {
			delete(f, name)
		}
		return f
	}
	public, err := w.key.PublicKey.Bytes() // what a confused library would take for a secret
	if err != nil {
		t.Fatal(err)
	}
	stranger := good()
	stranger["iss"], stranger["sub"] = "nobody", "nobody"
	used := form(signed(t, w.key, jose.ES256, "k1", good()))
	if status, _ := w.ask(t, used); status != http.StatusOK {
		t.Fatal(status)
	}
	now := time.Now()
	for i, test := range []struct {
		name  string
		form  url.Values
		error string
		why   string
	}{
		{"replayed", used, "invalid_client", "used before"},
		{"another audience", with("aud", "https://other.example/token"), "invalid_client", "aud must be"},
		{"two audiences", with("aud", []string{base + "/token", "https://other.example/token"}), "invalid_client", "cannot be read"},
		{"no audience", with("aud", nil), "invalid_client", "aud must be"},
		{"expired", with("exp", now.Add(-time.Minute).Unix()), "invalid_client", "has passed"},
		{"without an end", with("exp", nil), "invalid_client", "exp is missing"},
		{"of an hour", with("exp", now.Add(time.Hour).Unix()), "invalid_client", "five minutes ahead"},
		{"without end", with("exp", 1e300), "invalid_client", "five minutes ahead"},
		{"issued tomorrow", with("iat", now.Add(24*time.Hour).Unix()), "invalid_client", "not good yet"},
		{"good tomorrow", with("nbf", now.Add(24*time.Hour).Unix()), "invalid_client", "not good yet"},
		{"without jti", with("jti", nil), "invalid_client", "jti is missing"},
		{"endless jti", with("jti", strings.Repeat("x", 301)), "invalid_client", "jti is missing, or too long"},
		{"about somebody else", with("sub", "siem"), "invalid_client", "iss, sub and client_id"},
		{"by nobody", form(signed(t, w.key, jose.ES256, "k1", stranger)), "invalid_client", "nobody who may sign"},
		{"by one who has no keys", with("iss", "siem"), "invalid_client", "nobody who may sign"},
		{"wrong key", form(signed(t, other, jose.ES256, "k1", good())), "invalid_client", "not signed by a key"},
		{"unknown key", form(signed(t, other, jose.ES256, "k2", good())), "invalid_client", "not signed by a key"},
		{"none", unsigned(`{"alg":"none"}`), "invalid_client", "nobody who may sign"},
		{"unsigned", unsigned(`{"alg":"ES256","kid":"k1"}`), "invalid_client", "not signed by a key"},
		{"HS256 with the public key", form(signed(t, public, jose.HS256, "k1", good())), "invalid_client", "nobody who may sign"},
		{"no token at all", form("x.y"), "invalid_client", "nobody who may sign"},
		{"enormous", form(strings.Repeat("x", 17<<10)), "invalid_request", "sent no assertion"},
		{"larger than a form", form(strings.Repeat("x", 70<<10)), "invalid_request", "sent no form"},
		{"no assertion", form(""), "invalid_request", "sent no assertion"},
		{"another kind of assertion", altered("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), "invalid_request", "sent no assertion"},
		{"another grant", altered("grant_type", "password"), "unsupported_grant_type", "another grant"},
		{"another client_id", altered("client_id", "siem"), "invalid_client", "iss, sub and client_id"},
		{"scopes that it has not", altered("scope", "system/AuditEvent.rs system/*.rs"), "invalid_scope", "scopes that it has not"},
	} {
		if i%25 == 24 {
			w.now.Add(int64(time.Minute)) // so that this one address may go on
		}
		before := len(w.events(t, audit.CallerRefused))
		status, a := w.ask(t, test.form)
		if status < 400 || status >= 500 || a.Token != "" || a.Error != test.error {
			t.Errorf("%s: %d %+v", test.name, status, a)
		}
		refused := w.events(t, audit.CallerRefused)
		if len(refused) != before+1 || !strings.Contains(refused[0].Words, test.why) {
			t.Errorf("%s: on the trail stand %d, the last %q", test.name, len(refused)-before, refused[0].Words)
		}
	}
}

// One assertion gives one token, however many ask with it at once; a token
// ends; one scope is for one endpoint.
func TestAssertionsServeOnce(t *testing.T) {
	w := newWorld(t)
	once := form(signed(t, w.key, jose.ES256, "k1", good()))
	var mu sync.Mutex
	var waiting sync.WaitGroup
	given := 0
	for range 8 {
		waiting.Go(func() {
			if status, _ := w.ask(t, once); status == http.StatusOK {
				mu.Lock()
				given++
				mu.Unlock()
			}
		})
	}
	waiting.Wait()
	if given != 1 {
		t.Errorf("%d tokens for one assertion", given)
	}
	status, text, err := w.get(t, w.url+"/.well-known/smart-configuration")
	if err != nil || status != http.StatusOK || !strings.Contains(text, `"token_endpoint":"`+base+`/token"`) || strings.Contains(text, "HS256") {
		t.Error(status, text, err)
	}
}
