package signin_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
)

const home = "https://icr.example.nhs.uk"

// world is everything that a sign-in needs.
type world struct {
	*signin.SignIn
	t        *testing.T
	clock    *clock
	rows     *memory
	provider *hostile
}

func newWorld(t *testing.T, change ...func(*signin.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: newClock()}
	w.rows = newMemory(w.clock.now)
	w.provider = newProvider(t, w.clock.now)
	c := config(w)
	for _, f := range change {
		f(&c)
	}
	w.SignIn = w.open(c)
	return w
}

func config(w *world) signin.Config {
	return signin.Config{
		PublicURL: home, Rows: w.rows, Secret: bytes.Repeat([]byte{7}, 32), Now: w.clock.now,
		OrganisationName: func(c nhs.ODSCode) string {
			return map[nhs.ODSCode]string{"RKB": "University Hospitals Coventry and Warwickshire"}[c]
		},
		Issuers: []signin.Issuer{{
			ID: "cis2", Name: "NHS staff", URL: w.provider.URL, ClientID: "icr", ClientSecret: "s3cret", Mapping: "cis2",
			Scopes: []string{"openid", "profile", "nationalrbacaccess"},
			Roles:  map[string]auth.Role{"R8000": auth.Clinician, "R8001": auth.Clinician, "R8014": auth.SocialCare},
		}},
	}
}

func (w *world) open(c signin.Config) *signin.SignIn {
	w.t.Helper()
	s, err := signin.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// browser keeps cookies.
type browser struct {
	cookies map[string]string
	agent   string // what it calls itself
}

func newBrowser() *browser { return &browser{cookies: map[string]string{}} }

func (b *browser) request(target string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, home+target, nil)
	r.Header.Set("User-Agent", b.agent)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

func (b *browser) receive(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
}

// session is a browser that holds what b holds now.
func (b *browser) session() *browser {
	return &browser{cookies: map[string]string{"__Host-icr": b.cookies["__Host-icr"]}}
}

func (w *world) begin(b *browser, opt signin.BeginOptions) (string, error) {
	rec := httptest.NewRecorder()
	err := w.Begin(rec, b.request("/signin"), "cis2", opt)
	b.receive(rec)
	return rec.Header().Get("Location"), err
}

func (w *world) callback(b *browser, query url.Values) (signin.Outcome, error) {
	rec := httptest.NewRecorder()
	out, err := w.Callback(rec, b.request("/signin/callback/cis2?"+query.Encode()), "cis2")
	b.receive(rec)
	return out, err
}

func (w *world) again(b *browser, back string) (string, error) {
	rec := httptest.NewRecorder()
	err := w.Again(rec, b.request("/account/again"), back)
	b.receive(rec)
	return rec.Header().Get("Location"), err
}

func (w *world) signIn(b *browser, opt signin.BeginOptions) (signin.Outcome, error) {
	w.t.Helper()
	to, err := w.begin(b, opt)
	if err != nil {
		return signin.Outcome{}, err
	}
	return w.callback(b, w.provider.authorize(to))
}

func (w *world) mustSignIn(b *browser, opt signin.BeginOptions) signin.Outcome {
	w.t.Helper()
	out, err := w.signIn(b, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) choose(b *browser, index int) (auth.User, string, error) {
	rec := httptest.NewRecorder()
	u, back, err := w.Choose(rec, b.request("/signin/role"), index)
	b.receive(rec)
	return u, back, err
}

// refused demands an error of a kind and reason that tells nothing else.
func refused(t *testing.T, err, kind error, reason string) {
	t.Helper()
	var r *signin.Refusal
	if !errors.Is(err, kind) || !errors.As(err, &r) || r.Reason != reason {
		t.Fatalf("got %v, want %v: %s", err, kind, reason)
	}
	if err.Error() != kind.Error()+": "+reason {
		t.Errorf("the error says more than its reason: %v", err)
	}
}

func TestSignIn(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	out := w.mustSignIn(b, signin.BeginOptions{LoginHint: "gp", ReturnTo: "/record/abc?tab=1"})
	if out.Chosen == nil || out.ReturnTo != "/record/abc?tab=1" || out.ProviderSession != "op-session-1" {
		t.Fatalf("%+v", out)
	}
	u, err := w.User(b.request("/"))
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"issuer": {u.Issuer, w.provider.URL}, "subject": {u.Subject, "555001"}, "name": {u.Name, "OKAFOR Ada (Miss)"},
		"role": {string(u.Role), "clinician"}, "role code": {u.RoleCode, "R8001"}, "role name": {u.RoleName, "Nurse Access Role"},
		"role id": {u.RoleID, "role-at-RKB"}, "organisation": {string(u.Organisation), "RKB"}, "staff id": {u.StaffID, "555001"},
		"organisation's name": {u.OrganisationName, "University Hospitals Coventry and Warwickshire"},
		"teams":               {strings.Join(u.Teams, ","), "Ward 7"}, "chosen": {out.Chosen.Session, u.Session},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if _, there := w.rows.sessions()[u.Session]; !there || !u.AuthTime.Equal(w.clock.now()) {
		t.Errorf("user's session %q is not the row's hash, or the time %v is wrong", u.Session, u.AuthTime)
	}
}

func TestBeginAsks(t *testing.T) {
	w := newWorld(t, func(c *signin.Config) { c.Issuers[0].ACR = []string{"AAL2", "AAL3"} })
	ask := func(opt signin.BeginOptions) url.Values {
		w.mustSignIn(newBrowser(), opt)
		return w.provider.asked
	}
	plain := ask(signin.BeginOptions{ReturnTo: "/record/r3fr3fr3f"})
	for name, want := range map[string]string{
		"scope": "openid profile nationalrbacaccess", "redirect_uri": home + "/signin/callback/cis2",
		"acr_values": "AAL2 AAL3", "max_age": "36000", "prompt": "", "login_hint": "",
	} {
		if plain.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, plain.Get(name), want)
		}
	}
	if strings.Contains(plain.Encode(), "r3fr3fr3f") {
		t.Error("the address to return to is in the URL")
	}
	fresh := ask(signin.BeginOptions{Fresh: true, LoginHint: "gp"})
	if fresh.Get("prompt") != "login" || fresh.Get("max_age") != "0" || fresh.Get("login_hint") != "gp" {
		t.Errorf("step-up asked %v", fresh)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(plain.Get(name)) < 43 || plain.Get(name) == fresh.Get(name) {
			t.Errorf("%s is short or was used again", name)
		}
	}
}

