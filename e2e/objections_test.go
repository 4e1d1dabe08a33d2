package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// An objections officer enters a form that came by telephone, finds out who it
// is about, puts it in force, and prints the letter.
func TestAnOfficerDealsWithAFormOnPaper(t *testing.T) {
	person := town.the(t, "Objection in force")
	officer := signIn(t, "objections.officer", true)
	officer.at.is(t, "objections", 200)
	officer.open("/objections/new").is(t, "objection-entry", 200)
	choose := func(name, value string) step {
		return chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=` + name + `][value=` + value + `]').checked = true`)
	}
	officer.click("form[action='/objections/new'] button").is(t, "objection-entry", 422)
	officer.act(choose("wants", "object"), choose("route", "telephone"), choose("asks", "oneself"))
	last := strings.LastIndex(person.Name, " ")
	given, family := person.Name[:last], person.Name[last+1:]
	for css, text := range map[string]string{
		"#given": given, "#family": family, "#nhs_number": person.NHSNumber, "#born-year": person.BirthDate[:4], "#born-month": person.BirthDate[5:7], "#born-day": person.BirthDate[8:],
		"#address": "1 Aviary Lane", "#postcode": "CV99 9ZZ",
	} {
		officer.fill(css, text)
	}
	form := officer.click("form[action='/objections/new'] button")
	form.is(t, "objection", 200)
	says(t, form.text("main"), "Received, not yet in force", "Nobody has looked the person up yet", "Due by")
	traced := officer.click("[data-can=traced] button")
	says(t, traced.text("[data-identity]"), "Differs: postcode", spaced(person.NHSNumber))
	refused := officer.click("[data-can=confirmed] button")
	refused.is(t, "objection", 422)
	says(t, refused.text(".nhsuk-error-summary"), "Say that the form is neither your own")
	officer.act(chromedp.SetValue(chromedp.CSS("#confirmed-evidence"), "questions"), chromedp.Evaluate[chromedp.Void](`document.querySelector('#confirmed-apart').checked = true`))
	confirmed := officer.click("[data-can=confirmed] button")
	says(t, confirmed.text("main"), "In force: identity confirmed", "Answers by telephone that agree", "No copy was kept")
	letter := officer.open(confirmed.path() + "/letters/confirmed")
	letter.is(t, "objection-letter", 200)
	says(t, letter.text("[data-letter]"), "is hidden now", "1 Aviary Lane", confirmed.text("[data-reference]"), "024 7696 0010")
	saysNot(t, letter.text("[data-letter]"), spaced(person.NHSNumber))
	if sheets := officer.sheets(); len(sheets) != 1 || strings.Contains(sheets[0], dense("Back to the form")) || !strings.Contains(sheets[0], dense("Yours sincerely")) {
		t.Errorf("on paper: %d sheets: %.300q", len(sheets), sheets)
	}
	officer.open("/objections/possible").is(t, "possible-objections", 200)
	queue := officer.open("/objections")
	says(t, queue.text("main"), confirmed.text("[data-reference]"), "Decide")
	saysNot(t, queue.text("main"), family)
}

// What a patient refused at one organisation hides that organisation's record
// and no other, says so, and comes to an objections officer, who asks them.
func TestP3_WhatWasRefusedAtOneOrganisationIsWithheld(t *testing.T) {
	person := town.the(t, "Refused sharing at one organisation")
	nurse := signIn(t, "ed.nurse", true)
	nurse.search(person.NHSNumber)
	page := nurse.click(`a[href^="/record/"]`)
	page.is(t, "summary", 200)
	same(t, "the Partnership", page.attributes(`[data-partner="RYG"]`, "data-state"), []string{"withheld"})
	says(t, page.text("main"), "Flucloxacillin", "the patient has refused there that it is shared")
	saysNot(t, page.html, "Aripiprazole", "Community mental health team")
	saysNot(t, nurse.open(page.path()+"/medications").html, "Aripiprazole")

	officer := signIn(t, "objections.officer", true)
	list := officer.open("/objections/possible")
	says(t, list.text("main"), "Coventry and Warwickshire Partnership", "A Consent that refuses sharing")
	saysNot(t, list.text("main"), person.Name, spaced(person.NHSNumber))
	item := officer.click("[data-possible] a")
	item.is(t, "possible-objection", 200)
	says(t, item.text("main"), spaced(person.NHSNumber))
}
