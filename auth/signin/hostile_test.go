package signin_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.org/icr/auth/signin"
)

func claim(name string, value any) func(*hostile) {
	return func(h *hostile) { h.claims = func(o object) { o[name] = value } }
}

func noClaim(name string) func(*hostile) {
	return func(h *hostile) { h.claims = func(o object) { delete(o, name) } }
}

// at sets a time claim relative to now.
func at(name string, d time.Duration) func(*hostile) {
	return func(h *hostile) { h.claims = func(o object) { o[name] = h.now().Add(d).Unix() } }
}

func signed(f func(h *hostile, o object) string) func(*hostile) {
	return func(h *hostile) { h.sign = func(o object) string { return f(h, o) } }
}

func answered(f func(url.Values)) func(*hostile) { return func(h *hostile) { h.answer = f } }

func advertised(f func(h *hostile, q url.Values)) func(*hostile) {
	return func(h *hostile) {
		h.discovery = func(o object) { o["authorization_response_iss_parameter_supported"] = true }
		h.answer = func(q url.Values) { f(h, q) }
	}
}

func all(fs ...func(*hostile)) func(*hostile) {
	return func(h *hostile) {
		for _, f := range fs {
			f(h)
		}
	}
}

func publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(key1.Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// ownKeyAt signs with a key of the attacker's, and says where to fetch it.
func ownKeyAt(header string) func(*hostile, object) string {
	return func(h *hostile, o object) string {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h.t.Errorf("the key that the header %s names was fetched", header)
			_, _ = w.Write(keySet(public(key2, "k1")))
		}))
		h.t.Cleanup(elsewhere.Close)
		return signedByHand(object{"alg": "RS256", "kid": "k1", header: elsewhere.URL + "/keys"}, o)
	}
}

// ownKeyInHeader signs with a key of the attacker's, and sends it along.
func ownKeyInHeader(_ *hostile, o object) string {
	return signedByHand(object{"alg": "RS256", "jwk": public(key2, "k1")}, o)
}

// signedByHand is a token that the attacker signed, under any header.
func signedByHand(header, o object) string {
	signed := unsignedPart(header) + "." + unsignedPart(o)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key2, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return unsigned(header, o, signature)
}

func logoutShaped(o object) {
	delete(o, "nonce")
	o["jti"], o["events"] = "j1", object{"http://schemas.openid.net/event/backchannel-logout": object{}}
}

