package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

type object = map[string]any

var (
	key1, key2 = newKey(), newKey()
	weakKey    = func() *rsa.PrivateKey { k, _ := rsa.GenerateKey(rand.Reader, 1024); return k }()
)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// hostile is a provider that does as the standard says, but for what a test
// changes. Its hooks are nil, or called with what it is about to say.
type hostile struct {
	*httptest.Server
	t   *testing.T
	now func() time.Time

	discovery func(object)
	keys      func() []byte
	claims    func(object)
	sign      func(object) string
	token     func(object)
	userinfo  func(object)
	answer    func(url.Values)
	status    map[string]int // of answers by path; -1 answers in HTML
	redirect  map[string]string
	method    string // of client authentication, if only one will do

	clientKeys string // the client's, where only an assertion will do

	mu      sync.Mutex
	codes   map[string]url.Values
	asked   url.Values // the last authorisation request
	fetches map[string]int
}

func newProvider(t *testing.T, now func() time.Time) *hostile {
	h := &hostile{t: t, now: now, codes: map[string]url.Values{}, fetches: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", h.serveDiscovery)
	mux.HandleFunc("GET /keys", h.serveKeys)
	mux.HandleFunc("POST /token", h.serveToken)
	mux.HandleFunc("GET /userinfo", h.serveUserinfo)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.fetches[r.URL.Path]++
		h.mu.Unlock()
		h.serve(mux, w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hostile) serve(mux http.Handler, w http.ResponseWriter, r *http.Request) {
	if to := h.redirect[r.URL.Path]; to != "" {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		return
	}
	switch h.status[r.URL.Path] {
	case 0:
		mux.ServeHTTP(w, r)
	case -1:
		_, _ = w.Write([]byte("<html>"))
	default:
		mux.ServeHTTP(failing{w, h.status[r.URL.Path]}, r)
	}
}

// failing says what is said, with another status.
type failing struct {
	http.ResponseWriter
	status int
}

func (f failing) WriteHeader(int) { f.ResponseWriter.WriteHeader(f.status) }

func (h *hostile) asks(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fetches[path]
}

func say(w http.ResponseWriter, status int, o object, change func(object)) {
	if change != nil {
		change(o)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(o)
}

func (h *hostile) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, object{
		"issuer": h.URL, "authorization_endpoint": h.URL + "/authorize", "token_endpoint": h.URL + "/token",
		"userinfo_endpoint": h.URL + "/userinfo", "jwks_uri": h.URL + "/keys", "end_session_endpoint": h.URL + "/logout?realm=staff",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	}, h.discovery)
}

func keySet(keys ...jose.JSONWebKey) []byte {
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		panic(err)
	}
	return b
}

func public(k *rsa.PrivateKey, id string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Public(), KeyID: id, Algorithm: "RS256", Use: "sig"}
}

func (h *hostile) serveKeys(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
	if h.keys == nil {
		_, _ = w.Write(keySet(public(key1, "k1")))
		return
	}
	_, _ = w.Write(h.keys())
}

// authorize is what happens in the browser at the provider: it returns the
// query that comes back.
func (h *hostile) authorize(address string) url.Values {
	h.t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, h.URL+"/authorize?") {
		h.t.Fatalf("sent to %q: %v", address, err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("client_id") != "icr" {
		h.t.Fatalf("authorisation request: %v", q)
	}
	h.mu.Lock()
	h.asked = q
	h.mu.Unlock()
	return h.decide(q)
}

func (h *hostile) decide(q url.Values) url.Values {
	code := rand.Text()
	h.mu.Lock()
	h.codes[code] = q
	h.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {q.Get("state")}}
	if h.answer != nil {
		h.answer(answer)
	}
	return answer
}

