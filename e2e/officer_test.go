package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// filter fills in the filter of the access log that is open, and sends it.
// Days are those of from and to.
func (v *visitor) filter(number, staff, kind string, days []time.Time) *page {
	v.t.Helper()
	v.fill("#nhs_number", number)
	v.fill("#staff", staff)
	v.act(chromedp.SetValue(chromedp.CSS("#kind"), kind))
	for i, day := range days {
		name := []string{"from", "to"}[i]
		v.fill(`[name="`+name+`-day"]`, day.Format("2"))
		v.fill(`[name="`+name+`-month"]`, day.Format("1"))
		v.fill(`[name="`+name+`-year"]`, day.Format("2006"))
	}
	return v.click(`form[action="/privacy/events"] button`)
}

// who is the person and organisation of each event.
func (p *page) who() []string { return p.texts("[data-event] > tr:first-child > td:nth-of-type(2)") }

func TestP1_TheTrailTellsOfEveryLook(t *testing.T) {
	plain, objected, other := town.the(t, "Plain record"), town.the(t, "Objection in force"), town.the(t, "No relationship")
	nurse := signIn(t, "ed.nurse", true)
	shown := nurse.record(plain.NHSNumber)
	nurse.record(objected.NHSNumber)
	nurse.record(other.NHSNumber)

	log := signIn(t, "privacy.lead", true).open("/privacy/events")
	log.is(t, "privacy-events", 200)
	checkNewestFirst(t, log)
	said := log.text("[data-event]")
	for _, person := range []string{plain.NHSNumber, objected.NHSNumber, other.NHSNumber} {
		says(t, said, spaced(person))
	}
	for _, kind := range []string{"opened", "disclosed"} {
		if got := log.text(`[data-event="` + kind + `"] [data-access-reference]`); !strings.Contains(got, shown.reference()) {
			t.Errorf("P1: %s is not on the trail as %s: %s", shown.reference(), kind, got)
		}
	}
	if refusals := log.texts(`[data-event="denied"]`); len(refusals) < 2 {
		t.Errorf("refusals: %q", refusals)
	}
	says(t, log.text(`[data-event="disclosed"]`), "SANDHU", "Seen by their organisation", "8 of 8 organisations answered")
}

// checkNewestFirst checks the order of the access log.
func checkNewestFirst(t *testing.T, log *page) {
	t.Helper()
	times := log.texts("[data-event] time")
	sorted := slices.SortedFunc(slices.Values(times), func(a, b string) int { return at(t, b).Compare(at(t, a)) })
	if len(times) < 5 || !slices.Equal(times, sorted) {
		t.Errorf("not the newest first: %q", times)
	}
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.Parse("02-Jan-2006 15:04:05", s)
	if err != nil {
		t.Error(err)
	}
	return when
}

func TestTheAccessLogIsFiltered(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Deceased ten days ago")
	signIn(t, "ed.nurse", true).record(person.NHSNumber)
	now := time.Now()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "privacy.lead", scripts)
		of := v.filter(person.NHSNumber, "", "", nil)
		patients := of.texts("[data-event] > tr:first-child > td:nth-of-type(3)")
		for _, patient := range patients {
			says(t, patient, spaced(person.NHSNumber))
		}
		if len(patients) == 0 {
			t.Error("nothing about the patient")
		}

		by := v.filter("", "whitlock", "", nil)
		for _, who := range by.who() {
			says(t, who, "WHITLOCK Tom")
		}
		if len(by.who()) == 0 {
			t.Error("nothing of the member of staff")
		}

		v.filter(person.NHSNumber, "Whitlock", "disclosed", []time.Time{now.AddDate(0, 0, -1), now.AddDate(0, 0, 1)})
		both := v.read(nil)
		same(t, "kinds", both.attributes("[data-event]", "data-event"), []string{"disclosed"})

		none := v.filter("", "", "", []time.Time{now.AddDate(-1, 0, 0), now.AddDate(0, 0, -2)})
		says(t, none.text("main"), "Nothing in the log matches.")

		wrong := v.filter("999 000 0019", "", "", nil)
		wrong.is(t, "privacy-events", 422)
		says(t, wrong.text("#nhs_number-error"), "one of its digits is mistyped")
	})
}

func TestAnOfficerOfOneOrganisationSeesItsOwnStaffAlone(t *testing.T) {
	t.Parallel()
	signIn(t, "ed.nurse", true).record(town.the(t, "Superseded number").NHSNumber)
	signIn(t, "pharmacist", true).record(town.the(t, "Inpatient at George Eliot").NHSNumber)

	v := signIn(t, "privacy.officer", true)
	mine := v.open("/privacy/events")
	mine.is(t, "privacy-events", 200)
	if len(mine.who()) == 0 {
		t.Error("the log is empty")
	}
	for _, who := range mine.who() {
		says(t, who, "University Hospitals Coventry and Warwickshire")
	}
	for _, theirs := range []string{"Adeyemi", "Hallam"} {
		if p := v.filter("", theirs, "", nil); len(p.who()) > 0 {
			t.Errorf("staff of others: %q", p.who())
		}
	}
	signIn(t, "ed.nurse", true).open("/privacy/events").is(t, "refused", 403)
}

func TestP9_NothingThatNamesAPatientIsLogged(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	p := v.record(town.the(t, "Duplicates").NHSNumber)
	v.open(p.path()+"/results").is(t, "section", 200)
	v.search("999 000 0019")
	if err := town.leaked(); err != nil {
		t.Error(err)
	}
}
