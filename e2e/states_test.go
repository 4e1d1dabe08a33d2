package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestP4_ASlowAndABrokenPartnerAreNamed(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		p := signIn(t, "ed.nurse", scripts).record(town.the(t, "One partner down, one slow").NHSNumber)
		p.is(t, "summary", 200)
		says(t, p.text(".icr-strip__sentence"), "6 of 8 organisations answered.", "Missing:", "George Eliot Hospital", "West Midlands Ambulance")
		for partner, want := range map[string]struct{ state, words string }{
			"RLT": {"failed", "could not be reached"}, "RYA": {"late", "no answer"}, "RKB": {"answered", "items"}, "RYG": {"not-held", "does not know"},
		} {
			if got := p.state(partner); got != want.state {
				t.Errorf("%s: %s, want %s", partner, got, want.state)
			}
			says(t, p.strip(partner), want.words)
		}
		says(t, p.text(`[data-section="allergies"]`), "Incomplete", "George Eliot Hospital", "West Midlands Ambulance")
		says(t, p.text(`[data-section="documents"]`), "Incomplete", "George Eliot Hospital")
		saysNot(t, p.text(`[data-section="documents"]`), "Nothing recorded by any organisation.")
	})
}

func TestP4_LateAnswersAreAskedForAndOffered(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	first := v.record(town.the(t, "One partner down, one slow").NHSNumber)
	if first.is(t, "summary", 200); !first.has("[data-asking]") { // it took what was left waiting for whoever sat at this tab before
		v.record(town.the(t, "One partner down, one slow").NHSNumber).is(t, "summary", 200)
	}
	if region := evaluate[string](v, `document.querySelector("body > [role=status]")?.textContent ?? "none"`); region != "" {
		t.Errorf("before anything is said, screen readers find %q", region)
	}
	v.act(chromedp.Evaluate[chromedp.Void](`document.querySelector("#nhs_number, .icr-banner__summary").focus()`), chromedp.WaitVisible(chromedp.CSS("[role=status] > .icr-late")))
	says(t, evaluate[string](v, `document.querySelector(".icr-late").textContent`), "No further organisation has answered.")
	v.act(chromedp.Evaluate[chromedp.Void](axe))
	v.violations(v.at, desktop)
	v.act(chromedp.Click(chromedp.CSS(".icr-late button")), chromedp.WaitNotPresent(chromedp.CSS(".icr-late")))
	now := v.read(nil)
	if now.state("RYA") != "late" || now.has("[data-asking]") {
		t.Errorf("the ambulance service: %s, %s", now.state("RYA"), now.strip("RYA"))
	}
}

func TestP4_WithoutScriptsALinkChecksAgain(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", false)
	p := v.record(town.the(t, "One partner down, one slow").NHSNumber)
	says(t, p.text(".icr-strip a"), "Check again")
	again := v.click(`.icr-strip a[href^="/record/"]`)
	again.is(t, "summary", 200)
	if again.state("RYA") != "late" || again.reference() == p.reference() {
		t.Errorf("the ambulance service: %s; references %s and %s", again.state("RYA"), p.reference(), again.reference())
	}
}

func TestP4_NothingRecordedIsNotNoKnownAllergies(t *testing.T) {
	t.Parallel()
	p := signIn(t, "gp", true).record(town.the(t, "Nothing recorded anywhere").NHSNumber)
	p.is(t, "summary", 200)
	if p.has("[data-entry]") {
		t.Errorf("there are lines: %s", p.text("[data-entry]"))
	}
	says(t, p.text("#heading-allergies"), "Allergies not recorded")
	saysNot(t, p.text("main"), "no known allerg")
	says(t, p.text(".icr-strip"), "8 of 8 organisations answered.")
}

func TestP5_AnAnswerAboutSomebodyElseIsWithheldWhole(t *testing.T) {
	t.Parallel()
	theirs := signIn(t, "pharmacist", true).record(town.the(t, "The namesake").NHSNumber)
	theirs.is(t, "summary", 200)
	herself := []string{"amoxicillin", "breast", "Lumpectomy"}
	says(t, theirs.html, "amoxicillin", "breast")

	p := signIn(t, "ed.nurse", true).record(town.the(t, "A partner answers about somebody else").NHSNumber)
	p.is(t, "summary", 200)
	if got := p.state("RLT"); got != "identity-check-failed" {
		t.Errorf("George Eliot: %s", got)
	}
	says(t, p.text(".icr-attention"), "George Eliot Hospital answered about a different person")
	saysNot(t, p.html, append(herself, "Margaret Ann", "Arbury Fold", "1949")...)
	if p.has(`[data-source="RLT"]`) {
		t.Errorf("lines from George Eliot: %s", p.text(`[data-entry]:has([data-source="RLT"])`))
	}
	for _, held := range statements(t, theirs, "RLT") {
		saysNot(t, p.text("main"), held)
	}
}

