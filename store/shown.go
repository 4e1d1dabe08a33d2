package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/jackc/pgx/v5"
)

// Sight is what somebody was shown of a patient before the look under way.
func (s *Store) Sight(ctx context.Context, who auth.Identity, patient nhs.Number, look string) (*audit.Sight, error) {
	viewer := s.keyed("viewer", who.Issuer, who.Subject, patient.Digits())
	key := [16]byte(s.keyed("marks", string(viewer)))
	var marks, recent []byte
	var latest string
	var looked time.Time
	var before *time.Time
	err := s.pool.QueryRow(ctx, `SELECT marks, recent, look, looked, before FROM shown WHERE viewer = $1`, viewer).
		Scan(&marks, &recent, &latest, &looked, &before)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return audit.NewSight(viewer, key, look, time.Time{}, nil, nil), nil
	case err != nil:
		return nil, fmt.Errorf("what was shown before: %w", err)
	case latest != look:
		return audit.NewSight(viewer, key, look, looked, append(marks, recent...), nil), nil
	case before == nil:
		return audit.NewSight(viewer, key, look, time.Time{}, marks, recent), nil
	}
	return audit.NewSight(viewer, key, look, *before, marks, recent), nil
}

// shownLasts is how long it is remembered what somebody was shown of a patient
// whom they do not look at again.
const shownLasts = 365 * 24 * time.Hour

// often is how often a look in which nothing is new is noted. Pages name the
// last look to the minute, and nobody misses the difference.
const often = time.Minute

// keepSight queues keeping what is shown with the disclosure that shows it.
func keepSight(b *pgx.Batch, sight *audit.Sight, at time.Time) {
	if sight == nil || len(sight.Fresh()) == 0 && !sight.First() && at.Sub(sight.Since) < often {
		return
	}
	b.Queue(`
		INSERT INTO shown AS s (viewer, recent, look, looked) VALUES ($1, $2, $3, $4)
		ON CONFLICT (viewer) DO UPDATE SET
			marks = CASE WHEN s.look = excluded.look OR s.recent = '' THEN s.marks ELSE s.marks || s.recent END,
			recent = CASE WHEN s.look = excluded.look THEN s.recent || excluded.recent ELSE excluded.recent END,
			before = CASE WHEN s.look = excluded.look THEN s.before ELSE s.looked END,
			look = excluded.look, looked = excluded.looked`, sight.Viewer, sight.Fresh(), sight.Look, at)
}

// keyed is a hash of some parts, which only who has the secret can make.
func (s *Store) keyed(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.seal.marks)
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}
