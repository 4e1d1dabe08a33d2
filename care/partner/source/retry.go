package source

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.org/icr/care/partner"
)

// Everything that a partner is asked may be asked again without harm. It is,
// at most once, where that is likely to help: after a broken connection, and
// where the partner or what stands before it says that it has too much to do.
const (
	backOff  = 100 * time.Millisecond
	leastFor = 50 * time.Millisecond // that must be left for the answer
	longest  = 4 * time.Second       // wait without a deadline
)

// budget keeps repeated questions to a tenth of all, so that a partner in
// trouble is not given more to do.
type budget struct {
	mu    sync.Mutex
	saved float64
}

const mostSaved = 10

func newBudget() *budget { return &budget{saved: mostSaved} }

func (b *budget) ask() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saved = min(b.saved+0.1, mostSaved)
}

func (b *budget) askAgain() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.saved < 1 {
		return false
	}
	b.saved--
	return true
}

// persist asks, and once more where that may help and the deadline leaves
// time. An answer that asks for a longer wait than that is a
// partner.BusyError.
func (s *Source) persist(ctx context.Context, ask func() (*http.Response, error)) (*http.Response, error) {
	s.budget.ask()
	res, err := ask()
	wait, ok := waitBefore(ctx, res, err, time.Now())
	if ok && fits(ctx, wait) && s.budget.askAgain() {
		leave(res)
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
		res, err = ask()
	}
	if err != nil {
		return nil, err
	}
	if asked, ok := retryAfter(res, time.Now()); ok {
		leave(res)
		return nil, &partner.BusyError{For: asked}
	}
	return res, nil
}

// waitBefore is how long to wait before asking again, and whether to.
func waitBefore(ctx context.Context, res *http.Response, err error, now time.Time) (time.Duration, bool) {
	soon := backOff + rand.N(backOff)
	switch {
	case ctx.Err() != nil:
		return 0, false
	case err != nil:
		for _, final := range []error{partner.ErrInsecure, partner.ErrNotAllowed, partner.ErrNoToken, partner.ErrTokenRefused, errElsewhere} {
			if errors.Is(err, final) {
				return 0, false
			}
		}
		return soon, true
	}
	if asked, ok := retryAfter(res, now); ok {
		return max(asked, soon), true
	}
	switch res.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return soon, true
	}
	return 0, false
}

// retryAfter is how long a partner that has too much to do asks to be left
// alone.
func retryAfter(res *http.Response, now time.Time) (time.Duration, bool) {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	asked := res.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(asked, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(asked); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return wait <= longest
	}
	return time.Until(deadline) > wait+leastFor
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave is done with a response. A short body read to its end keeps the
// connection.
func leave(res *http.Response) {
	if res == nil {
		return
	}
	io.CopyN(io.Discard, res.Body, 4<<10)
	res.Body.Close()
}
