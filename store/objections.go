package store

import (
	"context"
	"fmt"

	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// RecordObjection keeps a new objection and e together. It waits for pages
// that are being disclosed, of everybody, since one may be of the same person
// under a number that nothing joins to this one yet. Once it has returned, none
// of the patient's can be, on any replica.
func (s *Store) RecordObjection(ctx context.Context, o objection.Objection, e audit.Event) error {
	return s.recordObjections(ctx, append(locks(o.Patient), everybody), []objection.Objection{o}, e)
}

// RecordObjections keeps a whole register and e together, all or none. It
// waits for every page that is being disclosed.
func (s *Store) RecordObjections(ctx context.Context, os []objection.Objection, e audit.Event) error {
	return s.recordObjections(ctx, []int64{everybody}, os, e)
}

func (s *Store) recordObjections(ctx context.Context, locks []int64, os []objection.Objection, e audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, key := range locks {
			b.Queue(`SELECT pg_advisory_xact_lock($1)`, key)
		}
		for _, o := range os {
			id := [16]byte(uuid.Must(uuid.NewV7()))
			b.Queue(`
				INSERT INTO objections (id, patient, family_name, given_name, birth_date, route, received)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				id, o.Patient.Digits(), o.Family, o.Given, o.Born, o.Route, o.At)
			b.Queue(`INSERT INTO objection_steps (objection, step, state, at) VALUES ($1, 1, $2, $3)`, id, o.State, o.At)
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("recording objections: %w", err)
	}
	return nil
}
