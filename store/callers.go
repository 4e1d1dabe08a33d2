package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// UseAssertion keeps until a time that a caller used an assertion. It reports
// whether that was the first time, on any replica.
func (s *Store) UseAssertion(ctx context.Context, caller string, id []byte, until time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, `INSERT INTO caller_assertions (caller, id, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, caller, id, until)
	if err != nil {
		return false, fmt.Errorf("keeping an assertion: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// KeepToken keeps the hash of a caller's token until it ends.
func (s *Store) KeepToken(ctx context.Context, hash []byte, caller string, scopes []string, until time.Time) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO caller_tokens (hash, caller, scopes, until) VALUES ($1, $2, $3, $4)`, hash, caller, scopes, until)
	if err != nil {
		return fmt.Errorf("keeping a token: %w", err)
	}
	return nil
}

// Token returns whose a token is, and for what; nobody's, once it has ended.
func (s *Store) Token(ctx context.Context, hash []byte) (caller string, scopes []string, err error) {
	err = s.pool.QueryRow(ctx, `SELECT caller, scopes FROM caller_tokens WHERE hash = $1 AND until > now()`, hash).Scan(&caller, &scopes)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", nil, fmt.Errorf("reading a token: %w", err)
	}
	return caller, scopes, nil
}
