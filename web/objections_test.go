package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/safety"
)

// entered is a form on paper, about the patient, in which nothing is wrong.
func entered(wants string) url.Values {
	return url.Values{
		"wants": {wants}, "route": {"paper"}, "asks": {"oneself"}, "given": {"Ottoline"}, "family": {"Canarybird"}, "nhs_number": {patient.Number.Spaced()},
		"born-day": {"3"}, "born-month": {"2"}, "born-year": {"1980"}, "address": {"1 Aviary Lane\nCoventry"}, "postcode": {"CV99 9ZZ"},
	}
}

// act has an officer do something with the form at p.
func (b *browser) act(p page, kind string, form url.Values) page {
	b.w.t.Helper()
	all := url.Values{
		"act": {kind}, "after": {p.Find(`[name="after"]`).First().AttrOr("value", "")}, "apart": {"yes"}, "words": {"because it is so"},
		"evidence": {"passport"}, "nhs_number": {patient.Number.Digits()},
	}
	maps.Copy(all, form)
	return b.post(p.url.Path, all)
}

func (b *browser) must(p page, kind string) page {
	b.w.t.Helper()
	done := b.act(p, kind, nil)
	if done.status != http.StatusOK || done.name() != "objection" {
		b.w.t.Fatalf("%s: %d %s", kind, done.status, done.text())
	}
	return done
}

// A form from paper to the decision: the record is hidden from the confirmation
// of identity on, every read and step is on the trail, and letters are made.
func TestP3_TheDeskPutsAnObjectionInForce(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse, officer, second := w.as("ed.nurse"), w.as("objections.officer"), w.as("objections.second")
	ref := nurse.ref()
	if p := officer.get("/"); p.name() != "objections" || !strings.Contains(p.text(), "Nothing is waiting") {
		t.Errorf("the desk begins with %s: %s", p.name(), p.text())
	}
	form := officer.post("/objections/new", entered("object"))
	if form.name() != "objection" || form.status != http.StatusOK || form.Find("[data-in-force]").Length() != 0 || !strings.Contains(form.text(), "not yet in force") {
		t.Fatalf("entered: %d %s", form.status, form.text())
	}
	reference := strings.TrimSpace(form.Find("[data-reference]").Text())
	if again := officer.post("/objections/new", entered("object")); again.url.Path != form.url.Path {
		t.Error("the same form twice is two")
	}
	if untraced := officer.get(form.url.Path + "/letters/received"); untraced.Find("[data-address]").Length() != 0 || !strings.Contains(untraced.text(), reference) {
		t.Errorf("a letter before anybody was looked up: %s", untraced.text())
	}
	if p := nurse.get(ref); p.name() != "summary" {
		t.Errorf("a form received hides the record: %s", p.text())
	}
	traced := officer.must(form, "traced")
	if !strings.Contains(traced.Find("[data-identity]").Text(), "Agrees") || traced.Find(`[data-rule=own]`).Length() != 1 {
		t.Errorf("traced: %s", traced.text())
	}
	for name, test := range map[string]struct {
		form url.Values
		want string
	}{
		"no evidence": {url.Values{"evidence": {}}, "Select what you have seen as evidence: of identity"},
		"undeclared":  {url.Values{"apart": {""}}, "neither your own nor a relative’s"},
		"endless":     {url.Values{"words": {strings.Repeat("ü", 40000)}}, "at most 2,000 characters"},
	} {
		if p := officer.act(traced, "confirmed", test.form); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), test.want) || p.Find(".nhsuk-error-summary").Length() != 1 {
			t.Errorf("%s: %d %s", name, p.status, p.Find(".nhsuk-error-summary").Text())
		}
	}
	confirmed := officer.must(traced, "confirmed")
	if confirmed.Find("[data-in-force]").Length() != 1 || !strings.Contains(confirmed.text(), "Passport. No copy was kept") {
		t.Errorf("confirmed: %s", confirmed.text())
	}
	hidden := nurse.get(ref)
	if hidden.name() == "summary" || strings.Contains(hidden.body, partnertest.Allergy) {
		t.Errorf("the record is shown: %s", hidden.text())
	}
	if p := officer.act(traced, "confirmed", nil); p.status != http.StatusConflict {
		t.Errorf("twice: %d", p.status)
	}
	upheld := officer.must(confirmed, "upheld")
	for _, letter := range []string{"received", "confirmed", "upheld"} {
		p := officer.get(upheld.url.Path + "/letters/" + letter)
		if p.status != http.StatusOK || p.Find("[data-address]").Length() != 1 || !strings.Contains(p.text(), "1 Aviary Lane") || !strings.Contains(p.text(), reference) || strings.Contains(p.text(), patient.Number.Spaced()) {
			t.Errorf("the letter %s: %d %s", letter, p.status, p.text())
		}
	}
	if p := officer.get(upheld.url.Path + "/letters/refused"); p.status != http.StatusNotFound {
		t.Errorf("a letter of what did not happen: %d", p.status)
	}
	w.withdraw(officer, second, upheld)
	if p := nurse.get(ref); p.name() != "summary" {
		t.Errorf("withdrawn, and hidden: %s", p.text())
	}
	mistaken := w.recordInError(officer, second)
	if p := nurse.get(ref); p.name() != "summary" || w.as("safety.officer").item(safety.ObjectionError).status != http.StatusOK {
		t.Errorf("recorded in error, and hidden: %s", p.text())
	}
	k := w.kinds()
	if k[audit.FormReceived] != 2 || k[audit.ObjectionChanged] != 5 || k[audit.FormHandled] != 5 || k[audit.FormRead] < 20 {
		t.Errorf("the trail has %v", k)
	}
	if logged := w.log.String() + w.urls.String(); strings.Contains(logged, patient.Number.Digits()) || strings.Contains(logged, "Canarybird") {
		t.Error("P9: the log or an address names the patient")
	}
	w.object()
	if letter := second.get(mistaken.url.Path + "/letters/recorded-in-error"); !strings.Contains(letter.text(), "The record is still hidden") || strings.Contains(letter.text(), "can see your record through the") {
		t.Errorf("the letter, with another objection in force: %s", letter.text())
	}
}

