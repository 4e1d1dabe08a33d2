package store

import (
	"context"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"github.com/jackc/pgx/v5"
)

// Current returns at most limit patients with whom u's organisation, or a team
// of theirs, has a relationship about now, the newest first. Mere registration
// with a practice is none here. Whether a relationship is a ground, the policy
// says.
func (s *Store) Current(ctx context.Context, u auth.User, limit int) ([]nhs.Number, error) {
	const perPatient = 4 // relationships looked at, on average
	return s.numbers(ctx, `
		SELECT patient FROM (
			SELECT patient, starts FROM relationships
			WHERE organisation = $1 AND kind <> ALL ($2) AND (kind <> $3 OR team = ANY ($4))
				AND starts < now() + interval '14 days' AND (ends IS NULL OR ends > now() - interval '28 days')
			ORDER BY starts DESC LIMIT $5::integer * $6::integer) AS latest
		GROUP BY patient ORDER BY max(starts) DESC LIMIT $6::integer`,
		u.Organisation, []access.RelationshipKind{access.Registered, access.Void, access.Confirmed, access.Launched}, access.Caseload, u.Teams, perPatient, limit)
}

// Opened returns at most limit patients whose records u opened, or tried to, in
// the last 24 hours, the last first.
func (s *Store) Opened(ctx context.Context, u auth.User, limit int) ([]nhs.Number, error) {
	return s.numbers(ctx, `
		SELECT patient FROM refs
		WHERE issuer = $1 AND subject = $2 AND opened > now() - $3::interval
		ORDER BY opened DESC LIMIT $4`, u.Issuer, u.Subject, refLasts, limit)
}

func (s *Store) numbers(ctx context.Context, sql string, args ...any) ([]nhs.Number, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("listing patients: %w", err)
	}
	return pgx.CollectRows(rows, numberOf)
}

func numberOf(row pgx.CollectableRow) (nhs.Number, error) {
	var digits string
	if err := row.Scan(&digits); err != nil {
		return nhs.Number{}, err
	}
	return nhs.ParseNumber(digits)
}
