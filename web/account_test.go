package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// stale makes every sign-in an hour old.
func (w *world) stale() {
	w.super(`UPDATE sessions SET data = convert_to(jsonb_set(convert_from(data, 'UTF8')::jsonb, '{auth_time}',
		to_jsonb(to_char(now() - interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::text, 'UTF8') WHERE subject <> ''`)
}

// replica is another server of the same service, at an address of its own.
func (w *world) replica() string {
	w.t.Helper()
	server := httptest.NewUnstartedServer(w.handler(nil))
	server.Start()
	w.t.Cleanup(server.Close)
	return "http://localhost:" + strings.Split(server.Listener.Addr().String(), ":")[1]
}

// at is what a server answers the browser.
func (b *browser) at(address string) int {
	b.w.t.Helper()
	res, err := b.Get(address)
	if err != nil {
		b.w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// The provider ends what began in one sign-in there, at every browser and on
// every replica.
func TestBackChannelLogoutReachesEveryReplica(t *testing.T) {
	w := newWorld(t)
	other := w.replica()
	b, elsewhere := w.as("ed.nurse"), w.as("ed.nurse")
	if b.at(other+"/") != http.StatusOK {
		t.Fatal("the other replica does not know the session")
	}
	res, err := b.Get(w.staff.URL + "/connect/endSession") // at the provider itself
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	began := time.Now()
	for b.at(other+"/") != http.StatusUnauthorized || b.at(w.url+"/") != http.StatusUnauthorized {
		if time.Since(began) > 30*time.Second { // of a busy machine
			t.Fatal("still signed in")
		}
	}
	if got := elsewhere.at(other + "/"); got != http.StatusOK {
		t.Errorf("another sign-in of the same person ended too: %d", got)
	}
	for _, e := range w.trail() {
		if e.Kind == audit.SignedOut && e.Words == "by the identity provider" && e.Actor.Subject == "999900000102" {
			return
		}
	}
	t.Error("it is not on the trail")
}

func TestSignOutEverywhere(t *testing.T) {
	w := newWorld(t)
	here, there, stranger := w.as("ed.nurse"), w.as("ed.nurse"), w.as("gp")
	p := here.get("/account/sessions")
	if p.status != http.StatusOK || p.Find("[data-session]").Length() != 2 || p.Find("[data-session][data-here]").Length() != 1 {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if nothing := here.post("/account/sessions", url.Values{"end": {"somebody else's"}}); nothing.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", nothing.status)
	}
	w.stale()
	back := here.post("/account/sessions", url.Values{"end": {"all"}})
	if back.name() != "sessions" || back.Find("[data-kept]").Length() != 1 || back.Find("input[value=all]:checked").Length() != 1 {
		t.Fatalf("after signing in again: %s %s", back.name(), back.text())
	}
	if got := there.at(w.url + "/"); got != http.StatusOK {
		t.Fatalf("something ended before it was sent again: %d", got)
	}
	if out := here.post("/account/sessions", url.Values{"end": {"all"}}); out.name() != "signed-out" {
		t.Errorf("%d %s", out.status, out.name())
	}
	for name, b := range map[string]*browser{"here": here, "there": there} {
		if got := b.at(w.url + "/"); got != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := stranger.at(w.url + "/"); got != http.StatusOK {
		t.Errorf("somebody else's: %d", got)
	}
	if n := w.kinds()[audit.SignedOut]; n != 2 {
		t.Errorf("%d on the trail", n)
	}
}

func TestEndOneSession(t *testing.T) {
	w := newWorld(t)
	here, there := w.as("ed.nurse"), w.as("ed.nurse")
	handle := here.get("/account/sessions").Find("input[name=end]").First().AttrOr("value", "")
	if p := here.post("/account/sessions", url.Values{"end": {handle}}); p.name() != "sessions" || p.Find("[data-session]").Length() != 1 {
		t.Errorf("%d %s", p.status, p.text())
	}
	if got := there.at(w.url + "/"); got != http.StatusUnauthorized {
		t.Errorf("there: %d", got)
	}
	// A handle is of no use to anybody else.
	gp := w.as("gp")
	handle = here.get("/account/sessions").Find("[data-here]").AttrOr("data-handle", handle)
	if p := gp.post("/account/sessions", url.Values{"end": {handle}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", p.status)
	}
}

// A form whose sender's session has ended is there again once they have signed
// in, at the same browser only; nothing is done with it before it is sent again.
func TestP10_NothingTypedIsLostWhenASessionEnds(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	for _, test := range []struct {
		form url.Values
		path string
		has  string
	}{
		{url.Values{"family_name": {"O'Neil <b>"}, "birth_date-day": {"3"}}, "/search", `input[name=family_name][value="O'Neil <b>"]`},
		{url.Values{"why": {"consent"}, "words": {"Asked at the desk"}}, ref + "/reason", `input[value=consent]:checked`},
	} {
		w.super(`UPDATE sessions SET seen = now() - interval '15 minutes' WHERE subject <> ''`)
		p := b.post(test.path, test.form)
		if p.status != http.StatusUnauthorized || p.name() != "signin" || p.Find("[data-kept]").Length() != 1 {
			t.Fatalf("%s: %d %s", test.path, p.status, p.text())
		}
		href := p.Find("[data-issuer] a").AttrOr("href", "")
		if strings.Contains(href, "Neil") {
			t.Errorf("P9: what was typed is in a URL: %s", href)
		}
		again := b.get(href + "&login_hint=ed.nurse")
		if again.status != http.StatusOK || again.Find(test.has).Length() != 1 || again.Find("main [data-kept]").Length() != 1 {
			t.Errorf("%s: %d %s", test.path, again.status, again.text())
		}
		if k := w.kinds(); k[audit.Searched] != 0 || k[audit.Claimed] != 0 {
			t.Errorf("%s: something was done with it: %v", test.path, k)
		}
		other := w.as("gp").get(again.url.RequestURI())
		if other.Find(test.has).Length() != 0 {
			t.Errorf("%s: another browser gets what was typed", test.path)
		}
	}
	stranger := w.arrive()
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"", "x"} {
		stranger.Jar.SetCookies(at, []*http.Cookie{
			{Name: "__Host-icr", Value: value, Path: "/", Secure: true}, {Name: "__Host-icr-former", Value: value, Path: "/", Secure: true},
		})
		if p := stranger.post("/search", url.Values{"family_name": {"x"}}); p.status != http.StatusUnauthorized || p.Find("[data-kept]").Length() != 0 {
			t.Errorf("a stranger's form is kept: %d", p.status)
		}
	}
	w.super(`UPDATE sessions SET seen = now() - interval '15 minutes' WHERE subject <> ''`)
	if p := b.post("/search", url.Values{"family_name": {strings.Repeat("x", 20<<10)}}); p.status != http.StatusUnauthorized || p.Find("[data-kept]").Length() != 0 {
		t.Errorf("a form without end is kept: %d", p.status)
	}
}

// What one person typed is not given to the next who signs in at the same
// browser, nor the page on which they typed it.
func TestP9_WhatWasTypedIsNotGivenToAColleague(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("ed.nurse")
	w.super(`UPDATE sessions SET seen = now() - interval '15 minutes' WHERE subject <> ''`)
	p := b.post("/search", url.Values{"family_name": {"O'Neil"}})
	href := p.Find("[data-issuer] a").AttrOr("href", "")
	if p.Find("[data-kept]").Length() != 1 || !strings.Contains(href, "kept") {
		t.Fatalf("it is not kept: %d %s", p.status, href)
	}
	if again := b.get(href + "&login_hint=gp"); again.status != http.StatusOK || strings.Contains(again.body, "Neil") || strings.Contains(again.url.String(), "kept") {
		t.Errorf("%d %s %s", again.status, again.url, again.text())
	}
	way, err := url.ParseQuery(href[strings.Index(href, "?")+1:])
	if err != nil {
		t.Fatal(err)
	}
	if again := b.get(way.Get("return")); strings.Contains(again.body, "Neil") {
		t.Errorf("by its address: %s", again.text())
	}
}

// Somebody with two jobs switches between them. Nothing of the old role is left
// but refs, which grant nothing.
func TestNoRightSurvivesARoleSwitch(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RJC")
	b := w.as("two.jobs")
	if p := b.get("/"); p.name() != "role" {
		t.Fatalf("before choosing: %s", p.name())
	}
	b.post("/signin/role", url.Values{"post": {"0"}})
	p := b.record()
	if p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	b.post(p.url.Path+"/reason", url.Values{"why": {"consent"}}) // claimed in the first role
	cookies := b.Jar.Cookies(p.url)
	roles := b.get("/signin/role")
	if got := roles.Find("input:checked").AttrOr("value", ""); got != "0" {
		t.Errorf("the page does not say which role it is: %q", got)
	}
	b.post("/signin/role", url.Values{"post": {"1"}})
	asked := w.asked()
	if now := b.get(p.url.Path); now.status != http.StatusForbidden || now.name() != "reason" || w.asked() != asked {
		t.Errorf("in the other role: %d %s", now.status, now.name())
	}
	old := w.arrive()
	old.Jar.SetCookies(p.url, cookies)
	if got := old.get(p.url.Path); got.status != http.StatusUnauthorized {
		t.Errorf("the session from before the switch: %d", got.status)
	}
	b.post("/signin/role", url.Values{"post": {"0"}})
	if again := b.get(p.url.Path); again.status != http.StatusOK {
		t.Errorf("back in the first role: %d", again.status)
	}
	if k := w.kinds(); k[audit.SignedIn] != 1 || k[audit.RoleChosen] != 2 {
		t.Errorf("the trail has %v", k)
	}
}
