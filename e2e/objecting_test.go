package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A deputy fills the form in, makes mistakes, goes back, and sends it; with a
// keyboard, and in a browser without scripts too.
func TestP8_AResidentObjects(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := arrive(t, scripts)
		v.open("/right-to-object")
		v.click(`a[role="button"]`).is(t, "objecting", 200)
		v.click("form[data-question] button").is(t, "objecting", 422)
		v.act(chromedp.Click(chromedp.CSS(`input[value="adult"]`)))
		says(t, v.click("form[data-question] button").text("h1"), "What is the person’s name?")
		v.fill("#given_name", "Zoë")
		v.fill("#family_name", "O’Brien-Ðặng")
		v.click("form[data-question] button")
		v.fill("#birth_date-day", "30")
		v.fill("#birth_date-month", "2")
		v.fill("#birth_date-year", "1950")
		p := v.click("form[data-question] button")
		p.is(t, "objecting", 422)
		says(t, p.text(".nhsuk-error-summary"), "Date of birth must be a real date")
		v.fill("#birth_date-day", "28")
		v.click("form[data-question] button")
		v.act(chromedp.Click(chromedp.CSS(`input[value="deputy"]`)))
		v.click("form[data-question] button")
		v.fill("#given_name", "Ann")
		v.fill("#family_name", "Ode")
		v.click("form[data-question] button")
		says(t, v.click(".nhsuk-back-link").text("h1"), "What is your own name?")
		if got := evaluate[string](v, `document.querySelector("#family_name").value`); got != "Ode" {
			t.Errorf("going back, the name is %q", got)
		}
		v.click("form[data-question] button")
		v.click("form[data-question] button") // without an NHS number
		v.fill("#line1", "1 Aviary Lane")
		v.fill("#town", "Coventry")
		v.fill("#postcode", "CV1 2AB")
		v.click("form[data-question] button")
		v.click("form[data-question] button") // without a telephone
		v.fill("#statement", "They have dementia. I have the order of the Court of Protection.")
		check := v.click("form[data-question] button")
		check.is(t, "objecting-check", 200)
		says(t, check.text("main"), "Zoë O’Brien-Ðặng", "28 February 1950", "Ann Ode", "Not given", "CV1 2AB")
		sent := v.click(`form[action$="/check"] button`)
		sent.is(t, "objecting-sent", 200)
		says(t, sent.text("main"), "The record is not hidden yet", sent.text("[data-form-reference]"))
		saysNot(t, sent.text("main"), "Zoë", "Aviary")
		v.open("/withdraw-objection/form/check").is(t, "objecting-gone", 410)
	})
}

// The forms to fill in by hand are two sheets of A4 each.
func TestFormsOnPaper(t *testing.T) {
	t.Parallel()
	v := arrive(t, true)
	for path, signed := range map[string]string{"/right-to-object/paper": "I object to this record being shown", "/withdraw-objection/paper": "I withdraw the objection"} {
		v.open(path).is(t, "objecting-paper", 200)
		sheets := v.sheets()
		if len(sheets) != 2 {
			t.Fatalf("%s has %d sheets", path, len(sheets))
		}
		says(t, sheets[0], dense("1. Whose record is it?"), dense("2. Who are you?"))
		says(t, sheets[1], dense(signed), dense("5. Send it"), dense("1 Example Square"))
		saysNot(t, sheets[0]+sheets[1], dense("Print this page"))
	}
}

func TestP8_RequestsAboutOnesOwnData(t *testing.T) {
	t.Parallel()
	v := signIn(t, "privacy.lead", true)
	v.open("/privacy/requests/new").is(t, "request-new", 200)
	v.act(chromedp.Click(chromedp.CSS(`input[value="access"]`)))
	v.fill("#name", "Somebody Invented")
	v.fill("#words", "All of this year, by post")
	p := v.click(`form[action="/privacy/requests/new"] button`)
	p.is(t, "request", 200)
	says(t, p.text("main"), "Somebody Invented", "days left", "Make the report")
	list := v.open("/privacy/requests")
	list.is(t, "requests", 200)
	saysNot(t, list.text("main"), "Invented")
}
