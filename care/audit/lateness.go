package audit

import (
	"fmt"
	"time"
)

// Lateness is how far the proof of the trail lags behind the trail.
type Lateness struct {
	Size        int64         // entries of the log
	SignedAt    time.Time     // when the log was last signed for; zero if never
	Waiting     time.Duration // how long the oldest event without a place has waited
	Witnessed   bool          // a witness has ever cosigned
	Unwitnessed time.Duration // how long the oldest checkpoint that no witness covers has
}

// When the proof counts as late.
const (
	LateAfter        = time.Minute
	UnwitnessedAfter = 15 * time.Minute
)

// Late says what is late, in words for people, and in one that stays the same
// for as long as it is. Both are empty where nothing is.
func (l Lateness) Late() (what, words string) {
	switch {
	case l.Waiting > LateAfter:
		return "not signed for", fmt.Sprintf("Events have waited %s for their places in the log. Is icr sequence running?", l.Waiting.Round(time.Second))
	case l.Witnessed && l.Unwitnessed > UnwitnessedAfter:
		return "not witnessed", fmt.Sprintf("No witness has cosigned for %s.", l.Unwitnessed.Round(time.Second))
	}
	return "", ""
}
