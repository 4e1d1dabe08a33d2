package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/web"
	"github.com/PuerkitoBio/goquery"
)

// fill answers questions of a form until none is left, with what is typed into
// each field, and returns the page that comes then.
func (b *browser) fill(base string, typed url.Values) page {
	b.w.t.Helper()
	p := b.get(base + "/form/who")
	for range 12 {
		form := p.Find("form[data-question]")
		if form.Length() == 0 || p.status != http.StatusOK {
			break
		}
		answer := url.Values{}
		form.Find("input, textarea").Each(func(_ int, field *goquery.Selection) {
			name := field.AttrOr("name", "")
			answer[name] = typed[name]
		})
		p = b.post(form.AttrOr("action", ""), answer)
	}
	return p
}

// oneself is the form of an adult for themselves.
func oneself() url.Values {
	return url.Values{
		"who": {"me"}, "given_name": {"Zoë Ottoline"}, "family_name": {"O’Brien-Ðặng"}, "birth_date-day": {"3"}, "birth_date-month": {"2"}, "birth_date-year": {"1980"},
		"nhs_number": {patient.Number.Spaced()}, "line1": {"1 Aviary Lane"}, "town": {"Coventry"}, "postcode": {"cv1 2ab"}, "phone": {"024 7696 0999"},
	}
}

// A resident fills the form in, corrects it, sends it twice, and the desk has
// it once. What was typed is in no URL, no log line and not in the browser.
func TestResidentsObject(t *testing.T) {
	w := newWorld(t)
	n := w.informed()
	for _, base := range []string{"/right-to-object", "/withdraw-objection"} {
		b := w.arrive()
		start := b.get(base)
		if href := start.Find(`a[role=button]`).AttrOr("href", ""); href != base+"/form/who" || start.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: the form is at %q", base, href)
		}
		if p := b.get(base + "/form/who"); p.header.Get("Set-Cookie") != "" {
			t.Error("looking at the form sets a cookie")
		}
		check := b.fill(base, oneself())
		if check.name() != "objecting-check" {
			t.Fatalf("%d %s: %s", check.status, check.name(), check.text())
		}
		if back := b.get(base + "/form/name"); back.Find("#given_name").AttrOr("value", "") != "Zoë Ottoline" || back.Find(".nhsuk-back-link").AttrOr("href", "") != base+"/form/check" {
			t.Error("what was typed is not on the page to which one goes back")
		}
		check = b.post(base+"/form/name", url.Values{"given_name": {"Zoë"}, "family_name": {"O’Brien-Ðặng"}})
		for _, want := range []string{"Myself", "Zoë O’Brien-Ðặng", "3 February 1980", "999 000 0018", "1 Aviary Lane", "CV1 2AB", "024 7696 0999"} {
			if check.name() != "objecting-check" || !strings.Contains(check.text(), want) {
				t.Errorf("%s does not say %q: %s", check.name(), want, check.text())
			}
		}
		again := w.arrive()
		again.fill(base, oneself())
		again.post(base+"/form/name", url.Values{"given_name": {"Zoë"}, "family_name": {"O’Brien-Ðặng"}})
		reference := ""
		for _, sender := range []*browser{b, b, again} {
			p := sender.post(base+"/form/check", url.Values{})
			got := p.Find("[data-form-reference]").Text()
			if reference == "" {
				reference = got
			}
			if p.name() != "objecting-sent" || got != reference || len(got) != 9 {
				t.Errorf("%d %s, reference %q, want %q", p.status, p.name(), got, reference)
			}
			if strings.Contains(p.text(), "Zoë") || !strings.Contains(p.text(), n.Contact.Phone) {
				t.Errorf("the last page: %s", p.text())
			}
		}
		if p := b.get(base + "/form/name"); p.name() != "objecting-sent" || b.get(base+"/form/who").Find("input[checked]").Length() != 0 {
			t.Errorf("after sending, what was typed can be seen: %s", p.text())
		}
	}
	if got := w.count(audit.FormReceived); got != 2 {
		t.Errorf("%d forms were received, want 2", got)
	}
	for what, text := range map[string]string{"a URL": w.urls.String(), "the log": w.log.String()} {
		for _, name := range []string{"Zoë", "Zo%C3%AB", "Brien", "9990000018", "999+000", "Aviary", "=1980", " 1980", "1980-02", "7696+0999", "7696 0999"} { // longer than what a time or a ref may hold by chance
			if strings.Contains(text, name) {
				t.Errorf("P9: %s holds %q", what, name)
			}
		}
	}
}

