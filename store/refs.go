package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/jackc/pgx/v5"
)

// isRef is what a ref looks like; anything may stand in a URL.
var isRef = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// refLasts is how long a ref lives after its last use.
const refLasts = 24 * time.Hour

// Refer returns the ref that stands for a patient in the URLs of one
// member of staff.
func (s *Store) Refer(ctx context.Context, issuer, subject string, patient nhs.Number) (string, error) {
	var ref string
	err := s.pool.QueryRow(ctx, `
		INSERT INTO refs (ref, issuer, subject, patient, used) VALUES ($1, $2, $3, $4, now())
		ON CONFLICT (issuer, subject, patient) DO UPDATE SET
			used = now(),
			ref = CASE WHEN refs.used > now() - $5::interval THEN refs.ref ELSE excluded.ref END
		RETURNING ref`, newRef(), issuer, subject, patient.Digits(), refLasts).Scan(&ref)
	if err != nil {
		return "", fmt.Errorf("making a ref: %w", err)
	}
	return ref, nil
}

// Referred returns the number of the patient that ref stands for, for the
// person it belongs to.
func (s *Store) Referred(ctx context.Context, issuer, subject, ref string) (nhs.Number, error) {
	return s.follow(ctx, &pgx.Batch{}, issuer, subject, ref)
}

// ReferredPerson is Referred with what Person says of the patient, in one round
// trip; where no person is kept, that is zero.
func (s *Store) ReferredPerson(ctx context.Context, issuer, subject, ref string) (nhs.Number, record.Person, error) {
	var p record.Person
	b := &pgx.Batch{}
	b.Queue(`WITH RECURSIVE asked (asked) AS (SELECT patient FROM refs WHERE ref = $1)`+personAsked, ref, demographicsLast).QueryRow(func(row pgx.Row) error {
		p, _ = s.readPerson(row) // one that cannot be read is found out by who looks again
		return nil
	})
	n, err := s.follow(ctx, b, issuer, subject, ref)
	if err != nil {
		return nhs.Number{}, record.Person{}, err
	}
	return n, p, nil
}

// follow follows a ref, in one round trip with what stands in b.
func (s *Store) follow(ctx context.Context, b *pgx.Batch, issuer, subject, ref string) (nhs.Number, error) {
	if !isRef.MatchString(ref) {
		return nhs.Number{}, auth.ErrNoRef
	}
	var patient string
	err := s.lightly(ctx, b, func(rows pgx.Rows) (err error) {
		patient, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		return err
	}, `
		UPDATE refs SET used = now(), opened = now()
		WHERE ref = $1 AND issuer = $2 AND subject = $3 AND used > now() - $4::interval
		RETURNING patient`, ref, issuer, subject, refLasts)
	if errors.Is(err, pgx.ErrNoRows) {
		return nhs.Number{}, auth.ErrNoRef
	}
	if err != nil {
		return nhs.Number{}, fmt.Errorf("following a ref: %w", err)
	}
	return nhs.ParseNumber(patient)
}

// StillReferred is Referred for open pages that ask whether they may still be
// seen: it does not keep the ref alive.
func (s *Store) StillReferred(ctx context.Context, issuer, subject, ref string) (nhs.Number, error) {
	var patient string
	err := s.pool.QueryRow(ctx, `
		SELECT patient FROM refs
		WHERE ref = $1 AND issuer = $2 AND subject = $3 AND used > now() - $4::interval`, ref, issuer, subject, refLasts).Scan(&patient)
	if errors.Is(err, pgx.ErrNoRows) {
		return nhs.Number{}, auth.ErrNoRef
	}
	if err != nil {
		return nhs.Number{}, fmt.Errorf("following a ref: %w", err)
	}
	return nhs.ParseNumber(patient)
}
