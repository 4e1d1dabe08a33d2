package signin_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

// hooked runs something just before a person's session is kept.
type hooked struct {
	*memory
	before func()
}

func (h *hooked) SaveSession(ctx context.Context, r signin.Row) error {
	h.run(r)
	return h.memory.SaveSession(ctx, r)
}

func (h *hooked) ReplaceSession(ctx context.Context, old []byte, r signin.Row) error {
	h.run(r)
	return h.memory.ReplaceSession(ctx, old, r)
}

func (h *hooked) run(r signin.Row) {
	if f := h.before; f != nil && r.Subject != "" {
		h.before = nil
		f()
	}
}

func newHooked(t *testing.T) (*world, *hooked) {
	h := &hooked{}
	return newWorld(t, func(c *signin.Config) { h.memory = c.Rows.(*memory); c.Rows = h }), h
}

// A provider's logout ends a session that changes its id at that moment, and one
// that the browser is about to get.
func TestLogoutReachesASessionThatIsChanging(t *testing.T) {
	w, h := newHooked(t)
	logOut := func() {
		if _, err := w.BackchannelLogout(logoutRequest(signRS256(key1, "k1", "logout+jwt", logoutClaims(w)))); err != nil {
			t.Error(err)
		}
	}
	twoJobs(w)
	changing, coming := newBrowser(), newBrowser()
	w.mustSignIn(changing, signin.BeginOptions{})
	h.before = logOut
	_, _, _ = w.choose(changing, 1) // whether it may be said that this worked is all the same
	w.dead(changing, "logged out while the role was switched")

	w, h = newHooked(t)
	h.before = logOut
	_, err := w.signIn(coming, signin.BeginOptions{})
	refused(t, err, signin.ErrState, "signed-out-meanwhile")
	w.dead(coming, "logged out on the way back")
}

// Whoever ends what is signed in elsewhere ends it, however often it changes its
// id meanwhile; and so does who signs out.
func TestASessionThatKeepsChangingIsEnded(t *testing.T) {
	w, here, thief := newWorld(t), newBrowser(), newBrowser()
	twoJobs(w)
	w.mustSignIn(here, signin.BeginOptions{})
	w.clock.pass(time.Second)
	w.mustSignIn(thief, signin.BeginOptions{})
	all, err := w.Sessions(here.request("/account/sessions"))
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	change := func() {
		if _, _, err := w.choose(thief, 0); err != nil {
			t.Fatal(err)
		}
	}
	change()
	for _, one := range all {
		if !one.Here {
			if n, err := w.End(t.Context(), one); n != 1 || err != nil {
				t.Errorf("%d ended: %v", n, err)
			}
		}
	}
	w.dead(thief, "ended from elsewhere")

	w.mustSignIn(thief, signin.BeginOptions{})
	change()
	if n, err := w.EndOthers(here.request("/account/sessions")); n != 1 || err != nil {
		t.Errorf("%d ended: %v", n, err)
	}
	w.dead(thief, "ended with all others")
	if _, err := w.User(here.request("/")); err != nil && !strings.Contains(err.Error(), auth.ErrNoSession.Error()) {
		t.Error(err)
	}
}

// A token that names a sign-in and its person ends also what does not know of
// which sign-in it is.
func TestLogoutOfWhoseSignInIsNotKnown(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	noClaim("sid")(w.provider)
	w.mustSignIn(b, signin.BeginOptions{})
	o := logoutClaims(w)
	o["sub"] = "555001"
	done, err := w.BackchannelLogout(logoutRequest(signRS256(key1, "k1", "logout+jwt", o)))
	if err != nil || done.Ended != 1 {
		t.Errorf("%d ended: %v", done.Ended, err)
	}
	w.dead(b, "logged out by the provider")
}

// The person's own NHS number stands in no address (P9), though the ID token
// that a provider is reminded by when signing out may hold it.
func TestP9_OwnNumberInNoAddress(t *testing.T) {
	w, b := newWorld(t, func(c *signin.Config) { c.Issuers[0].NHSNumberClaim = "nhs_number" }), newBrowser()
	claim("nhs_number", "9990000018")(w.provider)
	w.mustSignIn(b, signin.BeginOptions{})
	to, _, err := w.signOut(b)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("client_id") == "" {
		t.Fatal(to, err)
	}
	for _, part := range strings.Split(u.Query().Get("id_token_hint"), ".") {
		if text, _ := base64.RawURLEncoding.DecodeString(part); strings.Contains(string(text), "9990000018") {
			t.Errorf("the number is in the address: %s", text)
		}
	}
}

// While a provider's discovery hangs, an hour after it was last read, one waits
// for it, and nobody else.
func TestHangingDiscoveryHoldsUpOne(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w := newWorld(t, func(c *signin.Config) { c.Now = now })
	w.provider.now, w.rows.now = now, now
	const people = 4
	var all [people]*browser
	for i := range all {
		all[i] = newBrowser()
		w.mustSignIn(all[i], signin.BeginOptions{})
	}
	for range 5 { // more than an hour, never idle
		ahead.Add(int64(13 * time.Minute))
		for _, b := range all {
			w.alive(b, "in use")
		}
	}
	hang, inner := make(chan bool), w.provider.Config.Handler
	w.provider.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			inner.ServeHTTP(rw, r)
			return
		}
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	began := time.Now()
	var group sync.WaitGroup
	for _, b := range all {
		group.Go(func() {
			if _, _, err := w.signOut(b); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(hang)
	if took := time.Since(began); took > 12*time.Second { // one discovery and one look whether it is there, on a busy machine
		t.Errorf("the last of %d waited %v", people, took)
	}
}
