package fhirapi

import (
	"sync"
	"time"
)

// mostRefusals are how many refusals one address gets in a minute. What it
// asks for beyond them is not looked at, so that nobody fills the trail who
// cannot prove who they are.
const mostRefusals = 30

// strangers are the addresses that were refused in this minute.
type strangers struct {
	mu      sync.Mutex
	since   time.Time
	refused map[string]int
}

func (s *strangers) tooMany(address string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Sub(s.since) < time.Minute && s.refused[address] >= mostRefusals
}

func (s *strangers) note(address string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.since) >= time.Minute {
		s.since, s.refused = now, map[string]int{}
	}
	s.refused[address]++
}
