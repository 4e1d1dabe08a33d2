package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"github.com/jackc/pgx/v5"
)

// searchLasts is how long a search is kept, so that Back works.
const searchLasts = 15 * time.Minute

// KeepSearch seals v and returns the ref under which its maker finds it again.
func (s *Store) KeepSearch(ctx context.Context, issuer, subject, kind string, v any) (string, error) {
	ref := newRef()
	sealed, err := s.seal.seal(v, "search "+ref)
	if err != nil {
		return "", err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO searches (ref, issuer, subject, kind, sealed, made) VALUES ($1, $2, $3, $4, $5, now())`,
		ref, issuer, subject, kind, sealed)
	if err != nil {
		return "", fmt.Errorf("keeping a search: %w", err)
	}
	return ref, nil
}

// KeepLatest is KeepSearch, and deletes what its maker kept of that kind before
// the latest most.
func (s *Store) KeepLatest(ctx context.Context, issuer, subject, kind string, v any, most int) (string, error) {
	ref, err := s.KeepSearch(ctx, issuer, subject, kind, v)
	if err != nil {
		return "", err
	}
	_, err = s.pool.Exec(ctx, `
		DELETE FROM searches WHERE ref IN (
			SELECT ref FROM searches WHERE issuer = $1 AND subject = $2 AND kind = $3
			ORDER BY made DESC OFFSET $4)`, issuer, subject, kind, most)
	if err != nil {
		return "", fmt.Errorf("keeping the latest: %w", err)
	}
	return ref, nil
}

// Search fills v with what KeepSearch kept, or returns auth.ErrNoRef.
func (s *Store) Search(ctx context.Context, issuer, subject, kind, ref string, v any) error {
	if !isRef.MatchString(ref) {
		return auth.ErrNoRef
	}
	var sealed []byte
	err := s.pool.QueryRow(ctx, `
		SELECT sealed FROM searches
		WHERE ref = $1 AND issuer = $2 AND subject = $3 AND kind = $4 AND made > now() - $5::interval`,
		ref, issuer, subject, kind, searchLasts).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.ErrNoRef
	}
	if err != nil {
		return fmt.Errorf("finding a search: %w", err)
	}
	return s.seal.open(sealed, "search "+ref, v)
}

// TakeSearch is Search, once: what it returns is kept no longer.
func (s *Store) TakeSearch(ctx context.Context, issuer, subject, kind, ref string, v any) error {
	if !isRef.MatchString(ref) {
		return auth.ErrNoRef
	}
	var sealed []byte
	err := s.pool.QueryRow(ctx, `
		DELETE FROM searches
		WHERE ref = $1 AND issuer = $2 AND subject = $3 AND kind = $4 AND made > now() - $5::interval
		RETURNING sealed`, ref, issuer, subject, kind, searchLasts).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.ErrNoRef
	}
	if err != nil {
		return fmt.Errorf("taking what was kept: %w", err)
	}
	return s.seal.open(sealed, "search "+ref, v)
}

// Sweep deletes what has lapsed: sessions, searches, drafts, refs,
// demographics, what was spent, and grounds that nobody's feed told of.
func (s *Store) Sweep(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM sessions WHERE expires < now() OR subject <> '' AND seen < now() - $1::interval`, s.idle)
	b.Queue(`DELETE FROM searches WHERE made < now() - $1::interval`, searchLasts)
	b.Queue(`DELETE FROM relationships WHERE source = ANY ($1) AND ends < now() - interval '1 day'`, []string{liveSource, launchSource})
	b.Queue(`DELETE FROM drafts WHERE changed < now() - $1::interval`, draftLasts)
	b.Queue(`DELETE FROM refs WHERE used < now() - $1::interval`, refLasts)
	b.Queue(`DELETE FROM caller_assertions WHERE until < now()`)
	b.Queue(`DELETE FROM caller_tokens WHERE until < now()`)
	b.Queue(`DELETE FROM shown WHERE looked < now() - $1::interval`, shownLasts)
	b.Queue(`DELETE FROM spent WHERE at < now() - $1::interval`, access.BudgetFor)
	b.Queue(`DELETE FROM demographics WHERE fetched < now() - $1::interval`, demographicsLast)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("sweeping: %w", err)
	}
	return nil
}
