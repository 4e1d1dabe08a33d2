package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// A proof that is late is told of, on the trail and in the log, once for each
// time that it becomes late. Nothing waits for it.
func TestLateProofRaisesAnAlarmOnce(t *testing.T) {
	db, at := storetest.Open(t)
	var log bytes.Buffer
	look := func(before string) string {
		t.Helper()
		late, err := alarm(t.Context(), db, slog.New(slog.NewJSONHandler(&log, nil)), before)
		if err != nil {
			t.Fatal(err)
		}
		return late
	}
	if late := look(""); late != "" {
		t.Errorf("late from the start: %s", late)
	}
	if err := db.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{}, time.Now().Add(-2*time.Minute))); err != nil {
		t.Fatal(err)
	}
	late := look("")
	for range 3 {
		if late = look(late); late != "not signed for" {
			t.Errorf("late: %q", late)
		}
	}
	events, err := storetest.Desk(t, at).Events(t.Context(), audit.Reach{Programme: true}, audit.Query{Kind: audit.ProofLate, Limit: 10})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Words, "have waited 2m") {
		t.Errorf("%+v, %v", events, err)
	}
	if n := strings.Count(log.String(), "the proof of the trail is late"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
