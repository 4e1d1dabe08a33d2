package e2e

import "testing"

func TestP10_ABadNumberIsExplainedBesideItsField(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "ed.nurse", scripts)
		for _, bad := range []struct{ what, typed, answer string }{
			{"nothing", "", "Enter an NHS number, or a family name and date of birth"},
			{"letters", "99900000I8", "NHS number must only include numbers, spaces and dashes"},
			{"too short", "999 000 001", "NHS number must be 10 digits long"},
			{"too long", "999 000 00181", "NHS number must be 10 digits long"},
			{"check digit", "999 000 0019", "This is not a real NHS number: one of its digits is mistyped"},
			{"National Insurance", "QQ 12 34 56 C", "This looks like a National Insurance number. Enter an NHS number"},
		} {
			p := v.search(bad.typed)
			p.is(t, "home", 422)
			says(t, p.text("#nhs_number-error"), bad.answer)
			says(t, p.text(".nhsuk-error-summary"), bad.answer)
			says(t, p.text("head title"), "Error: ")
			field := p.Find("#nhs_number")
			says(t, field.AttrOr("aria-describedby", ""), "nhs_number-error")
			if got := field.AttrOr("value", ""); got != bad.typed {
				t.Errorf("%s: the field holds %q, want %q", bad.what, got, bad.typed)
			}
			if link := p.Find(`.nhsuk-error-summary a`).AttrOr("href", ""); link != "#nhs_number" {
				t.Errorf("%s: the summary leads to %q", bad.what, link)
			}
		}
	})
}

func TestANumberOfNobodyFindsNobody(t *testing.T) {
	t.Parallel()
	p := signIn(t, "ed.nurse", true).search("999 123 4578")
	p.is(t, "search", 200)
	says(t, p.text("main"), "No patient found", "does not mean that there is no record elsewhere")
}

func TestSearchByNameAndDateOfBirth(t *testing.T) {
	t.Parallel()
	withAndWithoutScripts(t, func(t *testing.T, scripts bool) {
		v := signIn(t, "ed.nurse", scripts)
		v.fill("#family_name", "Nowakowska")
		incomplete := v.click(`main form[action="/search"] button`)
		incomplete.is(t, "home", 422)
		says(t, incomplete.text(".nhsuk-error-summary"), "Enter the date of birth")

		for field, value := range map[string]string{"day": "19", "month": "1", "year": "1983"} {
			v.fill(`[name="birth_date-`+field+`"]`, value)
		}
		found := v.click(`main form[action="/search"] button`)
		found.is(t, "search", 200)
		says(t, found.text("main"), "1 patient found", "NOWAKOWSKA, Agnieszka", "19-Jan-1983")
	})
}

func TestAddressesThatLeadNowhereAnswerAlike(t *testing.T) {
	t.Parallel()
	other := signIn(t, "gp", true).record(town.the(t, "Nothing recorded anywhere").NHSNumber)
	v := signIn(t, "ed.nurse", true)
	unknown := v.open("/record/AAAAAAAAAAAAAAAAAAAAAAAAAA")
	unknown.is(t, "problem", 404)
	for _, path := range []string{other.path(), other.path() + "/allergies", "/record/x/reason", "/search/AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		p := v.open(path)
		p.is(t, "problem", 404)
		if p.text("main") != unknown.text("main") {
			t.Errorf("%s: %s; an unknown one: %s", path, p.text("main"), unknown.text("main"))
		}
	}
	for path, status := range map[string]int64{"/nowhere": 404, "/privacy/events": 403} {
		if p := v.open(path); p.status != status {
			t.Errorf("%s: %d, want %d", path, p.status, status)
		}
	}
}
