package provider

import (
	"crypto/rand"
	"maps"
	"sync"
	"time"
)

const (
	sessionLasts = 12 * time.Hour
	codeLasts    = time.Minute
	tokenLasts   = 10 * time.Minute
)

// session is one person at one browser.
type session struct {
	id       string
	user     User
	authTime time.Time
	clients  map[string]bool // that were signed in to
}

// grant is what a client asked for and a person allowed.
type grant struct {
	client      string
	user        User
	session     string
	authTime    time.Time
	redirectURI string
	nonce       string
	challenge   string
	scope       map[string]bool
	patient     string // in context, where it is a launch
	expires     time.Time
	token       string // the access token that the code was redeemed for
}

// memory is all that a provider remembers, by cookie, code and access token.
type memory struct {
	mu       sync.Mutex
	sessions map[string]session
	codes    map[string]grant
	tokens   map[string]grant
}

// forget drops what has lapsed, and makes the maps on the first call.
func (m *memory) forget(now time.Time) {
	if m.codes == nil {
		m.sessions, m.codes, m.tokens = map[string]session{}, map[string]grant{}, map[string]grant{}
	}
	lapsed := func(_ string, g grant) bool { return now.After(g.expires) }
	maps.DeleteFunc(m.codes, lapsed)
	maps.DeleteFunc(m.tokens, lapsed)
	maps.DeleteFunc(m.sessions, func(_ string, s session) bool { return now.After(s.authTime.Add(sessionLasts)) })
}

func (m *memory) session(cookie string) (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	s, ok := m.sessions[cookie]
	return s, ok
}

// begin replaces the session of a cookie by a new one of user, and returns its
// new cookie.
func (m *memory) begin(cookie string, user User) (string, session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	delete(m.sessions, cookie)
	cookie = rand.Text()
	m.sessions[cookie] = session{id: rand.Text(), user: user, authTime: time.Now(), clients: map[string]bool{}}
	return cookie, m.sessions[cookie]
}

// end ends the session with an id, or else the one of a cookie, and returns it.
func (m *memory) end(id, cookie string) (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c, s := range m.sessions {
		if id != "" && s.id == id || id == "" && c == cookie {
			delete(m.sessions, c)
			return s, true
		}
	}
	return session{}, false
}

// issue gives a code for g.
func (m *memory) issue(g grant) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	for _, s := range m.sessions {
		if s.id == g.session {
			s.clients[g.client] = true
		}
	}
	code := rand.Text()
	g.expires = time.Now().Add(codeLasts)
	m.codes[code] = g
	return code
}

// redeem exchanges a code for an access token, once, if fits says so. A second
// time somebody has stolen it: the token is withdrawn.
func (m *memory) redeem(code string, fits func(grant) bool) (grant, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	g, ok := m.codes[code]
	if g.token != "" {
		delete(m.tokens, g.token)
		return grant{}, false
	}
	if !ok || !fits(g) {
		return grant{}, false
	}
	g.token = rand.Text()
	m.codes[code] = g
	g.expires = time.Now().Add(tokenLasts)
	m.tokens[g.token] = g
	return g, true
}

func (m *memory) bearer(token string) (grant, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	g, ok := m.tokens[token]
	return g, ok
}
