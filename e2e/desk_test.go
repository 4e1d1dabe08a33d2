package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A privacy officer goes through the desk: one event, an access report, what
// was fetched again, and the pictures.
func TestThePrivacyDesk(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Plain record")
	signIn(t, "ed.nurse", true).record(person.NHSNumber)
	v := signIn(t, "privacy.lead", true)
	v.open("/privacy/events")
	v.filter(person.NHSNumber, "", "disclosed", nil).is(t, "privacy-events", 200)
	v.open(v.read(nil).attributes(`[data-event] a[href^="/privacy/events/"]`, "href")[0]).is(t, "privacy-event", 200)
	v.open("/privacy/refetches").is(t, "privacy-refetches", 200)
	v.open("/privacy/report").is(t, "privacy-report-order", 200)
	v.fill("#nhs_number", person.NHSNumber)
	v.fill("#why", "the patient asked")
	v.act(chromedp.Click(chromedp.CSS(`[name="names"][value="no"]`)))
	report := v.click(`form[action="/privacy/report"] button`)
	report.is(t, "privacy-report", 200)
	says(t, report.text("[data-access]"), "University Hospitals Coventry and Warwickshire", "For your care")
	v.open("/privacy/pictures").is(t, "privacy-pictures", 200)
}
