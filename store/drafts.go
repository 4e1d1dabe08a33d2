package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"github.com/jackc/pgx/v5"
)

// draftLasts is how long a form that is being filled in is kept after its last
// change.
const draftLasts = time.Hour

// NewDraft seals v and returns the id under which alone it is found again.
func (s *Store) NewDraft(ctx context.Context, v any) (string, error) {
	id := newRef()
	return id, s.KeepDraft(ctx, id, v)
}

// KeepDraft puts v in the place of what is kept under an id of NewDraft.
func (s *Store) KeepDraft(ctx context.Context, id string, v any) error {
	hash := sha256.Sum256([]byte(id))
	sealed, err := s.seal.seal(v, draftLabel(hash))
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO drafts (hash, sealed, changed) VALUES ($1, $2, now())
		ON CONFLICT (hash) DO UPDATE SET sealed = excluded.sealed, changed = now()`, hash[:], sealed)
	if err != nil {
		return fmt.Errorf("keeping a draft: %w", err)
	}
	return nil
}

// Draft fills v with what is kept under id, or returns auth.ErrNoRef.
func (s *Store) Draft(ctx context.Context, id string, v any) error {
	if !isRef.MatchString(id) {
		return auth.ErrNoRef
	}
	hash := sha256.Sum256([]byte(id))
	var sealed []byte
	err := s.pool.QueryRow(ctx, `SELECT sealed FROM drafts WHERE hash = $1 AND changed > now() - $2::interval`, hash[:], draftLasts).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.ErrNoRef
	}
	if err != nil {
		return fmt.Errorf("finding a draft: %w", err)
	}
	return s.seal.open(sealed, draftLabel(hash), v)
}

// DropDraft deletes what is kept under id.
func (s *Store) DropDraft(ctx context.Context, id string) error {
	hash := sha256.Sum256([]byte(id))
	if _, err := s.pool.Exec(ctx, `DELETE FROM drafts WHERE hash = $1`, hash[:]); err != nil {
		return fmt.Errorf("deleting a draft: %w", err)
	}
	return nil
}

func draftLabel(hash [sha256.Size]byte) string { return "draft " + hex.EncodeToString(hash[:]) }
