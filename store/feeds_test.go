package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5/pgconn"
)

var programmeWide = audit.Reach{Programme: true}

func switchOf(partner nhs.ODSCode, section record.Section, off bool) safety.Switch {
	act := safety.Act{By: audit.Actor{Issuer: "https://id", Subject: "officer", Name: "PRYCE Owen", Organisation: "QWU"}, At: time.Now(), Reason: "a test", Reference: "R"}
	return safety.Switch{Act: act, Feed: access.Feed{Partner: partner, Section: section}, Off: off}
}

// denied reports whether the database itself refused.
func denied(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "42501"
}

func TestFeedsAreFactsOfEveryReplica(t *testing.T) {
	w := newWorld(t)
	desk, replica := storetest.Desk(t, w.db), storetest.Connect(t, w.db)
	req := access.Request{User: w.nurse, Person: adult(number(t, 1))}
	hospital := record.Source{Code: "RKB", Kind: record.Acute}
	for _, step := range []struct {
		do   safety.Switch
		want record.State
	}{
		{switchOf("RKB", "", true), record.SwitchedOff},
		{switchOf("RKB", "", false), ""},
		{switchOf("RKB", record.Results, true), ""},
		{switchOf("RKB", "", true), record.SwitchedOff},
	} {
		if err := desk.Switch(t.Context(), programmeWide, step.do); err != nil {
			t.Fatal(err)
		}
		policy, _ := flow(replica)
		d, err := policy.Decide(t.Context(), req)
		if err != nil || d.Feeds().State(hospital) != step.want {
			t.Errorf("after %+v: %q, %v, want %q", step.do.Feed, d.Feeds().State(hospital), err, step.want)
		}
	}
	opening := safety.Opening{Act: switchOf("RLT", "", true).Act, Partner: "RLT", Opening: access.Opening{Testers: []string{"https://id nurse"}}}
	if err := desk.OpenTo(t.Context(), programmeWide, opening); err != nil {
		t.Fatal(err)
	}
	facts, err := replica.Facts(t.Context(), req)
	if err != nil || !facts.Openings["RLT"].Admits(w.nurse) || facts.Openings["RLT"].Admits(auth.User{StaffID: "other"}) {
		t.Errorf("openings: %v, %v", facts.Openings, err)
	}
	h, err := desk.FeedHistory(t.Context(), programmeWide)
	if err != nil || len(h.Switches) != 4 || len(h.Openings) != 1 || h.Switches[0].By.Name != "PRYCE Owen" || h.Switches[0].Reason != "a test" {
		t.Errorf("the history is %+v, %v", h, err)
	}
}

// Where the switches cannot be read, nothing is decided: a feed of which it is
// not known whether it is off is never shown as if it were on.
func TestP4_SwitchesThatCannotBeReadShowNothing(t *testing.T) {
	w := newWorld(t)
	if err := exec(t, w.db.Super, `REVOKE SELECT ON safety.off FROM icr_server`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.policy.Decide(t.Context(), access.Request{User: w.nurse, Person: adult(number(t, 1))}); !errors.Is(err, access.ErrFacts) {
		t.Errorf("decided all the same: %v", err)
	}
}

func TestOfficersSwitchAsFarAsTheyReach(t *testing.T) {
	w := newWorld(t)
	desk := storetest.Desk(t, w.db)
	own := audit.Reach{Organisation: "RKB"}
	if err := desk.Switch(t.Context(), own, switchOf("RKB", "", true)); err != nil {
		t.Errorf("their own: %v", err)
	}
	if err := desk.Switch(t.Context(), own, switchOf("RLT", "", true)); !denied(err) {
		t.Errorf("another's: %v", err)
	}
	if err := desk.OpenTo(t.Context(), own, safety.Opening{Act: switchOf("", "", true).Act, Partner: "RLT", Opening: access.Opening{Testers: []string{}}}); !denied(err) {
		t.Errorf("opening another's: %v", err)
	}
	if err := desk.Switch(t.Context(), audit.Reach{}, switchOf("RKB", "", false)); !denied(err) {
		t.Errorf("no reach: %v", err)
	}
	if err := desk.Switch(t.Context(), programmeWide, switchOf("RLT", "", true)); err != nil {
		t.Errorf("the programme's: %v", err)
	}
	if h, err := desk.FeedHistory(t.Context(), own); err != nil || len(h.Switches) != 1 {
		t.Errorf("they read of others: %+v, %v", h, err)
	}
	for _, test := range []struct{ url, sql string }{
		{w.db.Server, `INSERT INTO safety.switch (at, partner, section, off, reason, reference, issuer, subject, staff_name, organisation) VALUES (now(), 'RKB', '', false, 'x', '', '', '', '', '')`},
		{w.db.Server, `SELECT * FROM safety.switch`},
		{w.db.Desk, `UPDATE safety.switch SET off = false`},
		{w.db.Desk, `DELETE FROM safety.switch`},
		{w.db.Owner, `UPDATE safety.switch SET off = false`},
		{w.db.Owner, `TRUNCATE safety.opening`},
	} {
		if err := exec(t, test.url, test.sql); !denied(err) {
			t.Errorf("%s: %v", test.sql, err)
		}
	}
}

// A disclosure that is under way when a feed is switched off holds the switch
// up; one that comes after sees it, and shows nothing.
func TestP4_NothingIsDisclosedOnceAFeedIsOff(t *testing.T) {
	w := newWorld(t)
	desk := storetest.Desk(t, w.db)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	v := w.open(t, "", access.Request{User: w.nurse, Person: p})
	if err := desk.Switch(t.Context(), programmeWide, switchOf("RLT", "", true)); err != nil {
		t.Fatal(err)
	}
	if err := v.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); !errors.Is(err, audit.ErrNarrowed) {
		t.Errorf("disclosed: %v", err)
	}
	again := w.open(t, "", access.Request{User: w.nurse, Person: p})
	if err := desk.Switch(t.Context(), programmeWide, switchOf("RLT", "", false)); err != nil {
		t.Fatal(err)
	}
	if err := again.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); err != nil {
		t.Errorf("switched on again: %v", err)
	}

	held := make(chan struct{})
	release := make(chan struct{})
	go w.AppendIf(context.WithoutCancel(t.Context()), access.Request{User: w.nurse, Person: p}, func(access.Facts) (audit.Ready, error) {
		close(held)
		<-release
		return audit.NewEvent(audit.Disclosed, w.nurse, time.Now()).Ready()
	}, nil)
	<-held
	done := make(chan error)
	go func() {
		done <- desk.Switch(context.WithoutCancel(t.Context()), programmeWide, switchOf("RLT", "", true))
	}()
	select {
	case err := <-done:
		t.Errorf("the switch did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
