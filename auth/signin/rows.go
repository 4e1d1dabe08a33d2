package signin

import (
	"context"
	"errors"
	"time"
)

// Row is a session as it is kept. Hash is SHA-256 of the id that the cookie
// holds, so that what is kept opens nothing. Data is a JSON object. Attempts
// to sign in, and logout tokens already seen, are rows without an Issuer.
type Row struct {
	Hash                             []byte
	Data                             []byte
	Issuer, Subject, ProviderSession string
	Created, Seen, Expires           time.Time
}

// ErrTaken means that there is a row with that hash already, live or not.
var ErrTaken = errors.New("there is such a row already")

// Rows keeps sessions where every replica sees them. A row is live until its
// Expires, and while it was seen less than idle ago.
type Rows interface {
	// LoadSession returns a live row and notes that it was seen now. An
	// absent, idle or expired one is auth.ErrNoSession.
	LoadSession(ctx context.Context, hash []byte, idle time.Duration) (Row, error)
	// PeekSession is LoadSession without the note.
	PeekSession(ctx context.Context, hash []byte, idle time.Duration) (Row, error)
	// SaveSession adds a row. It changes none: a hash that is there already is
	// ErrTaken.
	SaveSession(ctx context.Context, r Row) error
	// ReplaceSession puts a row in the place of the one with the hash old, which
	// it must not lose sight of in between: who ends a person's sessions
	// meanwhile ends this one. One that is gone is auth.ErrNoSession.
	ReplaceSession(ctx context.Context, old []byte, r Row) error
	// EndSession removes a row, live or not, and returns it. Of several
	// callers at once exactly one gets it; the others get auth.ErrNoSession.
	EndSession(ctx context.Context, hash []byte) (Row, error)
	// EndProviderSession removes every session that began in one session at
	// the provider, and says how many.
	EndProviderSession(ctx context.Context, issuer, sid string) (int, error)
	// PersonSessions returns the live sessions of a person, the last used first.
	PersonSessions(ctx context.Context, issuer, subject string, idle time.Duration) ([]Row, error)
	// EndPersonSessions removes every session of a person but the one with the
	// hash except, which may be nil, and says how many.
	EndPersonSessions(ctx context.Context, issuer, subject string, except []byte) (int, error)
	// EndBegunSession removes a person's sessions that began at a time, whatever
	// their hash is by now, and says how many.
	EndBegunSession(ctx context.Context, issuer, subject string, began time.Time) (int, error)
}
