package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// answers has the service answer in some way from now on, as far as the page's
// scripts can tell, and the page ask at once.
func (v *visitor) answers(script string) {
	v.t.Helper()
	v.act(chromedp.Evaluate[chromedp.Void](`globalThis.really ??= fetch; globalThis.fetch = ` + script + `; document.dispatchEvent(new Event("visibilitychange"))`))
}

// seen reports whether the main part of the page is to be seen.
func (v *visitor) seen() bool {
	v.t.Helper()
	return evaluate[bool](v, `(document.querySelector("main")?.getClientRects().length ?? 0) > 0`)
}

const (
	hidden = `[data-hidden] .icr-hidden`
	shown  = `html:not([data-hidden]) main`
)

func TestP3_AnOpenPageThatMayNotBeSeenHidesItself(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Plain record")
	v := signIn(t, "ed.nurse", true)
	p := v.record(person.NHSNumber)
	v.answers(`async () => new Response(null, {status: 410})`)
	v.act(chromedp.WaitVisible(chromedp.CSS(hidden)))
	gone := v.read(nil)
	if gone.has("main") || gone.has("[data-patient-banner]") {
		t.Error("the record is still in the page")
	}
	saysNot(t, gone.text("body"), "Sandhu", spaced(person.NHSNumber))
	v.answers(`really`)
	again := v.click(".icr-hidden a")
	if again.path() != p.path() {
		t.Errorf("the way back leads to %s", again.path())
	}
	again.is(t, "summary", 200)
}

// Fifteen seconds are what the page is given, whoever is silent.
func TestP3_AnOpenPageHidesWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	v.record(town.the(t, "Plain record").NHSNumber)
	v.answers(`() => Promise.reject(new TypeError("no network"))`)
	if !v.seen() {
		t.Error("hidden at the first silence")
	}
	v.act(chromedp.WaitVisible(chromedp.CSS(hidden)))
	if v.seen() {
		t.Error("the record is still seen")
	}
	v.answers(`really`)
	v.act(chromedp.WaitVisible(chromedp.CSS(shown)))
}

// until waits until the page that is open, loaded or brought back, says yes.
func (v *visitor) until(question string) {
	v.t.Helper()
	for deadline := time.Now().Add(patience); !evaluate[bool](v, question); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			v.t.Fatalf("never: %s", question)
		}
	}
}

// keptOver leaves the page of a record, which from then on gets no answer, and
// comes back. It reports whether the browser had kept the page.
func (v *visitor) keptOver(p *page) bool {
	v.t.Helper()
	v.answers(`() => new Promise(() => {})`)
	v.act(chromedp.Evaluate[chromedp.Void](`globalThis.kept = true`))
	v.open("/about-access")
	v.act(chromedp.Evaluate[chromedp.Void](`history.back()`)) // a page that was kept loads no more
	v.until(`location.pathname === "` + p.path() + `" && document.readyState === "complete"`)
	return evaluate[bool](v, `globalThis.kept === true`)
}

// A browser that keeps pages brings them back as they were. What it kept is
// hidden, and stays so until the service has answered.
func TestP9_APageThatIsBroughtBackWaitsForAnAnswer(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	p := v.record(town.the(t, "Plain record").NHSNumber)
	for try := 1; !v.keptOver(p); try++ {
		if try == 5 { // it keeps no page that it finds no room for, or that waits for an answer
			t.Fatal("this browser kept nothing: the test proves nothing")
		}
		v.open(p.path())
	}
	if v.seen() {
		t.Error("the page is seen before the service answered")
	}
	v.answers(`really`)
	v.until(`document.querySelector("main").getClientRects().length > 0`)
}

// Whoever is about to be signed out is told, may stay, and loses nothing typed.
func TestP10_TheEndOfASessionIsToldInTime(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	says(t, v.at.text("[data-session-ends]"), "You will be signed out at", "unless you use the service before then")
	v.fill("#family_name", "O'Neil")
	v.answers(`async (url, how) => {
		const stays = how?.method === "POST" && url === "/account/stay";
		globalThis.stayed ||= stays;
		return new Response(null, {status: 204, headers: {"ICR-Idle-Seconds": globalThis.stayed ? "900" : "100", "ICR-Session-Seconds": "9000"}});
	}`)
	v.act(chromedp.WaitVisible(chromedp.CSS(".icr-ending")), chromedp.Evaluate[chromedp.Void](axe))
	v.violations(v.at, desktop)
	v.shoot(v.at, desktop)
	says(t, v.read(nil).text(".icr-ending"), "You will be signed out at", "Stay signed in")
	v.act(chromedp.Click(chromedp.CSS(".icr-ending button")), chromedp.WaitNotPresent(chromedp.CSS(".icr-ending")))
	v.answers(`async () => new Response(null, {status: 204, headers: {"ICR-Idle-Seconds": "900", "ICR-Session-Seconds": "200"}})`)
	v.act(chromedp.WaitVisible(chromedp.CSS(".icr-ending")))
	end := v.read(nil)
	says(t, end.text(".icr-ending"), "You have to sign in again by", "what you have typed here stays")
	if a := end.Find(".icr-ending a"); a.AttrOr("href", "") != "/account/again" || a.AttrOr("target", "") != "_blank" {
		t.Error("the way to sign in again leaves the page")
	}
	if typed := evaluate[string](v, `document.querySelector("#family_name").value`); typed != "O'Neil" || !v.seen() {
		t.Errorf("what was typed has become %q", typed)
	}
}

// Whoever signs out in one tab hides the pages of the others. What was typed
// comes back once the same person has signed in again.
func TestP9_SigningOutHidesOtherTabs(t *testing.T) {
	t.Parallel()
	v := arrive(t, true)
	home := v.open("/signin?login_hint=ed.nurse")
	home.is(t, "home", 200)
	v.fill("#family_name", "Sandhu")
	v.act(chromedp.Evaluate[chromedp.Void](`fetch("/signout", {method: "POST", redirect: "manual"})`, chromedp.EvalAwaitPromise))
	v.answers(`really`)
	v.act(chromedp.WaitVisible(chromedp.CSS(hidden)))
	if v.seen() {
		t.Error("the page is still seen")
	}
	way, cancel := chromedp.NewContext(v.ctx) // another tab with the same cookies
	defer cancel()
	if err := chromedp.Do(way, chromedp.Navigate(town.url("/signin?login_hint=ed.nurse"))); err != nil {
		t.Fatal(err)
	}
	v.answers(`really`)
	v.act(chromedp.WaitVisible(chromedp.CSS(shown)))
	if typed := evaluate[string](v, `document.querySelector("#family_name").value`); typed != "Sandhu" {
		t.Errorf("what was typed has become %q", typed)
	}
}