// statements are what stands on the lines that come from one partner alone.
func statements(t *testing.T, p *page, partner string) []string {
	t.Helper()
	all := p.texts(`[data-entry]:has([data-source="` + partner + `"]) .icr-what`)
	if len(all) == 0 {
		t.Fatalf("%s has nothing on %s", partner, p.path())
	}
	return all
}

func TestNotInTheProgrammeIsNotAskedAndSaysSo(t *testing.T) {
	t.Parallel()
	for _, story := range []string{"Under 18", "Outside the area"} {
		t.Run(story, func(t *testing.T) {
			p := signIn(t, "ed.nurse", true).record(town.the(t, story).NHSNumber)
			p.is(t, "unavailable", 403)
			says(t, p.text("main"), "This patient is not in the ICR programme", "024 7696 0002")
			if p.has("[data-patient-banner]") || p.has("[data-entry]") {
				t.Error("something of a record is shown")
			}
		})
	}
}

func TestAWithdrawnObjectionIsNoObjection(t *testing.T) {
	t.Parallel()
	p := signIn(t, "ed.nurse", true).record(town.the(t, "Withdrawn objection").NHSNumber)
	p.is(t, "summary", 200)
	says(t, p.text(`[data-section="medications"]`), "Sertraline", "Atorvastatin")
	says(t, p.text("#heading-allergies"), "No known allergies")
}

func TestDeceasedIsViewableAndSaidInTheBanner(t *testing.T) {
	t.Parallel()
	p := signIn(t, "ed.nurse", true).record(town.the(t, "Deceased ten days ago").NHSNumber)
	p.is(t, "summary", 200)
	says(t, p.text("[data-patient-banner]"), "WAKEFIELD, Edith Rose", "Died", "Age at Death")
}

func TestASupersededNumberLeadsToTheRecord(t *testing.T) {
	t.Parallel()
	person := town.the(t, "Superseded number")
	v := signIn(t, "ed.nurse", true)
	found := v.search(superseded)
	found.is(t, "search", 200)
	says(t, found.text("main"), "CHAUDHRY", spaced(person.NHSNumber))
	p := v.click(`a[href^="/record/"]`)
	p.is(t, "summary", 200)
	says(t, p.text("[data-patient-banner]"), "NHS No. "+spaced(person.NHSNumber), "Former NHS No. "+spaced(superseded))
}

func TestARegistrationElsewhereInTheProgrammeIsViewable(t *testing.T) {
	t.Parallel()
	p := signIn(t, "ed.nurse", true).record(town.the(t, "Registered in Redditch").NHSNumber)
	p.is(t, "summary", 200)
	same(t, "sources", p.attributes("[data-entry] [data-source]", "data-source"), []string{"RJC", "RKB"})
}

func TestARestrictedPatientCannotBeLocated(t *testing.T) {
	t.Parallel()
	v := signIn(t, "ed.nurse", true)
	summary := v.record(town.the(t, "Restricted (S-flag)").NHSNumber)
	for _, section := range append([]string{""}, "visits", "alerts", "care-team", "documents") {
		p := summary
		if section != "" {
			p = v.open(summary.path() + "/" + section)
		}
		says(t, p.text("[data-patient-banner]"), "Restricted record", "Address and whereabouts are not shown")
		text := p.without("body", "[data-signed-in]", ".icr-why dd", ".icr-print", ".nhsuk-header__service-name", ".icr-footer")
		saysNot(t, text, append(organisations(t), "University Hospital")...)
		saysNot(t, text, "Haven Court", "CV99 9XR", "07700 900123", "Cubicle", "Room 3", "024 7696", "Clinic 5")
		same(t, "kinds of partner", p.attributes("[data-partner]", "data-partner"), []string{"acute", "ambulance", "gp", "mental-health", "social-care"})
		if code := codes.FindString(p.html); code != "" {
			t.Errorf("%s: the code %s gives away who knows her", p.path(), code)
		}
	}
}

// codes are those of the partners.
var codes = regexp.MustCompile(`\b(?:Y9900[123]|` + strings.Join(partners, "|") + `)\b`)

// organisations are the names of all there are, as the demonstration's
// configuration has them.
func organisations(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(town.state, "programme.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	directory, err := os.ReadFile(filepath.Join(town.state, "practices.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listed.FindAllStringSubmatch(string(directory), -1) {
		names = append(names, m[1])
	}
	if len(names) != 11 {
		t.Fatalf("organisations: %q", names)
	}
	return names
}

// listed finds a practice of the directory file.
var listed = regexp.MustCompile(`(?m)^Y\d+,([^,]+),`)

// named finds what has a code and a name: an organisation.
var named = regexp.MustCompile(`- code: [A-Z0-9]+\s+name: (.+)`)
