package store

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"
)

// filter is a search of the trail as it is sealed.
type filter struct {
	Name string
	Form jsontext.Value
}

// mostFilters is how many searches an officer may keep: the oldest go first.
const mostFilters = 50

// KeepFilter keeps v under a name, for one officer, until they forget it.
func (s *Store) KeepFilter(ctx context.Context, issuer, subject, name string, v any) error {
	form, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ref := newRef()
	sealed, err := s.seal.seal(filter{name, form}, "filter "+ref)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO filters (ref, issuer, subject, sealed) VALUES ($1, $2, $3, $4)`, ref, issuer, subject, sealed)
	b.Queue(`
		DELETE FROM filters WHERE ref IN (
			SELECT ref FROM filters WHERE issuer = $1 AND subject = $2 ORDER BY made DESC, ref OFFSET $3)`, issuer, subject, mostFilters)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("keeping a filter: %w", err)
	}
	return nil
}

// Filters are the searches that an officer kept, the latest first.
func (s *Store) Filters(ctx context.Context, issuer, subject string) ([]audit.Filter, error) {
	rows, err := s.pool.Query(ctx, `SELECT ref, sealed FROM filters WHERE issuer = $1 AND subject = $2 ORDER BY made DESC, ref`, issuer, subject)
	if err != nil {
		return nil, fmt.Errorf("finding filters: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Filter, error) {
		var ref string
		var sealed []byte
		if err := row.Scan(&ref, &sealed); err != nil {
			return audit.Filter{}, err
		}
		var f filter
		err := s.seal.open(sealed, "filter "+ref, &f)
		return audit.Filter{Ref: ref, Name: f.Name}, err
	})
	if err != nil {
		return nil, fmt.Errorf("finding filters: %w", err)
	}
	return all, nil
}

// Filter fills v with a search that the officer kept, or returns
// auth.ErrNoRef.
func (s *Store) Filter(ctx context.Context, issuer, subject, ref string, v any) error {
	if !isRef.MatchString(ref) {
		return auth.ErrNoRef
	}
	var sealed []byte
	err := s.pool.QueryRow(ctx, `SELECT sealed FROM filters WHERE ref = $1 AND issuer = $2 AND subject = $3`, ref, issuer, subject).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.ErrNoRef
	}
	if err != nil {
		return fmt.Errorf("finding a filter: %w", err)
	}
	var f filter
	if err := s.seal.open(sealed, "filter "+ref, &f); err != nil {
		return err
	}
	return json.Unmarshal(f.Form, v)
}

// ForgetFilter deletes a search that the officer kept, if there is one.
func (s *Store) ForgetFilter(ctx context.Context, issuer, subject, ref string) error {
	if !isRef.MatchString(ref) {
		return nil
	}
	if _, err := s.pool.Exec(ctx, `DELETE FROM filters WHERE ref = $1 AND issuer = $2 AND subject = $3`, ref, issuer, subject); err != nil {
		return fmt.Errorf("forgetting a filter: %w", err)
	}
	return nil
}

// OtherNumbers are the other numbers that the same person is or was known by,
// as far as the demographics service told and did not take back.
func (s *Store) OtherNumbers(ctx context.Context, n nhs.Number) ([]nhs.Number, error) {
	rows, err := s.pool.Query(ctx, `
		WITH RECURSIVE known (patient) AS (SELECT $1::text
			UNION SELECT n FROM known, LATERAL (
				SELECT number FROM superseded WHERE current = patient AND NOT undone UNION ALL
				SELECT current FROM superseded WHERE number = patient AND NOT undone) same (n))
		SELECT patient FROM known WHERE patient <> $1 ORDER BY patient`, n.Digits())
	if err != nil {
		return nil, fmt.Errorf("other numbers: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (nhs.Number, error) {
		var digits string
		if err := row.Scan(&digits); err != nil {
			return nhs.Number{}, err
		}
		return nhs.ParseNumber(digits)
	})
}
