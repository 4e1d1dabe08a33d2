package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// An officer asks, a Caldicott Guardian approves, and then what was shown is
// fetched again and compared, item by item, without showing what it says. Each
// step is on the trail, and an objection stops it.
func TestWhatWasShownIsFetchedAgain(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	w.as("ed.nurse").record()
	lead, guardian := w.as("privacy.lead"), w.as("caldicott.guardian")
	event := func(b *browser) page {
		found := b.post("/privacy/events", url.Values{"kind": {"disclosed"}})
		return b.get(found.Find(`[data-event=disclosed] a[href^="/privacy/events/"]`).First().AttrOr("href", ""))
	}
	shown := event(lead)
	if p := event(guardian); p.Find(`form[action$="/refetch"]`).Length() != 0 || guardian.post(p.url.Path+"/refetch", url.Values{"reason": {"x"}}).status != http.StatusForbidden {
		t.Error("a guardian may ask")
	}
	if p := lead.post(shown.url.Path+"/refetch", url.Values{}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.status)
	}
	request := lead.post(shown.url.Path+"/refetch", url.Values{"reason": {"the patient complains"}})
	if request.name() != "privacy-refetch" || !strings.Contains(request.text(), "the patient complains") || request.Find("[data-request=asked]").Length() != 1 {
		t.Fatalf("the request: %d %s", request.status, request.text())
	}
	path := request.url.Path
	asked := w.asked()
	for who, p := range map[string]page{
		"who asked approves":        lead.post(path, url.Values{"decision": {"approved"}, "reason": {"x"}}),
		"fetched before a decision": lead.post(path+"/fetch", url.Values{}),
		"another role":              w.as("ed.nurse").post(path+"/fetch", url.Values{}),
	} {
		if p.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, p.status)
		}
	}
	if p := guardian.post(path, url.Values{"reason": {"x"}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a decision that is none: %d", p.status)
	}
	if p := guardian.post(path, url.Values{"decision": {"approved"}, "reason": {"proportionate"}}); p.Find("[data-request=approved]").Length() != 1 {
		t.Fatalf("approved: %d %s", p.status, p.text())
	}
	if p := guardian.post(path, url.Values{"decision": {"refused"}, "reason": {"x"}}); p.status != http.StatusConflict {
		t.Errorf("a second decision: %d", p.status)
	}
	if w.asked() != asked {
		t.Error("P2: a partner was asked before the request was approved and carried out")
	}

	w.partners["RLT"].Change(func(m *partnertest.Manner) { m.Mode = partnertest.NothingOf })
	w.partners["RJC"].Change(func(m *partnertest.Manner) { m.Mode = partnertest.OtherPatient })
	p := lead.post(path+"/fetch", url.Values{})
	results := map[string]int{}
	for _, row := range p.Find("[data-compared]").EachIter() {
		results[row.AttrOr("data-compared", "")+" "+strings.Fields(row.Find("td").First().Text())[1]]++
	}
	if p.name() != "privacy-refetched" || results["unversioned RKB"] == 0 || results["gone RLT"] == 0 || results["untold RJC"] == 0 || len(results) != 3 {
		t.Errorf("compared: %v, %d %s", results, p.status, p.text())
	}
	for _, secret := range []string{partnertest.Allergy, partnertest.Problem} {
		if strings.Contains(p.body, secret) {
			t.Errorf("it shows what an item says: %s", secret)
		}
	}
	opened, told := w.newest(audit.RefetchOpened), w.newest(audit.Refetched)
	if opened.Reference != told.Reference || told.Patient != patient.Number || told.Digest == "" || !strings.Contains(told.Words, "no longer there") {
		t.Errorf("on the trail: %+v, %+v", opened, told)
	}
	if p := lead.get(path); !strings.Contains(p.text(), "had it fetched") {
		t.Errorf("the request afterwards: %s", p.text())
	}
	for _, kind := range []audit.Kind{audit.RefetchAsked, audit.RefetchApproved, audit.RefetchOpened, audit.Refetched, audit.IdentityFailed} {
		if n := w.count(kind); n != 1 {
			t.Errorf("%d %s on the trail", n, kind)
		}
	}

	w.object()
	asked = w.asked()
	if p := guardian.post(path+"/fetch", url.Values{}); p.status != http.StatusForbidden || !strings.Contains(p.text(), "objects") || w.asked() != asked || w.newest(audit.Denied).Patient != patient.Number {
		t.Errorf("P3: in spite of an objection: %d %s", p.status, p.text())
	}
	if p := w.as("privacy.officer").get(path); p.status != http.StatusOK {
		t.Errorf("the officer of the same organisation: %d", p.status)
	}
	if strings.Contains(w.urls.String()+w.log.String(), patient.Number.Digits()) {
		t.Error("P9: a URL or a log line names the patient")
	}
}
