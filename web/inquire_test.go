package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
)

const inDepartment = `{"resourceType":"Encounter","id":"e1","status":"in-progress","subject":{"reference":"Patient/p1"},"period":{"start":"2026-06-01T09:00:00Z"}}`

// How long the live question may take here: where no answer matters, and where
// one must have time to come.
const (
	takes     = 100 * time.Millisecond
	takesLong = 2500 * time.Millisecond
)

// living is a world in which RKB is asked by its own people.
func living(t *testing.T, modes ...partnertest.Mode) *world {
	t.Helper()
	w := newWorld(t)
	w.live = true
	w.change(modes...)
	return w
}

func (w *world) change(modes ...partnertest.Mode) {
	w.play(modes...)
	w.web.Viewing.InquiryTakes = takes
}

// refused is a refused look at the patient's record, which says nothing and
// takes its time.
func (b *browser) refused(ref string) string {
	b.w.t.Helper()
	began := time.Now()
	p := b.get(ref)
	if took := time.Since(began); took < b.w.web.Viewing.InquiryTakes {
		b.w.t.Errorf("the refusal took %v", took)
	}
	if p.status != http.StatusForbidden || p.name() != "reason" {
		b.w.t.Errorf("%d %s", p.status, p.name())
	}
	p.nothingOf(b.w.t)
	return p.text()
}

func TestTheOwnOrganisationIsAskedAndOpensTheRecord(t *testing.T) {
	w := living(t, partnertest.Holds, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	b.refused(ref)
	if n := w.count(audit.Inquired); n != 1 || len(w.partners["RLT"].Asked()) != 0 {
		t.Fatalf("%d inquiries, the other hospital was asked for %v", n, w.partners["RLT"].Asked())
	}
	for _, kind := range w.partners["RKB"].Asked() {
		if !slices.Contains([]string{"EpisodeOfCare", "Encounter", "Appointment", "CareTeam"}, kind) {
			t.Errorf("P2: asked for %s", kind)
		}
	}
	w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment}}
	w.web.Viewing.InquiryTakes = 10 * time.Second // which an answer does not wait for
	for range 2 {
		p := b.get(ref)
		ground := p.Find("[data-ground=confirmed]").Text()
		if p.name() != "summary" || !strings.Contains(ground, "cares for this patient") || !strings.Contains(ground, "until") {
			t.Fatalf("%d %s %q", p.status, p.name(), ground)
		}
	}
	if n := w.count(audit.Inquired); n != 2 {
		t.Errorf("%d inquiries: a ground is there, and it was asked for again", n)
	}
	events := w.trail()
	asked := slices.IndexFunc(events, func(e audit.Event) bool { return e.Kind == audit.Opened })
	if e := events[asked]; !strings.Contains(e.Ground.Evidence, events[asked-1].Reference) || events[asked-1].Kind != audit.Inquired || e.Ground.Until.After(e.At.Add(access.ConfirmedFor)) {
		t.Errorf("opened on %+v after %s", e.Ground, events[asked-1].Kind)
	}
	if p := w.as("pharmacist").record(); p.name() != "reason" || w.count(audit.Inquired) != 2 {
		t.Errorf("another hospital's pharmacist: %s", p.name())
	}
}

// Whatever is not so, and whatever the organisation answers that is no ground,
// the refusal has the same words and takes as long.
func TestP9_ARefusalTellsNotWhatTheOrganisationSaid(t *testing.T) {
	w := living(t, partnertest.Holds)
	b := w.as("ed.nurse")
	ref := b.ref()
	want := b.refused(ref)
	for _, mode := range []partnertest.Mode{partnertest.NotHeld, partnertest.Hangs, partnertest.Garbage, partnertest.Broken, partnertest.SamePatientID} {
		w.change(mode)
		w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment}}
		if mode == partnertest.SamePatientID {
			w.web.Viewing.InquiryTakes = takesLong
		}
		if got := b.refused(ref); got != want {
			t.Errorf("%s: %q", mode, got)
		}
	}
	if w.count(audit.IdentityFailed) != 1 {
		t.Error("P5: an answer about somebody else was not raised")
	}
	w.change(partnertest.Holds)
	w.web.Viewing.InquiryTakes = takesLong
	w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment, strings.Replace(inDepartment, "Patient/p1", "Patient/p2", 1)}}
	if got := b.refused(ref); got != want || w.count(audit.IdentityFailed) != 2 {
		t.Errorf("P5: care of somebody else: %q", got)
	}
	w.change(partnertest.Holds)
	asked := w.count(audit.Inquired)
	w.object()
	if got := b.refused(ref); got != want || w.asked() != 0 || w.count(audit.Inquired) != asked {
		t.Errorf("P3: with an objection %d questions were asked, and it says %q", w.asked(), got)
	}
	w.logSaysNothing(t)
}

