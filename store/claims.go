package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"github.com/jackc/pgx/v5"
)

// AppendClaim commits e durably unless its actor made most claims since a time,
// which is at most two days ago.
func (s *Store) AppendClaim(ctx context.Context, e audit.Event, since time.Time, most int) error {
	sum := sha256.Sum256([]byte("claims " + e.Actor.Issuer + "\x00" + e.Actor.Subject))
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(binary.BigEndian.Uint64(sum[:8])>>2)); err != nil {
			return err
		}
		var n int
		err := tx.QueryRow(ctx, `
			SELECT count(*) FROM audit.claims
			WHERE issuer = $1 AND subject = $2 AND kind = $3 AND at > $4`, e.Actor.Issuer, e.Actor.Subject, audit.Claimed, since).Scan(&n)
		if err == nil && n >= most {
			err = audit.ErrTooManyClaims
		}
		if err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("appending a claim: %w", err)
	}
	return nil
}

// Owed returns the emergency accesses of which u has still to say why, the
// oldest first.
func (s *Store) Owed(ctx context.Context, u auth.User) ([]audit.Owed, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT reference, organisation, at FROM audit.owed
		WHERE issuer = $1 AND subject = $2
		ORDER BY at`, u.Issuer, u.Subject)
	if err != nil {
		return nil, fmt.Errorf("notes owed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[audit.Owed])
}
