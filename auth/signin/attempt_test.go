package signin_test

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

// left is a browser that has left for the provider and been answered.
func left(t *testing.T, w *world) (*browser, url.Values) {
	t.Helper()
	b := newBrowser()
	to, err := w.begin(b, signin.BeginOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b, w.provider.authorize(to)
}

func TestAttempt(t *testing.T) {
	for _, test := range []struct {
		name   string
		does   func(w *world, b *browser, q url.Values) (*browser, url.Values)
		reason string
	}{
		{"as it should be", func(_ *world, b *browser, q url.Values) (*browser, url.Values) { return b, q }, ""},
		{"wrong state", func(_ *world, b *browser, q url.Values) (*browser, url.Values) {
			q.Set("state", "x")
			return b, q
		}, "unknown-state"},
		{"no state", func(_ *world, b *browser, q url.Values) (*browser, url.Values) {
			q.Del("state")
			return b, q
		}, "no-state"},
		{"two states", func(_ *world, b *browser, q url.Values) (*browser, url.Values) {
			q.Add("state", q.Get("state"))
			return b, q
		}, "no-state"},
		{"replayed state", func(w *world, b *browser, q url.Values) (*browser, url.Values) {
			if _, err := w.callback(b, q); err != nil {
				w.t.Fatal(err)
			}
			return b, w.provider.decide(w.provider.asked)
		}, "unknown-state"},
		{"state of an attempt that failed", func(w *world, b *browser, q url.Values) (*browser, url.Values) {
			_, err := w.callback(b, url.Values{"state": q["state"], "error": {"access_denied"}})
			refused(w.t, err, signin.ErrCancelled, "access_denied")
			return b, q
		}, "unknown-state"},
		{"other browser, without cookie", func(_ *world, _ *browser, q url.Values) (*browser, url.Values) {
			return newBrowser(), q
		}, "no-browser-cookie"},
		{"other browser, with an attempt of its own", func(w *world, _ *browser, q url.Values) (*browser, url.Values) {
			other, _ := left(w.t, w)
			return other, q
		}, "unknown-state"},
		{"forged browser cookie", func(_ *world, b *browser, q url.Values) (*browser, url.Values) {
			b.cookies["__Host-icr-signin"] = "x" + b.cookies["__Host-icr-signin"]
			return b, q
		}, "no-browser-cookie"},
		{"just in time", func(w *world, b *browser, q url.Values) (*browser, url.Values) {
			w.clock.pass(10*time.Minute - time.Second)
			return b, q
		}, ""},
		{"too late", func(w *world, b *browser, q url.Values) (*browser, url.Values) {
			w.clock.pass(10 * time.Minute)
			return b, q
		}, "too-late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			b, q := left(t, w)
			b, q = test.does(w, b, q)
			_, err := w.callback(b, q)
			if test.reason != "" {
				refused(t, err, signin.ErrState, test.reason)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTwoTabs(t *testing.T) {
	w := newWorld(t)
	b, first := left(t, w)
	to, err := w.begin(b, signin.BeginOptions{ReturnTo: "/second"})
	if err != nil {
		t.Fatal(err)
	}
	second := w.provider.authorize(to)
	if _, err := w.callback(b, first); err != nil {
		t.Errorf("first tab: %v", err)
	}
	if out, err := w.callback(b, second); err != nil || out.ReturnTo != "/second" {
		t.Errorf("second tab: %v to %q", err, out.ReturnTo)
	}
	if n := len(w.rows.sessions()); n != 1 {
		t.Errorf("one browser has %d sessions", n)
	}
}

func TestStateWorksOnceAtOnce(t *testing.T) {
	w := newWorld(t)
	b, q := left(t, w)
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = w.Callback(httptest.NewRecorder(), b.request("/signin/callback/cis2?"+q.Encode()), "cis2")
		})
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, signin.ErrState) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 were signed in", won)
	}
}

// An answer of one issuer's is no answer at another's callback.
func TestMixUp(t *testing.T) {
	w := newWorld(t)
	other := newProvider(t, w.clock.now)
	c := config(w)
	second := c.Issuers[0]
	second.ID, second.URL = "council", other.URL
	c.Issuers = append(c.Issuers, second)
	w.SignIn = w.open(c)
	b, q := left(t, w)
	_, err := w.Callback(httptest.NewRecorder(), b.request("/signin/callback/council?"+q.Encode()), "council")
	refused(t, err, signin.ErrState, "other-issuer")
	if n := other.asks("/token"); n != 0 {
		t.Error("the code went to the other issuer")
	}
}

func TestReturnTo(t *testing.T) {
	for to, want := range map[string]string{
		"/": "/", "/record/abc": "/record/abc", "/record/abc/": "/record/abc/", "/search?x=1&y=//z": "/search?x=1&y=//z", "/a#b": "/a",
		"/signing-off": "/signing-off",
		"":             "/", "record": "/", "//evil.example": "/", "//evil.example/a": "/", `/a?b=\c`: "/", "/a?b=c d": "/", "///evil.example": "/", `/\evil.example`: "/", `\/evil.example`: "/", `/a\b`: "/",
		"/\tevil.example": "/", "/\t/evil.example": "/", "\t//evil.example": "/", "/\n/evil.example": "/", " /a": "/", "/ /evil": "/", "/a\x00": "/", "/a\x7f": "/",
		"https://evil.example": "/", "https:evil.example": "/", "https:/evil.example": "/", "HTTPS://evil": "/", "javascript:alert(1)": "/", "/javascript:alert(1)": "/javascript:alert(1)",
		"/%2F/evil.example": "/", "/%2Fevil.example": "/", "/%5Cevil.example": "/", "/%5cevil.example": "/", "/%09/evil.example": "/", "/%0d%0aSet-Cookie:x": "/", "/%00": "/",
		"/..//evil.example": "/", "/./evil": "/", "/../evil": "/", "/a/../b": "/", "/a//b": "/", "/%2e%2e/a": "/", "/.//evil.example": "/", "/%zz": "/",
		"/signin": "/", "/signin/callback/cis2?code=1": "/", "/signout": "/", "/%73ignout": "/", "/signed-out": "/", "/backchannel-logout": "/", "/launch?iss=x": "/",
		"/\u2044evil": "/", "/\u200eevil": "/", "/a\xff": "/", "/" + strings.Repeat("a", 600): "/", "@evil.example": "/", "/@evil.example": "/@evil.example",
	} {
		w := newWorld(t)
		out := w.mustSignIn(newBrowser(), signin.BeginOptions{ReturnTo: to})
		if out.ReturnTo != want {
			t.Errorf("%q leads to %q, want %q", to, out.ReturnTo, want)
		}
	}
}

// The server starts while the provider is down, says so, and signs people in
// once it is back.
func TestProviderDown(t *testing.T) {
	w := newWorld(t)
	broken := true
	w.provider.discovery = func(o object) {
		if broken {
			o["issuer"] = 7
		}
	}
	for range 5 {
		_, err := w.begin(newBrowser(), signin.BeginOptions{})
		refused(t, err, signin.ErrProvider, "discovery")
	}
	if n := w.provider.asks("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("a provider that is down was asked %d times at once", n)
	}
	broken = false
	w.clock.pass(5 * time.Second)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.clock.pass(time.Hour)
	broken = true
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	if n := w.provider.asks("/.well-known/openid-configuration"); n != 3 {
		t.Errorf("%d discoveries, want one an hour", n)
	}
	w.provider.Close()
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	if err == nil {
		t.Fatal("signed in at a provider that is down")
	}
	refused(t, err, signin.ErrProvider, "token-endpoint")
}

// What cannot be written down does not begin, and is no missing session.
func TestRowsDown(t *testing.T) {
	w := newWorld(t)
	b, q := left(t, w)
	in := newBrowser()
	w.mustSignIn(in, signin.BeginOptions{})
	w.rows.down = errors.New("no database")
	rec := httptest.NewRecorder()
	if err := w.Begin(rec, b.request("/signin"), "cis2", signin.BeginOptions{}); !errors.Is(err, w.rows.down) || rec.Header().Get("Location") != "" {
		t.Errorf("begin: %v, sent to %q", err, rec.Header().Get("Location"))
	}
	if _, err := w.callback(b, q); !errors.Is(err, w.rows.down) {
		t.Errorf("callback: %v", err)
	}
	if _, err := w.User(in.request("/")); !errors.Is(err, w.rows.down) || errors.Is(err, auth.ErrNoSession) {
		t.Errorf("user: %v", err)
	}
}
