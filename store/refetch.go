package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// AskRefetch keeps a request to fetch again what was shown, as far as reach
// goes.
func (d *Desk) AskRefetch(ctx context.Context, reach audit.Reach, r audit.Refetch) error {
	err := durable(ctx, d.pool, func(tx pgx.Tx) error {
		if err := d.reach(ctx, tx, reach); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO audit.refetch (id, at, event_id, event_at, reason, reference, issuer, subject, staff_id, staff_name, organisation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			[16]byte(r.ID), r.At, [16]byte(r.Shown.ID), r.Shown.At, r.Reason, r.Reference, r.By.Issuer, r.By.Subject, r.By.StaffID, r.By.Name, r.By.Organisation)
		return err
	})
	if err != nil {
		return fmt.Errorf("asking to fetch again: %w", err)
	}
	return nil
}

// StepRefetch adds a step to a request that was read with so many, as far as
// reach goes. It is audit.ErrDecided where somebody else added one meanwhile,
// and audit.ErrSamePerson where one person would decide what they asked.
func (d *Desk) StepRefetch(ctx context.Context, reach audit.Reach, r audit.Refetch, s audit.RefetchStep) error {
	err := durable(ctx, d.pool, func(tx pgx.Tx) error {
		if err := d.reach(ctx, tx, reach); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO audit.refetch_step (request, n, at, kind, words, reference, issuer, subject, staff_id, staff_name)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			[16]byte(r.ID), len(r.Steps)+1, s.At, s.Kind, s.Words, s.Reference, s.By.Issuer, s.By.Subject, s.By.StaffID, s.By.Name)
		return err
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case pgErr.Code == "23505":
			return audit.ErrDecided
		case pgErr.Code == "42501" && s.Kind != audit.Fetched:
			return audit.ErrSamePerson
		}
	}
	if err != nil {
		return fmt.Errorf("a step of fetching again: %w", err)
	}
	return nil
}

// Refetches are the latest requests, the newest first, at most limit, as far
// as reach goes.
func (d *Desk) Refetches(ctx context.Context, reach audit.Reach, limit int) ([]audit.Refetch, error) {
	return d.refetches(ctx, reach, `SELECT id FROM audit.refetch ORDER BY at DESC, id DESC LIMIT $1`, limit)
}

// Refetch is one request, or nil where there is none or reach does not go so
// far.
func (d *Desk) Refetch(ctx context.Context, reach audit.Reach, id uuid.UUID) (*audit.Refetch, error) {
	all, err := d.refetches(ctx, reach, `SELECT $1::uuid`, [16]byte(id))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func (d *Desk) refetches(ctx context.Context, reach audit.Reach, which string, arg any) ([]audit.Refetch, error) {
	var all []audit.Refetch
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT r.id, r.at, r.event_id, r.event_at, r.reason, r.reference, r.issuer, r.subject, r.staff_id, r.staff_name, r.organisation,
				s.kind, s.at, s.words, s.reference, s.issuer, s.subject, s.staff_id, s.staff_name
			FROM audit.refetch r LEFT JOIN audit.refetch_step s ON s.request = r.id
			WHERE r.id IN (`+which+`)
			ORDER BY r.at DESC, r.id DESC, s.n`, arg)
		if err != nil {
			return err
		}
		var r audit.Refetch
		var id, event [16]byte
		var step refetchStep
		_, err = pgx.ForEachRow(rows, append([]any{
			&id, &r.At, &event, &r.Shown.At, &r.Reason, &r.Reference, &r.By.Issuer, &r.By.Subject, &r.By.StaffID, &r.By.Name, &r.By.Organisation,
		}, step.places()...), func() error {
			r.ID, r.Shown.ID, r.Steps = id, event, nil
			if len(all) == 0 || all[len(all)-1].ID != r.ID {
				all = append(all, r)
			}
			if s, ok := step.step(); ok {
				last := &all[len(all)-1]
				last.Steps = append(last.Steps, s)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading requests: %w", err)
	}
	return all, nil
}

// refetchStep is a step that there may not be.
type refetchStep struct {
	at                                                       *time.Time
	kind, words, reference, issuer, subject, staffID, byName *string
}

func (s *refetchStep) places() []any {
	return []any{&s.kind, &s.at, &s.words, &s.reference, &s.issuer, &s.subject, &s.staffID, &s.byName}
}

func (s *refetchStep) step() (audit.RefetchStep, bool) {
	if s.kind == nil {
		return audit.RefetchStep{}, false
	}
	by := audit.Party{Identity: auth.Identity{Issuer: *s.issuer, Subject: *s.subject}, StaffID: *s.staffID, Name: *s.byName}
	return audit.RefetchStep{Kind: audit.StepKind(*s.kind), At: *s.at, Words: *s.words, Reference: *s.reference, By: by}, true
}
