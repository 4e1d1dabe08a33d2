package store

import (
	"context"
	"crypto/rand"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"github.com/jackc/pgx/v5"
)

// Spend notes that u opens a patient, or, of the zero number, searches, unless
// within says that it may not be: then it returns within's error and notes
// nothing. A patient whom u opened within access.BudgetFor costs nothing.
func (s *Store) Spend(ctx context.Context, u auth.User, patient nhs.Number, within func(access.Spent) error) error {
	kind, what := "search", make([]byte, 16)
	rand.Read(what)
	if !patient.IsZero() {
		kind, what = "patient", s.keyed("spent", patient.Digits())
	}
	spent, known, err := s.spent(ctx, u, kind, what)
	if err != nil {
		return err
	}
	if !known {
		if err := within(spent); err != nil {
			return err
		}
	}
	return s.note(ctx, u, kind, what)
}

// spent is what was spent, and whether this was among it.
func (s *Store) spent(ctx context.Context, u auth.User, kind string, what []byte) (spent access.Spent, known bool, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE mine AND fresh AND kind = 'search'), count(DISTINCT what) FILTER (WHERE mine AND fresh AND kind = 'patient'),
			count(*) FILTER (WHERE ours AND kind = 'search'), count(DISTINCT what) FILTER (WHERE ours AND kind = 'patient'),
			coalesce(bool_or(mine AND kind = 'told'), false), coalesce(bool_or(ours AND kind = 'told-organisation'), false),
			coalesce(bool_or(mine AND kind = $6 AND what = $7), false)
		FROM (SELECT kind, what, issuer = $1 AND subject = $2 AS mine, organisation = $3 AS ours, at > $4 AS fresh
			FROM spent
			WHERE (issuer = $1 AND subject = $2 OR organisation = $3) AND at > now() - $5::interval) lately`,
		u.Issuer, u.Subject, u.Organisation, u.AuthTime, access.BudgetFor, kind, what).
		Scan(&spent.User.Searches, &spent.User.Patients, &spent.Organisation.Searches, &spent.Organisation.Patients, &spent.UserTold, &spent.OrganisationTold, &known)
	if err != nil {
		return spent, false, fmt.Errorf("what was spent: %w", err)
	}
	return spent, known, nil
}

// Alerted notes that the privacy officers were alerted of a budget: the
// organisation's, or u's own.
func (s *Store) Alerted(ctx context.Context, u auth.User, organisation bool) error {
	if organisation {
		return s.note(ctx, u, "told-organisation", []byte{})
	}
	return s.note(ctx, u, "told", []byte{})
}

func (s *Store) note(ctx context.Context, u auth.User, kind string, what []byte) error {
	err := s.lightly(ctx, &pgx.Batch{}, func(pgx.Rows) error { return nil }, `
		INSERT INTO spent (issuer, subject, organisation, kind, what) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (issuer, subject, organisation, kind, what) DO UPDATE SET at = now()`,
		u.Issuer, u.Subject, u.Organisation, kind, what)
	if err != nil {
		return fmt.Errorf("noting what was spent: %w", err)
	}
	return nil
}