// The form says the same whoever it is about: somebody known, somebody who has
// objected, nobody.
func TestP9_TheFormTellsNothingOfAnybody(t *testing.T) {
	w := newWorld(t)
	w.informed()
	pages := func(number nhs.Number) (said string) {
		typed := oneself()
		typed.Set("nhs_number", number.Spaced())
		b := w.arrive()
		check := b.fill("/right-to-object", typed)
		said = strings.ReplaceAll(check.text(), number.Spaced(), "…")
		sent := b.post("/right-to-object/form/check", url.Values{})
		return said + strings.ReplaceAll(sent.text(), sent.Find("[data-form-reference]").Text(), "…")
	}
	known, unknown := pages(patient.Number), pages(mustNumber("9990000107"))
	w.object()
	objected := pages(patient.Number)
	if known != unknown || known != objected || !strings.Contains(known, "Form received") {
		t.Errorf("known: %s\nunknown: %s\nobjected: %s", known, unknown, objected)
	}
	if w.asked() != 0 || w.count(audit.Traced) != 0 {
		t.Error("somebody was asked about whom the form is about")
	}
}

// What is wrong stands in the summary and beside its field, and nothing that
// was typed is lost.
func TestP10_WhatIsWrongWithAForm(t *testing.T) {
	w := newWorld(t)
	w.informed()
	b := w.arrive()
	const form = "/right-to-object/form/"
	wrong := func(question, field, message string, typed url.Values) {
		t.Helper()
		p := b.post(form+question, typed)
		link := p.Find(".nhsuk-error-summary a")
		if p.status != http.StatusUnprocessableEntity || p.name() != "objecting" || !strings.Contains(link.Text(), message) {
			t.Errorf("%s: %d %s: %q", question, p.status, p.name(), link.Text())
		}
		if link.AttrOr("href", "") != "#"+field || p.Find("#"+field).Length() != 1 || !strings.Contains(p.Find(".nhsuk-error-message").Text(), message) {
			t.Errorf("%s: the summary leads to %q; beside the field: %q", question, link.AttrOr("href", ""), p.Find(".nhsuk-error-message").Text())
		}
		if !strings.HasPrefix(p.Find("head title").Text(), "Error: ") {
			t.Errorf("%s: the title is %q", question, p.Find("head title").Text())
		}
		for name, values := range typed {
			field := p.Find(`[name="` + name + `"]`)
			if got := field.AttrOr("value", field.Text()); field.AttrOr("type", "") != "radio" && got != values[0] {
				t.Errorf("%s: %s was lost: %.40q", question, name, got)
			}
		}
	}
	if p := b.get(form + "name"); p.status != http.StatusGone || p.name() != "objecting-gone" {
		t.Errorf("without a beginning: %d %s", p.status, p.name())
	}
	wrong("who", "who", "Select who", url.Values{})
	b.post(form+"who", url.Values{"who": {"adult"}})
	if p := b.get(form + "address"); p.url.Path != form+"name" {
		t.Errorf("a question was left out: %s", p.url.Path)
	}
	if p := b.get(form + "check"); p.url.Path != form+"name" {
		t.Errorf("half a form can be checked: %s", p.url.Path)
	}
	if p := b.post(form+"check", url.Values{}); p.url.Path != form+"name" {
		t.Errorf("half a form can be sent: %s", p.url.Path)
	}
	long := strings.Repeat("ł", 40000)
	wrong("name", "given_name", "100 characters or fewer. It has 40000", url.Values{"given_name": {long}, "family_name": {"Łukasz"}})
	b.post(form+"name", url.Values{"given_name": {"D'Arcy"}, "family_name": {"李"}})
	wrong("date-of-birth", "birth_date-day", "real date", url.Values{"birth_date-day": {"31"}, "birth_date-month": {"2"}, "birth_date-year": {"1950"}})
	young := time.Now().AddDate(-15, 0, 0).Format("2006")
	wrong("date-of-birth", "birth_date-day", "under 16", url.Values{"birth_date-day": {"31"}, "birth_date-month": {"12"}, "birth_date-year": {young}})
	b.post(form+"date-of-birth", url.Values{"birth_date-day": {"29"}, "birth_date-month": {"2"}, "birth_date-year": {"1952"}})
	wrong("authority", "authority", "attorney or their deputy", url.Values{"authority": {"friend"}})
	b.post(form+"authority", url.Values{"authority": {"deputy"}})
	wrong("your-name", "family_name", "Enter the family name", url.Values{"given_name": {"Ann"}, "family_name": {""}})
	b.post(form+"your-name", url.Values{"given_name": {"Ann"}, "family_name": {"Ode"}})
	wrong("nhs-number", "nhs_number", "not a real NHS number", url.Values{"nhs_number": {"999 000 0019"}})
	b.post(form+"nhs-number", url.Values{"nhs_number": {""}})
	wrong("address", "postcode", "full UK postcode", url.Values{"line1": {"1 A Street"}, "line2": {""}, "town": {"Rugby"}, "postcode": {"NOWHERE"}})
	b.post(form+"address", url.Values{"line1": {"1 A Street"}, "town": {"Rugby"}, "postcode": {"CV21 2AB"}})
	wrong("phone", "phone", "Enter a telephone number", url.Values{"phone": {"ask Ann"}})
	b.post(form+"phone", url.Values{"phone": {""}})
	wrong("statement", "statement", "Tell us why", url.Values{"statement": {""}})
	p := b.post(form+"statement", url.Values{"statement": {"They have dementia.\r\nI have the court’s order of 3 May."}})
	if p.name() != "objecting-check" || !strings.Contains(p.text(), "D'Arcy 李") || !strings.Contains(p.text(), "Not given") {
		t.Errorf("%s: %s", p.name(), p.text())
	}
	if p := b.post(form+"who", url.Values{"who": {strings.Repeat("x", 2<<20)}}); p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MB: %d", p.status)
	}
	if p := b.post(form+"delete", url.Values{}); p.name() != "right-to-object" || b.get(form+"check").status != http.StatusGone {
		t.Errorf("after deleting: %s", p.name())
	}
}