func TestP2_NobodyIsAskedBeforeTheInquiryIsOnTheTrail(t *testing.T) {
	w := living(t, partnertest.Holds)
	w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment}}
	admin := w.as("care.admin") // of the council, for which nobody answers
	if p := admin.record(); p.name() != "refused" || w.asked() != 0 {
		t.Errorf("a role that may not claim: %s, %d", p.name(), w.asked())
	}
	b := w.as("ed.nurse")
	ref := b.ref()
	w.super(`ALTER TABLE objections RENAME TO gone`)
	if p := b.get(ref); p.status != http.StatusServiceUnavailable || w.asked() != 0 {
		t.Errorf("an objection that cannot be looked up: %d, %d asked", p.status, w.asked())
	}
	w.super(`ALTER TABLE gone RENAME TO objections`)
	w.failOn(audit.Inquired)
	if p := b.get(ref); p.status != http.StatusServiceUnavailable || w.asked() != 0 {
		t.Errorf("%d, %d asked", p.status, w.asked())
	}
	if _, err := w.gathers.Inquire(t.Context(), &audit.Inquiry{}, time.Second); err == nil {
		t.Error("an inquiry that is none was asked")
	}
}

func TestP2_ASwitchedOffFeedIsNotAsked(t *testing.T) {
	w := living(t, partnertest.Holds)
	w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment}}
	b := w.as("ed.nurse")
	ref := b.ref()
	w.super(`INSERT INTO safety.switch (at, partner, section, off, reason, reference, issuer, subject, staff_name, organisation)
		VALUES (now(), 'RKB', '', true, 'test', 'r', 'i', 's', 'n', 'RKB')`)
	b.refused(ref)
	if w.asked() != 0 {
		t.Error("it was")
	}
}

// An objection that is recorded while the organisation is asked wins.
func TestP3_AnObjectionMeanwhileWins(t *testing.T) {
	w := living(t, partnertest.Holds)
	w.web.Viewing.InquiryTakes = takesLong
	w.partners["RKB"].Items = map[string][]string{"Encounter": {inDepartment}}
	b := w.as("ed.nurse")
	ref := b.ref()
	p := w.meanwhile(func() page { return b.get(ref) }, w.object)
	if p.status != http.StatusForbidden || p.name() == "summary" || w.count(audit.Opened) != 0 {
		t.Errorf("%d %s", p.status, p.name())
	}
	p.nothingOf(t)
}

// What an organisation said of one is no ground at another, nor in the list of
// its current patients.
func TestConfirmedIsTheOrganisationsOwn(t *testing.T) {
	w := newWorld(t)
	r := access.Relationship{Kind: access.Confirmed, Organisation: "RKB", Starts: time.Now().Add(-time.Minute), Ends: time.Now().Add(time.Hour), Evidence: "asked"}
	if err := w.SaveConfirmed(t.Context(), patient.Number, r); err != nil {
		t.Fatal(err)
	}
	for org, want := range map[nhs.ODSCode]int{"RKB": 1, "RLT": 0} {
		u := auth.User{Post: auth.Post{Organisation: org}}
		f, err := w.Facts(t.Context(), access.Request{User: u, Person: patient})
		if err != nil || len(f.Relationships) != want || want == 1 && f.Relationships[0].Evidence != "asked" {
			t.Errorf("%s: %+v, %v", org, f.Relationships, err)
		}
		if current, err := w.Current(t.Context(), u, 10); err != nil || len(current) != 0 {
			t.Errorf("%s: it is listed: %v", org, err)
		}
	}
}
