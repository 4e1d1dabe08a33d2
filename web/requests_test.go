package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
)

// A privacy officer enters what somebody asks, and answers it; each step is on
// the trail. Officers of other organisations see nothing of it.
func TestRequestsOfDataSubjects(t *testing.T) {
	w := newWorld(t)
	officer := w.as("privacy.officer")
	const path = "/privacy/requests"
	if p := officer.post(path+"/new", url.Values{"received-day": {"30"}, "received-month": {"2"}, "received-year": {"2026"}, "nhs_number": {"9990000019"}}); p.status != http.StatusUnprocessableEntity ||
		p.Find(".nhsuk-error-summary a").Length() != 5 || p.Find("#nhs_number").AttrOr("value", "") != "9990000019" {
		t.Errorf("%d: %s", p.status, p.Find(".nhsuk-error-summary").Text())
	}
	request := officer.post(path+"/new", url.Values{
		"kind": {"correction"}, "received-day": {"31"}, "received-month": {"1"}, "received-year": {"2026"}, "name": {"Ottoline Canarybird"},
		"nhs_number": {patient.Number.Spaced()}, "words": {"Says that she is not allergic to latex"},
	})
	for _, want := range []string{"Ottoline Canarybird", "999 000 0018", "not allergic to latex", "31 January 2026", "28 February 2026: overdue by"} {
		if request.name() != "request" || !strings.Contains(request.text(), want) {
			t.Errorf("%d %s does not say %q: %s", request.status, request.name(), want, request.text())
		}
	}
	here := request.url.Path
	step := url.Values{"after": {"0"}, "act": {"passed-on"}, "words": {"To the hospital’s records team"}}
	if p := officer.post(here, url.Values{"after": {"0"}, "act": {"extended"}, "words": {""}}); p.status != http.StatusUnprocessableEntity || p.Find(".nhsuk-error-summary a").Length() != 2 {
		t.Errorf("too late to extend: %d %s", p.status, p.text())
	}
	if p := officer.post(here, step); p.Find("[data-step=passed-on]").Length() != 1 {
		t.Errorf("%d %s", p.status, p.text())
	}
	if p := officer.post(here, step); p.status != http.StatusConflict {
		t.Errorf("the same step twice: %d", p.status)
	}
	officer.post(here, url.Values{"after": {"1"}, "act": {"answered"}, "words": {"The hospital has put it right"}})
	list := officer.get(path)
	if row := list.Find("[data-request]"); row.Length() != 1 || !strings.Contains(row.Text(), "Answered") || strings.Contains(list.text(), "Canarybird") {
		t.Errorf("the register: %s", list.text())
	}
	if p := w.as("privacy.lead").get(here); p.name() != "request" {
		t.Errorf("the programme's officer: %d %s", p.status, p.name())
	}
	w.super(`ALTER TABLE requests DISABLE TRIGGER ALL; UPDATE requests SET organisation = 'RLT'`)
	if p := officer.get(here); p.status != http.StatusNotFound || officer.get(path).Find("[data-request]").Length() != 0 {
		t.Errorf("another organisation's request: %d %s", p.status, p.name())
	}
	if n := w.kinds(); n[audit.RequestEntered] != 1 || n[audit.RequestHandled] != 2 || n[audit.RequestRead] < 4 {
		t.Errorf("on the trail: %v", n)
	}
	if strings.Contains(w.urls.String(), "Canarybird") || strings.Contains(w.log.String(), "Canarybird") {
		t.Error("P9: a name is in a URL or in the log")
	}
}