// Many forms from one place are slowed down, with a page that says so, and what
// was typed is still there afterwards.
func TestFormsAreNotSentWithoutEnd(t *testing.T) {
	w := newWorld(t)
	w.informed()
	w.web.Sent, w.web.Begun = &web.Limit{All: 10, Each: 1}, &web.Limit{All: 10, Each: 3}
	const base = "/right-to-object"
	b := w.arrive()
	b.fill(base, oneself())
	if p := b.post(base+"/form/check", url.Values{}); p.name() != "objecting-sent" {
		t.Fatalf("%d %s", p.status, p.name())
	}
	other := w.arrive()
	typed := oneself()
	typed.Set("given_name", "Abel")
	other.fill(base, typed)
	p := other.post(base+"/form/check", url.Values{})
	if p.status != http.StatusTooManyRequests || p.name() != "objecting-busy" || p.header.Get("Retry-After") == "" || p.Find(`a[href="`+base+`/paper"]`).Length() != 1 {
		t.Errorf("%d %s", p.status, p.name())
	}
	if p := other.get(base + "/form/check"); !strings.Contains(p.text(), "Abel") {
		t.Errorf("what was typed is lost: %s", p.text())
	}
	w.arrive().fill(base, oneself())
	if p := w.arrive().post(base+"/form/who", url.Values{"who": {"me"}}); p.status != http.StatusTooManyRequests || p.header.Get("Set-Cookie") != "" {
		t.Errorf("%d %s", p.status, p.name())
	}
}

func TestLimits(t *testing.T) {
	l := web.Limit{All: 4, Each: 2}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i, test := range []struct {
		address string
		after   time.Duration
		want    bool
	}{
		{"192.0.2.1", 0, true},
		{"192.0.2.1", 0, true},
		{"192.0.2.1", 0, false},
		{"2001:db8::1", 0, true},
		{"2001:db8::2", 0, true}, // the same household, and all four of this hour
		{"2001:db8::3", 0, false},
		{"192.0.2.2", 0, false},
		{"192.0.2.3", 15 * time.Minute, true}, // one more for all
		{"192.0.2.1", 30 * time.Minute, true},
		{"192.0.2.1", 31 * time.Minute, false},
		{"192.0.2.1", 24 * time.Hour, true},
	} {
		if got := l.Allow(test.address, now.Add(test.after)); got != test.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}
