package partner

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Prober is a Source that can be asked how it is, without anybody's record.
type Prober interface {
	// Probe asks the partner what it can do. An error for which the partner
	// answered says nothing against it.
	Probe(ctx context.Context) error
}

// How often partners are asked how they are: while all is well, and while the
// last time came to nothing.
const (
	probeEvery = time.Hour
	probeAgain = time.Minute
	probeTakes = 10 * time.Second
	watchEvery = time.Second
)

// Watch asks partners how they are, until ctx ends: at first, from time to
// time, and as soon as one that is down may be tried. Nobody's page waits for
// it.
func (n *Network) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		n.probe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe asks all partners that are due, at once.
func (n *Network) probe(ctx context.Context) {
	n.guards.mu.Lock()
	all := slices.Collect(maps.Values(n.guards.all))
	n.guards.mu.Unlock()
	for _, g := range all {
		if p, ok := g.from.(Prober); ok && g.due() {
			go n.probeOne(ctx, g, p)
		}
	}
}

// due reports whether g is to be probed, which then begins.
func (g *guard) due() bool {
	state := g.breaker.State()
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	every := probeEvery
	if g.probeErr != nil {
		every = probeAgain
	}
	if g.probing || state == gobreaker.StateOpen || now.Before(g.quiet) || state == gobreaker.StateClosed && now.Sub(g.probed) < every {
		return false
	}
	g.probing = true
	return true
}

func (n *Network) probeOne(ctx context.Context, g *guard, p Prober) {
	ctx, cancel := context.WithTimeout(ctx, probeTakes)
	defer cancel()
	var err error
	if g.breaker.State() == gobreaker.StateHalfOpen {
		g.strict.Store(true)
		_, err = g.breaker.Execute(func() (any, error) { return nil, p.Probe(ctx) })
	} else {
		err = p.Probe(ctx)
	}
	if errors.Is(err, gobreaker.ErrTooManyRequests) || errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, context.Canceled) {
		err = nil // somebody's question tries it
	}
	g.mu.Lock()
	g.probing, g.probed, g.probeErr = false, g.now(), err
	if broke(err) && g.failures > 0 {
		g.failures++
		g.failed = g.now()
	}
	g.mu.Unlock()
	if err != nil {
		n.log.Warn("partner probed", slog.String("partner", string(g.of.Code)), slog.String("cause", Cause(err)))
	}
}
