package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"github.com/PuerkitoBio/goquery"
)

// A browser that changes its role all the time, and so the id of its session,
// is ended with all others.
func TestAllOthersAreEndedWhateverTheyDo(t *testing.T) {
	w := newWorld(t)
	for range 8 {
		here, thief := w.as("ed.nurse"), w.as("ed.nurse")
		thief.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		var stop atomic.Bool
		done := make(chan bool)
		go func() {
			defer close(done)
			for status := http.StatusSeeOther; status == http.StatusSeeOther && !stop.Load(); {
				req, _ := http.NewRequest(http.MethodPost, w.url+"/signin/role", strings.NewReader("post=0"))
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				res, err := thief.Do(req)
				if err != nil {
					return
				}
				res.Body.Close()
				status = res.StatusCode
			}
		}()
		time.Sleep(10 * time.Millisecond)
		if p := here.post("/account/sessions", url.Values{"end": {"others"}}); p.status != http.StatusOK {
			t.Errorf("%d %s", p.status, p.text())
		}
		stop.Store(true)
		<-done
		if p := thief.get("/"); p.status != http.StatusUnauthorized {
			t.Fatalf("whoever was ended is still there: %d", p.status)
		}
		here.post("/signout", url.Values{})
	}
}

// Anybody gets a browser cookie, and may bring back what nobody sent them for:
// that is not what the trail is for.
func TestStrangersDoNotFillTheTrail(t *testing.T) {
	w := newWorld(t)
	b := w.arrive()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.get("/signin?issuer=cis2")
	for i := range 10 {
		b.get(fmt.Sprintf("/signin/callback/cis2?state=junk%d", i))
	}
	if n := w.count(audit.SignInFailed); n != 0 {
		t.Errorf("%d events of a stranger are on the trail", n)
	}
}

// The form of a page that was made in one role is not taken in another (P7).
func TestP7_AFormOfAnotherRoleIsNotTaken(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	b := w.as("two.jobs")
	b.post("/signin/role", url.Values{"post": {"0"}})
	p := b.record() // the reason page, made for the first job
	form := url.Values{"why": {"consent"}, "words": {"She asked me to"}, "as": {p.Find("main form input[name=as]").AttrOr("value", "")}}
	b.post("/signin/role", url.Values{"post": {"1"}}) // in another tab
	after := b.post(p.url.Path+"/reason", form)
	if after.status != http.StatusConflict || w.count(audit.Claimed) != 0 {
		t.Fatalf("%d %s; claimed %d times", after.status, after.text(), w.count(audit.Claimed))
	}
	again := b.get(after.Find("main a.nhsuk-button").AttrOr("href", ""))
	if words := again.Find("[name=words]").Text(); words != "She asked me to" {
		t.Errorf("what was typed is lost: %d %q", again.status, words)
	}
	form.Set("as", again.Find("main form input[name=as]").AttrOr("value", ""))
	if b.post(p.url.Path+"/reason", form); w.count(audit.Claimed) != 1 {
		t.Error("the form cannot be sent in the role of now")
	}
}

// Every form of somebody who is signed in says for whom its page was made, but
// for those that are for any role.
func TestP7_FormsSayForWhomTheyWereMade(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse, lead := w.as("ed.nurse"), w.as("privacy.lead")
	record := nurse.ref()
	for _, p := range []page{
		nurse.get("/"), nurse.get(record + "/results"), nurse.get(record + "/reason"), nurse.get(record + "/mistake/results"),
		nurse.get("/account/sessions"), lead.get("/privacy/events"), lead.get("/privacy/report"), lead.get("/privacy/watch"), lead.get("/privacy/requests/new"),
		w.as("objections.officer").get("/objections/new"), w.as("safety.officer").get("/safety/feeds"),
	} {
		if p.status != http.StatusOK || p.Find("main form[method=post]").Length() == 0 {
			t.Errorf("%s: %d, without a form", p.url.Path, p.status)
		}
		p.Find("main form[method=post]").Each(func(_ int, form *goquery.Selection) {
			if form.Find("input[name=as]").AttrOr("value", "") == "" {
				t.Errorf("%s: the form to %s says nothing", p.url.Path, form.AttrOr("action", ""))
			}
		})
	}
}

// Who cannot sign in is told what to do about it.
func TestWhatSomebodyIsToldWhoCannotSignIn(t *testing.T) {
	w := newWorld(t)
	w.issuer()
	w.staff.AAL = 4 // stronger than the provider says
	w.play()
	if p := w.arrive().get("/signin?login_hint=ed.nurse"); p.status != http.StatusForbidden || !strings.Contains(p.text(), "smartcard") {
		t.Errorf("too weak: %d %s", p.status, p.text())
	}
	w.staff.AAL = 0
	w.play()
	cancel := func(b *browser, path string) page {
		state := ""
		b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			state = r.URL.Query().Get("state")
			return http.ErrUseLastResponse
		}
		b.get(path)
		b.CheckRedirect = nil
		return b.get("/signin/callback/cis2?error=access_denied&iss=" + url.QueryEscape(w.staff.URL) + "&state=" + state)
	}
	if p := cancel(w.arrive(), "/signin?issuer=cis2"); p.status != http.StatusForbidden || p.Find(`main a[href="/signin"]`).Length() != 1 {
		t.Errorf("cancelled: %d %s", p.status, p.text())
	}
	if p := cancel(w.as("ed.nurse"), "/account/again?return=/about"); p.status != http.StatusForbidden || p.Find(`main a[href="/about"]`).Length() != 1 {
		t.Errorf("cancelled when asked again: %d %s", p.status, p.text())
	}
}

// Who has still to choose a role is led there, whatever they send.
func TestAFormBeforeARoleIsChosen(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	if p := w.as("two.jobs").post("/search", url.Values{"nhs_number": {"9990000018"}}); p.name() != "role" {
		t.Errorf("%d %s: %s", p.status, p.name(), p.text())
	}
}

// Browsers that know no Sec-Fetch-Site say where a form comes from, which they
// would not if nothing were to be told of it; other sites stay out.
func TestOldBrowsersMaySendForms(t *testing.T) {
	w := newWorld(t)
	for origin, want := range map[string]int{w.url: http.StatusSeeOther, "null": http.StatusForbidden, "https://elsewhere.example": http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodPost, w.url+"/signout", strings.NewReader(""))
		r.Header.Set("Origin", origin)
		rec := httptest.NewRecorder()
		w.web.Handler().ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("from %s: %d, want %d", origin, rec.Code, want)
		}
		if policy := rec.Header().Get("Referrer-Policy"); policy != "same-origin" {
			t.Errorf("with the policy %q a browser sends the origin null from our own pages", policy)
		}
	}
}

// A sign-out is on the trail though the provider hangs and the browser has gone.
func TestP3_SignOutIsRecordedWhoeverWaits(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	w.tamper = func(p http.Handler, rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			<-r.Context().Done()
			return
		}
		p.ServeHTTP(rw, r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/signout", nil)
	if _, err := b.Do(req); err == nil {
		t.Fatal("the provider was not waited for")
	}
	for range 300 {
		if w.count(audit.SignedOut) == 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("signed out %d times on the trail", w.count(audit.SignedOut))
}
