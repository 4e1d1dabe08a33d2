package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/auth/signin"
	"github.com/jackc/pgx/v5"
)

// PersonSessions returns the live sessions of a person, the last used first.
func (s *Store) PersonSessions(ctx context.Context, issuer, subject string, idle time.Duration) ([]signin.Row, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+sessionColumns+`
		FROM sessions
		WHERE issuer = $1 AND subject = $2 AND subject <> '' AND expires > now() AND seen > now() - $3::interval
		ORDER BY seen DESC`, issuer, subject, idle)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[signin.Row])
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return all, nil
}

// EndPersonSessions removes every session of a person but the one with the hash
// except, and says how many.
func (s *Store) EndPersonSessions(ctx context.Context, issuer, subject string, except []byte) (int, error) {
	tag, err := s.pool.Exec(ctx, `
		DELETE FROM sessions
		WHERE issuer = $1 AND subject = $2 AND subject <> '' AND ($3::bytea IS NULL OR hash <> $3)`, issuer, subject, except)
	if err != nil {
		return 0, fmt.Errorf("ending sessions: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// EndBegunSession removes a person's sessions that began at a time.
func (s *Store) EndBegunSession(ctx context.Context, issuer, subject string, began time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE issuer = $1 AND subject = $2 AND subject <> '' AND created = $3`, issuer, subject, began)
	if err != nil {
		return 0, fmt.Errorf("ending a session: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
