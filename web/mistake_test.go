package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
)

// reportForm follows the link that reports the first allergy.
func (b *browser) reportForm(ref string) page {
	b.w.t.Helper()
	href, ok := b.get(ref).Find("[data-section=allergies] a.icr-mistake").Attr("href")
	if !ok {
		b.w.t.Fatal("the entry cannot be reported")
	}
	return b.get(href)
}

// send fills in the form of a page and sends it.
func (b *browser) send(p page, mistake, words string) page {
	b.w.t.Helper()
	hidden := func(name string) string { return p.Find(`input[name=`+name+`]`).AttrOr("value", "") }
	return b.post(p.Find(`form[action*="/mistake/"]`).AttrOr("action", ""), url.Values{
		"entry": {hidden("entry")}, "report": {hidden("report")}, "mistake": {mistake}, "words": {words},
	})
}

// A report goes to the safety desk with the entry as its reader saw it, and to
// the partner as a message that names nobody; the record is as it was.
func TestErrorsAreReported(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	form := nurse.reportForm(ref)
	if form.status != http.StatusOK || form.name() != "mistake" || !strings.Contains(form.text(), partnertest.Allergy) || form.Find("[data-access-reference]").Length() == 0 {
		t.Fatalf("%d %s", form.status, form.text())
	}
	const words = "She says that she never had a reaction"
	if p := nurse.send(form, "", words); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "Select what is wrong") || p.Find("textarea").Text() != words {
		t.Errorf("nothing chosen: %d %s", p.status, p.text())
	}
	if p := nurse.send(form, "incorrect", strings.Repeat("x", 501)); p.status != http.StatusUnprocessableEntity {
		t.Errorf("too long: %d", p.status)
	}
	sent := nurse.send(form, "incorrect", words)
	reference := sent.Find("[data-report-reference]").Text()
	if sent.status != http.StatusOK || sent.name() != "reported" || reference == "" {
		t.Fatalf("%d %s", sent.status, sent.text())
	}
	sent.nothingOf(t)
	if p := nurse.get(ref); !strings.Contains(p.Find("[data-section=allergies]").Text(), partnertest.Allergy) {
		t.Error("the record changed")
	}

	officer := w.as("safety.officer")
	item := officer.item(safety.Report)
	for _, want := range []string{partnertest.Allergy, words, "It is not true", "WHITLOCK", reference, patient.Number.Spaced(), "safety@rkb.example", "AllergyIntolerance/a1"} {
		if !strings.Contains(item.text(), want) && !strings.Contains(want, "@") {
			t.Errorf("the item does not say %q: %s", want, item.text())
		}
	}
	letter := officer.get(item.url.Path + "/message")
	if letter.status != http.StatusOK || !strings.Contains(letter.text(), reference) || strings.Contains(letter.text(), words) {
		t.Errorf("%d %s", letter.status, letter.text())
	}
	letter.nothingOf(t)
	for _, e := range w.trail() {
		if e.Kind == audit.ErrorReported && (e.Patient != patient.Number || e.Reference != reference || !strings.Contains(e.Words, words)) {
			t.Errorf("the trail says %+v", e)
		}
	}
	if n := w.kinds()[audit.ErrorReported]; n != 1 {
		t.Errorf("%d reports on the trail", n)
	}
	for _, leaked := range []string{words, "never%20had", partnertest.Allergy} {
		if strings.Contains(w.urls.String(), leaked) || strings.Contains(w.log.String(), leaked) {
			t.Errorf("P9: %q is in a URL or the log", leaked)
		}
	}
	to := raw(w, `SELECT string_agg(partner || ' ' || address || ' ' || reference, ';') FROM safety.message`)
	if to != "RKB safety@rkb.example "+reference {
		t.Errorf("messages: %s", to)
	}
}

// An error in a section, or in an entry that nobody sends any more, is reported
// too: it is never lost because an organisation is silent.
func TestErrorsWithoutAnEntryAreReported(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	section, ok := nurse.get(ref + "/allergies").Find(`p a.icr-mistake`).Attr("href")
	if !ok {
		t.Fatal("the section cannot be reported")
	}
	form := nurse.get(section)
	hidden := form.Find("input[name=report]").AttrOr("value", "")
	for _, test := range []struct {
		partner string
		status  int
	}{{"NOBODY", http.StatusUnprocessableEntity}, {"RLT", http.StatusOK}} {
		p := nurse.post(section, url.Values{"report": {hidden}, "mistake": {"missing"}, "words": {"latex"}, "partner": {test.partner}})
		if p.status != test.status {
			t.Errorf("%s: %d %s", test.partner, p.status, p.text())
		}
	}
	w.super(`DELETE FROM searches`) // as they are after a while
	old := nurse.post(section, url.Values{"report": {hidden}, "mistake": {"missing"}, "words": {"typed long ago"}, "partner": {"RLT"}})
	if old.status != http.StatusUnprocessableEntity || old.Find("textarea[name=words]").Text() != "typed long ago" || !strings.Contains(old.text(), "open for a long time") {
		t.Errorf("P10: a form that lay open for long: %d %s", old.status, old.text())
	}
	gone := nurse.get(section + "?entry=aaaaaaaaaaaaaaaa")
	if gone.status != http.StatusOK || gone.Find("[data-gone]").Length() != 1 {
		t.Errorf("an entry that is gone: %d %s", gone.status, gone.text())
	}
	if p := nurse.send(gone, "other", "the second of them"); p.name() != "reported" {
		t.Errorf("%d %s", p.status, p.text())
	}
	item := w.as("safety.officer").get("/safety?kind=report&partner=RLT")
	if n := item.Find("[data-item=report]").Length(); n != 1 || !strings.Contains(item.text(), "Something is missing") {
		t.Errorf("%d items: %s", n, item.text())
	}
	if n := raw(w, `SELECT count(*)::text FROM safety.message`); n != "0" {
		t.Errorf("%s messages, though nobody has a contact", n)
	}
}

