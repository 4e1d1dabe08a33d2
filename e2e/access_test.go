package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/icr/demo"
	"github.com/chromedp/chromedp"
)

// The tests in this file read the partners' logs, so none of them is parallel.

func TestP2_SocialCareIsNotAskedAboutWhatItMayNotSee(t *testing.T) {
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		person := town.the(t, "Home care")
		v := signIn(t, "social.worker", scripts)
		v.search(person.NHSNumber)
		before := town.mark(t)
		p := v.click(`a[href^="/record/"]`)
		p.is(t, "summary", 200)
		same(t, "sections", p.attributes("[data-section]", "data-section"), []string{"alerts", "allergies", "care-plans", "care-team", "medications", "social-care", "visits"})
		says(t, p.text(`[data-section="allergies"]`), "Allergy to penicillin", "Spon End Surgery")
		says(t, p.text(`[data-section="medications"]`), "Co-careldopa", "Quetiapine")
		says(t, p.text("[data-social-care-notice]"), "Some information is not shown to your role; these lists may be incomplete.")
		saysNot(t, p.text("main"), "Ward", "Clinic", "Geriatric")

		asked := types(town.asked(t, before))
		for _, kind := range []string{"AllergyIntolerance", "MedicationRequest", "CarePlan"} {
			if !slices.Contains(asked, kind) {
				t.Errorf("nobody was asked for %s: %q", kind, asked)
			}
		}
		checkNeverAsked(t, asked)
		for _, section := range []string{"problems", "results", "documents", "observations"} {
			v.open(p.path()+"/"+section).is(t, "refused", 403)
		}
		checkNeverAsked(t, types(town.asked(t, before)))
	})
}

// clinical are the types that social care has no part in.
var clinical = []string{"Binary", "Condition", "DiagnosticReport", "DocumentReference", "Immunization", "Observation", "Procedure"}

func checkNeverAsked(t *testing.T, asked []string) {
	t.Helper()
	for _, kind := range clinical {
		if slices.Contains(asked, kind) {
			t.Errorf("P2: a partner was asked for %s", kind)
		}
	}
}

func TestP2_AClinicianIsAskedForAllThatTheSectionNeeds(t *testing.T) {
	v := signIn(t, "ed.nurse", true)
	v.search(town.the(t, "Plain record").NHSNumber)
	before := town.mark(t)
	p := v.click(`a[href^="/record/"]`)
	asked := types(town.asked(t, before))
	for _, kind := range clinical {
		if kind != "Binary" && !slices.Contains(asked, kind) {
			t.Errorf("nobody was asked for %s: %q", kind, asked)
		}
	}

	before = town.mark(t)
	v.open(p.path()+"/allergies").is(t, "section", 200)
	wished := func(kind string) bool { return kind == "Consent" } // asked beside every question, of whoever is not known to have none
	same(t, "types asked for the allergies alone", slices.DeleteFunc(types(town.asked(t, before)), wished), []string{"AllergyIntolerance", "Patient"})
}

func TestP2_ACareAdministratorSeesContactsAndNobodyIsAsked(t *testing.T) {
	person := town.the(t, "Home care")
	v := signIn(t, "care.admin", true)
	before := town.mark(t)
	p := v.record(person.NHSNumber)
	p.is(t, "summary", 200)
	says(t, p.text("main"), "Whitefriars Walk", "No organisation was asked for anything.")
	if p.has("[data-section]") || p.has("[data-partner]") {
		t.Error("something of the record itself is shown")
	}
	checkNobodyAsked(t, before)
}

func TestP2_NobodyIsAskedForARefusedView(t *testing.T) {
	refusals := []struct{ story, user, kind, says, recorded string }{
		{"Under 18", "ed.nurse", "unavailable", "This patient is not in the ICR programme", "Refused: not in the programme"},
		{"Outside the area", "ed.nurse", "unavailable", "This patient is not in the ICR programme", "Refused: not in the programme"},
		{"Objection in force", "ed.nurse", "unavailable", "This record is not available through the ICR", "Refused: objection in force"},
		{"Objection in force", "pharmacist", "reason", "Give a reason to open this record", "Refused: objection in force"},
		{"No relationship", "pharmacist", "reason", "Give a reason to open this record", "Refused: no care relationship recorded"},
		{"No relationship", "social.worker", "reason", "Give a reason to open this record", "Refused: no care relationship recorded"},
		{"No relationship", "care.admin", "refused", "You cannot view this record", "Refused: no care relationship recorded"},
		{"Under 18", "pharmacist", "reason", "Give a reason to open this record", "Refused: not in the programme"},
	}
	visitors := map[string]*visitor{}
	for _, refused := range refusals {
		if visitors[refused.user] == nil {
			visitors[refused.user] = signIn(t, refused.user, true)
		}
		v := visitors[refused.user]
		before := town.mark(t)
		p := v.record(town.the(t, refused.story).NHSNumber)
		p.is(t, refused.kind, 403)
		says(t, p.text("h1"), refused.says)
		if refused.user != "care.admin" { // whose role has no sections
			v.open(p.path()+"/allergies").is(t, refused.kind, 403)
		}
		checkNobodyAsked(t, before)
	}
	log := signIn(t, "privacy.lead", true)
	for _, refused := range refusals {
		says(t, checkRecorded(t, log, town.the(t, refused.story), "denied", refused.user), refused.recorded)
	}
}

