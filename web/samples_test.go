package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
)

// Officers review a random sample whose seed they see, and put patients on a
// watch list and take them off. All of it is on the trail.
func TestSamplesAndTheWatchList(t *testing.T) {
	w := newWorld(t)
	monday, _ := privacy.WeekOf(time.Now())
	for _, hours := range []time.Duration{1, 2, 3, 7*24 + 1} {
		e := audit.NewEvent(audit.Disclosed, auth.User{Identity: auth.Identity{Issuer: "i", Subject: "s"}, Name: "N\u202eurse =1", Post: auth.Post{Role: auth.Clinician, Organisation: "RKB"}}, monday.Add(-hours*time.Hour))
		e.Patient, e.Look = patient.Number, e.Reference
		if err := w.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	m, err := store.OpenMonitor(t.Context(), w.db.Monitor)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, week := range []time.Time{time.Now(), time.Now().AddDate(0, 0, -7)} {
		if err := m.Sample(t.Context(), week, 2); err != nil {
			t.Fatal(err)
		}
	}
	officer := w.as("privacy.officer")
	page := officer.get("/privacy/sample")
	if page.name() != "privacy-samples" || page.Find("[data-outcome='']").Length() != 2 || len(page.Find("[data-seed]").Text()) < 20 || !strings.Contains(page.text(), "2 of 3 looks") || strings.ContainsRune(page.body, '\u202e') {
		t.Fatalf("%d %s", page.status, page.text())
	}
	earlier := page.Find(`nav[aria-label=Weeks] a:not([aria-current])`)
	if before := officer.get(earlier.AttrOr("href", "")); !strings.Contains(earlier.Text(), "1 to review") || before.Find("[data-outcome='']").Length() != 1 || !strings.Contains(before.text(), "1 of 1 looks") {
		t.Errorf("the week before: %q, %s", earlier.Text(), before.text())
	}
	if p := officer.get("/privacy/sample?week=2020-01-06"); !strings.Contains(p.text(), "No sample of this week") {
		t.Errorf("a week without any: %s", p.text())
	}
	if p := officer.get("/privacy/sample?week=1"); p.status != http.StatusNotFound {
		t.Errorf("no week: %d", p.status)
	}
	var items []string
	for _, a := range page.Find("[data-outcome] a").Nodes {
		items = append(items, a.Attr[0].Val)
	}
	review := func(path, outcome, words string) int {
		return officer.post(path, url.Values{"outcome": {outcome}, "words": {words}}).status
	}
	if got := review(items[0], "", ""); got != http.StatusUnprocessableEntity {
		t.Errorf("nothing chosen: %d", got)
	}
	if got := review(items[0], "ask", ""); got != http.StatusUnprocessableEntity {
		t.Errorf("asked without words: %d", got)
	}
	if p := officer.post(items[0], url.Values{"outcome": {"ask"}, "words": {"Why twice?"}}); p.name() != "privacy-case" {
		t.Errorf("%d %s", p.status, p.text())
	}
	if got := review(items[0], "appropriate", ""); got != http.StatusConflict {
		t.Errorf("reviewed twice: %d", got)
	}
	if got := review(items[1], "appropriate", ""); got != http.StatusOK {
		t.Errorf("%d", got)
	}
	if got := officer.get("/privacy/sample/1/99").status; got != http.StatusNotFound {
		t.Errorf("none such: %d", got)
	}

	until := time.Now().AddDate(0, 1, 0)
	form := url.Values{
		"nhs_number": {patient.Number.Spaced()}, "kind": {"incident"}, "reason": {"In the news \u202e"},
		"until-day": {strconv.Itoa(until.Day())}, "until-month": {strconv.Itoa(int(until.Month()))}, "until-year": {strconv.Itoa(until.Year())},
	}
	for field, bad := range map[string]string{"nhs_number": "999 000 0019", "kind": "king", "reason": "", "until-year": "2099", "until-day": ""} {
		wrong := url.Values{}
		for name, v := range form {
			wrong[name] = v
		}
		wrong.Set(field, bad)
		if p := officer.post("/privacy/watch", wrong); p.status != http.StatusUnprocessableEntity || p.Find("[data-watch]").Length() != 0 {
			t.Errorf("%s: %d %s", field, p.status, p.text())
		}
	}
	on := officer.post("/privacy/watch", form)
	end := on.Find("[data-watch=incident] form").AttrOr("action", "")
	if on.status != http.StatusOK || end == "" || strings.ContainsRune(on.body, '\u202e') {
		t.Fatalf("%d %s", on.status, on.text())
	}
	if p := officer.post(end, url.Values{}); p.Find("[data-watch] form").Length() != 0 || p.status != http.StatusOK {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := officer.post(end, url.Values{}); p.status != http.StatusNotFound {
		t.Errorf("ended twice: %d", p.status)
	}
	if n := w.kinds(); n[audit.WatchChanged] != 2 || n[audit.SampleReviewed] != 2 || n[audit.TrailRead] < 8 {
		t.Errorf("on the trail: %v", n)
	}
	if strings.Contains(w.urls.String(), patient.Number.Digits()) || strings.Contains(w.log.String(), patient.Number.Digits()) {
		t.Error("P9: the number is in an address or the log")
	}
}
