package partner

import (
	"net/http"
	"sync"
	"time"

	"example.org/icr/care/record"
)

// Meter keeps how a service answers that is no partner: the demographics
// service. It has no breaker, and is always asked.
type Meter struct {
	Of    record.Source
	Now   func() time.Time
	Ends  func() Certificates // when the certificates of its connections end
	mu    sync.Mutex
	past  history
	waits int
	fails int
}

// Watch returns next, with m keeping how requests through it end: not what
// they ask.
func (m *Meter) Watch(next http.RoundTripper) http.RoundTripper { return metered{m, next} }

type metered struct {
	*Meter
	next http.RoundTripper
}

// RoundTrip does what http.RoundTripper says.
func (m metered) RoundTrip(r *http.Request) (*http.Response, error) {
	began := m.Now()
	m.mu.Lock()
	m.waits++
	m.mu.Unlock()
	res, err := m.next.RoundTrip(r)
	state := record.Answered
	if err == nil && (res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests) {
		m.note(began, record.Failed, &StatusError{res.StatusCode})
		return res, nil
	}
	if err != nil {
		state, _ = stateOf(err, 0)
	}
	m.note(began, state, err)
	return res, err
}

func (m *Meter) note(began time.Time, state record.State, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits--
	m.fails++
	if !silent(state) {
		m.fails = 0
	}
	m.past.add(m.Now(), state, m.Now().Sub(began), err)
}

// Health is how it has been answering.
func (m *Meter) Health() Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.past.health(m.Now())
	h.Source, h.Breaker, h.Waiting, h.Failures = m.Of, Closed, m.waits, m.fails
	h.Certificates = m.Ends()
	return h
}
