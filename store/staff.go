package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/privacy"
	"github.com/jackc/pgx/v5"
)

// Marker makes the marks of this installation.
func (s *Store) Marker() (*audit.Marker, error) { return audit.NewMarker(s.secret) }

// SaveStaff puts the lists in place of those that the same organisations had,
// with e, all or nothing.
func (s *Store) SaveStaff(ctx context.Context, list []privacy.Staff, e audit.Event) error {
	var of []string
	rows := make([][]any, len(list))
	now := time.Now()
	for i, p := range list {
		of = append(of, string(p.Organisation))
		rows[i] = []any{string(p.Organisation), p.ID, p.Team, p.Manager, p.Number, p.Marks.Family, p.Marks.Postcode, p.Marks.Address, now}
	}
	slices.Sort(of)
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM privacy.staff WHERE organisation = ANY ($1)`, slices.Compact(of)); err != nil {
			return err
		}
		columns := []string{"organisation", "id", "team", "manager", "number", "family", "postcode", "address", "loaded"}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"privacy", "staff"}, columns, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("saving a staff list: %w", err)
	}
	return nil
}

// SaveWatches adds to the watch list, with e, all or nothing.
func (s *Store) SaveWatches(ctx context.Context, all []privacy.Watch, e audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, w := range all {
			queueWatch(b, w, e)
		}
		return insertWith(ctx, tx, b, e)
	})
	if err != nil {
		return fmt.Errorf("adding to the watch list: %w", err)
	}
	return nil
}

func queueWatch(b *pgx.Batch, w privacy.Watch, e audit.Event) {
	b.Queue(`
		INSERT INTO privacy.watched (patient, kind, concerns, reason, since, until, reference, issuer, subject, staff_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		w.Patient.Digits(), w.Kind, w.Organisation, w.Reason, w.Since, w.Until, e.Reference, e.Actor.Issuer, e.Actor.Subject, e.Actor.Name)
}