func TestClientAuthentication(t *testing.T) {
	for _, test := range []struct {
		advertised any
		wanted     string
	}{
		{[]string{"client_secret_basic"}, "client_secret_basic"},
		{[]string{"client_secret_post"}, "client_secret_post"},
		{nil, "client_secret_basic"}, // the standard's default
	} {
		t.Run(test.wanted, func(t *testing.T) {
			w := newWorld(t)
			w.provider.method = test.wanted
			w.provider.discovery = func(o object) { o["token_endpoint_auth_methods_supported"] = test.advertised }
			w.mustSignIn(newBrowser(), signin.BeginOptions{})
		})
	}
	w := newWorld(t, func(c *signin.Config) { c.Issuers[0].ClientSecret = "wrong" })
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrProvider, "token-endpoint-invalid_client")
	if n := w.provider.asks("/token"); n != 1 {
		t.Errorf("the code was tried %d times", n)
	}
}

func TestCookies(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	rec := httptest.NewRecorder()
	if err := w.Begin(rec, b.request("/signin"), "cis2", signin.BeginOptions{}); err != nil {
		t.Fatal(err)
	}
	b.receive(rec)
	answer := httptest.NewRecorder()
	query := w.provider.authorize(rec.Header().Get("Location"))
	if _, err := w.Callback(answer, b.request("/signin/callback/cis2?"+query.Encode()), "cis2"); err != nil {
		t.Fatal(err)
	}
	for names, rec := range map[string]*httptest.ResponseRecorder{"__Host-icr-signin": rec, "__Host-icr __Host-icr-former": answer} {
		var got []string
		for _, c := range rec.Result().Cookies() {
			got = append(got, c.Name)
			if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %v", c)
			}
		}
		if strings.Join(got, " ") != names {
			t.Errorf("cookies %v, want %s", got, names)
		}
		if rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be stored", names)
		}
	}
}

func TestUnknownIssuer(t *testing.T) {
	w := newWorld(t)
	if err := w.Begin(httptest.NewRecorder(), newBrowser().request("/"), "other", signin.BeginOptions{}); !errors.Is(err, signin.ErrIssuer) {
		t.Error(err)
	}
	if _, err := w.Callback(httptest.NewRecorder(), newBrowser().request("/"), "other"); !errors.Is(err, signin.ErrIssuer) {
		t.Error(err)
	}
	if got := w.Issuers(); len(got) != 1 || got[0] != (signin.Choice{ID: "cis2", Name: "NHS staff"}) {
		t.Errorf("%v", got)
	}
}

func TestConfigFaultsAllAtOnce(t *testing.T) {
	_, err := signin.New(signin.Config{
		PublicURL: "http://icr.example.nhs.uk", Idle: 16 * time.Minute, Absolute: 11 * time.Hour, Secret: []byte("short"),
		Issuers: []signin.Issuer{
			{ID: "cis2", URL: "http://idp.example", Mapping: "x", Roles: map[string]auth.Role{"R1": "king"}},
			{ID: "cis2", URL: "https://other.example"},
			{ID: "../x", URL: "https://other.example", Scopes: []string{"openid"}},
		},
	})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"public URL", "secret must be", "idle limit", "limit of a session", "no place", `"cis2": the address`, `mapping "x"`, `role "king"`,
		"no client id", "either a secret or a key", "openid", "no name", `two issuers have the id "cis2"`, `two issuers have the id "../x"`, `"../x": the id`, "no roles",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in:\n%v", want, err)
		}
	}
	for _, url := range []string{"http://localhost:8082", "http://127.0.0.1:1", "http://[::1]:1", "https://idp.example:443/x"} {
		w := newWorld(t, func(c *signin.Config) { c.Issuers[0].URL, c.PublicURL = url, url })
		if w.SignIn == nil {
			t.Errorf("%s refused", url)
		}
	}
}
