package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A nurse reports an error; the safety officer takes it, and switches the feed
// off; the next reader sees so, until it is on again.
func TestAReportLeadsToAFeedBeingSwitchedOff(t *testing.T) {
	person := town.the(t, "Duplicates")
	nurse := signIn(t, "ed.nurse", false)
	nurse.record(person.NHSNumber)
	record := nurse.at.path()
	nurse.open(record + "/allergies")
	form := nurse.open(nurse.at.attributes("p a.icr-mistake", "href")[0])
	form.is(t, "mistake", 200)
	says(t, form.text("main"), "This changes nothing in the record")
	nurse.act(chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=mistake][value=incorrect]').checked = true`), chromedp.SetValue(chromedp.CSS("[name=partner]"), "RYA"))
	nurse.fill("[name=words]", "This was ruled out years ago")
	sent := nurse.click(`form[action*="/mistake/"] button`)
	sent.is(t, "reported", 200)

	officer := signIn(t, "safety.officer", true)
	officer.at.is(t, "safety", 200)
	item := officer.click(`[data-item="report"] a`)
	item.is(t, "safety-item", 200)
	says(t, item.text("main"), "This was ruled out years ago", "It is not true", "WHITLOCK", sent.text("[data-report-reference]"))
	says(t, officer.click("button[value=taken]").text("[data-step]"), "Taken by PRYCE")
	officer.open("/safety/feeds")
	switchAmbulanceOff(officer)
	says(t, officer.at.text("[data-feed=RYA]"), "Switched off for safety", "in a test")

	off := nurse.open(record)
	if states := off.attributes(`[data-partner="RYA"]`, "data-state"); len(states) == 0 || states[0] != "switched-off" {
		t.Errorf("the ambulance service is %q", states)
	}
	says(t, off.text(".icr-strip"), "is switched off for safety")
	officer.fill(`[data-feed=RYA] [name=reason]`, "The test is over")
	officer.click(`[data-feed=RYA] button`)
	if states := nurse.open(record).attributes(`[data-partner="RYA"]`, "data-state"); len(states) == 0 || states[0] == "switched-off" {
		t.Errorf("after it is on again: %q", states)
	}
}

func switchAmbulanceOff(v *visitor) {
	v.t.Helper()
	v.act(chromedp.SetValue(chromedp.CSS("#off-partner"), "RYA"))
	v.fill("#off-reason", "in a test")
	v.click(`button.nhsuk-button--warning`)
}
