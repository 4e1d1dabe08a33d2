package source

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Bearer returns an access token for a client that sends its own requests.
// Refused is the one that was just not taken, which is then renewed, or empty.
func (t *Tokens) Bearer(ctx context.Context, refused string) (string, error) {
	if refused != "" {
		t.drop(Secret{refused}, new(atomic.Bool))
	}
	token, err := t.token(ctx)
	return token.text, err
}

// UserTokens are access tokens in exchange for users' own sign-ins, one for
// each session. They are held in memory alone.
type UserTokens struct {
	OAuth

	mu       sync.Mutex
	sessions map[string]*userTokens
}

type userTokens struct {
	*Tokens
	used time.Time
}

// unusedFor is how long the token of a session is kept that does not use it.
const unusedFor = 20 * time.Minute

// NewUserTokens returns the tokens that o gives for users' sign-ins.
func NewUserTokens(o OAuth) *UserTokens {
	return &UserTokens{OAuth: o, sessions: map[string]*userTokens{}}
}

// Bearer returns the access token of one session, whose ID token idToken is.
// Refused is as for Tokens.
func (u *UserTokens) Bearer(ctx context.Context, session, idToken, refused string) (string, error) {
	subject, err := ParseSecret(idToken)
	if err != nil {
		return "", err
	}
	return u.of(session, subject, time.Now()).Bearer(ctx, refused)
}

func (u *UserTokens) of(session string, subject Secret, now time.Time) *Tokens {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, t := range u.sessions {
		if now.Sub(t.used) > unusedFor {
			delete(u.sessions, id)
		}
	}
	t, ok := u.sessions[session]
	if !ok || t.subject != subject {
		o := u.OAuth
		o.subject = subject
		t = &userTokens{Tokens: NewTokens(o)}
		u.sessions[session] = t
	}
	t.used = now
	return t.Tokens
}
