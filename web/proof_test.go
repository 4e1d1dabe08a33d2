package web_test

import (
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
)

// T-AUD-10: whoever reads the trail is on it.
func TestAUD10_ReadingTheTrailIsOnTheTrail(t *testing.T) {
	w := newWorld(t)
	lead := w.as("privacy.lead")
	before := lead.get("/privacy/events").Find("[data-event=trail-read]").Length()
	for n := range 3 {
		p := lead.get("/privacy/events")
		if got := p.Find("[data-event=trail-read]").Length(); got != before+n+1 {
			t.Errorf("it shows %d readings, want %d", got, before+n+1)
		}
		if p.Find("[data-proof-late]").Length() != 0 {
			t.Error("the proof is late")
		}
	}
}

// Where the proof is late, the privacy desk says so.
func TestDeskSaysThatTheProofIsLate(t *testing.T) {
	w := newWorld(t)
	if err := w.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{}, time.Now().Add(-5*time.Minute))); err != nil {
		t.Fatal(err)
	}
	if p := w.as("privacy.officer").get("/privacy/events"); p.Find("[data-proof-late]").Length() != 1 {
		t.Errorf("not said: %s", p.text())
	}
}
