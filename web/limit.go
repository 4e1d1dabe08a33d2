package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"example.org/icr/views"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// How fast one network address may go on signing in, after a first rush: a
// whole hospital may be behind one address, and its night shift comes at eight.
// It is a flood that this is for; nobody waits for longer than some seconds.
const (
	signInsPerSecond = 50
	signInsAtOnce    = 1000
)

// How many sign-ins that failed, of nobody who is known, are put on the trail of
// one address. The log has them all.
const (
	failedPerSecond = 1
	failedAtOnce    = 100
)

// How many logout tokens that are not believed are looked at of one address.
// Those that are believed are never counted.
const (
	badTokensPerSecond = 20
	badTokensAtOnce    = 200
)

// mostBuckets is of how many addresses buckets are kept.
const mostBuckets = 10_000

// buckets are token buckets, one a network address. The zero value is ready.
type buckets struct {
	mu sync.Mutex
	of map[netip.Prefix]*rate.Limiter
}

// at is the bucket of an address; of IPv6, of its network.
func (b *buckets) at(address string, perSecond rate.Limit, atOnce int, now time.Time) *rate.Limiter {
	var key netip.Prefix
	if ip, err := netip.ParseAddr(address); err == nil {
		bits := 64
		if ip = ip.Unmap(); ip.Is4() {
			bits = 32
		}
		key, _ = ip.Prefix(bits)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[netip.Prefix]*rate.Limiter{}
	}
	if l := b.of[key]; l != nil {
		return l
	}
	if len(b.of) >= mostBuckets { // whoever has so many addresses is not held off by address
		clear(b.of)
	}
	b.of[key] = rate.NewLimiter(perSecond, atOnce)
	return b.of[key]
}

// limited keeps one network address from signing in faster than people can.
func (s *Server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.signIns.at(c.RealIP(), signInsPerSecond, signInsAtOnce, s.Now()).AllowN(s.Now(), 1) {
			return next(c)
		}
		c.Response().Header().Set("Retry-After", "5")
		return s.render(c, http.StatusTooManyRequests, views.Problem(views.ProblemPage{
			Frame: s.frame(c), Heading: "Wait a few seconds and try again",
			Advice: "Very many people are signing in from your network at this moment. Nothing is locked, and nothing is wrong with your sign-in.",
		}))
	}
}

// addresses says where a request comes from: as the connection has it, or,
// where that is one of our own proxies, as the last hop before it says.
func (s *Server) addresses() echo.IPExtractor {
	if len(s.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range s.Proxies {
		trust = append(trust, echo.TrustIPRange(p))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
