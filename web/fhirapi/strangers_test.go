package fhirapi

import (
	"fmt"
	"testing"
	"time"
)

// A machine has a whole network of IPv6 addresses, and is one stranger.
func TestStrangersAreCountedByNetwork(t *testing.T) {
	now := time.Now()
	for form, want := range map[string]int{"2001:db8::%x": mostRefusals, "2001:db8:0:%x::1": 100, "192.0.2.%d": 100, "::ffff:192.0.2.%d": 100} {
		var s strangers
		let := 0
		for i := range 100 {
			if !s.tooMany(fmt.Sprintf(form, i), now) {
				let++
			}
		}
		if let != want {
			t.Errorf("%s: %d of 100 refusals are put on the trail, not %d", form, let, want)
		}
	}
	var s strangers
	for range mostRefusals + 1 {
		s.tooMany("192.0.2.1", now)
	}
	if s.tooMany("192.0.2.1", now.Add(time.Minute)) {
		t.Error("it is not over after a minute")
	}
}
