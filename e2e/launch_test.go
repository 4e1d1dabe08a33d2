package e2e

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"example.org/icr/demo"
	"github.com/chromedp/chromedp"
)

// launch opens the viewer on a patient from the hospital's own system, where
// its nurse works.
func (v *visitor) launch(patient demo.Inhabitant) *page {
	v.t.Helper()
	v.do(chromedp.Navigate(address(town.ports.EHR) + "/"))
	return v.click(fmt.Sprintf(`a[href="/open/%d"]`, placeInDepartment(patient)))
}

// placeInDepartment is where a patient stands in the list of the hospital's own
// system.
func placeInDepartment(patient demo.Inhabitant) (n int) {
	for _, p := range town.people {
		if p.NHSNumber == patient.NHSNumber {
			break
		}
		if p.User == "ed.nurse" {
			n++
		}
	}
	return n
}

// otherSite is the hospital's own system at an address that is, to a browser,
// another site than the viewer's: where only the port differs, the site is the
// same, and its cookies go everywhere.
func otherSite() string { return "http://127.0.0.1:" + strconv.Itoa(town.ports.EHR) }

// A system without SMART posts a token from a page of another site. The session
// in the browser, whose cookie does not go with that, takes it up; nothing else
// of the viewer takes a form from there.
func TestAnotherSitePostsALaunchAndNothingElse(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := arrive(t, scripts)
		v.open("/signin?login_hint=ed.nurse").is(t, "home", 200)
		page := otherSite() + "/post/" + strconv.Itoa(placeInDepartment(town.the(t, "No relationship")))
		v.do(chromedp.Navigate(page))
		opened := v.click("form button")
		opened.is(t, "summary", 200)
		says(t, opened.text("[data-ground=launched]"), "Opened from your local system", "UHCW patient record")
		for _, path := range []string{"/search", "/signout", opened.path() + "/download"} {
			v.do(chromedp.Navigate(page))
			v.act(chromedp.Evaluate[chromedp.Void](`document.forms[0].action = ` + strconv.Quote(town.url(path))))
			ctx, cancel := context.WithTimeout(v.ctx, patience)
			res, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS("form button"), chromedp.NodeVisible))
			cancel()
			if err != nil || res.Status != 403 {
				t.Errorf("%s took a form from another site: %+v, %v", path, res, err)
			}
		}
		v.open(opened.path()).is(t, "summary", 200) // nobody was signed out
	})
}

// The hospital's own system opens the viewer: what it has in context is a ground
// there, and lifts nothing.
func TestTheHospitalsOwnSystemOpensTheRecord(t *testing.T) {
	v := arrive(t, true)
	p := v.launch(town.the(t, "No relationship"))
	p.is(t, "summary", 200)
	says(t, p.text("[data-ground=launched]"), "Opened from your local system", "UHCW patient record")
	v.launch(town.the(t, "Objection in force")).is(t, "unavailable", 403)
	v.launch(town.the(t, "Under 18")).is(t, "unavailable", 403)
	v.open("/launch?iss=https://elsewhere.example/fhir&launch=x").is(t, "problem", 400)
	log := signIn(t, "privacy.lead", true)
	says(t, checkRecorded(t, log, town.the(t, "No relationship"), "launched", "ed.nurse"), "Opened from a local system")
}
