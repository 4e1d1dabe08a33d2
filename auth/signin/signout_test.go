package signin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

func (w *world) signOut(b *browser) (string, auth.User, error) {
	rec := httptest.NewRecorder()
	to, u, err := w.SignOut(rec, b.request("/signout"))
	c := rec.Result().Cookies()
	if len(c) != 2 || c[0].Name != "__Host-icr" || c[0].MaxAge >= 0 || c[1].Name != "__Host-icr-former" || c[1].MaxAge >= 0 {
		w.t.Errorf("a cookie stays: %v", c)
	}
	return to, u, err
}

func TestSignOut(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	var token string
	w.provider.sign = func(o object) string {
		token = signRS256(key1, "k1", "JWT", o)
		return token
	}
	w.mustSignIn(b, signin.BeginOptions{})
	to, u, err := w.signOut(b)
	if err != nil || u.Subject != "555001" || u.Role != auth.Clinician {
		t.Fatalf("%+v %v", u, err)
	}
	w.dead(b, "signed out")
	at, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, w.provider.URL+"/logout?") {
		t.Fatalf("sent to %q: %v", to, err)
	}
	for name, want := range map[string]string{"realm": "staff", "client_id": "icr", "post_logout_redirect_uri": home + "/signed-out", "id_token_hint": token} {
		if got := at.Query().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, _, err := w.signOut(b); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("signed out twice: %v", err)
	}
}

func TestSignOutBeforeChoosing(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	w.mustSignIn(b, signin.BeginOptions{})
	if _, u, err := w.signOut(b); err != nil || u.Subject != "555001" || u.Role != "" {
		t.Errorf("%+v %v", u, err)
	}
	w.dead(b, "signed out")
}

// Our own session ends first, whatever the provider does, and the browser is not
// sent to one that is not there.
func TestSignOutProviderDown(t *testing.T) {
	for name, down := range map[string]func(w *world){
		"known before":   func(w *world) { w.provider.Close() },
		"never asked":    func(w *world) { w.provider.Close(); w.SignIn = w.open(config(w)) },
		"out of order":   func(w *world) { w.provider.status = map[string]int{"/.well-known/openid-configuration": 503} },
		"closed for now": func(w *world) { w.provider.CloseClientConnections(); w.provider.Listener.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			w, b := newWorld(t), newBrowser()
			w.mustSignIn(b, signin.BeginOptions{})
			down(w)
			to, u, err := w.signOut(b)
			if err != nil || to != "/signed-out?only=here" || u.Subject != "555001" {
				t.Errorf("%q %+v %v", to, u, err)
			}
			w.dead(b, "signed out")
			if n := len(w.rows.sessions()); n != 0 {
				t.Errorf("%d sessions are left", n)
			}
		})
	}
}

func TestSignOutWithoutEndpoint(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.provider.discovery = func(o object) { delete(o, "end_session_endpoint") }
	w.mustSignIn(b, signin.BeginOptions{})
	if to, _, err := w.signOut(b); err != nil || to != "/signed-out" {
		t.Errorf("%q %v", to, err)
	}
}

func TestSignOutRowsDown(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	w.rows.down = errors.New("no database")
	if _, _, err := w.signOut(b); !errors.Is(err, w.rows.down) {
		t.Errorf("said to be signed out: %v", err)
	}
}

func TestSignOutHereAlone(t *testing.T) {
	w, b := newWorld(t, func(c *signin.Config) { c.Issuers[0].LocalLogout = true }), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	if to, _, err := w.signOut(b); err != nil || to != "/signed-out" {
		t.Errorf("%q %v", to, err)
	}
	w.dead(b, "signed out")
}

