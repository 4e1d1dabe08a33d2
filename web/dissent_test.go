package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

const (
	localDissent = `{"resourceType":"Observation","id":"o9","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2024-01-01","code":{"coding":[{"system":"http://snomed.info/sct","code":"416409005"}]}}`
	denial       = `{"resourceType":"Consent","id":"k1","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/p1"},"provision":{"type":"deny"}}`
)

// What a patient refused at one partner hides that partner's record, on every
// page and from everybody, says so, and is put to the objections officers; it
// hides nobody else's.
func TestP3_DissentAtAPartnerIsHonoured(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds, partnertest.Holds)
	w.partners["RLT"].Items = map[string][]string{"Observation": {localDissent}}
	w.partners["RJC"].Statement = partnertest.Statement("AllergyIntolerance", "Condition", "Consent")
	w.partners["RJC"].Items = map[string][]string{"Consent": {denial}}
	w.relate("RKB", "RLT", "RJC")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	withheld := func(b *browser, path string, codes ...string) {
		t.Helper()
		p := b.get(path)
		if p.status != 200 || !strings.Contains(p.text(), partnertest.Allergy) {
			t.Fatalf("%s: %d %s", path, p.status, p.text())
		}
		for _, code := range []string{"RKB", "RLT", "RJC"} {
			strip, items := p.Find("[data-partner="+code+"]"), p.Find("[data-entry] [data-source="+code+"]").Length()
			want := "answered"
			if slices.Contains(codes, code) {
				want = string(record.Withheld)
			}
			if strip.AttrOr("data-state", "") != want || (items == 0) != (want != "answered") {
				t.Errorf("%s: %s is %q with %d items", path, code, strip.AttrOr("data-state", ""), items)
			}
			if want != "answered" && !strings.Contains(p.text(), "the patient has refused there that it is shared") {
				t.Errorf("%s: the page does not say why: %s", path, strip.Text())
			}
		}
	}
	withheld(nurse, ref, "RLT", "RJC")
	asked := len(w.partners["RLT"].Asked())
	withheld(nurse, ref+"/allergies", "RLT", "RJC") // which asks for no observations
	withheld(nurse, ref+"/print", "RLT", "RJC")
	if n := len(w.partners["RLT"].Asked()); n != asked {
		t.Error("a partner is asked whose patient has refused")
	}
	if n := w.partners["RJC"].Asked(); !slices.Contains(n, "Consent") {
		t.Errorf("asked for %v", n)
	}
	open, _, err := w.PossibleObjections(t.Context(), 10)
	if err != nil || len(open) != 2 || w.count(audit.PossibleObjection) != 2 {
		t.Fatal(open, err, w.kinds())
	}
	for _, p := range open {
		if p.Patient != patient.Number || p.Partner == "RLT" && p.Evidence != objection.LocalDissent || p.Partner == "RJC" && p.Evidence != objection.DeniedByConsent {
			t.Errorf("%+v", p)
		}
	}
	w.partners["RJC"].Change(func(m *partnertest.Manner) { m.Items = nil }) // the patient has changed their mind
	withheld(nurse, ref, "RLT")
	if w.count(audit.Denied) != 0 {
		t.Error("an objection at one partner closes the whole record")
	}
}

// Objections officers find what is possible without a name, read one on the
// record of it, and say what it is; what they say counts from the next page on.
func TestOfficersHandlePossibleObjections(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.partners["RKB"].Items = map[string][]string{"Observation": {localDissent}}
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	state := func() string {
		t.Helper()
		return nurse.get(ref+"/allergies").Find("[data-partner=RKB]").AttrOr("data-state", "")
	}
	if nurse.get(ref); state() != "withheld" {
		t.Fatalf("RKB is %s", state())
	}
	officer := w.as("objections.officer")
	list := officer.get("/objections/possible")
	item, ok := list.Find(`[data-possible=RKB] a`).Attr("href")
	if !ok || list.name() != "possible-objections" || strings.Contains(list.body, "Canarybird") || strings.Contains(list.body, "999 000 0018") {
		t.Fatal(list.name(), list.text())
	}
	p := officer.get(item)
	if !strings.Contains(p.text(), "999 000 0018") || !strings.Contains(p.text(), "CANARYBIRD, Ottoline") || w.count(audit.PossibleRead) != 1 {
		t.Errorf("%d %s, %v", p.status, p.text(), w.kinds())
	}
	for words, form := range map[string]url.Values{
		"Select what it is":             {"words": {"Asked"}},
		"Say why":                       {"outcome": {"does-not-stand"}},
		"Enter the person’s form first": {"outcome": {"objects"}, "words": {"Asked"}},
	} {
		if p := officer.post(item, form); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), words) || p.Find("textarea").Text() != form.Get("words") {
			t.Errorf("%s: %d %s", words, p.status, p.text())
		}
	}
	if state() != "withheld" {
		t.Error("it is shown before anybody said that it may be")
	}
	form := url.Values{"outcome": {"does-not-stand"}, "words": {"Coded by mistake, says the practice"}}
	if p := officer.post(item, form); p.Find("[data-outcome=does-not-stand]").Length() != 1 || !strings.Contains(p.text(), "Coded by mistake") {
		t.Fatal(p.status, p.text())
	}
	if p := officer.post(item, form); p.status != http.StatusConflict {
		t.Errorf("handled twice: %d", p.status)
	}
	if state() != "answered" || w.count(audit.PossibleHandled) != 1 {
		t.Errorf("RKB is %s, %v", state(), w.kinds())
	}
	if nurse.get(ref); state() != "withheld" { // it still sends the code
		t.Error("what comes again is not honoured again")
	}
	if list := officer.get("/objections/possible"); list.Find("[data-possible]").Length() != 2 {
		t.Error(list.text())
	}
}

