package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestP8_SignInFindAndOpenByMouse(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Plain record")
		v := arrive(t, scripts)
		v.open("/").is(t, "signin", 401)
		if chooser := v.click(`[data-issuer=cis2] a`); chooser.ofViewer() {
			t.Fatalf("the provider is not asked: %s", chooser.path())
		}
		home := v.click(`[data-user="ed.nurse"]`)
		home.is(t, "home", 200)
		says(t, home.text("[data-signed-in]"), "WHITLOCK Tom", "Clinician", "University Hospitals Coventry and Warwickshire")

		v.fill("#nhs_number", spaced(person.NHSNumber))
		found := v.click(`main form[action="/search"] button`)
		found.is(t, "search", 200)
		says(t, found.text("main"), "1 patient found", "SANDHU, Harpreet Kaur (Mrs)", "14-Mar-1961", spaced(person.NHSNumber))
		v.click(`a[href^="/record/"]`).is(t, "summary", 200)
	})
}

// Council staff sign in at their own provider, which the page remembers.
func TestCouncilStaffSignInAtTheirOwnProvider(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := arrive(t, scripts)
		first := v.open("/signin")
		first.is(t, "signin", 200)
		same(t, "ways", first.attributes("[data-issuer]", "data-issuer"), []string{"cis2", "coventry"})
		if chooser := v.click(`[data-issuer=coventry] a`); !strings.HasPrefix(chooser.url, address(town.ports.Council)+"/") {
			t.Fatalf("the council's provider is not asked: %s", chooser.url)
		}
		home := v.click(`[data-user="social.worker"]`)
		home.is(t, "home", 200)
		says(t, home.text("[data-signed-in]"), "DOYLE Helen", "Social care worker", "Coventry City Council")
		v.click(`form[action="/signout"] button`)
		again := v.open("/signin")
		same(t, "the remembered way", again.attributes("[data-remembered]", "data-issuer"), []string{"coventry"})
		if got := again.Find("[data-issuer]").First().AttrOr("data-issuer", ""); got != "coventry" {
			t.Errorf("the first way is %s", got)
		}
		saysNot(t, again.html, "DOYLE", "Helen")
	})
}

func TestRoleIsChosenAndActedIn(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Under the mental health partnership and South Warwickshire")
		v := arrive(t, scripts)
		roles := v.open("/signin?login_hint=two.jobs")
		roles.is(t, "role", 200)
		same(t, "roles", roles.texts("main label"), []string{"Clinician at South Warwickshire", "Clinician at Coventry and Warwickshire Partnership"})

		none := v.click("main form button")
		none.is(t, "role", 422)
		says(t, none.text(".nhsuk-error-summary"), "Select the role that you will act in")

		v.act(chromedp.Click(chromedp.CSS(`input[name=post][value="0"]`)))
		says(t, v.click("main form button").text("[data-signed-in]"), "Clinician", "South Warwickshire")
		record := v.record(person.NHSNumber)
		record.is(t, "summary", 200)
		if got := record.fact("For"); got != "South Warwickshire" {
			t.Errorf("acts for %q", got)
		}

		v.click(`a[href="/signin/role"]`).is(t, "role", 200)
		v.act(chromedp.Click(chromedp.CSS(`input[name=post][value="1"]`)))
		says(t, v.click("main form button").text("[data-signed-in]"), "Coventry and Warwickshire Partnership")
		if got := v.open(record.path()).fact("For"); got != "Coventry and Warwickshire Partnership" {
			t.Errorf("after the change of role acts for %q", got)
		}
	})
}

func TestNobodyWithoutARoleGetsIn(t *testing.T) {
	t.Parallel()
	v := arrive(t, true)
	refused := v.open("/signin?login_hint=no.role")
	refused.is(t, "problem", 403)
	says(t, refused.text("main"), "You do not have a role in this service")
	v.open("/").is(t, "signin", 401)
}

func TestP9_AfterSigningOutTheBackButtonShowsNothing(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Plain record")
		v := arrive(t, scripts)
		v.open("/signin?login_hint=ed.nurse")
		record := v.record(person.NHSNumber)
		record.is(t, "summary", 200)
		v.click(`form[action="/signout"] button`)
		v.open("/signed-out").is(t, "signed-out", 200)
		for range 2 {
			back := v.do(chromedp.NavigateBack())
			if back.path() == record.path() {
				back.is(t, "signin", 401)
			}
			if back.has("[data-patient-banner]") || back.has("[data-entry]") {
				t.Errorf("back on %s the record is seen", back.path())
			}
			saysNot(t, back.html, "Sandhu", spaced(person.NHSNumber), person.NHSNumber)
		}
		v.open(record.path()).is(t, "signin", 401)
	})
}

func TestP8_EverythingByKeyboard(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Plain record")
	v := signIn(t, "ed.nurse", true)
	focused := func() string {
		return evaluate[string](v, `(e => e.id || e.textContent.trim() || e.tagName)(document.activeElement)`)
	}
	tab := chromedp.KeyEvent(kb.Tab)

	v.act(tab)
	if at := focused(); at != "Skip to main content" {
		t.Fatalf("the first stop is %q", at)
	}
	if !evaluate[bool](v, `document.activeElement.getBoundingClientRect().width > 40`) {
		t.Error("the skip link is not seen when it is focused")
	}
	v.act(chromedp.KeyEvent(kb.Enter), tab)
	if at := focused(); at != "nhs_number" {
		t.Fatalf("after the skip link the next stop is %q", at)
	}
	v.act(chromedp.KeyEvent(spaced(person.NHSNumber)))
	v.do(chromedp.KeyEvent(kb.Enter)).is(t, "search", 200)

	v.act(tab, chromedp.KeyEvent(kb.Enter), tab)
	says(t, focused(), "Open record", "SANDHU")
	v.do(chromedp.KeyEvent(kb.Enter)).is(t, "summary", 200)
}

func TestP8_TabOrderReachesTheSearchWithoutScripts(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", false)
	var stops []string
	for range 12 {
		v.act(chromedp.KeyEvent(kb.Tab))
		at := evaluate[string](v, `(e => e.id || e.textContent.trim() || e.tagName)(document.activeElement)`)
		if stops = append(stops, at); at == "nhs_number" {
			return
		}
	}
	t.Errorf("the search is not among the first stops: %q", stops)
}

func TestPeopleSeeAndEndTheirSignIns(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		here, there := arrive(t, scripts), arrive(t, scripts)
		there.open("/signin?login_hint=ed.birmingham").is(t, "home", 200)
		here.open("/signin?login_hint=ed.birmingham").is(t, "home", 200)
		mine := here.click(`a[href="/account/sessions"]`)
		mine.is(t, "sessions", 200)
		says(t, mine.text("[data-here]"), "this browser", "Clinician, University Hospitals Birmingham")
		none := here.click("main form button")
		none.is(t, "sessions", 422)
		says(t, none.text(".nhsuk-error-summary"), "Select what to end")
		here.act(chromedp.Click(chromedp.CSS(`input[name=end][value="all"]`)))
		here.click("main form button").is(t, "signed-out", 200)
		there.open("/").is(t, "signin", 401)
	})
}