// Somebody came in minutes ago. Their hospital says so when it is asked, and
// nobody else is.
func TestP2_OnlyTheOwnHospitalIsAskedWhetherItCares(t *testing.T) {
	person := town.the(t, "Arrived minutes ago")
	signIn(t, "pharmacist", true).record(person.NHSNumber).is(t, "reason", 403)
	p := signIn(t, "ed.nurse", true).record(person.NHSNumber)
	p.is(t, "summary", 200)
	says(t, p.text("[data-ground=confirmed]"), "Your organisation says that it cares for this patient", "encounter")
	log := signIn(t, "privacy.lead", true)
	says(t, checkRecorded(t, log, person, "inquired", "ed.nurse"), "Asked the user’s organisation")
}

func checkNobodyAsked(t *testing.T, before mark) {
	t.Helper()
	if asked := town.asked(t, before); len(asked) > 0 {
		t.Errorf("P2: partners were asked: %v", asked)
	}
}

// surnames are those of the users, as the access log has them.
var surnames = map[string]string{
	"ed.nurse": "WHITLOCK Tom", "pharmacist": "ADEYEMI Grace", "social.worker": "DOYLE Helen", "care.admin": "BARTLETT Sam", "paramedic": "MERCER Jack",
}

// checkRecorded checks that the access log has an event of some kind of a user
// about a patient, and returns its words.
func checkRecorded(t *testing.T, officer *visitor, patient demo.Inhabitant, kind, user string) string {
	t.Helper()
	for _, event := range officer.filter(patient.NHSNumber, "", kind, nil).texts(`[data-event="` + kind + `"]`) {
		if strings.Contains(event, surnames[user]) {
			return event
		}
	}
	t.Errorf("the log has no «%s» of %s about %s", kind, user, patient.Story)
	return ""
}

func TestP3_AnObjectionLooksToStrangersLikeAnyRefusal(t *testing.T) {
	objected, other := town.the(t, "Objection in force"), town.the(t, "No relationship")
	v := signIn(t, "pharmacist", true)
	one, another := v.record(objected.NHSNumber), v.record(other.NHSNumber)
	if one.status != another.status || one.main(t) != another.main(t) {
		t.Errorf("an objection: %d\n%s\nno relationship: %d\n%s", one.status, one.main(t), another.status, another.main(t))
	}
	saysNot(t, one.main(t), "object") // every page’s foot leads to the right to
	saysNot(t, one.html, objected.Name, "Olusegun")

	neutral := signIn(t, "ed.nurse", true).record(objected.NHSNumber)
	neutral.is(t, "unavailable", 403)
	says(t, neutral.text("main"), "This record is not available through the ICR", "can withdraw an objection at any time")
	for _, organisation := range organisations(t) {
		says(t, neutral.text(".icr-phones"), organisation)
	}
	saysNot(t, neutral.html, "Olusegun", spaced(objected.NHSNumber))
}

func TestP3_AClaimDoesNotLiftAnObjection(t *testing.T) {
	person := town.the(t, "Objection in force")
	v := signIn(t, "paramedic", true)
	v.record(person.NHSNumber).is(t, "reason", 403)
	before := town.mark(t)
	answer := v.claim("safeguarding", "Seen at home")
	answer.is(t, "unavailable", 403)
	says(t, answer.text("h1"), "This record is not available through the ICR")
	checkNobodyAsked(t, before)
	officer := signIn(t, "privacy.lead", true)
	checkRecorded(t, officer, person, "self-claimed", "paramedic")
	checkRecorded(t, officer, person, "denied", "paramedic")
}

var ref = regexp.MustCompile(`/record/[A-Z0-9]+`)

// main is the markup of the page's main part, whoever it is about.
func (p *page) main(t *testing.T) string {
	t.Helper()
	html, err := p.Find("main").Html()
	if err != nil {
		t.Fatal(err)
	}
	return ref.ReplaceAllString(html, "/record/REF")
}

// claim gives a reason on the page that asks for one.
func (v *visitor) claim(why, words string) *page {
	v.t.Helper()
	v.act(chromedp.Click(chromedp.CSS(`input[name=why][value="` + why + `"]`)))
	v.fill(`[name=words]`, words)
	return v.click("main form button")
}

func TestP7_AClaimOpensTheRecordAndThePageSaysSo(t *testing.T) {
	for user, scripts := range map[string]bool{"pharmacist": true, "paramedic": false} {
		t.Run(user, func(t *testing.T) {
			person := town.the(t, "Plain record")
			v := signIn(t, user, scripts)
			asked := v.record(person.NHSNumber)
			asked.is(t, "reason", 403)
			saysNot(t, asked.html, "Sandhu", "Harpreet", spaced(person.NHSNumber))

			unsaid := v.click("main form button")
			unsaid.is(t, "reason", 422)
			says(t, unsaid.text(".nhsuk-error-summary"), "Select why you need to see this record")

			p := v.claim("care-not-yet-recorded", "Handed over by the ward")
			p.is(t, "summary", 200)
			if got := p.Find("[data-ground]").AttrOr("data-ground", ""); got != "self-claimed" {
				t.Errorf("ground %q", got)
			}
			says(t, strings.ToLower(p.text("[data-ground]")), "until")
			checkStrip(t, p)
			officer := signIn(t, "privacy.lead", true)
			says(t, checkRecorded(t, officer, person, "self-claimed", user), "Handed over by the ward")
			checkRecorded(t, officer, person, "disclosed", user)
		})
	}
}
