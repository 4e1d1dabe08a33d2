package signin_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
)

// clock is the only time that these tests know.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// memory keeps rows as signin.Rows asks.
type memory struct {
	mu   sync.Mutex
	now  func() time.Time
	rows map[string]signin.Row
	down error // of everything

	endDown error // of EndProviderSession
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, rows: map[string]signin.Row{}}
}

func (m *memory) LoadSession(_ context.Context, hash []byte, idle time.Duration) (signin.Row, error) {
	return m.find(hash, idle, true)
}

func (m *memory) PeekSession(_ context.Context, hash []byte, idle time.Duration) (signin.Row, error) {
	return m.find(hash, idle, false)
}

func (m *memory) find(hash []byte, idle time.Duration, touch bool) (signin.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[string(hash)]
	now := m.now()
	if m.down != nil {
		return signin.Row{}, m.down
	}
	if !ok || !now.Before(row.Expires) || now.Sub(row.Seen) >= idle {
		return signin.Row{}, auth.ErrNoSession
	}
	if touch {
		row.Seen = now
		m.rows[string(hash)] = row
	}
	return row, nil
}

func (m *memory) SaveSession(_ context.Context, r signin.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.rows[string(r.Hash)]; there {
		return signin.ErrTaken
	}
	if m.down == nil {
		m.rows[string(r.Hash)] = r
	}
	return m.down
}

func (m *memory) ReplaceSession(_ context.Context, old []byte, r signin.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	if _, there := m.rows[string(old)]; !there {
		return auth.ErrNoSession
	}
	delete(m.rows, string(old))
	m.rows[string(r.Hash)] = r
	return nil
}

func (m *memory) EndSession(_ context.Context, hash []byte) (signin.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[string(hash)]
	if m.down != nil {
		return signin.Row{}, m.down
	}
	if !ok {
		return signin.Row{}, auth.ErrNoSession
	}
	delete(m.rows, string(hash))
	return row, nil
}

func (m *memory) EndProviderSession(_ context.Context, issuer, sid string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.down, m.endDown); err != nil {
		return 0, err
	}
	n := 0
	for hash, row := range m.rows {
		if row.Issuer == issuer && row.ProviderSession == sid {
			delete(m.rows, hash)
			n++
		}
	}
	return n, nil
}

func (m *memory) PersonSessions(_ context.Context, issuer, subject string, idle time.Duration) ([]signin.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []signin.Row
	for _, row := range m.rows {
		if row.Issuer == issuer && row.Subject == subject && m.now().Before(row.Expires) && m.now().Sub(row.Seen) < idle {
			all = append(all, row)
		}
	}
	slices.SortFunc(all, func(a, b signin.Row) int { return b.Seen.Compare(a.Seen) })
	return all, m.down
}

func (m *memory) EndPersonSessions(_ context.Context, issuer, subject string, except []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.down, m.endDown); err != nil {
		return 0, err
	}
	n := 0
	for hash, row := range m.rows {
		if row.Issuer == issuer && row.Subject == subject && hash != string(except) {
			delete(m.rows, hash)
			n++
		}
	}
	return n, nil
}

func (m *memory) EndBegunSession(_ context.Context, issuer, subject string, began time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for hash, row := range m.rows {
		if row.Issuer == issuer && row.Subject == subject && row.Created.Equal(began) {
			delete(m.rows, hash)
			n++
		}
	}
	return n, m.down
}

// sessions are the rows of people, by the hash that the trail keeps.
func (m *memory) sessions() map[string]signin.Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]signin.Row{}
	for hash, row := range m.rows {
		if row.Subject != "" {
			all[hex.EncodeToString([]byte(hash))] = row
		}
	}
	return all
}
