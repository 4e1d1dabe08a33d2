package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"github.com/jackc/pgx/v5"
)

var suppliers = safety.Suppliers{
	{Source: record.Source{Code: "Y99001", Name: "Some Practice", Kind: record.Practice}, Sections: record.Sections},
	{Source: record.Source{Code: "RKB", Name: "Hospital RKB", Kind: record.Acute}, Sections: record.Sections, Contact: "safety@rkb.example", Exchange: true},
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
	w := newWorld(t, partnertest.Holds, partnertest.NothingOf)
	w.relate("RKB")
	nurse, officer := w.as("ed.nurse"), w.as("safety.officer")
	ref := nurse.ref()
	p := w.meanwhile(func() page { return nurse.get(ref) }, func() { officer.switchFeed("RKB", "", "yes") })
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

func (b *browser) item(kind safety.Kind) page {
	b.w.t.Helper()
	queue := b.get("/safety?show=all")
	href, ok := queue.Find(`[data-item="` + string(kind) + `"] a`).Attr("href")
	if !ok {
		b.w.t.Fatalf("nothing of kind %s in the queue: %d %s", kind, queue.status, queue.text())
	}
	return b.get(href)
}

// What differs in an answer about somebody else is at the safety desk, and not
// on the record's page; reading it there is on the trail first.
func TestP5_TheDetailOfAFailureIsAtTheSafetyDeskAlone(t *testing.T) {
	w := newWorld(t, partnertest.OtherPatient, partnertest.Unreadable, partnertest.Garbage)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	record := nurse.record()
	nurse.record() // the same again is one item
	officer := w.as("safety.officer")
	queue := officer.get("/safety")
	if n := queue.Find("[data-item]").Length(); n != 3 || queue.status != http.StatusOK {
		t.Errorf("%d items in the queue: %s", n, queue.text())
	}
	queue.nothingOf(t)
	item := officer.item(safety.WrongPatient)
	theirs := strings.TrimSpace(item.Find("[data-differences] tbody tr").First().Find("td").Last().Text())
	if theirs == "" || !strings.Contains(item.text(), patient.Number.Spaced()) || !strings.Contains(item.text(), "WHITLOCK") {
		t.Errorf("the item says %s", item.text())
	}
	if strings.Contains(record.body, theirs) {
		t.Errorf("P5: the record's page says %q", theirs)
	}
	if unread := officer.item(safety.Unreadable); !strings.Contains(unread.text(), "could not be read") {
		t.Errorf("the item says %s", unread.text())
	}
	if strings.Contains(w.log.String(), theirs) {
		t.Error("P9: the log says what differs")
	}
	read := 0
	for _, e := range w.trail() {
		if e.Kind == audit.SafetyRead && e.Patient == patient.Number {
			read++
		}
	}
	if k := w.kinds(); read != 2 || k[audit.IdentityFailed] != 2 || k[audit.SafetyRaised] != 2 {
		t.Errorf("%d readings on the trail of %v", read, k)
	}
	w.failOn(audit.SafetyRead)
	unrecorded := officer.item(safety.WrongPatient)
	if unrecorded.status != http.StatusServiceUnavailable {
		t.Errorf("P1: %d", unrecorded.status)
	}
	unrecorded.nothingOf(t)
}

// Items are taken, noted and closed by somebody, and nothing is rewritten.
func TestItemsAreHandled(t *testing.T) {
	w := newWorld(t, partnertest.OtherPatient)
	w.relate("RKB")
	w.as("ed.nurse").record()
	officer := w.as("safety.officer")
	path := officer.item(safety.WrongPatient).url.Path
	do := func(after, step, words string) page {
		return officer.post(path, url.Values{"after": {after}, "step": {step}, "words": {words}})
	}
	for _, test := range []struct {
		after, step, words string
		status             int
		want               string
	}{
		{"0", "taken", "", http.StatusOK, "Taken by PRYCE"},
		{"0", "note", "too late", http.StatusConflict, "Somebody else has changed it"},
		{"1", "note", "", http.StatusUnprocessableEntity, "Write the note"},
		{"1", "note", "Telephoned the hospital", http.StatusOK, "Telephoned the hospital"},
		{"2", "closed", "", http.StatusUnprocessableEntity, "Say what was done"},
		{"2", "reopened", "", http.StatusConflict, "Somebody else has changed it"},
		{"2", "closed", "They have parted the two records", http.StatusOK, "They have parted"},
		{"3", "taken", "", http.StatusConflict, "Somebody else has changed it"},
		{"3", "reopened", "", http.StatusOK, "Taken up again"},
		{"x", "note", "x", http.StatusConflict, "Somebody else has changed it"},
	} {
		if p := do(test.after, test.step, test.words); p.status != test.status || !strings.Contains(p.text(), test.want) {
			t.Errorf("%s %q: %d %s", test.step, test.words, p.status, p.text())
		}
	}
	if steps := officer.get(path).Find("[data-step]").Length(); steps != 4 {
		t.Errorf("%d steps", steps)
	}
	if n := w.kinds()[audit.SafetyHandled]; n != 4 {
		t.Errorf("%d on the trail", n)
	}
	if p := officer.get("/safety?show=closed"); p.Find("[data-item]").Length() != 0 {
		t.Error("it is listed as closed")
	}
	for _, other := range []string{"ed.nurse", "privacy.lead"} {
		p := w.as(other).get(path)
		if p.status != http.StatusForbidden {
			t.Errorf("%s: %d", other, p.status)
		}
		p.nothingOf(t)
	}
	if p := officer.get("/safety/items/00000000-0000-7000-8000-000000000001"); p.status != http.StatusNotFound {
		t.Errorf("an item that is not there: %d", p.status)
	}
}

// Once the patient objects, the desk shows nothing clinical either.
func TestP3_TheSafetyDeskHonoursAnObjection(t *testing.T) {
	w := newWorld(t, partnertest.OtherPatient)
	w.relate("RKB")
	w.as("ed.nurse").record()
	officer := w.as("safety.officer")
	before := officer.item(safety.WrongPatient)
	w.object()
	after := officer.get(before.url.Path)
	if before.Find("[data-differences]").Length() != 1 || after.Find("[data-differences]").Length() != 0 || !strings.Contains(after.text(), "objects") {
		t.Errorf("%d %s", after.status, after.text())
	}
	if n := w.kinds()[audit.SafetyRead]; n != 2 {
		t.Errorf("%d readings on the trail", n)
	}
}

// raw asks the database as its administrator.
func raw(w *world, sql string) (answer string) {
	w.t.Helper()
	c, err := pgx.Connect(w.t.Context(), w.db.Super)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(w.t.Context()))
	if err := c.QueryRow(w.t.Context(), sql).Scan(&answer); err != nil {
		w.t.Fatal(err)
	}
	return answer
}
