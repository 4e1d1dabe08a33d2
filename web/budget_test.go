package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// Whoever looks for more people than is usual signs in again and goes on, and
// the privacy officer is told, once. Nobody is locked out.
func TestLookingForManyPeopleAsksForAFreshSignIn(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	w.web.Budgets = access.Budgets{User: access.Budget{Searches: 2, Patients: 1}}
	b := w.as("ed.nurse")
	ref := b.ref()
	if p := b.get(ref); p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	form := url.Values{"nhs_number": {former.Spaced()}}
	if p := b.post("/search", form); p.name() != "search" {
		t.Fatalf("%d %s", p.status, p.text())
	}
	traced := w.kinds()[audit.Traced]
	var p page
	for range 2 {
		p = b.post("/search", form)
		if p.status != http.StatusForbidden || !strings.Contains(p.text(), "Sign in again to continue") {
			t.Fatalf("%d %s", p.status, p.text())
		}
		p.nothingOf(t)
	}
	for _, path := range []string{"", "/allergies", "/print", "/timeline"} {
		if p := b.get(ref + path); p.status != http.StatusOK {
			t.Errorf("a patient who is open already: %d", p.status)
		}
	}
	if kinds := w.kinds(); kinds[audit.OverBudget] != 1 || kinds[audit.Denied] != 1 || kinds[audit.Traced] != traced {
		t.Errorf("on the trail: %v", kinds)
	}
	w.super(`UPDATE spent SET at = at - interval '10 seconds'`) // tokens tell the time of a sign-in to the second
	href, _ := p.Find("main a").Attr("href")
	p = b.get(href)
	if p.url.Path != "/" || p.Find("input[name=nhs_number]").AttrOr("value", "") != former.Spaced() {
		t.Fatalf("after signing in again: %s %s", p.url.Path, p.text())
	}
	if p := b.post("/search", form); p.name() != "search" {
		t.Errorf("the search sent again: %d %s", p.status, p.text())
	}
	alerts := w.as("privacy.officer").get("/privacy/alerts").Find("[data-alert=over-budget]")
	if alerts.Length() != 1 {
		t.Errorf("the officer is told %d times: %s", alerts.Length(), alerts.Text())
	}
}

// The same of records that are opened, whether or not anything may be seen of
// them; and of a whole organisation, whose people sign in once.
func TestOpeningManyRecordsAsksForAFreshSignIn(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	w.web.Budgets = access.Budgets{Organisation: access.Budget{Patients: 1}}
	w.super(`INSERT INTO spent (issuer, subject, organisation, kind, what) VALUES ('https://id', 'another', 'RKB', 'patient', 'x')`)
	b := w.as("ed.nurse")
	ref := b.ref()
	w.stale()
	paths := map[string]string{ref: http.MethodGet, ref + "/print": http.MethodGet, ref + "/download": http.MethodPost, ref + "/documents/x": http.MethodGet}
	for path, method := range paths {
		p := b.do(method, path, url.Values{"understood": {"yes"}})
		if p.status != http.StatusForbidden || !strings.Contains(p.text(), "Sign in again to continue") {
			t.Errorf("%s: %d %s", path, p.status, p.text())
		}
		p.nothingOf(t)
		back, _ := url.Parse(p.Find("main a").AttrOr("href", ""))
		if want := strings.TrimSuffix(path, "/download"); !strings.HasPrefix(back.Query().Get("return"), want) {
			t.Errorf("%s: from there back to %s", path, back)
		}
	}
	if w.asked() != 0 {
		t.Error("a partner was asked")
	}
	if p := b.get("/account/again?return=" + url.QueryEscape(ref)); p.status != http.StatusOK || p.name() != "summary" {
		t.Errorf("after signing in again: %d %s", p.status, p.text())
	}
	if kinds := w.kinds(); kinds[audit.OverBudget] != 1 || kinds[audit.Denied] != len(paths)-1 {
		t.Errorf("on the trail: %v", kinds)
	}
}
