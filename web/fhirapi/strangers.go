package fhirapi

import (
	"net/netip"
	"sync"
	"time"
)

// mostRefusals are how many refusals of one address are put on the trail in a
// minute, so that nobody fills it who cannot prove who they are.
const mostRefusals = 30

// strangers are the addresses that were refused in this minute; of IPv6, the
// networks, of which one machine has a whole one.
type strangers struct {
	mu      sync.Mutex
	since   time.Time
	refused map[netip.Prefix]int
}

// tooMany counts a refusal, and reports whether it is one too many.
func (s *strangers) tooMany(address string, now time.Time) bool {
	var network netip.Prefix
	if ip, err := netip.ParseAddr(address); err == nil {
		bits := 64
		if ip = ip.Unmap().WithZone(""); ip.Is4() {
			bits = 32
		}
		network, _ = ip.Prefix(bits)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.since) >= time.Minute {
		s.since, s.refused = now, map[netip.Prefix]int{}
	}
	s.refused[network]++
	return s.refused[network] > mostRefusals
}
