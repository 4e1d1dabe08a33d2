package signin_test

import (
	"crypto/rand"
	"testing"
	"time"

	"example.org/icr/auth/signin"
)

// A key that the provider withdraws dies within the hour.
func TestWithdrawnKey(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.provider.keys = func() []byte { return keySet(public(key2, "k2")) }
	w.clock.pass(time.Hour - time.Second)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.clock.pass(time.Second)
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrToken, "signature")
}

// A new key is found at once, if the last look was not just now.
func TestRotatedKey(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.provider.keys = func() []byte { return keySet(public(key2, "k2")) }
	w.provider.sign = func(o object) string { return signRS256(key2, "k2", "JWT", o) }
	w.clock.pass(29 * time.Second)
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrToken, "signature")
	w.clock.pass(time.Second)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
}

// The limit on fetching outlives the hourly discovery.
func TestKeysOutliveDiscovery(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.provider.sign = func(o object) string { return signRS256(key2, "k2", "JWT", o) }
	for _, d := range []time.Duration{time.Hour - 15*time.Second, 15 * time.Second} {
		w.clock.pass(d)
		_, err := w.signIn(newBrowser(), signin.BeginOptions{})
		refused(t, err, signin.ErrToken, "signature")
	}
	if d, n := w.provider.asks("/.well-known/openid-configuration"), w.provider.asks("/keys"); d != 2 || n != 2 {
		t.Errorf("%d discoveries and %d fetches, want 2 and 2", d, n)
	}
}

// The last keys serve through an outage, up to their age.
func TestKeysThroughOutage(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.provider.keys = func() []byte { return []byte("out of order") }
	w.clock.pass(time.Hour - time.Second)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.clock.pass(time.Second)
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrProvider, "keys")
}

// Whatever arrives, the keys are fetched at most once in 30 seconds: by ID
// tokens, and by logout tokens, which anybody may send.
func TestUnknownKeyFlood(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(newBrowser(), signin.BeginOptions{})
	w.clock.pass(30 * time.Second)
	w.provider.sign = func(o object) string { return signRS256(key2, rand.Text(), "JWT", o) }
	for range 25 {
		_, err := w.signIn(newBrowser(), signin.BeginOptions{})
		refused(t, err, signin.ErrToken, "signature")
		o := object{"iss": w.provider.URL}
		refused(t, w.logOut(logoutRequest(signRS256(key2, rand.Text(), "logout+jwt", o))), signin.ErrToken, "signature")
		refused(t, w.logOut(logoutRequest(signRS256(key2, "k1", "logout+jwt", o))), signin.ErrToken, "signature")
	}
	if n := w.provider.asks("/keys"); n != 2 {
		t.Errorf("75 tokens with unknown keys made %d fetches, want 1", n-1)
	}
	w.clock.pass(30 * time.Second)
	_, err := w.signIn(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrToken, "signature")
	if n := w.provider.asks("/keys"); n != 3 {
		t.Errorf("%d fetches in a minute, want 2", n-1)
	}
}