// What was refused at one of the organisations for which an exchange answers
// withholds that organisation's items, and those that are nobody's. A refusal
// that is nobody's withholds all.
func TestP3_DissentThroughAnExchange(t *testing.T) {
	allergy := func(id, what, by string) string {
		return `{"resourceType":"AllergyIntolerance","id":"` + id + `","code":{"text":"` + what + `"},"patient":{"reference":"Patient/p1"}` + by + `}`
	}
	by := func(code string) string { return "," + tagged(code, "Provider "+code, "") }
	refusal := func(code string) string { return strings.TrimSuffix(denial, "}") + by(code) + "}" }
	coded := func(code string) string { return strings.TrimSuffix(localDissent, "}") + by(code) + "}" }
	for name, test := range map[string]struct {
		own, consent, code string // an untagged item, a Consent and a code
		want               map[string]string
		shown              string
		possible           []nhs.ODSCode
	}{
		"by a code":         {"", "", coded("P-002"), map[string]string{"RKB": "answered", "P-001": "answered", "P-002": "withheld"}, "Latex Eggs", []nhs.ODSCode{"RKB/P-002"}},
		"of a partner":      {"", refusal("RLT"), "", map[string]string{"P-001": "answered", "RKB/RLT": "withheld"}, "Latex Nuts", []nhs.ODSCode{"RLT"}},
		"and items without": {"Dust", refusal("P-001"), "", map[string]string{"RKB": "withheld", "P-001": "withheld", "P-002": "answered"}, "Nuts Eggs", []nhs.ODSCode{"RKB/P-001"}},
		"nobody's":          {"Dust", denial, "", map[string]string{"RKB": "withheld", "P-001": "", "P-002": ""}, "", []nhs.ODSCode{"RKB"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, partnertest.NothingOf, partnertest.NothingOf)
			items := []string{allergy("x1", "Latex", by("P-001")), allergy("x2", "Nuts", by("P-002")), allergy("x3", "Eggs", by("RLT"))}
			if test.own != "" {
				items = append(items, allergy("x4", test.own, ""))
			}
			w.partners["RKB"].Items = map[string][]string{"AllergyIntolerance": items}
			for kind, item := range map[string]string{"Consent": test.consent, "Observation": test.code} {
				if item != "" {
					w.partners["RKB"].Items[kind] = []string{item}
				}
			}
			w.relate("RKB")
			nurse := w.as("ed.nurse")
			ref := nurse.ref()
			for _, path := range []string{ref, ref + "/allergies"} { // of which only the first asks for observations
				p := nurse.get(path)
				for code, want := range test.want {
					if got := p.Find(`[data-partner="`+code+`"]`).AttrOr("data-state", ""); got != want {
						t.Errorf("%s: %s is %q, want %q", path, code, got, want)
					}
				}
				text := p.Find("[data-section=allergies]").Text()
				for _, what := range []string{"Latex", "Nuts", "Eggs", "Dust"} {
					if strings.Contains(text, what) != strings.Contains(test.shown, what) {
						t.Errorf("%s: %s is shown: %t", path, what, strings.Contains(text, what))
					}
				}
			}
			var found []nhs.ODSCode
			open, _, err := w.PossibleObjections(t.Context(), 10)
			for _, p := range open {
				found = append(found, p.Partner)
			}
			if err != nil || !slices.Equal(found, test.possible) {
				t.Errorf("possible objections at %v, %v", found, err)
			}
		})
	}
}