// Each row is a provider, or somebody between it and us, that does one thing
// wrong. Nobody is signed in by any of them.
var hostiles = []struct {
	name   string
	is     func(*hostile)
	kind   error
	reason string
}{
	{"wrong nonce", claim("nonce", "other"), signin.ErrToken, "nonce"},
	{"no nonce", noClaim("nonce"), signin.ErrToken, "nonce"},
	{"empty nonce", claim("nonce", ""), signin.ErrToken, "nonce"},
	{"nonce not text", claim("nonce", []string{"x"}), signin.ErrToken, "nonce"},

	{"wrong audience", claim("aud", "other"), signin.ErrToken, "audience"},
	{"no audience", noClaim("aud"), signin.ErrToken, "audience"},
	{"several audiences, no azp", claim("aud", []string{"icr", "other"}), signin.ErrToken, "authorised-party"},
	{"several audiences, azp another", func(h *hostile) {
		h.claims = func(o object) { o["aud"], o["azp"] = []string{"icr", "other"}, "other" }
	}, signin.ErrToken, "authorised-party"},
	{"azp another", claim("azp", "other"), signin.ErrToken, "authorised-party"},
	{"azp empty", claim("azp", ""), signin.ErrToken, "authorised-party"},
	{"azp not text", claim("azp", []string{"icr"}), signin.ErrToken, "authorised-party"},

	{"issuer another", claim("iss", "https://other.example"), signin.ErrToken, "issuer"},
	{"issuer with a slash more", func(h *hostile) { claim("iss", h.URL+"/")(h) }, signin.ErrToken, "issuer"},
	{"no issuer", noClaim("iss"), signin.ErrToken, "issuer"},

	{"callback's iss another", answered(func(q url.Values) { q.Set("iss", "https://other.example") }), signin.ErrToken, "callback-issuer"},
	{"callback's iss twice", func(h *hostile) { h.answer = func(q url.Values) { q["iss"] = []string{h.URL, h.URL} } }, signin.ErrToken, "callback-issuer"},
	{"iss advertised, another", advertised(func(_ *hostile, q url.Values) { q.Set("iss", "https://other.example") }), signin.ErrToken, "callback-issuer"},
	{"iss advertised, missing", advertised(func(*hostile, url.Values) {}), signin.ErrToken, "callback-issuer"},
	{"iss advertised, missing on refusal", advertised(func(_ *hostile, q url.Values) { q.Set("error", "access_denied") }), signin.ErrToken, "callback-issuer"},

	{"alg none", signed(func(_ *hostile, o object) string { return unsigned(object{"alg": "none"}, o, nil) }), signin.ErrToken, "algorithm-or-form"},
	{"alg None, in capitals", signed(func(_ *hostile, o object) string { return unsigned(object{"alg": "NONE", "kid": "k1"}, o, nil) }), signin.ErrToken, "algorithm-or-form"},
	{"HS256 with the public key", signed(func(_ *hostile, o object) string { return signWith(jose.HS256, publicPEM(), "JWT", o) }), signin.ErrToken, "algorithm-or-form"},
	{"HS256 with the client's secret", signed(func(_ *hostile, o object) string {
		return signWith(jose.HS256, []byte("s3cret--------------------------"), "JWT", o)
	}), signin.ErrToken, "algorithm-or-form"},
	{"somebody else's key", signed(func(_ *hostile, o object) string { return signRS256(key2, "k1", "JWT", o) }), signin.ErrToken, "signature"},
	{"unknown key", signed(func(_ *hostile, o object) string { return signRS256(key1, "k9", "JWT", o) }), signin.ErrToken, "signature"},
	{"key in the header", signed(ownKeyInHeader), signin.ErrToken, "signature"},
	{"key's address in the header", signed(ownKeyAt("jku")), signin.ErrToken, "signature"},
	{"certificate's address in the header", signed(ownKeyAt("x5u")), signin.ErrToken, "signature"},
	{"weak algorithms alone advertised", all(
		func(h *hostile) {
			h.discovery = func(o object) { o["id_token_signing_alg_values_supported"] = []string{"none", "HS256"} }
		},
		signed(func(_ *hostile, o object) string { return signWith(jose.HS256, publicPEM(), "JWT", o) })), signin.ErrToken, "algorithm-or-form"},
	{"RS512 where the key is for RS256", signed(func(_ *hostile, o object) string {
		return signWith(jose.RS512, jose.JSONWebKey{Key: key1, KeyID: "k1"}, "JWT", o)
	}), signin.ErrToken, "signature"},
	{"key for encryption", func(h *hostile) {
		h.keys = func() []byte { return []byte(strings.Replace(string(keySet(public(key1, "k1"))), `"sig"`, `"enc"`, 1)) }
	}, signin.ErrToken, "signature"},
	{"weak key", all(func(h *hostile) { h.keys = func() []byte { return keySet(public(weakKey, "k1")) } },
		signed(func(_ *hostile, o object) string { return signRS256(weakKey, "k1", "JWT", o) })), signin.ErrToken, "signature"},
	{"claims altered", signed(func(_ *hostile, o object) string {
		parts := strings.Split(signRS256(key1, "k1", "JWT", o), ".")
		o["sub"] = "555002"
		return parts[0] + "." + unsignedPart(o) + "." + parts[2]
	}), signin.ErrToken, "signature"},
	{"JSON instead of compact", signed(func(_ *hostile, o object) string {
		p := strings.Split(signRS256(key1, "k1", "JWT", o), ".")
		return `{"protected":"` + p[0] + `","payload":"` + p[1] + `","signature":"` + p[2] + `"}`
	}), signin.ErrToken, "algorithm-or-form"},
	{"no ID token", func(h *hostile) { h.token = func(o object) { delete(o, "id_token") } }, signin.ErrToken, "algorithm-or-form"},
	{"not claims", signed(func(*hostile, object) string {
		return signWith(jose.RS256, jose.JSONWebKey{Key: key1, KeyID: "k1"}, "", nil)
	}), signin.ErrToken, "not-an-object"},

	{"logout token as ID token, by type", signed(func(_ *hostile, o object) string {
		return signRS256(key1, "k1", "logout+jwt", o)
	}), signin.ErrToken, "type"},
	{"logout token as ID token, by event", func(h *hostile) { h.claims = logoutShaped }, signin.ErrToken, "logout-token"},
	{"logout token with our nonce", func(h *hostile) {
		h.claims = func(o object) { n := o["nonce"]; logoutShaped(o); o["nonce"] = n }
	}, signin.ErrToken, "logout-token"},
	{"access token as ID token", signed(func(_ *hostile, o object) string { return signRS256(key1, "k1", "at+jwt", o) }), signin.ErrToken, "type"},

	{"expired", at("exp", -time.Minute), signin.ErrToken, "expired"},
	{"no expiry", noClaim("exp"), signin.ErrToken, "expired"},
	{"expiry in milliseconds", claim("exp", 1.8e12), signin.ErrToken, "expired"},
	{"clock 90 seconds behind", at("exp", -90*time.Second), signin.ErrToken, "expired"},
	{"clock 90 seconds ahead", at("iat", 90*time.Second), signin.ErrToken, "issued-in-future"},
	{"issued tomorrow", at("iat", 24*time.Hour), signin.ErrToken, "issued-in-future"},
	{"not valid yet", at("nbf", 61*time.Second), signin.ErrToken, "too-early"},
	{"issued in the future", at("iat", 61*time.Second), signin.ErrToken, "issued-in-future"},
	{"issued long ago", at("iat", -601*time.Second), signin.ErrToken, "issued-long-ago"},
	{"issued never", noClaim("iat"), signin.ErrToken, "issued-in-future"},
	{"signed in in the future", at("auth_time", 61*time.Second), signin.ErrToken, "authentication-in-future"},
	{"signed in yesterday", at("auth_time", -10*time.Hour-time.Second), signin.ErrToken, "authentication-too-old"},
	{"no auth_time", noClaim("auth_time"), signin.ErrToken, "authentication-time-missing"},
	{"auth_time as text", claim("auth_time", "now"), signin.ErrToken, "authentication-in-future"},

	{"empty subject", claim("sub", ""), signin.ErrToken, "no-subject"},
	{"no subject", noClaim("sub"), signin.ErrToken, "no-subject"},
	{"subject a number", claim("sub", 555001), signin.ErrToken, "no-subject"},
	{"subject too long", claim("sub", strings.Repeat("5", 256)), signin.ErrToken, "no-subject"},
	{"userinfo of another", func(h *hostile) { h.userinfo = func(o object) { o["sub"] = "555002" } }, signin.ErrToken, "userinfo-subject"},
	{"userinfo of nobody", func(h *hostile) { h.userinfo = func(o object) { delete(o, "sub") } }, signin.ErrToken, "userinfo-subject"},
	{"hash of another access token", claim("at_hash", atHash("other")), signin.ErrToken, "access-token-hash"},
	{"empty at_hash", claim("at_hash", ""), signin.ErrToken, "access-token-hash"},
	{"another access token", func(h *hostile) { h.token = func(o object) { o["access_token"] = "access-other" } }, signin.ErrToken, "access-token-hash"},

	{"discovery of another issuer", func(h *hostile) { h.discovery = func(o object) { o["issuer"] = h.URL + "/" } }, signin.ErrProvider, "discovery-issuer"},
	{"discovery with an open endpoint", func(h *hostile) {
		h.discovery = func(o object) { o["token_endpoint"] = "http://idp.example/token" }
	}, signin.ErrProvider, "discovery-endpoint"},
	{"discovery with a script to sign out", func(h *hostile) {
		h.discovery = func(o object) { o["end_session_endpoint"] = "javascript:alert(1)" }
	}, signin.ErrProvider, "discovery-endpoint"},
	{"discovery too long", func(h *hostile) {
		h.discovery = func(o object) { o["x"] = strings.Repeat("x", 256<<10) }
	}, signin.ErrProvider, "discovery"},
	{"keys too long", func(h *hostile) {
		h.keys = func() []byte { return append(keySet(public(key1, "k1")), strings.Repeat(" ", 256<<10)...) }
	}, signin.ErrProvider, "keys"},
	{"keys are no keys", func(h *hostile) { h.keys = func() []byte { return []byte("<html>") } }, signin.ErrProvider, "keys"},
	{"no key", func(h *hostile) { h.keys = func() []byte { return []byte(`{"keys":[]}`) } }, signin.ErrToken, "signature"},
	{"userinfo with an error", func(h *hostile) { h.status = map[string]int{"/userinfo": 500} }, signin.ErrProvider, "userinfo"},
	{"keys with an error", func(h *hostile) { h.status = map[string]int{"/keys": 500} }, signin.ErrProvider, "keys"},
	{"userinfo not JSON", func(h *hostile) { h.status = map[string]int{"/userinfo": -1} }, signin.ErrProvider, "userinfo"},
	{"userinfo too long", func(h *hostile) { h.userinfo = func(o object) { o["x"] = strings.Repeat("x", 256<<10) } }, signin.ErrProvider, "userinfo"},

	{"user said no", answered(func(q url.Values) { q.Set("error", "access_denied") }), signin.ErrCancelled, "access_denied"},
	{"error with words of its own", answered(func(q url.Values) {
		q.Set("error", "patient 999")
		q.Set("error_description", "x")
	}), signin.ErrProvider, "other"},
	{"no code", answered(func(q url.Values) { q.Del("code") }), signin.ErrState, "no-code"},
	{"two codes", answered(func(q url.Values) { q.Add("code", "x") }), signin.ErrState, "no-code"},
	{"somebody else's code", answered(func(q url.Values) { q.Set("code", "x") }), signin.ErrProvider, "token-endpoint-invalid_grant"},
}

