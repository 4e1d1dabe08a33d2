package web_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/audit"
)

type object = map[string]any

// changed has the provider say something else at a path than it would.
func (w *world) changed(path string, change func(object)) {
	w.tamper = func(provider http.Handler, rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		provider.ServeHTTP(rec, r)
		var said object
		if r.URL.Path == path && json.Unmarshal(rec.Body.Bytes(), &said) == nil {
			change(said)
			rec.Body.Reset()
			_ = json.NewEncoder(rec.Body).Encode(said)
		}
		for name, values := range rec.Header() {
			rw.Header()[name] = values
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	}
}

// part is one part of a token, unpacked, and packed again after a change.
func part(token string, i int, change func(object)) string {
	parts := strings.Split(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		panic(err)
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		panic(err)
	}
	change(o)
	if raw, err = json.Marshal(o); err != nil {
		panic(err)
	}
	parts[i] = base64.RawURLEncoding.EncodeToString(raw)
	return strings.Join(parts, ".")
}

func idToken(change func(string) string) func(*world) {
	return func(w *world) {
		w.changed("/access_token", func(o object) { o["id_token"] = change(o["id_token"].(string)) })
	}
}

func roles(value any) func(*world) {
	return func(w *world) { w.changed("/userinfo", func(o object) { o["nhsid_nrbac_roles"] = value }) }
}

func job(code, organisation string) object {
	return object{"role_code": "S8000:G8000:" + code, "org_code": organisation, "person_roleid": code + organisation, "role_name": "Nurse"}
}

func jobs(n int) (all []object) {
	for i := range n {
		all = append(all, job("R8001", fmt.Sprintf("Y%05d", i)))
	}
	return all
}

// Whatever a provider says, the answer is a plain page, the attempt is on the
// trail with a reason of ours, and nobody is half signed in.
func TestP10_BadAnswersOfProviders(t *testing.T) {
	for _, test := range []struct {
		name           string
		does           func(*world)
		status         int
		says, recorded string
	}{
		{"unsigned token", idToken(func(s string) string {
			return part(s[:strings.LastIndex(s, ".")+1], 0, func(o object) { o["alg"] = "none" })
		}), 502, "could not be trusted", "algorithm-or-form"},
		{"forged claims", idToken(func(s string) string { return part(s, 1, func(o object) { o["sub"] = "999900000101" }) }), 502, "could not be trusted", "signature"},
		{"token of another audience", idToken(func(s string) string { return part(s, 1, func(o object) { o["aud"] = "other" }) }), 502, "could not be trusted", "signature"},
		{"expired token", idToken(func(s string) string { return part(s, 1, func(o object) { o["exp"] = 1 }) }), 502, "could not be trusted", "signature"},
		{"no token", func(w *world) { w.changed("/access_token", func(o object) { delete(o, "id_token") }) }, 502, "could not be trusted", "algorithm-or-form"},
		{"token that is a number", func(w *world) { w.changed("/access_token", func(o object) { o["id_token"] = 7 }) }, 502, "could not be trusted", "algorithm-or-form"},
		{"userinfo of another", func(w *world) { w.changed("/userinfo", func(o object) { o["sub"] = "999900000101" }) }, 502, "could not be trusted", "userinfo-subject"},
		{"no role: null", roles(nil), 403, "none of your roles may use this service", "no role"},
		{"no role: text", roles("R8001"), 403, "none of your roles may use this service", "no role"},
		{"no role: nested", roles([][]object{{job("R8001", "RKB")}}), 403, "none of your roles may use this service", "no role"},
		{"no role: unknown codes", roles([]object{job("R9999", "RKB"), job("R8001", "no code")}), 403, "none of your roles may use this service", "no role"},
		{"provider that fails", func(w *world) {
			w.tamper = func(_ http.Handler, rw http.ResponseWriter, r *http.Request) {
				rw.WriteHeader(http.StatusInternalServerError)
			}
		}, 502, "did not answer, or refused", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.does(w)
			b := w.arrive()
			p := b.get("/signin?login_hint=ed.nurse")
			if p.status != test.status || p.name() != "problem" || !strings.Contains(p.text(), test.says) || p.Find("h1").Length() != 1 {
				t.Errorf("%d %s: %s", p.status, p.name(), p.text())
			}
			if again := b.get("/"); again.status != http.StatusUnauthorized {
				t.Errorf("signed in all the same: %d", again.status)
			}
			failed := slices.IndexFunc(w.trail(), func(e audit.Event) bool { return e.Kind == audit.SignInFailed && e.Words == test.recorded })
			if (failed >= 0) != (test.recorded != "") || w.kinds()[audit.SignedIn] != 0 {
				t.Errorf("the trail has %v, without %q", w.kinds(), test.recorded)
			}
		})
	}
}

