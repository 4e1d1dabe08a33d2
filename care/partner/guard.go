package partner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/sony/gobreaker/v2"
)

// The breaker: after so many failures in a row a partner is not asked, and
// after each pause it is tried once.
const (
	mostFailures = 5
	pause        = 10 * time.Second
	longestQuiet = 15 * time.Minute // that a partner's own word is kept for
)

// AtOnce is how many questions wait at one partner at a time where its
// Partner does not say.
const AtOnce = 32

// BusyError is a partner's word that it is to be left alone for so long.
type BusyError struct{ For time.Duration }

// Error says so.
func (e *BusyError) Error() string {
	return fmt.Sprintf("the partner asks to be left alone for %.0f s", e.For.Seconds())
}

// notAskedError is a question that was not put, and why in plain words.
type notAskedError struct{ why string }

func (e *notAskedError) Error() string { return e.why }

// broke reports whether err says that a partner is down, and not that it has
// answered something unwelcome: an answer about somebody else, or one that
// cannot be read, comes of one record and must not take the partner's others
// away.
func broke(err error) bool {
	for _, answered := range []error{ErrNotHeld, ErrRefused, ErrWrongPatient, ErrUnreadable, ErrNotSupported, ErrTokenRefused, ErrNoCapability, errPanicked} {
		if errors.Is(err, answered) {
			return false
		}
	}
	if _, answered := errors.AsType[*StateError](err); answered {
		return false
	}
	if said, ok := errors.AsType[*StatusError](err); ok {
		return said.Status >= 500 || said.Status == 429 || said.Status == 404 // 404: nothing is there to ask
	}
	return err != nil
}

// uncounted reports whether err says nothing about how the partner is.
func uncounted(err error) bool {
	_, busy := errors.AsType[*BusyError](err)
	_, notAsked := errors.AsType[*notAskedError](err)
	return busy || notAsked || errors.Is(err, context.Canceled)
}

// guard stands before one partner: it lets no more questions through at a time
// than the partner is to have, and none while it is down.
type guard struct {
	of      record.Source
	now     func() time.Time
	from    Source
	slots   chan struct{}
	breaker *gobreaker.CircuitBreaker[any]
	strict  atomic.Bool // closed again by a probe alone: one failure opens it

	mu       sync.Mutex
	quiet    time.Time // until then it is to be left alone
	failures int       // in a row
	failed   time.Time
	only     nhs.Number // whom alone they were about, though it was reached; zero for anybody
	past     history
	probing  bool
	probed   time.Time
	probeErr error
}

func newGuard(p Partner, now func() time.Time) *guard {
	g := &guard{of: p.Source, now: now, from: p.From, slots: make(chan struct{}, AtOnce)}
	if p.AtOnce > 0 {
		g.slots = make(chan struct{}, p.AtOnce)
	}
	g.breaker = gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Timeout:      pause,
		IsSuccessful: func(err error) bool { return !broke(err) },
		IsExcluded:   uncounted,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= mostFailures || g.strict.Load()
		},
	})
	return g
}

// fetch asks the partner, or says why it is not asked.
func (g *guard) fetch(ctx context.Context, q Query) (Answer, error) {
	return through(ctx, g, q, func() (Answer, error) { return g.from.Fetch(ctx, q) })
}

func (g *guard) document(ctx context.Context, q Query, d record.Document) (Content, error) {
	return through(ctx, g, q, func() (Content, error) { return g.from.Document(ctx, q, d) })
}

func through[T any](ctx context.Context, g *guard, q Query, ask func() (T, error)) (T, error) {
	var none T
	about := q.Person.Number
	if err := g.mayAsk(about); err != nil {
		return none, err
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return none, &notAskedError{fmt.Sprintf("not asked: %d other questions wait for its answer", cap(g.slots))}
	}
	ask = survive(ask)
	if g.passes(about) {
		answer, err := ask()
		g.noteBeside(err)
		return answer, err
	}
	answer, err := g.breaker.Execute(func() (any, error) { return ask() })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return none, g.down()
	}
	g.note(about, err)
	return answer.(T), err
}

// survive makes a panic an error: it comes of one answer.
func survive[T any](ask func() (T, error)) func() (T, error) {
	return func() (answer T, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = errPanicked
			}
		}()
		return ask()
	}
}

// mayAsk is why the partner is not to be asked now, without waiting.
func (g *guard) mayAsk(about nhs.Number) error {
	g.mu.Lock()
	quiet := g.quiet
	g.mu.Unlock()
	switch {
	case g.now().Before(quiet):
		return &notAskedError{"it asks to be left alone until " + clock(quiet)}
	case g.breaker.State() == gobreaker.StateOpen && !g.passes(about):
		return g.down()
	}
	return nil
}

// passes reports whether a question goes round an open breaker: the failures
// were all about one other patient, whose record alone may be what fails.
func (g *guard) passes(about nhs.Number) bool {
	if g.breaker.State() == gobreaker.StateClosed {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.only.IsZero() && g.only != about
}

func (g *guard) down() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures == 1 {
		return &notAskedError{"it has failed, last at " + clock(g.failed) + ", and is not asked again yet"}
	}
	return &notAskedError{fmt.Sprintf("it has failed %d times, last at %s, and is not asked again yet", g.failures, clock(g.failed))}
}

// note keeps how a question about somebody ended.
func (g *guard) note(about nhs.Number, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if busy, ok := errors.AsType[*BusyError](err); ok {
		g.quiet = g.now().Add(min(busy.For, longestQuiet))
	}
	switch {
	case uncounted(err):
	case !broke(err):
		g.failures, g.only = 0, nhs.Number{}
		g.strict.Store(false)
	case g.failures == 0 && Reached(err):
		g.failures, g.failed, g.only = 1, g.now(), about
	default:
		g.failures++
		g.failed = g.now()
		if g.only != about || !Reached(err) {
			g.only = nhs.Number{}
		}
	}
}

// noteBeside keeps how a question ended that went round an open breaker: a
// failure shows that not one record is what fails.
func (g *guard) noteBeside(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if broke(err) && !uncounted(err) {
		g.only = nhs.Number{}
	}
}

// Reached reports whether a question that failed with err had come to the
// partner, as far as can be told: it was late, or said that it failed.
func Reached(err error) bool {
	_, said := errors.AsType[*StatusError](err)
	return said || errors.Is(err, context.DeadlineExceeded)
}

// StatusError is an HTTP status by which a partner says that it failed.
type StatusError struct{ Status int }

// Error names the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the partner answered with status %d", e.Status)
}

func clock(t time.Time) string { return record.DateOf(t).Time().Format("15:04") }

// guards are made when their partners are first needed: practices are many.
type guards struct {
	mu  sync.Mutex
	all map[nhs.ODSCode]*guard
}

func (gs *guards) of(p Partner, now func() time.Time) *guard {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, ok := gs.all[p.Code]
	if !ok {
		if gs.all == nil {
			gs.all = map[nhs.ODSCode]*guard{}
		}
		g = newGuard(p, now)
		gs.all[p.Code] = g
	}
	return g
}
