package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/store/storetest"
	"github.com/google/uuid"
)

// A week's sample is drawn once, of each look once, and anybody who has its
// seed draws the same. What a reviewer wants to ask about becomes an alert.
func TestSamples(t *testing.T) {
	w := newWorld(t)
	monday, _ := privacy.WeekOf(time.Now())
	last := monday.AddDate(0, 0, -3)
	other := signIn(t, w.Store, "other", auth.Clinician, "RYA")
	var looks []uuid.UUID
	for i := range 40 {
		e := seen(w.nurse, audit.Disclosed, number(t, 1+i%3), last.Add(time.Duration(i)*time.Minute))
		later := seen(w.nurse, audit.Disclosed, number(t, 1+i%3), last.Add(time.Duration(i)*time.Minute)) // of the same look
		later.Look = e.Look
		if i%2 == 0 { // the page that began the look was given up before it was shown
			e.Look = uuid.NewString()
			later.Look = e.Look
		}
		claim := seen(other, audit.Claimed, number(t, 1), last)
		claim.Claim, claim.Ground.Until = "consent", last.Add(time.Hour)
		if err := w.Append(t.Context(), e, later, claim, seen(w.nurse, audit.Disclosed, number(t, 1), time.Now())); err != nil {
			t.Fatal(err)
		}
		looks = append(looks, e.ID)
	}
	m := monitor(t, w.db)
	m.Watcher.Ordinary = []nhs.ODSCode{"RYA"}
	for range 2 {
		if err := m.Sample(t.Context(), time.Now(), 10); err != nil {
			t.Fatal(err)
		}
	}
	desk := storetest.Desk(t, w.db)
	mine := audit.Reach{Organisation: "RKB"}
	weeks, err := desk.SampleWeeks(t.Context(), mine)
	week := monday.AddDate(0, 0, -7)
	if err != nil || len(weeks) != 1 || weeks[0].ToReview != 10 || weeks[0].Monday.Format(time.DateOnly) != week.Format(time.DateOnly) {
		t.Fatalf("%+v, %v", weeks, err)
	}
	samples, err := desk.Samples(t.Context(), mine, weeks[0].Monday)
	if err != nil || len(samples) != 1 || samples[0].Of != 40 || len(samples[0].Items) != 10 || samples[0].Stratum != privacy.Looks {
		t.Fatalf("%+v, %v", samples, err)
	}
	for i, id := range privacy.Choose(samples[0].Seed, looks, 10) {
		if samples[0].Items[i].Event.ID != id {
			t.Errorf("%d: the seed chooses another", i)
		}
	}
	if all, err := desk.Samples(t.Context(), audit.Reach{Programme: true}, week); err != nil || len(all) != 2 || all[1].Stratum != privacy.OfClaims || all[1].Of != 40 {
		t.Errorf("the programme's: %+v, %v", all, err)
	}
	item, err := desk.SampleItem(t.Context(), mine, samples[0].ID, 3)
	if err != nil {
		t.Fatal(err)
	}
	item.Outcome, item.At, item.Words = privacy.AskAbout, time.Now(), "why?"
	item.By = audit.ActorOf(w.nurse)
	if _, err := desk.Review(t.Context(), mine, samples[0].ID, item, "R"); !errors.Is(err, privacy.ErrOwnCase) {
		t.Errorf("reviewed by who did it: %v", err)
	}
	item.By = audit.Actor{Issuer: "https://id", Subject: "officer", Name: "Officer"}
	if _, err := desk.Review(t.Context(), audit.Reach{Organisation: "RLT"}, samples[0].ID, item, "R"); err == nil {
		t.Error("another organisation's officer reviews it")
	}
	alert, err := desk.Review(t.Context(), mine, samples[0].ID, item, "R")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Review(t.Context(), mine, samples[0].ID, item, "R"); !errors.Is(err, privacy.ErrChanged) {
		t.Errorf("reviewed twice: %v", err)
	}
	if c, err := desk.Case(t.Context(), mine, alert); err != nil || c.Rule != privacy.Sampled || c.State != privacy.New || c.Event.ID != item.Event.ID {
		t.Errorf("%+v, %v", c, err)
	}
	if err := exec(t, w.db.Desk, `INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation) VALUES (gen_random_uuid(), now(), 'break-glass', gen_random_uuid(), now(), 'RKB')`); !denied(err) {
		t.Errorf("the desk makes up an alert: %v", err)
	}
}

// A patient is on the watch list of an organisation until it ends, and out of
// the reach of others.
func TestWatchList(t *testing.T) {
	w := newWorld(t)
	desk := storetest.Desk(t, w.db)
	mine, theirs := audit.Reach{Organisation: "RKB"}, audit.Reach{Organisation: "RLT"}
	by := audit.Actor{Issuer: "i", Subject: "officer", Name: "Officer"}
	entry := privacy.Watch{Patient: number(t, 1), Kind: privacy.Incident, Organisation: "RKB", Reason: "=1+1", Since: time.Now(), Until: time.Now().Add(time.Hour)}
	if err := desk.Watch(t.Context(), theirs, entry, by, "R"); err == nil {
		t.Error("put on another organisation's list")
	}
	everybodys := entry
	everybodys.Organisation = ""
	if err := desk.Watch(t.Context(), mine, everybodys, by, "R"); err == nil {
		t.Error("put on everybody's list by one organisation")
	}
	if err := desk.Watch(t.Context(), mine, entry, by, "R"); err != nil {
		t.Fatal(err)
	}
	list, err := desk.Watches(t.Context(), mine)
	if err != nil || len(list) != 1 || list[0].Patient != entry.Patient || list[0].By != "Officer" {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err := desk.Watches(t.Context(), theirs); err != nil || len(list) != 0 {
		t.Errorf("others see it: %v, %v", list, err)
	}
	if err := desk.Unwatch(t.Context(), theirs, list[0].ID, time.Now(), by, "R"); !errors.Is(err, privacy.ErrChanged) {
		t.Errorf("others end it: %v", err)
	}
	if err := desk.Unwatch(t.Context(), mine, list[0].ID, time.Now(), by, "R"); err != nil {
		t.Fatal(err)
	}
	if err := desk.Unwatch(t.Context(), mine, list[0].ID, time.Now(), by, "R"); !errors.Is(err, privacy.ErrChanged) {
		t.Errorf("ended twice: %v", err)
	}
	if list, err = desk.Watches(t.Context(), mine); err != nil || len(list) != 1 || list[0].Counts(time.Now(), "RKB") {
		t.Errorf("%+v, %v", list, err)
	}
}
