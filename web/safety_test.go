package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

var suppliers = safety.Suppliers{
	{Source: record.Source{Code: "Y99001", Name: "Some Practice", Kind: record.Practice}, Sections: record.Sections},
	{Source: record.Source{Code: "RKB", Name: "Hospital RKB", Kind: record.Acute}, Sections: record.Sections, Contact: "safety@rkb.example"},
	{Source: record.Source{Code: "RLT", Name: "Hospital RLT", Kind: record.Acute}, Sections: record.Sections},
}

func (b *browser) switchFeed(partner, section, off string) page {
	b.w.t.Helper()
	return b.post("/safety/feeds", url.Values{"partner": {partner}, "section": {section}, "off": {off}, "reason": {"doses are mixed up"}})
}

func (p page) state(partner string) string {
	return p.Find(`[data-partner="`+partner+`"]`).AttrOr("data-state", "")
}

// A partner that is switched off is asked for nothing from the next request
// on, says so, and comes back.
func TestP4_SwitchedOffIsSaidAndNotAsked(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	nurse, officer := w.as("ed.nurse"), w.as("safety.officer")
	ref := nurse.ref()
	if p := officer.switchFeed("RKB", "", "yes"); p.status != http.StatusOK || p.Find(`[data-off][data-feed=RKB]`).Length() != 1 || !strings.Contains(p.text(), "doses are mixed up") || !strings.Contains(p.text(), "PRYCE") {
		t.Errorf("the desk: %d %s", p.status, p.text())
	}
	p := nurse.get(ref)
	if p.state("RKB") != string(record.SwitchedOff) || p.state("RLT") != string(record.Answered) || !strings.Contains(p.text(), "is switched off for safety") {
		t.Errorf("RKB is %s, RLT is %s", p.state("RKB"), p.state("RLT"))
	}
	if !strings.Contains(p.Find("[data-section=allergies]").Text(), "incomplete") {
		t.Error("P4: the section does not say that it is incomplete")
	}
	if n := len(w.partners["RKB"].Asked()); n != 0 {
		t.Errorf("the partner was asked %d times", n)
	}
	if strings.Contains(p.text(), "doses are mixed up") {
		t.Error("the reason is on the record page")
	}
	officer.switchFeed("RKB", "", "no")
	officer.switchFeed("RKB", "allergies", "yes")
	p = nurse.get(ref)
	if got := p.Find("[data-section=allergies]").Text(); !strings.Contains(got, "is switched off for safety") || p.state("RKB") != string(record.Answered) {
		t.Errorf("one section: RKB is %s, allergies say %s", p.state("RKB"), strings.Join(strings.Fields(got), " "))
	}
	for _, asked := range w.partners["RKB"].Asked() {
		if asked == "AllergyIntolerance" {
			t.Error("the partner was asked for the section that is off")
		}
	}
	if n := w.kinds()[audit.FeedSwitched]; n != 3 {
		t.Errorf("%d switches on the trail", n)
	}
}

// An answer that is under way when its partner is switched off is not shown:
// the page is made once more without it.
func TestP4_AnswersInFlightAreNotShownOnceSwitchedOff(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Hangs)
	w.relate("RKB")
	nurse, officer := w.as("ed.nurse"), w.as("safety.officer")
	ref := nurse.ref()
	done := make(chan page)
	go func() { done <- nurse.get(ref) }()
	for w.asked() < 2 {
		time.Sleep(time.Millisecond)
	}
	officer.switchFeed("RKB", "", "yes")
	p := <-done
	if p.status != http.StatusOK || p.state("RKB") != string(record.SwitchedOff) || strings.Contains(p.Find("[data-section=allergies]").Text(), partnertest.Allergy) {
		t.Errorf("%d, RKB is %s", p.status, p.state("RKB"))
	}
	if k := w.kinds(); k[audit.Disclosed] != 1 || k[audit.Opened] != 2 {
		t.Errorf("the trail has %v", k)
	}
}

// A new feed is shown to its testers; for others it is not part of the record
// yet, which is neither silence nor "nothing recorded".
func TestP4_ANewFeedIsOpenToItsTestersFirst(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse, officer := w.as("ed.nurse"), w.as("safety.officer")
	ref := nurse.ref()
	open := func(to, testers string) page {
		return officer.post("/safety/feeds/opening", url.Values{"partner": {"RKB"}, "open_to": {to}, "testers": {testers}, "reason": {"a new feed"}})
	}
	for _, test := range []struct{ to, testers, want string }{
		{"testers", "999900000101\n", string(record.NotOpen)},
		{"testers", "999900000101\n999900000102", string(record.Answered)},
		{"testers", "999900000101", string(record.NotOpen)},
		{"everyone", "", string(record.Answered)},
	} {
		if p := open(test.to, test.testers); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.text())
		}
		before := w.asked()
		p := nurse.get(ref)
		if p.state("RKB") != test.want || (w.asked() > before) != (test.want == string(record.Answered)) {
			t.Errorf("%+v: %s, asked %d more", test, p.state("RKB"), w.asked()-before)
		}
		if says := strings.Contains(p.Find("[data-section=allergies]").Text(), "is not part of this record yet"); says != (test.want == string(record.NotOpen)) {
			t.Errorf("%+v: the section names it: %v", test, says)
		}
	}
	if p := open("testers", " \n"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "Name at least one tester") {
		t.Errorf("nobody: %d %s", p.status, p.text())
	}
	if n := w.kinds()[audit.FeedOpened]; n != 4 {
		t.Errorf("%d openings on the trail", n)
	}
}

func TestP10_FeedFormsSayWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	officer := w.as("safety.officer")
	for name, test := range map[string]struct {
		form url.Values
		want string
	}{
		"no organisation": {url.Values{"reason": {"x"}}, "Select an organisation"},
		"no reason":       {url.Values{"partner": {"RKB"}}, "Enter a reason"},
		"long reason":     {url.Values{"partner": {"RKB"}, "reason": {strings.Repeat("x", 501)}}, "at most 500 characters"},
		"no such section": {url.Values{"partner": {"RKB"}, "reason": {"x"}, "section": {"feet"}}, "Select a section"},
		"on, no reason":   {url.Values{"partner": {"RKB"}, "off": {"no"}}, "to switch a feed on again"},
		"unknown":         {url.Values{"partner": {"NOBODY"}, "reason": {"x"}}, "Select an organisation"},
	} {
		if p := officer.post("/safety/feeds", test.form); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), test.want) {
			t.Errorf("%s: %d %s", name, p.status, p.text())
		}
	}
	if p := w.as("ed.nurse").get("/safety/feeds"); p.status != http.StatusForbidden {
		t.Errorf("a nurse: %d", p.status)
	}
	if n := w.kinds()[audit.FeedSwitched]; n != 0 {
		t.Errorf("%d switches on the trail", n)
	}
}
