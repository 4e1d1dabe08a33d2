package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/privacy"
)

// An alert becomes a case: taken, asked, answered by who did it and nobody
// else, judged and closed. Each step is on the trail, and the addresses name
// nobody.
func TestAnAlertBecomesACase(t *testing.T) {
	w := newWorld(t)
	nurse := w.as("ed.nurse")
	if p := nurse.post(nurse.ref()+"/reason", url.Values{"why": {"emergency"}, "words": {"collapsed \u202eat triage =1+1"}}); p.status >= 400 {
		t.Fatalf("%d %s", p.status, p.text())
	}
	officer := w.as("privacy.officer")
	rulesAreLate(w, officer)
	alerts := officer.get("/privacy/alerts?severity=high&rule=break-glass&order=newest")
	row := alerts.Find("[data-alert=break-glass][data-severity=high][data-state=new]")
	if alerts.name() != "privacy-alerts" || row.Length() != 1 || strings.ContainsRune(alerts.body, '\u202e') {
		t.Fatalf("%d: %s", alerts.status, alerts.text())
	}
	path := row.Find("a").AttrOr("href", "")
	if p := officer.get("/privacy/alerts?severity=low"); p.Find("[data-alert]").Length() != 0 {
		t.Error("the filter is not applied")
	}
	if p := w.as("privacy.lead").get(path); p.name() != "privacy-case" || !strings.Contains(p.text(), "CANARYBIRD") {
		t.Errorf("the programme's officer: %d %s", p.status, p.text())
	}
	step := func(n, kind, words string) page {
		t.Helper()
		return officer.post(path, url.Values{"step": {kind}, "after": {n}, "words": {words}})
	}
	for _, bad := range []struct {
		page
		want int
	}{
		{step("0", "closed", "no"), http.StatusConflict},
		{step("7", "taken", ""), http.StatusConflict},
		{step("0", "nonsense", "x"), http.StatusConflict},
		{officer.get("/privacy/cases/nonsense"), http.StatusNotFound},
		{officer.get("/privacy/cases/01900000-0000-7000-8000-000000000000"), http.StatusNotFound},
	} {
		if bad.status != bad.want {
			t.Errorf("%d, want %d: %s", bad.status, bad.want, bad.text())
		}
	}
	if p := step("0", "taken", ""); p.Find("[data-case-state=in-review]").Length() != 1 {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if p := step("1", "asked-staff", ""); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "Write the question") {
		t.Errorf("%d %s", p.status, p.text())
	}
	asked := step("1", "asked-staff", "What happened?")
	link := asked.Find("[data-question] .icr-code").Text()
	if !strings.HasPrefix(link, w.url+"/questions/") {
		t.Fatalf("no link: %s", asked.text())
	}
	link = strings.TrimPrefix(link, w.url)
	for _, other := range []string{"paramedic", "privacy.officer"} {
		if p := w.as(other).get(link); p.status != http.StatusNotFound || strings.Contains(p.body, "What happened") {
			t.Errorf("%s reads the question: %d", other, p.status)
		}
		if p := w.as(other).post(link, url.Values{"words": {"me"}}); p.status != http.StatusNotFound {
			t.Errorf("%s answers the question: %d", other, p.status)
		}
	}
	if home := nurse.get("/"); home.Find(`a[href="`+link+`"]`).Length() != 1 {
		t.Error("the nurse's first page does not ask")
	}
	if p := nurse.get(link); p.name() != "question" || !strings.Contains(p.text(), "What happened?") || !strings.Contains(p.text(), "CANARYBIRD") {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := nurse.post(link, url.Values{"words": {""}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", p.status)
	}
	if p := nurse.post(link, url.Values{"words": {"She could not speak <b>"}}); p.Find("[data-answer]").Text() != "She could not speak <b>" {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := nurse.post(link, url.Values{"words": {"again"}}); p.status != http.StatusConflict {
		t.Errorf("answered twice: %d", p.status)
	}
	if p := officer.get("/privacy/cases"); p.name() != "privacy-cases" || p.Find("[data-state=answered]").Length() != 1 {
		t.Errorf("%s", p.text())
	}
	askTheManager(w, nurse, officer, path)
	step("3", "justified", "A collapse in the department")
	if p := step("4", "closed", "Nothing more"); p.Find("[data-case-state=closed]").Length() != 1 || p.Find("main form button[name=step]").Length() != 0 {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := step("5", "note", "but"); p.status != http.StatusConflict {
		t.Errorf("a note on a closed case: %d", p.status)
	}
	if n := w.kinds(); n[audit.CaseHandled] != 5 || n[audit.CaseAnswered] != 2 || n[audit.CaseRead] < 6 {
		t.Errorf("on the trail: %v", n)
	}
	for _, word := range []string{patient.Number.Digits(), "Canarybird", "CANARYBIRD"} {
		if strings.Contains(w.urls.String(), word) || strings.Contains(w.log.String(), word) {
			t.Errorf("P9: %s in an address or the log", word)
		}
	}
}

// askTheManager has the programme's officer ask whom the staff list names as
// the nurse's manager, here the organisation's officer, who is told whose
// access it was and not whose record.
func askTheManager(w *world, nurse, manager *browser, path string) {
	w.t.Helper()
	lead := w.as("privacy.lead")
	if p := lead.get(path); p.Find("button[value=asked-manager]").Length() != 0 {
		w.t.Error("a manager can be asked whom no staff list names")
	}
	list := []privacy.Staff{{Organisation: "RKB", ID: "999900000102", Manager: "999900000108"}}
	if err := w.SaveStaff(w.t.Context(), list, audit.NewEvent(audit.Imported, auth.User{Name: "test"}, time.Now())); err != nil {
		w.t.Fatal(err)
	}
	if p := lead.get(path); p.Find("button[value=asked-manager]").Length() != 1 {
		w.t.Errorf("the manager cannot be asked: %s", p.text())
	}
	asked := lead.post(path, url.Values{"step": {"asked-manager"}, "after": {"2"}, "words": {"Was she on duty?"}})
	link := strings.TrimPrefix(asked.Find("[data-question] .icr-code").Last().Text(), w.url)
	for name, other := range map[string]*browser{"the nurse": nurse, "who asked": lead} {
		if p := other.get(link); p.status != http.StatusNotFound {
			w.t.Errorf("%s reads the question to the manager: %d", name, p.status)
		}
	}
	p := manager.get(link)
	if p.name() != "question" || !strings.Contains(p.text(), "Was she on duty?") || !strings.Contains(p.text(), "WHITLOCK") {
		w.t.Errorf("%d %s", p.status, p.text())
	}
	for _, word := range []string{"CANARYBIRD", "collapsed", patient.Number.Digits(), patient.Number.Spaced()} {
		if strings.Contains(p.body, word) {
			w.t.Errorf("the manager is told %q", word)
		}
	}
	if p := manager.post(link, url.Values{"words": {"She was"}}); p.Find("[data-answer]").Text() != "She was" {
		w.t.Errorf("%d %s", p.status, p.text())
	}
}

// A page of alerts says how far the rules have come, and when that is late.
func rulesAreLate(w *world, officer *browser) {
	w.t.Helper()
	w.super(`UPDATE privacy.cursor SET at = now()`) // it stands where it was made, which may be minutes ago
	if p := officer.get("/privacy/alerts"); p.Find("[data-monitoring]").Length() != 1 || p.Find("[data-monitoring-late]").Length() != 0 {
		w.t.Errorf("the rules are not late: %s", p.text())
	}
	w.super(`UPDATE privacy.cursor SET at = now() - interval '61 seconds'`)
	if p := officer.get("/privacy/alerts"); p.Find("[data-monitoring-late]").Length() != 1 || !strings.Contains(p.text(), "will be looked at") {
		w.t.Errorf("the rules are late: %s", p.text())
	}
}