// The request that signs out has no user afterwards.
func TestSignedOutWithinRequest(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	r := b.request("/signout")
	if _, err := w.User(r); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.SignOut(httptest.NewRecorder(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := w.User(r); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("still there: %v", err)
	}
}

func (w *world) logOut(r *http.Request) error {
	_, err := w.BackchannelLogout(r)
	return err
}

func logoutRequest(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, home+"/backchannel-logout", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func logoutClaims(w *world) object {
	now := w.clock.now().Unix()
	return object{
		"iss": w.provider.URL, "aud": "icr", "iat": now, "exp": now + 120, "jti": "j1", "sid": "op-session-1",
		"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}},
	}
}

func TestBackchannelLogout(t *testing.T) {
	w, here, there := newWorld(t), newBrowser(), newBrowser()
	w.mustSignIn(here, signin.BeginOptions{})
	claim("sid", "op-session-2")(w.provider)
	w.mustSignIn(there, signin.BeginOptions{})
	request := func() *http.Request { return logoutRequest(signRS256(key1, "k1", "logout+jwt", logoutClaims(w))) }
	if err := w.logOut(request()); err != nil {
		t.Fatal(err)
	}
	w.dead(here, "logged out by the provider")
	w.alive(there, "in another session at the provider")
	refused(t, w.logOut(request()), signin.ErrToken, "used-before")
	other := w.open(config(w)) // another replica
	_, err := other.BackchannelLogout(request())
	refused(t, err, signin.ErrToken, "used-before")
}

// Where the provider's tokens have no type of their own, everything else about
// them is still demanded.
func TestPlainLogoutTokens(t *testing.T) {
	for typ, ok := range map[string]bool{"": true, "JWT": true, "logout+jwt": true, "at+jwt": false} {
		w, b := newWorld(t, func(c *signin.Config) { c.Issuers[0].PlainLogout = true }), newBrowser()
		w.mustSignIn(b, signin.BeginOptions{})
		var id string
		w.provider.sign = func(o object) string { id = signRS256(key1, "k1", "JWT", o); return id }
		w.mustSignIn(b, signin.BeginOptions{})
		refused(t, w.logOut(logoutRequest(id)), signin.ErrToken, "no-logout-event") // an ID token is none
		err := w.logOut(logoutRequest(signRS256(key1, "k1", typ, logoutClaims(w))))
		if (err == nil) != ok {
			t.Errorf("%q: %v", typ, err)
		}
	}
}

// A token that names a person and no session ends all of the person's.
func TestBackchannelLogoutOfAPerson(t *testing.T) {
	w, here, there, other := newWorld(t), newBrowser(), newBrowser(), newBrowser()
	w.mustSignIn(here, signin.BeginOptions{})
	claim("sid", "op-session-2")(w.provider)
	w.mustSignIn(there, signin.BeginOptions{})
	claim("sub", "555002")(w.provider)
	w.provider.userinfo = func(o object) { o["sub"] = "555002" }
	w.mustSignIn(other, signin.BeginOptions{})
	o := logoutClaims(w)
	delete(o, "sid")
	o["sub"] = "555001"
	done, err := w.BackchannelLogout(logoutRequest(signRS256(key1, "k1", "logout+jwt", o)))
	if err != nil || done.Ended != 2 || done.Identity.Subject != "555001" {
		t.Fatalf("%+v %v", done, err)
	}
	w.dead(here, "logged out by the provider")
	w.dead(there, "logged out by the provider")
	w.alive(other, "somebody else")
}

func TestBackchannelLogoutRefuses(t *testing.T) {
	set := func(name string, value any) func(object) { return func(o object) { o[name] = value } }
	drop := func(name string) func(object) { return func(o object) { delete(o, name) } }
	sign := func(typ string) func(object) string {
		return func(o object) string { return signRS256(key1, "k1", typ, o) }
	}
	good := sign("logout+jwt")
	now := newClock().now().Unix()
	for _, test := range []struct {
		name   string
		change func(object)
		sign   func(object) string
		reason string
	}{
		{"no type", func(object) {}, sign(""), "type"},
		{"type JWT", func(object) {}, sign("JWT"), "type"},
		{"somebody else's key", func(object) {}, func(o object) string { return signRS256(key2, "k1", "logout+jwt", o) }, "signature"},
		{"alg none", func(object) {}, func(o object) string { return unsigned(object{"alg": "none", "typ": "logout+jwt"}, o, nil) }, "issuer"},
		{"issuer another", set("iss", "https://other.example"), good, "issuer"},
		{"no issuer", drop("iss"), good, "issuer"},
		{"audience another", set("aud", "other"), good, "audience"},
		{"no event", drop("events"), good, "no-logout-event"},
		{"another event", set("events", object{"x": object{}}), good, "no-logout-event"},
		{"event not an object", set("events", object{"http://schemas.openid.net/event/backchannel-logout": true}), good, "no-logout-event"},
		{"nonce", set("nonce", "x"), good, "nonce-in-logout"},
		{"nonce null", set("nonce", nil), good, "nonce-in-logout"},
		{"old", set("iat", now-181), good, "issued-long-ago"},
		{"in the future", set("iat", now+61), good, "issued-in-future"},
		{"no issue time", drop("iat"), good, "issued-in-future"},
		{"expired", set("exp", now-60), good, "expired"},
		{"no expiry", drop("exp"), good, "expired"},
		{"no id", drop("jti"), good, "no-token-id"},
		{"nobody named", drop("sid"), good, "nobody-named"},
		{"empty session", func(o object) { o["sid"], o["sub"] = "", "555001" }, good, "nobody-named"},
		{"session a number", func(o object) { o["sid"], o["sub"] = 1, "555001" }, good, "nobody-named"},
		{"empty subject", func(o object) { delete(o, "sid"); o["sub"] = "" }, good, "nobody-named"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, b := newWorld(t), newBrowser()
			w.mustSignIn(b, signin.BeginOptions{})
			o := logoutClaims(w)
			test.change(o)
			refused(t, w.logOut(logoutRequest(test.sign(o))), signin.ErrToken, test.reason)
			w.alive(b, "after a refused logout")
		})
	}
}

func TestBackchannelLogoutBody(t *testing.T) {
	w := newWorld(t)
	token := signRS256(key1, "k1", "logout+jwt", logoutClaims(w))
	for name, body := range map[string]string{
		"none": "", "other field": "token=" + token, "twice": "logout_token=" + token + "&logout_token=" + token,
		"too long": "logout_token=" + token + "&x=" + strings.Repeat("x", 16<<10),
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, home+"/backchannel-logout", strings.NewReader(body))
			refused(t, w.logOut(r), signin.ErrToken, "logout-body")
		})
	}
	r := logoutRequest(token)
	r.Method = http.MethodPut
	refused(t, w.logOut(r), signin.ErrToken, "logout-body")
}

// A logout that could not be carried out may be asked for again.
func TestBackchannelLogoutAgain(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	request := func() *http.Request { return logoutRequest(signRS256(key1, "k1", "logout+jwt", logoutClaims(w))) }
	w.rows.endDown = errors.New("no database")
	if err := w.logOut(request()); !errors.Is(err, w.rows.endDown) {
		t.Fatal(err)
	}
	w.rows.endDown = nil
	w.clock.pass(time.Second)
	if err := w.logOut(request()); err != nil {
		t.Fatal(err)
	}
	w.dead(b, "logged out by the provider")
}
