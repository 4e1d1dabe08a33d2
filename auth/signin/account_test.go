package signin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
)

func twoJobs(w *world) {
	w.provider.userinfo = func(o object) { o["nhsid_nrbac_roles"] = []object{nurse("RJC"), nurse("RKB")} }
}

// dead demands that a browser's session is absent.
func (w *world) dead(b *browser, why string) {
	w.t.Helper()
	if _, err := w.User(b.request("/")); !errors.Is(err, auth.ErrNoSession) {
		w.t.Errorf("%s: %v", why, err)
	}
}

func (w *world) alive(b *browser, why string) auth.User {
	w.t.Helper()
	u, err := w.User(b.request("/"))
	if err != nil {
		w.t.Errorf("%s: %v", why, err)
	}
	return u
}

func TestIdle(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	for range 3 {
		w.clock.pass(15*time.Minute - time.Second)
		w.alive(b, "used a second before the limit")
	}
	w.clock.pass(10 * time.Minute)
	if _, err := w.Glance(b.request("/still")); err != nil {
		t.Errorf("glance: %v", err)
	}
	w.clock.pass(5 * time.Minute)
	if _, err := w.Glance(b.request("/still")); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("a glance kept the session alive: %v", err)
	}
	w.dead(b, "idle for 15 minutes")
}

func TestAbsolute(t *testing.T) {
	for name, test := range map[string]struct {
		signedIn time.Duration // ago, at the provider
		limit    time.Duration // of ours, configured
		life     time.Duration
	}{
		"just signed in":            {0, 0, 10 * time.Hour},
		"at the provider for hours": {4 * time.Hour, 0, 6 * time.Hour},
		"shorter by configuration":  {0, 8 * time.Hour, 8 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w, b := newWorld(t, func(c *signin.Config) { c.Absolute = test.limit }), newBrowser()
			at("auth_time", -test.signedIn)(w.provider)
			w.mustSignIn(b, signin.BeginOptions{})
			end := w.clock.now().Add(test.life)
			for w.clock.now().Add(10 * time.Minute).Before(end) {
				w.clock.pass(10 * time.Minute)
				w.alive(b, "in use")
			}
			w.clock.pass(end.Sub(w.clock.now()) - time.Second)
			w.alive(b, "a second before the end")
			w.clock.pass(time.Second)
			w.dead(b, "at the end")
		})
	}
}

func TestIdleShortened(t *testing.T) {
	w, b := newWorld(t, func(c *signin.Config) { c.Idle = time.Minute }), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	w.clock.pass(time.Minute)
	w.dead(b, "idle for the configured minute")
}

func TestChoose(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	out := w.mustSignIn(b, signin.BeginOptions{ReturnTo: "/record/abc"})
	if out.Chosen != nil || posts(out.Posts) != "R8001@RJC R8001@RKB" {
		t.Fatalf("%+v", out)
	}
	if _, err := w.User(b.request("/")); !errors.Is(err, signin.ErrNoPost) || !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("before choosing: %v", err)
	}
	if all, chosen, err := w.Posts(b.request("/signin/role")); err != nil || chosen != -1 || posts(all) != posts(out.Posts) {
		t.Errorf("%v %v", all, err)
	}
	for _, index := range []int{-1, 2} {
		if _, _, err := w.choose(b, index); !errors.Is(err, auth.ErrNoRole) {
			t.Errorf("chose %d: %v", index, err)
		}
	}
	before := b.session()
	u, back, err := w.choose(b, 1)
	if err != nil || u.Organisation != "RKB" || back != "/record/abc" {
		t.Fatalf("%+v %q %v", u, back, err)
	}
	w.dead(before, "the id from before choosing")
	if now := w.alive(b, "after choosing"); now.Organisation != "RKB" || now.Session != u.Session {
		t.Errorf("%+v", now)
	}
}

