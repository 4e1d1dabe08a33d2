package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

// tagged is the meta of a resource that an exchange passes on.
func tagged(code, name, accountable string) string {
	return `"meta":{"tag":[{"system":"https://fhir.interweavedigital.nhs.uk/Source","code":"` + code + `","display":"` + name + `"},
		{"system":"https://fhir.interweavedigital.nhs.uk/Provenance","code":"RBA","display":"` + accountable + `"}]}`
}

func failing(code, name, issue, text string) string {
	return `{"resourceType":"OperationOutcome",` + tagged(code, name, "") + `,"issue":[{"severity":"error","code":"` + issue + `","details":{"text":"` + text + `"}}]}`
}

// Each organisation for which an exchange answers has a state of its own on
// the page, in its counts and on the trail, and its items show whose they are.
func TestP4_AnExchangeIsOneStateForEachProvider(t *testing.T) {
	w := newWorld(t, partnertest.NothingOf, partnertest.Holds)
	w.partners["RKB"].Items = map[string][]string{
		"AllergyIntolerance": {
			`{"resourceType":"AllergyIntolerance","id":"x1","code":{"text":"Latex"},"patient":{"reference":"Patient/p1"},` + tagged("P-001", "Example EPR", "Example Trust") + `}`,
			failing("P-007", "Council system", "timeout", "Abandoned after 2 seconds"),
			failing("P-008", "Hospice system", "forbidden", "Not allowed"),
		},
		"Condition": {
			`{"resourceType":"Condition","id":"x2","code":{"text":"Gout"},"subject":{"reference":"Patient/p1"},` + tagged("P-007", "Council system", "Example Council") + `}`,
			failing("P-008", "Hospice system", "forbidden", "Not allowed"),
		},
	}
	w.relate("RKB")
	p := w.as("ed.nurse").record()
	if p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	for code, want := range map[string]record.State{"RKB": record.Answered, "P-001": record.Answered, "P-007": record.Incomplete, "P-008": record.Incomplete, "RLT": record.Answered} {
		if got := p.Find(`[data-partner="`+code+`"]`).AttrOr("data-state", "none"); got != string(want) {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	strip := strings.Join(strings.Fields(p.Find(".icr-strip").Text()), " ")
	for _, said := range []string{"2 of 4 organisations answered", "Hospital RKB answered: for 3 organisations", "Council system", "Abandoned after 2 seconds", "through Hospital RKB"} {
		if !strings.Contains(strip, said) {
			t.Errorf("the strip does not say %q: %s", said, strip)
		}
	}
	allergies := p.Find("[data-section=allergies]")
	if line := allergies.Find(`[data-source="P-001"]`); line.Length() != 1 || !strings.Contains(allergies.Text(), "of Example Trust") {
		t.Errorf("the item does not say whose it is: %s", allergies.Text())
	}
	if !strings.Contains(allergies.Find("h2").Text(), "incomplete") || !strings.Contains(allergies.Text(), "Council system") {
		t.Errorf("the allergies do not say who is missing: %s", allergies.Text())
	}
	e := w.trail()[len(w.trail())-1]
	rows := map[string]audit.Partner{}
	for _, row := range e.Partners {
		rows[string(row.Code)] = row
	}
	if got := rows["P-001"]; got.Name != "Example EPR" || got.Entries != 1 || len(got.Shown["AllergyIntolerance"]) != 1 {
		t.Errorf("the trail says of P-001 %+v", got)
	}
	if got := rows["P-007"]; got.State != record.Incomplete || !strings.Contains(got.Why, "Abandoned") {
		t.Errorf("the trail says of P-007 %+v", got)
	}
	if got := rows["RKB"]; got.Entries != 0 || len(got.Shown) != 0 {
		t.Errorf("the trail says of the exchange %+v", got)
	}
}

// One item about somebody else withholds the exchange's answer whole, whoever
// of its providers sent it.
func TestP5_AnExchangeIsWithheldWhole(t *testing.T) {
	w := newWorld(t, partnertest.MixedPatients)
	w.partners["RKB"].Items = map[string][]string{"Condition": {
		`{"resourceType":"Condition","id":"x2","code":{"text":"Gout"},"subject":{"reference":"Patient/p1"},` + tagged("P-007", "Council system", "Example Council") + `}`,
	}}
	w.relate("RKB")
	p := w.as("ed.nurse").record()
	if p.Find("[data-entry]").Length() != 0 || p.Find(`[data-partner="P-007"]`).Length() != 0 || w.kinds()[audit.IdentityFailed] != 1 {
		t.Error("something of the answer is shown")
	}
}

// An organisation is the same through an exchange as by itself: whose name
// tells is named to clinicians only, as is one that nobody knows, and what is
// switched off does not come round that way.
func TestP2_AnExchangeIsNoWayRoundAPartnersOwnRules(t *testing.T) {
	w := newWorld(t, partnertest.NothingOf, partnertest.Holds, partnertest.NothingOf, partnertest.NothingOf)
	allergy := func(id, what, from, name string) string {
		return `{"resourceType":"AllergyIntolerance","id":"` + id + `","code":{"text":"` + what + `"},"patient":{"reference":"Patient/p1"},` + tagged(from, name, "") + `}`
	}
	w.partners["RKB"].Items = map[string][]string{"AllergyIntolerance": {
		allergy("x1", "Latex", "RYG", "Hospital RYG"), allergy("x2", "Nuts", "P-001", "Sexual health clinic"), allergy("x3", "Eggs", "RLT", "Hospital RLT"),
	}}
	w.relate("RKB", "E08000026")
	worker := w.as("social.worker").record()
	if text := worker.text(); worker.names("RYG") || strings.Contains(text, "Sexual") || worker.names("P-001") || !strings.Contains(text, "Latex") || !strings.Contains(text, "Nuts") {
		t.Errorf("social care reads %s", text)
	}
	nurse := w.as("ed.nurse")
	if p := nurse.record(); !strings.Contains(p.text(), "Sexual health clinic") || !strings.Contains(p.text(), "Eggs") {
		t.Errorf("a clinician reads %s", p.text())
	}
	officer := w.as("safety.officer")
	for _, section := range []string{"allergies", ""} {
		officer.switchFeed("RLT", section, "yes")
		p := nurse.record()
		if text := p.Find("[data-section=allergies]").Text(); strings.Contains(text, "Eggs") || !strings.Contains(text, "Latex") || !strings.Contains(text, "is switched off for safety") {
			t.Errorf("section %q switched off: %s", section, text)
		}
		if got := p.state("RKB/RLT"); section == "" && got != string(record.SwitchedOff) {
			t.Errorf("its state is %s", got)
		}
		officer.switchFeed("RLT", section, "no")
	}
}

// One of those for whom an exchange answers is switched off at once, all of it
// or one section, and the others are not; and on again.
func TestP4_OneProviderOfAnExchangeIsSwitchedOff(t *testing.T) {
	w := newWorld(t, partnertest.NothingOf)
	item := func(kind, subject, id, what, from, name string) string {
		return `{"resourceType":"` + kind + `","id":"` + id + `","code":{"text":"` + what + `"},"` + subject + `":{"reference":"Patient/p1"},` + tagged(from, name, "") + `}`
	}
	w.partners["RKB"].Items = map[string][]string{
		"AllergyIntolerance": {item("AllergyIntolerance", "patient", "x1", "Latex", "P-001", "Example EPR"), item("AllergyIntolerance", "patient", "x2", "Nuts", "P-007", "Council system")},
		"Condition":          {item("Condition", "subject", "x3", "Gout", "P-007", "Council system")},
	}
	w.relate("RKB")
	nurse, officer := w.as("ed.nurse"), w.as("safety.officer")
	turn := func(partner, provider, section, off string) page {
		return officer.post("/safety/feeds", url.Values{"partner": {partner}, "provider": {provider}, "section": {section}, "off": {off}, "reason": {"doses are mixed up"}})
	}
	if desk := turn("RKB", "P-007", "allergies", "yes"); desk.Find(`[data-off][data-feed="RKB/P-007"][data-feed-section=allergies]`).Length() != 1 || !strings.Contains(desk.text(), "P-007 through Hospital RKB: allergies") {
		t.Errorf("the desk: %d %s", desk.status, desk.text())
	}
	p := nurse.record()
	if allergies := p.Find("[data-section=allergies]").Text(); strings.Contains(allergies, "Nuts") || !strings.Contains(allergies, "Latex") || !strings.Contains(allergies, "Council system (is switched off for safety)") || !strings.Contains(p.text(), "Gout") {
		t.Errorf("one section: %s", p.text())
	}
	turn("RKB", "P-007", "", "yes")
	if p = nurse.record(); strings.Contains(p.text(), "Gout") || !strings.Contains(p.text(), "Latex") || p.state("P-007") != string(record.SwitchedOff) || p.state("P-001") != string(record.Answered) {
		t.Errorf("all of it: %s", p.text())
	}
	turn("RKB/P-007", "", "", "no")
	if desk := turn("RKB/P-007", "", "allergies", "no"); desk.Find("[data-off]").Length() != 0 {
		t.Errorf("on again: %s", desk.text())
	}
	if text := nurse.record().text(); !strings.Contains(text, "Gout") || !strings.Contains(text, "Nuts") {
		t.Errorf("on again: %s", text)
	}
	for partner, provider := range map[string]string{"RLT": "P-007", "RKB": strings.Repeat("x", 61), "RLT/P-007": ""} {
		if refused := turn(partner, provider, "", "yes"); refused.status != http.StatusUnprocessableEntity || refused.Find("[data-off]").Length() != 0 {
			t.Errorf("%s of %s: %d", provider, partner, refused.status)
		}
	}
}

// A partner that is not configured as an exchange speaks for itself alone.
func TestP2_TagsOfOtherPartnersAreIgnored(t *testing.T) {
	w := newWorld(t, partnertest.NothingOf, partnertest.NothingOf)
	w.partners["RLT"].Items = map[string][]string{"AllergyIntolerance": {
		`{"resourceType":"AllergyIntolerance","id":"x1","code":{"text":"Latex"},"patient":{"reference":"Patient/p1"},` + tagged("RKB", "Hospital RKB", "Elsewhere") + `}`,
		failing("P-007", "Council system", "timeout", "Abandoned"),
	}}
	w.relate("RKB")
	p := w.as("ed.nurse").record()
	if line := p.Find(`[data-section=allergies] [data-source=RLT]`); line.Length() == 0 || p.Find("[data-partner]").Length() != 3 || strings.Contains(p.text(), "Elsewhere") || !strings.Contains(p.text(), "its answer is incomplete: Abandoned") {
		t.Errorf("%d organisations, RLT %s: %s", p.Find("[data-partner]").Length(), p.state("RLT"), p.Find("[data-section=allergies]").Text())
	}
}
