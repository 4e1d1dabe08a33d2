package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var _ signin.Rows = (*Store)(nil)

const sessionColumns = `hash, data, issuer, subject, provider_session, created, seen, expires`

// LoadSession returns a live row and notes that it was seen now.
func (s *Store) LoadSession(ctx context.Context, hash []byte, idle time.Duration) (signin.Row, error) {
	var row signin.Row
	err := s.lightly(ctx, &pgx.Batch{}, func(rows pgx.Rows) (err error) {
		row, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByNameLax[signin.Row])
		return err
	}, `
		UPDATE sessions SET seen = now()
		WHERE hash = $1 AND expires > now() AND seen > now() - $2::interval
		RETURNING `+sessionColumns, hash, idle)
	if errors.Is(err, pgx.ErrNoRows) {
		return signin.Row{}, auth.ErrNoSession
	}
	if err != nil {
		return signin.Row{}, fmt.Errorf("session: %w", err)
	}
	return row, nil
}

// PeekSession is LoadSession without the note.
func (s *Store) PeekSession(ctx context.Context, hash []byte, idle time.Duration) (signin.Row, error) {
	return s.session(ctx, `
		SELECT `+sessionColumns+`
		FROM sessions
		WHERE hash = $1 AND expires > now() AND seen > now() - $2::interval`, hash, idle)
}

// SaveSession adds a row; it changes none, and one that is there is
// signin.ErrTaken.
func (s *Store) SaveSession(ctx context.Context, r signin.Row) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.Hash, r.Data, r.Issuer, r.Subject, r.ProviderSession, r.Created, r.Seen, r.Expires)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "23505" {
		return signin.ErrTaken
	}
	if err != nil {
		return fmt.Errorf("saving a session: %w", err)
	}
	return nil
}

// ReplaceSession puts a row in the place of another, in one statement: whoever
// deletes a person's sessions waits for it, and finds the new row.
func (s *Store) ReplaceSession(ctx context.Context, old []byte, r signin.Row) error {
	tag, err := s.pool.Exec(ctx, `
		UPDATE sessions SET (`+sessionColumns+`) = ($2, $3, $4, $5, $6, $7, $8, $9)
		WHERE hash = $1`, old, r.Hash, r.Data, r.Issuer, r.Subject, r.ProviderSession, r.Created, r.Seen, r.Expires)
	if err != nil {
		return fmt.Errorf("replacing a session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return auth.ErrNoSession
	}
	return nil
}

// EndSession removes a row and returns it; of several callers one gets it.
func (s *Store) EndSession(ctx context.Context, hash []byte) (signin.Row, error) {
	return s.session(ctx, `DELETE FROM sessions WHERE hash = $1 RETURNING `+sessionColumns, hash)
}

// EndProviderSession removes every session that began in one session at the
// provider.
func (s *Store) EndProviderSession(ctx context.Context, issuer, sid string) (int, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE issuer = $1 AND provider_session = $2`, issuer, sid)
	if err != nil {
		return 0, fmt.Errorf("ending sessions: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

func (s *Store) session(ctx context.Context, sql string, args ...any) (signin.Row, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return signin.Row{}, fmt.Errorf("session: %w", err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByNameLax[signin.Row])
	if errors.Is(err, pgx.ErrNoRows) {
		return signin.Row{}, auth.ErrNoSession
	}
	if err != nil {
		return signin.Row{}, fmt.Errorf("session: %w", err)
	}
	return row, nil
}
