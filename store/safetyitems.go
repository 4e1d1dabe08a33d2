package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/safety"
	"github.com/jackc/pgx/v5"
)

var _ safety.Keeper = (*Store)(nil)

// Raise keeps an item and its event on the trail, both or neither. What was
// raised on the same day already is kept once; its event is then kept only if
// always is set.
func (s *Store) Raise(ctx context.Context, i safety.Item, e audit.Event, always bool) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		added, err := addItem(ctx, tx, i)
		if err != nil || !added && !always {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("raising a safety item: %w", err)
	}
	return nil
}

// Report keeps what a reader reports with its event on the trail and, where the
// partner has a contact, the message to it: all or nothing.
func (s *Store) Report(ctx context.Context, i safety.Item, e audit.Event, contact string) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := addItem(ctx, tx, i); err != nil {
			return err
		}
		if contact != "" {
			_, err := tx.Exec(ctx, `
				INSERT INTO safety.message (item, reference, partner, address, made, due) VALUES ($1, $2, $3, $4, $5, $5)`,
				[16]byte(i.ID), i.Reference, i.Partner, contact, i.At)
			if err != nil {
				return err
			}
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("keeping a report: %w", err)
	}
	return nil
}

// addItem adds i, and reports whether it was not there yet. The server may not
// read items, so it is the index that knows.
func addItem(ctx context.Context, tx pgx.Tx, i safety.Item) (bool, error) {
	body, err := bodyOf(i)
	if err != nil {
		return false, err
	}
	done, err := tx.Exec(ctx, `
		INSERT INTO safety.item (id, at, kind, partner, partner_name, section, mistake, reference, same, day, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT DO NOTHING`,
		[16]byte(i.ID), i.At, i.Kind, i.Partner, storable(i.PartnerName), i.Section, i.Mistake, i.Reference,
		i.Same[:], i.At.UTC().Format(time.DateOnly), body)
	return done.RowsAffected() == 1, err
}