// withdraw has two officers withdraw the patient's objection, whose page is p.
func (w *world) withdraw(officer, second *browser, p page) {
	w.t.Helper()
	back := officer.post("/objections/new", entered("withdraw"))
	back = officer.must(officer.must(back, "traced"), "confirmed")
	if back.Find("[data-in-force]").Length() != 0 || !strings.Contains(back.text(), "stays in force until it is withdrawn") {
		w.t.Errorf("a withdrawal received: %s", back.text())
	}
	agreed := officer.must(back, "agreed")
	if p := officer.act(agreed, "withdrawn", nil); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "A second officer must do this") {
		w.t.Errorf("by one officer: %d %s", p.status, p.text())
	}
	if q := second.get("/objections"); !strings.Contains(q.text(), "A second officer must agree to the withdrawal") || strings.Contains(q.text(), "Canarybird") {
		w.t.Errorf("the queue: %s", q.text())
	}
	done := second.must(agreed, "withdrawn")
	if letter := second.get(done.url.Path + "/letters/withdrawn"); !strings.Contains(letter.text(), "The objection is withdrawn") {
		w.t.Errorf("the letter: %s", letter.text())
	}
	if p := officer.get(p.url.Path); p.Find("[data-state=withdrawn]").Length() != 1 {
		w.t.Errorf("the objection: %s", p.text())
	}
}

// recordInError has two officers end an objection that came without a form.
func (w *world) recordInError(officer, second *browser) page {
	w.t.Helper()
	w.object()
	found := officer.post("/objections/find", url.Values{"find": {patient.Number.Spaced()}})
	href, ok := found.Find(`[data-case] a`).First().Attr("href")
	if found.name() != "objections-found" || found.Find("[data-case]").Length() != 3 || !ok {
		w.t.Fatalf("held of the person: %s", found.text())
	}
	said := officer.must(officer.get(href), "error-proposed")
	if p := officer.act(said, "recorded-in-error", nil); p.status != http.StatusUnprocessableEntity || p.Find("[data-in-force]").Length() != 1 {
		w.t.Errorf("by one officer: %d %s", p.status, p.text())
	}
	mistaken := second.must(said, "recorded-in-error")
	if letter := second.get(mistaken.url.Path + "/letters/recorded-in-error"); !strings.Contains(letter.text(), "We hid your record by mistake") || !strings.Contains(letter.text(), "can see your record through the") || strings.Contains(letter.text(), "because it is so") || letter.Find("[data-address]").Length() != 0 {
		w.t.Errorf("the letter about the error: %d %s", letter.status, letter.text())
	}
	return mistaken
}

