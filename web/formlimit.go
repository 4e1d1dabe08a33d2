package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how often something may be done in an hour, by all together and
// from one network address; that often may come at once. A nil Limit limits
// nothing.
type Limit struct {
	All, Each int

	once sync.Once
	all  *rate.Limiter
	each buckets
}

// Allow reports whether it may be done once more from an address now, and
// counts it.
func (l *Limit) Allow(address string, now time.Time) bool {
	if l == nil {
		return true
	}
	l.once.Do(func() { l.all = rate.NewLimiter(hourly(l.All), l.All) })
	return l.each.at(address, hourly(l.Each), l.Each, now).AllowN(now, 1) && l.all.AllowN(now, 1)
}

func hourly(n int) rate.Limit { return rate.Limit(float64(n) / time.Hour.Seconds()) }
