package partner

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"example.org/icr/care/record"
	"github.com/sony/gobreaker/v2"
)

// errPanicked stands for a panic, whose value may be about a patient.
var errPanicked = errors.New("panic")

// Breaker says whether a partner is asked.
type Breaker string

// The states of a breaker.
const (
	Closed  Breaker = "closed"   // it is asked
	Trying  Breaker = "trying"   // it was down, and is tried with one question at a time
	Open    Breaker = "open"     // it is down, and is not asked
	OneOnly Breaker = "one-only" // it is not asked about one patient, with whom it fails
	Quiet   Breaker = "quiet"    // it asked to be left alone
)

// Breakers are all states of a breaker.
var Breakers = []Breaker{Closed, Trying, Open, OneOnly, Quiet}

// Health is how one partner has been answering this server since it started.
// No patient is in it.
type Health struct {
	Source       record.Source
	Breaker      Breaker
	Waiting      int // questions that wait there now
	AtOnce       int // the most that may
	Failures     int // in a row
	LastAnswer   time.Time
	LastFailure  time.Time
	LastCause    string // of the failure, without anything about anybody
	Recent       Recent
	Totals       map[record.State]uint64
	NotAsked     uint64 // while it was down or had enough to do
	Latency      Histogram
	Certificates Certificates
	Probed       time.Time // when it was last asked how it is
	ProbeCause   string    // why that came to nothing, or nothing
}

// Recent sums up the last quarter of an hour.
type Recent struct {
	Asked, Failed int
	Median, P95   time.Duration
}

// Histogram counts durations: Counts[i] are those up to Bounds[i].
type Histogram struct {
	Counts [len(bounds)]uint64
	Count  uint64
	Sum    time.Duration
}

var bounds = [...]time.Duration{
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 1500 * time.Millisecond, 2500 * time.Millisecond, 4 * time.Second, 10 * time.Second,
}

// Bounds are those of the histograms.
func Bounds() []time.Duration { return bounds[:] }

// Certificates are when those end that secure the connection to a partner;
// zero where there is none, or it is not known yet.
type Certificates struct{ Client, Server time.Time }

// Certified is a Source that knows the certificates of its connections.
type Certified interface{ Certificates() Certificates }

const (
	recently = 15 * time.Minute
	mostKept = 512
)

// history is what is kept of a partner's answers.
type history struct {
	answered, failed time.Time
	cause            string
	totals           map[record.State]uint64
	notAsked         uint64
	latency          Histogram
	recent           []outcome // a ring, once it is full
	next             int
}

type outcome struct {
	at   time.Time
	took time.Duration
	bad  bool
}

func (h *history) add(at time.Time, state record.State, took time.Duration, err error) {
	if _, notAsked := errors.AsType[*notAskedError](err); notAsked {
		h.notAsked++
		return
	}
	if h.totals == nil {
		h.totals = map[record.State]uint64{}
	}
	h.totals[state]++
	h.latency.add(took)
	bad := silent(state)
	if bad {
		h.failed, h.cause = at, causeOf(state, err)
	} else {
		h.answered = at
	}
	o := outcome{at, took, bad}
	if len(h.recent) < mostKept {
		h.recent = append(h.recent, o)
		return
	}
	h.recent[h.next] = o
	h.next = (h.next + 1) % mostKept
}

func (h *Histogram) add(took time.Duration) {
	h.Count++
	h.Sum += took
	for i, bound := range bounds {
		if took <= bound {
			h.Counts[i]++
		}
	}
}

func (h *history) since(t time.Time) Recent {
	var r Recent
	var took []time.Duration
	for _, o := range h.recent {
		if o.at.Before(t) {
			continue
		}
		r.Asked++
		if o.bad {
			r.Failed++
		}
		took = append(took, o.took)
	}
	if len(took) > 0 {
		slices.Sort(took)
		r.Median, r.P95 = took[len(took)/2], took[min(len(took)-1, len(took)*95/100)]
	}
	return r
}

// health is what is kept, as far as it says how a partner answers.
func (h *history) health(now time.Time) Health {
	return Health{
		LastAnswer: h.answered, LastFailure: h.failed, LastCause: h.cause, Recent: h.since(now.Add(-recently)),
		Totals: maps.Clone(h.totals), NotAsked: h.notAsked, Latency: h.latency,
	}
}

// silent reports whether a partner in this state gave nothing that it has.
func silent(state record.State) bool {
	return state == record.Refused || state == record.Late || state == record.Failed || state == record.Unreadable || state == record.IdentityCheckFailed
}

// causeOf is why a partner is silent: it may say so of every single section.
func causeOf(state record.State, err error) string {
	if err == nil && state == record.Refused {
		err = ErrRefused
	}
	return Cause(err)
}

// Report makes the network log every failure of a partner, with its cause and
// without anything about anybody.
func (n *Network) Report(log *slog.Logger) { n.log = log }

// heard keeps and logs how a question to p ended.
func (n *Network) heard(p Partner, q Query, c record.Contribution, err error) {
	if len(q.Scope) == 0 {
		return // it was none
	}
	g := n.guards.of(p, n.now)
	g.mu.Lock()
	g.past.add(c.FetchedAt, c.State, c.Took, err)
	g.mu.Unlock()
	if !silent(c.State) {
		return
	}
	n.log.Warn("partner", slog.String("partner", string(p.Code)), slog.String("state", string(c.State)),
		slog.String("cause", causeOf(c.State, err)), slog.Int64("ms", c.Took.Milliseconds()), slog.String("viewing", q.Viewing))
}

// Health tells of every partner asked so far, and of those that are asked about
// everybody, by code.
func (n *Network) Health() []Health {
	n.guards.mu.Lock()
	all := slices.Collect(maps.Values(n.guards.all))
	n.guards.mu.Unlock()
	health := make([]Health, len(all))
	for i, g := range all {
		health[i] = g.health()
	}
	slices.SortFunc(health, func(a, b Health) int { return cmp.Compare(a.Source.Code, b.Source.Code) })
	return health
}

func (g *guard) health() Health {
	state := g.state()
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.past.health(g.now())
	h.Source, h.Breaker, h.Waiting, h.AtOnce = g.of, state, len(g.slots), cap(g.slots)
	h.Failures, h.Probed = g.failures, g.probed
	if g.probeErr != nil {
		h.ProbeCause = Cause(g.probeErr)
	}
	if c, ok := g.from.(Certified); ok {
		h.Certificates = c.Certificates()
	}
	return h
}

func (g *guard) state() Breaker {
	state := g.breaker.State()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.now().Before(g.quiet):
		return Quiet
	case state == gobreaker.StateClosed:
		return Closed
	case !g.only.IsZero():
		return OneOnly
	case state == gobreaker.StateHalfOpen:
		return Trying
	}
	return Open
}