func TestP10_UnusualRolesAreTaken(t *testing.T) {
	for name, test := range map[string]struct {
		roles any
		posts int
	}{
		"one, not in an array": {job("R8001", "RKB"), 1},
		"two organisations":    {[]object{job("R8001", "RKB"), job("R8001", "RLT")}, 2},
		"three hundred":        {jobs(300), 300},
		"nulls around it":      {[]any{nil, 7, job("R8001", "RKB"), "x"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.changed("/userinfo", func(o object) { o["nhsid_nrbac_roles"] = test.roles })
			b := w.arrive()
			p := b.get("/signin?login_hint=no.role") // whose ID token selects none
			if test.posts == 1 {
				if p.name() != "home" {
					t.Fatalf("%d %s", p.status, p.name())
				}
				return
			}
			if got := p.Find("input[name=post]").Length(); p.name() != "role" || got != test.posts {
				t.Fatalf("%d %s with %d roles", p.status, p.name(), got)
			}
			if home := b.post("/signin/role", url.Values{"post": {fmt.Sprint(test.posts - 1)}}); home.name() != "home" {
				t.Errorf("%d %s", home.status, home.name())
			}
		})
	}
}

// What a browser brings back that nobody sent it for.
func TestP10_BadAnswersOfBrowsers(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		query  string
		status int
		says   string
	}{
		"nothing":            {"", 400, "Start again from the sign-in page"},
		"a state of nobody":  {"?state=x&code=y", 400, "Start again from the sign-in page"},
		"two states":         {"?state=x&state=y&code=z", 400, "Start again from the sign-in page"},
		"a long state":       {"?code=y&state=" + strings.Repeat("x", 8000), 400, "Start again from the sign-in page"},
		"an error of nobody": {"?error=access_denied&error_description=%3Cscript%3E", 400, "Start again from the sign-in page"},
	} {
		b := w.arrive()
		began := b.get("/signin?login_hint=nobody-known") // stays at the provider, with a browser cookie of ours
		p := b.get("/signin/callback/cis2" + test.query)
		if p.status != test.status || p.name() != "problem" || !strings.Contains(p.text(), test.says) || strings.Contains(p.body, "<script>alert") {
			t.Errorf("%s: %d %s (from %s)", name, p.status, p.text(), began.url)
		}
	}
	if n := w.kinds()[audit.SignInFailed]; n != 0 {
		t.Errorf("%d failures on the trail, of nobody and of no attempt", n)
	}
	before := len(w.trail())
	if p := w.arrive().get("/signin/callback/cis2?state=x&code=y"); p.status != http.StatusBadRequest || len(w.trail()) != before {
		t.Errorf("a stranger writes on the trail: %d", p.status)
	}
	if p := w.arrive().get("/signin/callback/other?state=x&code=y"); p.status != http.StatusNotFound {
		t.Errorf("a callback of no provider: %d", p.status)
	}
}

// A sign-in is good once.
func TestP10_AReplayedCallbackIsRefused(t *testing.T) {
	w := newWorld(t)
	b := w.arrive()
	var callback string
	follow := b.CheckRedirect
	b.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/signin/callback/") {
			callback = r.URL.RequestURI()
		}
		return follow(r, via)
	}
	if p := b.get("/signin?login_hint=gp"); p.status != http.StatusOK || callback == "" {
		t.Fatalf("%d", p.status)
	}
	for _, who := range []*browser{b, w.arrive()} {
		if p := who.get(callback); p.status != http.StatusBadRequest || p.name() != "problem" {
			t.Errorf("%d %s", p.status, p.name())
		}
	}
	if p := b.get("/"); p.status != http.StatusOK {
		t.Errorf("the session ended with it: %d", p.status)
	}
}

// Cookies that are not as they were sent are none. The log says nothing of what
// they held.
func TestP10_BadCookies(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	var good string
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == "__Host-icr" {
			good = c.Value
		}
	}
	const session = "__Host-icr="
	for name, test := range map[string]struct {
		cookies string
		status  int
	}{
		"as it was sent":            {session + good, http.StatusOK},
		"none":                      {"", http.StatusUnauthorized},
		"empty":                     {session, http.StatusUnauthorized},
		"tampered":                  {session + "A" + good[1:], http.StatusUnauthorized},
		"cut":                       {session + good[:len(good)-5], http.StatusUnauthorized},
		"doubled":                   {session + good + "; " + session + good, http.StatusUnauthorized},
		"the true one second":       {session + "x; " + session + good, http.StatusUnauthorized},
		"long":                      {session + strings.Repeat("A", 6000), http.StatusUnauthorized},
		"the true one among many":   {strings.Repeat("a=b; ", 200) + session + good, http.StatusOK},
		"by another name":           {"icr=" + good, http.StatusUnauthorized},
		"one that chose the issuer": {"__Host-icr-way=../../x; " + session + "x", http.StatusUnauthorized},
	} {
		req, err := http.NewRequest(http.MethodGet, w.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", test.cookies)
		res, err := (&http.Client{}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != test.status || res.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
	if strings.Contains(w.log.String(), good[:20]) || !strings.Contains(w.log.String(), `"status":401`) {
		t.Error("the log holds a cookie, or does not hold the refusals")
	}
}
