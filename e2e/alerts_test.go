package e2e

import (
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An officer works through an alert as a new privacy officer would, asks, and
// is answered; puts a patient on the watch list, whose record then alerts.
func TestAnOfficerWorksThroughAnAlert(t *testing.T) {
	t.Parallel()
	watched := town.the(t, "Superseded number")
	officer := signIn(t, "privacy.officer", true)
	officer.open("/privacy/watch").is(t, "privacy-watch", 200)
	until := time.Now().AddDate(0, 1, 0)
	officer.fill("#nhs_number", watched.NHSNumber)
	officer.act(chromedp.SetValue(chromedp.CSS("#kind"), "incident"))
	officer.fill("#reason", "A complaint of 20 November")
	officer.fill(`[name="until-day"]`, strconv.Itoa(until.Day()))
	officer.fill(`[name="until-month"]`, strconv.Itoa(int(until.Month())))
	officer.fill(`[name="until-year"]`, strconv.Itoa(until.Year()))
	list := officer.click(`form[action="/privacy/watch"] button`)
	says(t, list.text("[data-watch=incident]"), "A complaint of 20 November")

	nurse := signIn(t, "ed.nurse", true)
	nurse.record(watched.NHSNumber)
	alerts := officer.open("/privacy/alerts?rule=watch-list")
	for deadline := time.Now().Add(3 * time.Minute); !alerts.has("[data-alert=watch-list]") && time.Now().Before(deadline); { // promised within a minute, on a machine that does nothing else
		time.Sleep(2 * time.Second)
		alerts = officer.open("/privacy/alerts?rule=watch-list")
	}
	says(t, alerts.text("[data-alert=watch-list]"), "Incident", "WHITLOCK Tom", "High", "New")

	officer.click("[data-alert=watch-list] a").is(t, "privacy-case", 200)
	officer.click("button[value=taken]")
	officer.fill("#words", "Why did you look at this record?")
	asked := officer.click("button[value=asked-staff]")
	says(t, asked.text("[data-step=asked-staff]"), "Not answered yet", "/questions/")

	question := nurse.open("/").attributes(`a[href^="/questions/"]`, "href")
	if len(question) == 0 {
		t.Fatal("the nurse is not asked")
	}
	nurse.open(question[0]).is(t, "question", 200)
	nurse.fill("#words", "She was brought in by ambulance")
	says(t, nurse.click(`form[action^="/questions/"] button`).text("[data-answer]"), "brought in by ambulance")

	officer.open("/privacy/cases").is(t, "privacy-cases", 200)
	officer.click("[data-state=answered] a")
	officer.fill("#words", "As the attendance says")
	officer.click("button[value=justified]")
	officer.fill("#words", "Nothing more to do")
	closed := officer.click("button[value=closed]")
	says(t, closed.text("main"), "Nothing can be added or changed.")
	officer.open("/privacy/sample").is(t, "privacy-samples", 200)
}
