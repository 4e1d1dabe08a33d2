package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
)

// An officer searches the log, reads which search was applied, keeps it, comes
// back to it, forgets it, and opens one event. Each reading is on the trail.
func TestTheAccessLogIsSearched(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	shown := w.as("ed.nurse").record()
	lead := w.as("privacy.lead")

	p := lead.post("/privacy/events", url.Values{
		"nhs_number": {patient.Number.Digits()}, "staff": {"whitl"}, "role": {"clinician"}, "ground": {"open-episode"}, "outcome": {"shown"},
	})
	if p.status != http.StatusUnprocessableEntity || p.Find("#ground-error").Length() != 1 {
		t.Errorf("an unknown ground: %d %s", p.status, p.text())
	}
	p = lead.post("/privacy/events", url.Values{
		"nhs_number": {patient.Number.Digits()}, "staff": {"whitl"}, "role": {"clinician"}, "ground": {"episode"}, "outcome": {"shown"}, "save_as": {"Ottoline <b>"},
	})
	if got := p.Find("[data-applied]").Text(); !strings.Contains(got, "Shown to the user, about the patient 999 000 0018, by members of staff called “whitl”, in the role Clinician, on the ground “has an open episode of care with their organisation”") {
		t.Errorf("applied: %q", got)
	}
	if p.Find("[data-event]").Length() != 1 || p.Find("[data-event=disclosed]").Length() != 1 {
		t.Errorf("found %d events", p.Find("[data-event]").Length())
	}

	saved := p.Find("[data-saved] a")
	if saved.Text() != "Ottoline <b>" {
		t.Errorf("saved: %q", saved.Text())
	}
	again := saved.AttrOr("href", "")
	if p := lead.get(again); p.Find("[data-event=disclosed]").Length() != 1 {
		t.Errorf("the kept search: %s", p.text())
	}
	if p := w.as("privacy.officer").get(again); p.status != http.StatusNotFound {
		t.Errorf("another officer uses it: %d", p.status)
	}
	if p := lead.post(again, url.Values{}); p.Find("[data-saved]").Length() != 0 {
		t.Error("it is not forgotten")
	}

	all := lead.post("/privacy/events", url.Values{"staff": {"whitl"}})
	look := all.Find("[data-look]")
	if look.Length() != 1 || !strings.Contains(look.Text(), "1 request, 2 events") || look.Find("[data-event=opened]").Length() != 1 {
		t.Errorf("the look: %d, %s", look.Length(), look.Text())
	}
	one := lead.get(look.Find("a").AttrOr("href", ""))
	for _, want := range []string{
		"WHITLOCK Tom (Mr) (Clinician, ", "was given leave to open the record of CANARYBIRD, Ottoline", "Has an open episode of care with their organisation",
		"test feed", "Not proved yet", shown.Find("[data-access-reference]").Text(), "1 request, 2 events, which count as one",
	} {
		if !strings.Contains(one.text(), want) {
			t.Errorf("the event does not say %q: %s", want, one.text())
		}
	}
	if p := w.as("privacy.officer").get(one.url.Path); p.status != http.StatusOK {
		t.Errorf("the officer of the same organisation: %d", p.status)
	}
	if n := w.count(audit.FilterKept); n != 2 {
		t.Errorf("%d changes of saved searches on the trail", n)
	}
	last := w.trail()[len(w.trail())-1]
	if last.Kind != audit.TrailRead || last.Page != "privacy-event" || last.Patient != patient.Number {
		t.Errorf("the last event: %+v", last)
	}
	if strings.Contains(w.urls.String(), patient.Number.Digits()) || strings.Contains(w.log.String(), "Ottoline") {
		t.Error("P9: a URL or a log line names the patient")
	}
}

// Where it is configured, an officer also sees who looked at the organisation's
// own patients, and nobody else's.
func TestAUD11_OfficersSeeWhoLookedAtTheirPatients(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RLT")
	w.as("pharmacist").record()
	events := func() int {
		p := w.as("privacy.officer").post("/privacy/events", url.Values{"kind": {"disclosed"}})
		return p.Find("[data-event=disclosed]").Length()
	}
	w.web.Site.OwnPatients = map[nhs.ODSCode]bool{"RLT": true}
	if n := events(); n != 0 {
		t.Errorf("not configured, and %d seen", n)
	}
	w.web.Site.OwnPatients["RKB"] = true
	if n := events(); n != 0 {
		t.Errorf("no patient of theirs, and %d seen", n)
	}
	w.relate("RKB")
	if n := events(); n != 1 {
		t.Errorf("%d seen of their own patient", n)
	}
}

// The pictures count looks, not requests, as far as the officer reaches, and
// have their numbers in tables.
func TestThePrivacyDeskInPictures(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB", "RLT")
	w.as("ed.nurse").record()
	ref := w.as("pharmacist").ref()
	pharmacist := w.as("pharmacist")
	pharmacist.get(ref)
	pharmacist.get(ref)
	total := func(p page, picture string) string {
		return strings.Join(strings.Fields(p.Find(`[data-picture="`+picture+`"] tbody tr`).Last().Text()), " ")
	}
	all := w.as("privacy.lead").get("/privacy/pictures")
	if got := total(all, "By organisation"); got != "All21" || !strings.Contains(all.text(), "3 looks") || total(all, "By ground") != "All3" {
		t.Errorf("by organisation %q, by ground %q: %s", got, total(all, "By ground"), all.text())
	}
	if n := all.Find("svg[role=img] title").Length(); n != 3 || !strings.Contains(all.text(), "There were no alerts.") {
		t.Errorf("%d pictures", n)
	}
	own := w.as("privacy.officer").get("/privacy/pictures")
	if total(own, "By organisation") != "All1" || strings.Contains(own.text(), "RLT") {
		t.Errorf("an officer of one organisation: %s", own.text())
	}
	if last := w.newest(audit.TrailRead); last.Page != "privacy-pictures" {
		t.Errorf("the last reading: %+v", last)
	}
}
