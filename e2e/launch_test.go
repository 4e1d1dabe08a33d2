package e2e

import (
	"fmt"
	"testing"

	"example.org/icr/demo"
	"github.com/chromedp/chromedp"
)

// launch opens the viewer on a patient from the hospital's own system, where
// its nurse works.
func (v *visitor) launch(patient demo.Inhabitant) *page {
	v.t.Helper()
	n := 0
	for _, p := range town.people {
		if p.NHSNumber == patient.NHSNumber {
			break
		}
		if p.User == "ed.nurse" {
			n++
		}
	}
	v.do(chromedp.Navigate(address(town.ports.EHR) + "/"))
	return v.click(fmt.Sprintf(`a[href="/open/%d"]`, n))
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