func TestHostileProvider(t *testing.T) {
	for _, test := range hostiles {
		t.Run(test.name, func(t *testing.T) {
			w, b := newWorld(t), newBrowser()
			test.is(w.provider)
			_, err := w.signIn(b, signin.BeginOptions{})
			refused(t, err, test.kind, test.reason)
			if n := len(w.rows.sessions()); n != 0 || b.cookies["__Host-icr"] != "" {
				t.Errorf("%d sessions were made", n)
			}
		})
	}
}

// What the standard allows, and what clocks do, is no offence.
func TestHonestProviders(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, is := range map[string]func(*hostile){
		"iss advertised and there": advertised(func(h *hostile, q url.Values) { q.Set("iss", h.URL) }),
		"azp us, two audiences": func(h *hostile) {
			h.claims = func(o object) { o["aud"], o["azp"] = []string{"icr", "other"}, "icr" }
		},
		"one audience in an array":  claim("aud", []string{"icr"}),
		"no at_hash":                noClaim("at_hash"),
		"no sid":                    noClaim("sid"),
		"expired within the leeway": at("exp", -59*time.Second),
		"clock a minute ahead":      at("iat", 60*time.Second),
		"ten minutes under way":     at("iat", -600*time.Second),
		"signed in ten hours ago":   at("auth_time", -10*time.Hour+time.Second),
		"no type":                   signed(func(_ *hostile, o object) string { return signRS256(key1, "k1", "", o) }),
		"type in full":              signed(func(_ *hostile, o object) string { return signRS256(key1, "k1", "application/jwt", o) }),
		"no key id":                 signed(func(_ *hostile, o object) string { return signWith(jose.RS256, key1, "JWT", o) }),
		"PS256, key for any use": func(h *hostile) {
			h.keys = func() []byte { return keySet(jose.JSONWebKey{Key: key1.Public(), KeyID: "k1"}) }
			h.sign = func(o object) string { return signWith(jose.PS256, jose.JSONWebKey{Key: key1, KeyID: "k1"}, "JWT", o) }
		},
		"ES256 beside keys of unknown kinds": func(h *hostile) {
			h.keys = func() []byte {
				return []byte(`{"keys":[{"kty":"NEW","kid":"n"},7,` + strings.TrimPrefix(string(keySet(jose.JSONWebKey{Key: ec.Public(), KeyID: "e1"})), `{"keys":[`))
			}
			h.sign = func(o object) string { return signWith(jose.ES256, jose.JSONWebKey{Key: ec, KeyID: "e1"}, "JWT", o) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			is(w.provider)
			w.mustSignIn(newBrowser(), signin.BeginOptions{})
		})
	}
}

