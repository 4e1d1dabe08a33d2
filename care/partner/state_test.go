package partner

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.org/icr/care/record"
)

// Every way of failing is a state, and what only its cause tells is in words.
func TestP4_FailuresAreStates(t *testing.T) {
	for _, test := range []struct {
		err   error
		state record.State
		why   string
	}{
		{ErrNotHeld, record.NotHeld, ""},
		{&StateError{record.Refused, "not from here"}, record.Refused, "not from here"},
		{ErrRefused, record.Refused, ""},
		{ErrWrongPatient, record.IdentityCheckFailed, ""},
		{ErrUnreadable, record.Unreadable, ""},
		{ErrNotSupported, record.NotSupported, ""},
		{ErrInsecure, record.Failed, "secure connection failed"},
		{ErrTokenRefused, record.Refused, "its token service refused this service"},
		{ErrNoToken, record.Failed, "its token service gave no answer that could be used"},
		{context.DeadlineExceeded, record.Late, "no answer in 4 s"},
		{fmt.Errorf("status 500"), record.Failed, ""},
	} {
		state, why := stateOf(fmt.Errorf("more about it: %w", test.err), 4*time.Second)
		if state != test.state || why != test.why {
			t.Errorf("%v: %s, %q", test.err, state, why)
		}
	}
}