func (h *hostile) serveToken(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	q, ok := h.codes[r.FormValue("code")]
	delete(h.codes, r.FormValue("code"))
	h.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || r.FormValue("redirect_uri") != q.Get("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		say(w, http.StatusBadRequest, object{"error": "invalid_grant"}, nil)
		return
	}
	if !h.clientKnown(r) {
		say(w, http.StatusUnauthorized, object{"error": "invalid_client"}, nil)
		return
	}
	access := "access-" + rand.Text()
	answer := object{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": h.idToken(q, access)}
	say(w, http.StatusOK, answer, h.token)
}

func (h *hostile) clientKnown(r *http.Request) bool {
	if h.clientKeys != "" {
		return h.clientProves(r)
	}
	id, password, basic := r.BasicAuth()
	if basic {
		return id == "icr" && password == "s3cret" && h.method != "client_secret_post"
	}
	return h.method != "client_secret_basic" && r.PostFormValue("client_id") == "icr" && r.PostFormValue("client_secret") == "s3cret"
}

// clientProves checks an assertion with the keys that the client publishes.
func (h *hostile) clientProves(r *http.Request) bool {
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(h.clientKeys), &keys); err != nil {
		h.t.Errorf("%v: %s", err, h.clientKeys)
	}
	jws, err := jose.ParseSignedCompact(r.PostFormValue("client_assertion"), []jose.SignatureAlgorithm{jose.RS256, jose.RS512, jose.ES256, jose.ES384})
	_, _, basic := r.BasicAuth()
	if err != nil || basic || r.PostForm.Has("client_secret") || r.PostFormValue("client_id") != "icr" ||
		r.PostFormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return false
	}
	found := keys.Key(jws.Signatures[0].Protected.KeyID)
	if len(found) != 1 || !found[0].IsPublic() {
		return false
	}
	payload, err := jws.Verify(found[0].Key)
	var c struct {
		Iss, Sub, Aud, Jti string
		Iat, Exp           int64
	}
	now := h.now().Unix()
	return err == nil && json.Unmarshal(payload, &c) == nil && c.Iss == "icr" && c.Sub == "icr" && c.Aud == h.URL+"/token" &&
		c.Jti != "" && c.Iat == now && c.Exp > now && c.Exp <= now+300
}

func (h *hostile) idToken(q url.Values, access string) string {
	now := h.now().Unix()
	c := object{
		"iss": h.URL, "sub": "555001", "aud": "icr", "iat": now, "exp": now + 300, "auth_time": now,
		"nonce": q.Get("nonce"), "sid": "op-session-1", "acr": "AAL2", "at_hash": atHash(access),
	}
	if h.claims != nil {
		h.claims(c)
	}
	if h.sign != nil {
		return h.sign(c)
	}
	return signRS256(key1, "k1", "JWT", c)
}

func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (h *hostile) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer access-") {
		say(w, http.StatusUnauthorized, object{"error": "invalid_token"}, nil)
		return
	}
	say(w, http.StatusOK, object{
		"sub": "555001", "name": "OKAFOR Ada (Miss)", "nhsid_useruid": "555001",
		"nhsid_nrbac_roles": []object{nurse("RKB")},
	}, h.userinfo)
}

// nurse is a role as CIS2 tells it.
func nurse(organisation string) object {
	return object{
		"person_orgid": "1", "person_roleid": "role-at-" + organisation, "org_code": organisation,
		"role_name": `"Clinical":"Clinical Provision":"Nurse Access Role"`, "role_code": "S8000:G8000:R8001",
		"activity_codes": []string{"B0401"}, "workgroups": []string{"Ward 7"}, "workgroups_codes": []string{"8001"},
	}
}

func signWith(alg jose.SignatureAlgorithm, key any, typ string, claims object) string {
	o := &jose.SignerOptions{}
	if typ != "" {
		o = o.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		panic(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(body)
	if err != nil {
		panic(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

func signRS256(key *rsa.PrivateKey, id, typ string, claims object) string {
	return signWith(jose.RS256, jose.JSONWebKey{Key: key, KeyID: id}, typ, claims)
}

// unsigned writes a token by hand, with any header and signature.
func unsigned(header, claims object, signature []byte) string {
	return unsignedPart(header) + "." + unsignedPart(claims) + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func unsignedPart(o object) string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
