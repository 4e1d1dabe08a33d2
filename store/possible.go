package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// RaisePossible keeps a possible objection and e, both or neither, unless the
// same was raised before, and was not found to be none.
func (s *Store) RaisePossible(ctx context.Context, p objection.Possible, e audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `
			INSERT INTO possible_objections (id, patient, partner, partner_name, seen_at, evidence, lasts)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT DO NOTHING`,
			[16]byte(p.ID), p.Patient.Digits(), p.Partner, storable(p.PartnerName), p.SeenAt, p.Evidence, p.Evidence.Lasts())
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("raising a possible objection: %w", err)
	}
	return nil
}

const possible = `
	SELECT id, patient, partner, partner_name, seen_at, evidence, outcome, handled_at, handled_by, words
	FROM possible_objections`

// PossibleObjections are those that wait to be handled, the oldest first, and
// the latest of those that were.
func (s *Store) PossibleObjections(ctx context.Context, most int) (open, handled []objection.Possible, err error) {
	for _, list := range []struct {
		to  *[]objection.Possible
		sql string
	}{
		{&open, possible + ` WHERE outcome = '' ORDER BY seen_at, id LIMIT $1`},
		{&handled, possible + ` WHERE outcome <> '' ORDER BY handled_at DESC, id LIMIT $1`},
	} {
		rows, err := s.pool.Query(ctx, list.sql, most)
		if err == nil {
			*list.to, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (objection.Possible, error) { return possibleOf(row) })
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading possible objections: %w", err)
		}
	}
	return open, handled, nil
}

// PossibleObjection is one of them.
func (s *Store) PossibleObjection(ctx context.Context, id uuid.UUID) (objection.Possible, error) {
	p, err := possibleOf(s.pool.QueryRow(ctx, possible+` WHERE id = $1`, [16]byte(id)))
	if errors.Is(err, pgx.ErrNoRows) {
		return p, objection.ErrNoPossible
	}
	if err != nil {
		return p, fmt.Errorf("reading a possible objection: %w", err)
	}
	return p, nil
}

// HandlePossible keeps what an officer found with e, both or neither. It is
// objection.ErrHandled if somebody was before them.
func (s *Store) HandlePossible(ctx context.Context, p objection.Possible, e audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `
			UPDATE possible_objections SET outcome = $2, handled_at = $3, handled_by = $4, words = $5 WHERE id = $1 AND outcome = ''`,
			[16]byte(p.ID), p.Outcome, p.HandledAt, p.HandledBy, storable(p.Words))
		if err == nil && done.RowsAffected() == 0 {
			err = objection.ErrHandled
		}
		if err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("handling a possible objection: %w", err)
	}
	return nil
}

func possibleOf(row pgx.Row) (p objection.Possible, err error) {
	var patient string
	var handled *time.Time
	err = row.Scan((*[16]byte)(&p.ID), &patient, &p.Partner, &p.PartnerName, &p.SeenAt, &p.Evidence, &p.Outcome, &handled, &p.HandledBy, &p.Words)
	if err != nil {
		return p, err
	}
	if handled != nil {
		p.HandledAt = *handled
	}
	p.Patient, err = nhs.ParseNumber(patient)
	return p, err
}
