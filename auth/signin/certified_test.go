package signin_test

import (
	"bufio"
	"crypto/elliptic"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

// certified is oidc-provider, an OpenID Provider that others wrote and the
// OpenID Foundation certified, with a browser that is known to it.
type certified struct {
	*world
	browser http.Client
}

// withCertified starts it, with a client that proves itself with a key.
func withCertified(t *testing.T) *certified {
	t.Helper()
	key, err := signin.ParseKey(privatePEM(curve(elliptic.P256())), "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rows: newMemory(time.Now)}
	c := config(newWorld(t))
	c.Rows, c.Now = w.rows, time.Now
	c.Issuers[0].ClientSecret, c.Issuers[0].ClientKey, c.Issuers[0].ACR = "", key, []string{"AAL3_ANY"}
	w.SignIn = w.open(c) // which publishes the key
	told := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := w.BackchannelLogout(r); err != nil {
			t.Errorf("its logout token: %v", err)
			rw.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(told.Close)
	c.Issuers[0].URL = startCertified(t, w.published(), told.URL)
	w.SignIn = w.open(c)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &certified{w, http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), home+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// startCertified returns the address of the provider.
func startCertified(t *testing.T, keys, backChannel string) string {
	t.Helper()
	if _, err := os.Stat("../../node_modules/oidc-provider"); err != nil {
		t.Fatal("oidc-provider is missing: run «npm ci»")
	}
	cmd := exec.Command("node", "--no-warnings", "testdata/provider.mjs")
	cmd.Env = append(os.Environ(), "CLIENT_KEYS="+keys, "BACK_CHANNEL="+backChannel, "NODE_ENV=test")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it does not start: %v", err)
	}
	return strings.TrimSpace(line)
}

func (c *certified) fetch(req *http.Request) (*http.Response, string) {
	c.t.Helper()
	res, err := c.browser.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, string(body)
}

func (c *certified) get(address string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.fetch(req)
}

// come signs somebody in, choosing them where the provider asks who it is.
func (c *certified) come(b *browser, user string, opt signin.BeginOptions) (signin.Outcome, error) {
	c.t.Helper()
	to, err := c.begin(b, opt)
	if err != nil {
		return signin.Outcome{}, err
	}
	res, body := c.get(to)
	if choice := regexp.MustCompile(`href="([^"]+/` + user + `)"`).FindStringSubmatch(body); choice != nil {
		res, body = c.get(res.Request.URL.Scheme + "://" + res.Request.URL.Host + choice[1])
	}
	back, err := res.Location()
	if err != nil {
		c.t.Fatalf("not sent back: %d %s", res.StatusCode, body)
	}
	return c.callback(b, back.Query())
}

func TestCertifiedProvider(t *testing.T) {
	c, here, there := withCertified(t), newBrowser(), newBrowser()
	out, err := c.come(here, "555001", signin.BeginOptions{ReturnTo: "/record/abc"})
	if err != nil {
		t.Fatal(err)
	}
	u := c.alive(here, "signed in")
	if out.ReturnTo != "/record/abc" || u.Role != auth.Clinician || u.Organisation != "RKB" || u.Name != "OKAFOR Ada (Miss)" || u.StaffID != "555001" || len(u.Teams) != 1 {
		t.Errorf("%+v %+v", out, u)
	}
	first := u.AuthTime

	if _, err := c.come(there, "", signin.BeginOptions{}); err != nil { // the provider knows the person
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // it tells time in seconds
	if _, err := c.come(here, "555001", signin.BeginOptions{Fresh: true}); err != nil {
		t.Fatal(err)
	}
	if u := c.alive(here, "signed in afresh"); !u.AuthTime.After(first) {
		t.Errorf("step-up: signed in at %v and %v", first, u.AuthTime)
	}
	c.checkSignOut(here, there)
}

// checkSignOut signs out in one browser, and at the provider, which tells us to
// end the other's session too.
func (c *certified) checkSignOut(here, there *browser) {
	c.t.Helper()
	to, _, err := c.signOut(here)
	if err != nil {
		c.t.Fatal(err)
	}
	c.dead(here, "signed out")
	c.alive(there, "in another browser")
	res, body := c.get(to)
	form := regexp.MustCompile(`action="([^"]+)"[\s\S]*name="xsrf" value="([^"]+)"`).FindStringSubmatch(body)
	if form == nil {
		c.t.Fatalf("the provider does not take our sign-out: %d %s", res.StatusCode, body)
	}
	req, err := http.NewRequest(http.MethodPost, form[1], strings.NewReader(url.Values{"xsrf": {form[2]}, "logout": {"yes"}}.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, _ = c.fetch(req)
	if at := res.Header.Get("Location"); at != home+"/signed-out" {
		c.t.Errorf("after signing out the provider sends the browser to %q", at)
	}
	for deadline := time.Now().Add(30 * time.Second); len(c.rows.sessions()) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal("the provider's logout ended nothing")
		}
	}
	c.dead(there, "logged out by the provider")
}

func TestCertifiedProviderWithoutARole(t *testing.T) {
	c, b := withCertified(t), newBrowser()
	if out, err := c.come(b, "555002", signin.BeginOptions{}); !errors.Is(err, auth.ErrNoRole) || out.Identity.Subject != "555002" {
		t.Errorf("%+v %v", out, err)
	}
	c.dead(b, "no role")
}
