package signin_test

import (
	"testing"
	"time"

	"example.org/icr/auth/signin"
)

func TestSessions(t *testing.T) {
	w, here, there, stranger := newWorld(t), newBrowser(), newBrowser(), newBrowser()
	twoJobs(w)
	there.agent = "Mozilla/5.0 (X11)\x00\u202e " + string(make([]rune, 400))
	w.mustSignIn(there, signin.BeginOptions{})
	if _, _, err := w.choose(there, 1); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	w.mustSignIn(here, signin.BeginOptions{})
	claim("sub", "555002")(w.provider)
	w.provider.userinfo = func(o object) { o["sub"] = "555002" }
	w.mustSignIn(stranger, signin.BeginOptions{})

	all, err := w.Sessions(here.request("/account/sessions"))
	if err != nil || len(all) != 2 {
		t.Fatalf("%d sessions: %v", len(all), err)
	}
	if !all[0].Here || all[0].Post.Role != "" || all[1].Here || all[1].Post.Organisation != "RKB" || all[1].Browser != "Mozilla/5.0 (X11) " {
		t.Errorf("%+v", all)
	}
	for _, want := range []int{1, 0} {
		if n, err := w.End(t.Context(), all[1]); n != want || err != nil {
			t.Errorf("%d ended: %v", n, err)
		}
	}
	w.dead(there, "ended from elsewhere")
	w.alive(stranger, "somebody else's")
	w.clock.pass(15 * time.Minute)
	if _, err := w.Sessions(here.request("/account/sessions")); err == nil {
		t.Error("an idle session lists others")
	}
}

// Signing in again begins a new session in the same role, at the same provider,
// with the same hint.
func TestAgain(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{LoginHint: "gp"})
	old, before := b.session(), w.alive(b, "signed in")
	w.clock.pass(10 * time.Minute)
	to, err := w.again(b, "/account/sessions")
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.callback(b, w.provider.authorize(to))
	if err != nil || out.ReturnTo != "/account/sessions" || w.provider.asked.Get("login_hint") != "gp" || w.provider.asked.Get("prompt") != "login" {
		t.Fatalf("%+v %v %v", out, err, w.provider.asked)
	}
	now := w.alive(b, "signed in again")
	if now.Post.Role != before.Post.Role || !now.AuthTime.After(before.AuthTime) {
		t.Errorf("%+v", now)
	}
	w.dead(old, "the id from before")
	if _, err := w.again(newBrowser(), "/"); err == nil {
		t.Error("nobody signed in again")
	}
}

func TestEnds(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	began := w.clock.now()
	w.mustSignIn(b, signin.BeginOptions{})
	w.clock.pass(time.Minute)
	for range 2 { // asking does not put it off
		unused, anyhow, err := w.Ends(b.request("/still"))
		if err != nil || !unused.Equal(began.Add(15*time.Minute)) || !anyhow.Equal(began.Add(10*time.Hour)) {
			t.Errorf("%v %v %v", unused, anyhow, err)
		}
	}
}
