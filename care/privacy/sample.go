package privacy

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/google/uuid"
)

// Sample is a random choice of one organisation's looks of one week, for
// review. Whoever has the seed and the trail can choose it again.
type Sample struct {
	ID           int64
	Organisation nhs.ODSCode
	Week         time.Time // its Monday, in London
	Stratum      Stratum
	Seed         string
	Of           int // looks there were
	Made         time.Time
	Items        []SampleItem
}

// SampleWeek is a week of which there are samples.
type SampleWeek struct {
	Monday   time.Time
	ToReview int // accesses that nobody has judged
}

// Stratum is what a sample is chosen from.
type Stratum string

// The strata.
const (
	Looks    Stratum = "looks"
	OfClaims Stratum = "claims" // where claims are ordinary, and not alerts one by one
)

// SampleItem is one look of a sample.
type SampleItem struct {
	N       int
	Event   audit.Event
	Outcome Outcome // empty while nobody has judged it
	Words   string
	By      audit.Actor
	At      time.Time
}

// Outcome is what a reviewer found of a sampled look.
type Outcome string

// The outcomes.
const (
	Appropriate Outcome = "appropriate"
	AskAbout    Outcome = "ask" // it becomes an alert
)

// OutcomeWords are the outcomes as pages say them.
var OutcomeWords = map[Outcome]string{Appropriate: "Appropriate", AskAbout: "To be asked about"}

// WeekOf is the Monday of the week of t in London, and the next.
func WeekOf(t time.Time) (from, until time.Time) {
	y, m, d := t.In(london).Date()
	back := (int(t.In(london).Weekday()) + 6) % 7
	return time.Date(y, m, d-back, 0, 0, 0, 0, london), time.Date(y, m, d-back+7, 0, 0, 0, 0, london)
}

// Choose chooses at most n of the events by the seed: those whose SHA-256 of
// seed and id comes first, in that order.
func Choose(seed string, ids []uuid.UUID, n int) []uuid.UUID {
	type ranked struct{ key, id string }
	all := make([]ranked, len(ids))
	for i, id := range ids {
		sum := sha256.Sum256([]byte(seed + id.String()))
		all[i] = ranked{string(sum[:]), string(id[:])}
	}
	slices.SortFunc(all, func(a, b ranked) int { return strings.Compare(a.key, b.key) })
	chosen := make([]uuid.UUID, min(n, len(all)))
	for i := range chosen {
		chosen[i] = uuid.UUID([]byte(all[i].id))
	}
	return chosen
}