func TestAssurance(t *testing.T) {
	aal3 := func(c *signin.Config) { c.Issuers[0].ACR = []string{"AAL3_ANY", "AAL3_FIDO2"} }
	for acr, reason := range map[any]string{"AAL3_FIDO2": "", "AAL2": "assurance", "": "assurance", nil: "assurance", 3: "assurance"} {
		w := newWorld(t, aal3)
		claim("acr", acr)(w.provider)
		_, err := w.signIn(newBrowser(), signin.BeginOptions{})
		if reason != "" {
			refused(t, err, signin.ErrTooWeak, reason)
		} else if err != nil {
			t.Errorf("%v: %v", acr, err)
		}
	}
}

func TestLevelsOfAssurance(t *testing.T) {
	demand := func(c *signin.Config) { c.Issuers[0].AAL, c.Issuers[0].IAL = 2, 3 }
	for _, test := range []struct {
		aal, ial any
		reason   string
	}{
		{3, 3, ""},
		{"2", "3", ""}, // some say it in words of digits
		{1, 3, "authentication-level"},
		{nil, 3, "authentication-level"},
		{"high", 3, "authentication-level"},
		{2.5, 3, "authentication-level"},
		{[]int{3}, 3, "authentication-level"},
		{3, 2, "identity-level"},
		{3, nil, "identity-level"},
	} {
		w := newWorld(t, demand)
		w.provider.claims = func(o object) { o["authentication_assurance_level"], o["id_assurance_level"] = test.aal, test.ial }
		_, err := w.signIn(newBrowser(), signin.BeginOptions{})
		if test.reason != "" {
			refused(t, err, signin.ErrTooWeak, test.reason)
		} else if err != nil {
			t.Errorf("%v and %v: %v", test.aal, test.ial, err)
		}
	}
}

func TestStepUpMustBeFresh(t *testing.T) {
	for name, test := range map[string]struct {
		is     func(*hostile)
		reason string
	}{
		"now":                     {func(*hostile) {}, ""},
		"a minute of clock skew":  {at("auth_time", -time.Minute), ""},
		"signed in before asking": {at("auth_time", -61*time.Second), "authentication-not-fresh"},
		"does not say":            {noClaim("auth_time"), "authentication-time-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			test.is(w.provider)
			_, err := w.signIn(newBrowser(), signin.BeginOptions{Fresh: true})
			if test.reason != "" {
				refused(t, err, signin.ErrToken, test.reason)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