// What may not be seen is not shown to report it.
func TestP2_OnlyWhatIsSeenIsReported(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	stranger := w.as("pharmacist")
	if p := stranger.get(stranger.ref() + "/mistake/allergies"); p.name() != "reason" {
		t.Errorf("without a ground: %s", p.name())
	}
	w.relate("E08000026", "RKB")
	social := w.as("social.worker")
	if p := social.get(social.ref() + "/mistake/results"); p.status != http.StatusForbidden {
		t.Errorf("results to social care: %d", p.status)
	}
	nurse := w.as("ed.nurse")
	form := nurse.reportForm(nurse.ref())
	other := w.as("gp")
	w.relate("Y99001")
	p := other.post(other.ref()+"/mistake/allergies", url.Values{"report": {form.Find("input[name=report]").AttrOr("value", "")}, "mistake": {"incorrect"}})
	if p.status != http.StatusUnprocessableEntity || p.name() != "mistake" {
		t.Errorf("somebody else's form: %d %s", p.status, p.name())
	}
	another := patient
	another.Number = mustNumber("9990000026")
	w.people(spine.New(&town.Town{Demographics: map[string]json.RawMessage{another.Number.Digits(): demographics(another)}}))
	found := nurse.post("/search", url.Values{"nhs_number": {another.Number.Digits()}}).Find(`a[href^="/record/"]`).AttrOr("href", "")
	p = nurse.post(found+"/mistake/allergies", url.Values{"report": {form.Find("input[name=report]").AttrOr("value", "")}, "mistake": {"incorrect"}})
	if found == "" || p.status != http.StatusNotFound {
		t.Errorf("P5: the form about one patient, sent about another: %d", p.status)
	}
	if n := w.kinds()[audit.ErrorReported]; n != 0 {
		t.Errorf("%d reports on the trail", n)
	}
}

func TestP1_WhatCannotBeRecordedIsNotReported(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	form := nurse.reportForm(nurse.ref())
	w.failOn(audit.ErrorReported)
	if p := nurse.send(form, "incorrect", ""); p.status != http.StatusInternalServerError {
		t.Errorf("%d", p.status)
	}
	if n := raw(w, `SELECT (SELECT count(*) FROM safety.item) || ' ' || (SELECT count(*) FROM safety.message)`); n != "0 0" {
		t.Errorf("items and messages: %s", n)
	}
}

// A report about an organisation that its reader may not be told reaches that
// organisation all the same, and tells the reader no more than before.
func TestErrorsOfOrganisationsWhoseNamesTellAreReported(t *testing.T) {
	w := newWorld(t, partnertest.NothingOf, partnertest.NothingOf, partnertest.NothingOf, partnertest.Holds)
	w.web.Suppliers = append(w.web.Suppliers, safety.Supplier{Source: record.Source{Code: "RYG", Name: "Hospital RYG"}, Contact: "safety@ryg.example"})
	w.relate("E08000026")
	worker := w.as("social.worker")
	form := worker.reportForm(worker.ref())
	sent := worker.send(form, "incorrect", "She never had one")
	if sent.name() != "reported" {
		t.Fatalf("%d %s", sent.status, sent.text())
	}
	for _, p := range []page{form, sent} {
		if p.names("RYG") {
			t.Errorf("%s names it", p.name())
		}
	}
	if !strings.Contains(form.text(), "Another NHS organisation") {
		t.Error("the form leaves out that there is an organisation")
	}
	if to := raw(w, `SELECT string_agg(partner || ' ' || address, ';') FROM safety.message`); to != "RYG safety@ryg.example" {
		t.Errorf("messages: %s", to)
	}
	if p := w.as("safety.officer").get("/safety?kind=report&partner=RYG"); p.Find("[data-item=report]").Length() != 1 {
		t.Errorf("the desk says %s", p.text())
	}
}