// Whatever is typed gets a plain answer, and nothing is lost or half done.
func TestP10_TheDeskSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	officer := w.as("objections.officer")
	for name, test := range map[string]struct {
		field, value, want string
	}{
		"no such day":      {"born-day", "31", "must be a real date"},
		"half a form":      {"family", "", "Enter the person’s family name"},
		"long":             {"given", strings.Repeat("a", 40000), "in at most 100 characters"},
		"wrong number":     {"nhs_number", "999 000 0017", "one of its digits is mistyped"},
		"too young":        {"born-year", "2020", "you must be 16 or over"},
		"came tomorrow":    {"received-year", "2100", "must not be in the future"},
		"online by staff":  {"route", "form", "Select how the form came"},
		"signed for an 46": {"applicant_given", "Ada", "they ask for themselves"},
	} {
		form := entered("object")
		form.Set("received-day", "1")
		form.Set("received-month", "1")
		form.Set("received-year", "")
		if name == "came tomorrow" {
			form.Set("received-year", "2100")
		} else {
			form.Del("received-day")
			form.Del("received-month")
			form.Set(test.field, test.value)
		}
		p := officer.post("/objections/new", form)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), test.want) || p.Find("#postcode").AttrOr("value", "") != "CV99 9ZZ" {
			t.Errorf("%s: %d %s", name, p.status, p.Find(".nhsuk-error-summary").Text())
		}
	}
	for find, want := range map[string]string{"": "Enter a reference", "4T7K-9XB3": "Enter a reference", "0000-0000": "No form has this reference", strings.Repeat("x", 40000): "Enter a reference"} {
		if p := officer.post("/objections/find", url.Values{"find": {find}}); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), want) {
			t.Errorf("%.20q: %d %s", find, p.status, p.Find(".nhsuk-error-summary").Text())
		}
	}
	strange := entered("object")
	strange.Set("family", "O’Neill <b>山田</b>")
	strange.Set("nhs_number", former.Spaced())
	form := officer.post("/objections/new", strange)
	if p := officer.act(form, "traced", nil); !strings.Contains(p.text(), "Differs: family name") || strings.Contains(p.body, "<b>山田") {
		t.Errorf("somebody else's name: %s", p.text())
	}
	if p := officer.act(form, "traced", url.Values{"nhs_number": {"9990000042"}}); p.status != http.StatusConflict {
		t.Errorf("stale: %d", p.status)
	}
	form = officer.get(form.url.Path)
	if p := officer.act(form, "traced", url.Values{"nhs_number": {"9990000042"}}); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "knows nobody like this") {
		t.Errorf("nobody: %d %s", p.status, p.text())
	}
	traced := officer.act(form, "traced", nil)
	w.restrict()
	for _, path := range []string{"", "/letters/received"} {
		if p := officer.get(traced.url.Path + path); p.status != http.StatusOK || strings.Contains(p.body, "Aviary") || !strings.Contains(p.text(), "restricted") {
			t.Errorf("P9: a restricted patient%s: %d %s", path, p.status, p.text())
		}
	}
	form = traced
	w.people(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) }))
	if p := officer.act(form, "traced", url.Values{"nhs_number": {"9990000050"}}); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "does not answer") {
		t.Errorf("no demographics: %d %s", p.status, p.text())
	}
	w.failOn(audit.FormRead)
	if p := officer.get(form.url.Path); p.status != http.StatusServiceUnavailable || strings.Contains(p.body, "O’Neill") {
		t.Errorf("P1: %d", p.status)
	}
}