func TestSwitch(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	w.mustSignIn(b, signin.BeginOptions{ReturnTo: "/record/abc"})
	first, _, err := w.choose(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	end := w.rows.sessions()[first.Session].Expires
	old := b.session()
	w.clock.pass(10 * time.Minute)
	u, back, err := w.choose(b, 1)
	if err != nil || u.Organisation != "RKB" || back != "/" || u.Session == first.Session {
		t.Fatalf("%+v %q %v", u, back, err)
	}
	w.dead(old, "the id from before switching")
	if all := w.rows.sessions(); len(all) != 1 || !all[u.Session].Expires.Equal(end) {
		t.Errorf("switching prolonged the session, or left one behind: %v", all)
	}
	w.clock.pass(10 * time.Minute)
	w.alive(b, "switching is use")
}

func TestChooseOnceAtOnce(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	w.mustSignIn(b, signin.BeginOptions{})
	var wait sync.WaitGroup
	requests := make([]*http.Request, 8)
	for i := range requests {
		requests[i] = b.request("/signin/role")
		if _, _, err := w.Posts(requests[i]); err != nil { // all have loaded the session before any chooses
			t.Fatal(err)
		}
	}
	for _, r := range requests {
		wait.Go(func() {
			_, _, err := w.Choose(httptest.NewRecorder(), r, 0)
			if err != nil && !errors.Is(err, auth.ErrNoSession) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := len(w.rows.sessions()); n != 1 {
		t.Errorf("one session became %d", n)
	}
}

func TestNewIDAtSignIn(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	old := b.session()
	w.mustSignIn(b, signin.BeginOptions{})
	w.dead(old, "the id from before signing in again")
	w.alive(b, "after signing in again")
}

// A cookie planted before the sign-in is not what the session is known by.
func TestFixation(t *testing.T) {
	w, attacker, b := newWorld(t), newBrowser(), newBrowser()
	w.mustSignIn(attacker, signin.BeginOptions{})
	b.cookies["__Host-icr"] = attacker.cookies["__Host-icr"]
	w.mustSignIn(b, signin.BeginOptions{})
	w.dead(attacker, "the planted id")
	if b.cookies["__Host-icr"] == attacker.cookies["__Host-icr"] {
		t.Error("the planted id was kept")
	}
}

func TestStepUp(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	w.mustSignIn(b, signin.BeginOptions{})
	if _, _, err := w.choose(b, 1); err != nil {
		t.Fatal(err)
	}
	old := b.session()
	w.clock.pass(10 * time.Minute)
	out := w.mustSignIn(b, signin.BeginOptions{Fresh: true, ReturnTo: "/record/abc/reason"})
	if out.Chosen == nil || out.Chosen.Organisation != "RKB" || out.ReturnTo != "/record/abc/reason" || !out.Chosen.AuthTime.Equal(w.clock.now()) {
		t.Errorf("step-up lost the role or the way: %+v", out)
	}
	w.dead(old, "the id from before the step-up")

	if out := w.mustSignIn(b, signin.BeginOptions{}); out.Chosen != nil {
		t.Error("an ordinary sign-in kept the role")
	}
}

// A colleague at the same browser gets neither the role nor the page.
func TestStepUpByAnother(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	twoJobs(w)
	w.mustSignIn(b, signin.BeginOptions{})
	if _, _, err := w.choose(b, 1); err != nil {
		t.Fatal(err)
	}
	old := b.session()
	claim("sub", "555002")(w.provider)
	w.provider.userinfo = func(o object) {
		o["sub"], o["nhsid_nrbac_roles"] = "555002", []object{nurse("RJC"), nurse("RKB")}
	}
	out := w.mustSignIn(b, signin.BeginOptions{Fresh: true, ReturnTo: "/record/abc/reason"})
	if out.Chosen != nil || out.ReturnTo != "/" || out.Identity.Subject != "555002" {
		t.Errorf("%+v", out)
	}
	w.dead(old, "the first person's session")
}

// Somebody without a role ends the session of whoever sat there before.
func TestNoRoleEndsOldSession(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	old := b.session()
	w.provider.userinfo = func(o object) { delete(o, "nhsid_nrbac_roles") }
	if _, err := w.signIn(b, signin.BeginOptions{}); !errors.Is(err, auth.ErrNoRole) {
		t.Fatal(err)
	}
	w.dead(old, "the old session")
	if b.cookies["__Host-icr"] != "" || len(w.rows.sessions()) != 0 {
		t.Error("something of it is left")
	}
}

// A failed sign-in leaves a session as it was.
func TestFailedSignInKeepsSession(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	claim("nonce", "other")(w.provider)
	_, err := w.signIn(b, signin.BeginOptions{})
	refused(t, err, signin.ErrToken, "nonce")
	w.alive(b, "after a refused token")
}

func TestTamperedCookie(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	good := b.cookies["__Host-icr"]
	raw, err := base64.URLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 1
		b.cookies["__Host-icr"] = base64.URLEncoding.EncodeToString(raw)
		w.dead(b, "a byte altered")
		raw[i] ^= 1
	}
	for _, value := range []string{"", "x", good[1:], good + good, strings.Repeat("A", 5000), b.cookies["__Host-icr-signin"]} {
		b.cookies["__Host-icr"] = value
		w.dead(b, "not our cookie")
	}
	b.cookies["__Host-icr"] = good
	w.alive(b, "the true cookie")

	other := newWorld(t, func(c *signin.Config) { c.Secret, c.Rows = bytes.Repeat([]byte{8}, 32), w.rows })
	other.dead(b, "signed with another secret")
}

// What is kept neither opens a session nor holds a token in clear.
func TestRowsHoldNoKeys(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	var token string
	w.provider.sign = func(o object) string {
		token = signRS256(key1, "k1", "JWT", o)
		return token
	}
	u := *w.mustSignIn(b, signin.BeginOptions{}).Chosen
	row := w.rows.sessions()[u.Session]
	raw, err := base64.URLEncoding.DecodeString(b.cookies["__Host-icr"])
	if err != nil {
		t.Fatal(err)
	}
	id, err := base64.URLEncoding.DecodeString(string(bytes.Split(raw, []byte("|"))[1]))
	if err != nil || len(id) != 32 {
		t.Fatalf("id of %d bytes: %v", len(id), err)
	}
	if sum := sha256.Sum256(id); !bytes.Equal(row.Hash, sum[:]) {
		t.Error("the row's hash is not that of the id")
	}
	part := strings.Split(token, ".")[1]
	for _, secret := range []string{string(id), base64.StdEncoding.EncodeToString(id), part, base64.StdEncoding.EncodeToString([]byte(token))[:40]} {
		if bytes.Contains(row.Data, []byte(secret)) {
			t.Errorf("the row holds a secret: %s", row.Data)
		}
	}
	if row.Issuer != w.provider.URL || row.Subject != "555001" || row.ProviderSession != "op-session-1" {
		t.Errorf("%+v", row)
	}
}

// What the configuration no longer grants, no session carries on.
func TestWithdrawnRole(t *testing.T) {
	for name, change := range map[string]func(*signin.Issuer){
		"role taken away":   func(i *signin.Issuer) { i.Roles = map[string]auth.Role{"R8000": auth.Clinician} },
		"role made another": func(i *signin.Issuer) { i.Roles = map[string]auth.Role{"R8001": auth.CareAdmin} },
		"issuer taken away": func(i *signin.Issuer) { i.URL = "https://other.example" },
	} {
		t.Run(name, func(t *testing.T) {
			w, b := newWorld(t), newBrowser()
			w.mustSignIn(b, signin.BeginOptions{})
			c := config(w)
			change(&c.Issuers[0])
			w.SignIn = w.open(c)
			w.dead(b, name)
		})
	}
}

func TestUnreadableSession(t *testing.T) {
	for _, data := range []string{"", "[]", "{}", `{"posts":7}`, `{"posts":[{"Role":"clinician","RoleCode":"R8001"}],"chosen":1}`, `{"posts":[{"Role":"","RoleCode":"x"}],"chosen":0}`} {
		w, b := newWorld(t), newBrowser()
		u := *w.mustSignIn(b, signin.BeginOptions{}).Chosen
		row := w.rows.sessions()[u.Session]
		row.Data = []byte(data)
		w.rows.rows[string(row.Hash)] = row
		w.dead(b, data)
		if _, _, err := w.Posts(b.request("/signin/role")); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("%s: %v", data, err)
		}
	}
	w, b := newWorld(t), newBrowser()
	u := *w.mustSignIn(b, signin.BeginOptions{}).Chosen
	row := w.rows.sessions()[u.Session]
	row.Subject = ""
	w.rows.rows[string(row.Hash)] = row
	w.dead(b, "a row of nobody")
}

// A request asks the table once, however often it is asked who is there.
func TestOneLookPerRequest(t *testing.T) {
	w, b := newWorld(t), newBrowser()
	w.mustSignIn(b, signin.BeginOptions{})
	r := b.request("/")
	if _, err := w.User(r); err != nil {
		t.Fatal(err)
	}
	w.rows.down = errors.New("no database")
	if _, err := w.User(r); err != nil {
		t.Errorf("asked again: %v", err)
	}
}

// The ID token is for its own user's live session alone.
func TestIDToken(t *testing.T) {
	w := newWorld(t)
	b := newBrowser()
	u := *w.mustSignIn(b, signin.BeginOptions{}).Chosen
	token, err := w.IDToken(t.Context(), u)
	if err != nil || strings.Count(token, ".") != 2 {
		t.Fatalf("%d characters, %v", len(token), err)
	}
	other, gone := u, u
	other.Subject, gone.Session = "somebody else", strings.Repeat("00", 32)
	for _, stranger := range []auth.User{other, gone, {}} {
		if token, err := w.IDToken(t.Context(), stranger); !errors.Is(err, auth.ErrNoSession) || token != "" {
			t.Errorf("%+v: %v", stranger.Identity, err)
		}
	}
}

// Somebody of an organisation that does not take part has no role here, not
// even where their provider gives them one; and none from when it leaves.
func TestOnlyThoseWhoTakePartSignIn(t *testing.T) {
	takes := true
	w, b := newWorld(t, func(c *signin.Config) {
		c.TakesPart = func(code nhs.ODSCode) bool { return takes && code == "RKB" }
	}), newBrowser()
	if out := w.mustSignIn(b, signin.BeginOptions{}); out.Chosen == nil || out.Chosen.Organisation != "RKB" {
		t.Fatalf("%+v", out)
	}
	before := b.session()
	takes = false
	w.dead(before, "the session of an organisation that left")
	if _, err := w.signIn(newBrowser(), signin.BeginOptions{}); !errors.Is(err, auth.ErrNoRole) {
		t.Error(err)
	}
}
