package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tops is how far down each of some sections' headings begin.
const tops = `Object.fromEntries(["alerts", "allergies", "medications"].map(s => [s, document.querySelector("[data-section=" + s + "]").getBoundingClientRect().top + scrollY]))`

// What is dangerous begins on the first screen, whatever else there is to say.
func TestWhatIsDangerousBeginsOnTheFirstScreen(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	for _, story := range []string{"Plain record", "Conflict of allergies", "One partner down, one slow", "A partner answers about somebody else", "Very long record"} {
		v.record(town.the(t, story).NHSNumber)
		for section, top := range evaluate[map[string]float64](v, tops) {
			if top > 700 {
				t.Errorf("%s: %s begin %.0f pixels down a desktop's screen", story, section, top)
			}
		}
		v.width(phone)
		seen := evaluate[map[string]float64](v, tops)
		screen := evaluate[float64](v, `innerHeight`)
		for section, most := range map[string]float64{"alerts": screen, "allergies": screen, "medications": 2 * screen} {
			if seen[section] > most {
				t.Errorf("%s: %s begin %.0f pixels down a phone of %.0f", story, section, seen[section], screen)
			}
		}
		v.width(desktop)
	}
}

func TestASectionIsFilteredWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "ed.nurse", scripts)
		v.record(town.the(t, "Very long record").NHSNumber)
		v.click(`[data-section="results"] .icr-section__link`)
		v.act(chromedp.Click(chromedp.CSS(".icr-narrow__summary"), chromedp.NodeVisible))
		v.fill("#text", "potassium")
		p := v.click("form.icr-filter button")
		p.is(t, "section", 200)
		says(t, p.text("[data-filter]"), "with “potassium”", "lines are left out", "Show everything")
		says(t, p.text("[data-section]"), "Showing 80 of 1120 lines", "80 readings.", "Table of 80 readings")
		if strings.Contains(p.url, "potassium") {
			t.Errorf("P9: what was typed is in the URL %s", p.url)
		}
		if n := p.Find(".icr-chart").Length(); n != 1 {
			t.Errorf("%d charts", n)
		}
		says(t, v.click("[data-filter] a").text("[data-section]"), "Lines 1 to 100 of 1120")
	})
}

func TestTheTimelineWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "ed.nurse", scripts)
		v.record(town.the(t, "Very long record").NHSNumber)
		p := v.click(`.icr-contents a[href$="/timeline"]`)
		p.is(t, "timeline", 200)
		says(t, p.text("[data-timeline]"), " in all years. Newest first.", "Emergency department attendance", "University Hospitals Coventry and Warwickshire")
		if tall := evaluate[float64](v, `document.documentElement.scrollHeight`); tall > 9000 {
			t.Errorf("the timeline is %g pixels tall", tall)
		}
		says(t, v.click(`.icr-zoom a[href$="year=all"]`).text("[data-timeline]"), "Events 1 to 50 of ")
		year := v.click(`.icr-zoom a[href$="year=2018"]`)
		says(t, year.text("h1"), "Timeline, 2018")
		says(t, year.text("[data-timeline]"), "Emergency admission", "January 2018")
		if cells := year.Find("svg.icr-lanes a[aria-label]").Length(); cells < 4 {
			t.Errorf("the picture has %d links", cells)
		}
	})
}

func TestChartsCanBeLookedAt(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	v.record(town.the(t, "Very long record").NHSNumber)
	p := v.click(`[data-section="observations"] a.icr-trend`)
	p.is(t, "section", 200)
	says(t, p.text(".icr-chart"), "readings", "Date", "Table of")
	if n := p.Find(".icr-chart svg[role=img] title").Length(); n == 0 {
		t.Error("no chart has a name")
	}
	record, _, _ := strings.Cut(p.path(), "/observations")
	p = v.open(record + "/medications")
	says(t, p.text("[data-section]"), "Repeat", "Prescriber", "Last issued", "Medicines over time")
}
