package store_test

import (
	"errors"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/safety"
	"example.org/icr/store/storetest"
)

// A message is sent once, by one replica; one that fails is tried again later,
// and the desk says how it went.
func TestMessagesAreSentOnce(t *testing.T) {
	w := newWorld(t)
	desk, replica := storetest.Desk(t, w.db), storetest.Connect(t, w.db)
	i := itemOf(t, "RKB", 1, time.Now())
	i.Kind = safety.Report
	if err := w.Report(t.Context(), i, audit.NewEvent(audit.ErrorReported, w.nurse, time.Now()), "safety@rkb.example"); err != nil {
		t.Fatal(err)
	}
	failing := func(m safety.Message) error {
		if found, err := replica.SendDue(t.Context(), func(safety.Message) error { return nil }); err != nil || found {
			t.Errorf("another replica has it too: %v, %v", found, err)
		}
		if m.To != "safety@rkb.example" || m.Reference != "REF" {
			t.Errorf("the message is %+v", m)
		}
		return errors.New("the mail server could not be reached")
	}
	if found, err := w.SendDue(t.Context(), failing); !found || err != nil {
		t.Fatalf("%v, %v", found, err)
	}
	if found, _ := w.SendDue(t.Context(), failing); found {
		t.Error("it is tried again at once")
	}
	got, err := desk.Item(t.Context(), audit.Reach{Organisation: "RKB"}, i.ID)
	if err != nil || got.Message == nil || got.Message.Attempts != 1 || got.Message.Failure == "" || !got.Message.Sent.IsZero() {
		t.Fatalf("%+v, %v", got.Message, err)
	}
	if err := exec(t, w.db.Super, `UPDATE safety.message SET due = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if found, err := w.SendDue(t.Context(), func(safety.Message) error { return nil }); !found || err != nil {
		t.Fatalf("%v, %v", found, err)
	}
	got, err = desk.Item(t.Context(), programmeWide, i.ID)
	if err != nil || got.Message.Sent.IsZero() || got.Message.Failure != "" {
		t.Errorf("%+v, %v", got.Message, err)
	}
	if err := exec(t, w.db.Super, `UPDATE safety.message SET sent = NULL, due = now(), attempts = 23`); err != nil {
		t.Fatal(err)
	}
	w.SendDue(t.Context(), func(safety.Message) error { return errors.New("no") })
	if got, err = desk.Item(t.Context(), programmeWide, i.ID); err != nil || !got.Message.GivenUp {
		t.Errorf("it is never given up: %+v, %v", got.Message, err)
	}
}
