package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/safety"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// heads are the columns of a list, which name no patient, with where each item
// stands.
const heads = `
	SELECT i.id, i.at, i.kind, i.partner, i.partner_name, i.section, i.mistake, i.reference,
		CASE s.kind WHEN 'taken' THEN 'taken' WHEN 'reopened' THEN 'taken' WHEN 'closed' THEN 'closed' ELSE 'new' END AS state,
		coalesce(s.staff_name, '') AS handler
	FROM safety.item i
	LEFT JOIN LATERAL (
		SELECT kind, staff_name FROM safety.step WHERE item = i.id AND kind <> 'note' ORDER BY n DESC LIMIT 1
	) s ON true`

func headOf(row pgx.CollectableRow) (h safety.Head, err error) {
	return h, row.Scan((*[16]byte)(&h.ID), &h.At, &h.Kind, &h.Partner, &h.PartnerName, &h.Section, &h.Mistake, &h.Reference, &h.State, &h.Handler)
}

// Items returns a page of the queue, newest first, as far as reach goes. Row
// level security holds the same limit in the database.
func (d *Desk) Items(ctx context.Context, reach audit.Reach, q safety.Query) ([]safety.Head, error) {
	args := pgx.NamedArgs{"kind": q.Kind, "state": q.State, "open": q.Open, "partner": q.Partner, "before": nil, "before_id": nil, "limit": q.Limit}
	if !q.Before.IsZero() {
		args["before"], args["before_id"] = q.Before.At, [16]byte(q.Before.ID)
	}
	var items []safety.Head
	err := d.look(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT * FROM (`+heads+`) item
			WHERE (@kind = '' OR kind = @kind) AND (@partner = '' OR partner = @partner)
				AND (@state = '' OR state = @state) AND (NOT @open OR state <> 'closed')
				AND (@before::timestamptz IS NULL OR (at, id) < (@before, @before_id::uuid))
			ORDER BY at DESC, id DESC
			LIMIT @limit`, args)
		if err != nil {
			return err
		}
		items, err = pgx.CollectRows(rows, headOf)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the safety queue: %w", err)
	}
	return items, nil
}

// Item returns one item in full, as far as reach goes, or auth.ErrNoRef.
func (d *Desk) Item(ctx context.Context, reach audit.Reach, id uuid.UUID) (safety.Item, error) {
	var item safety.Item
	err := d.look(ctx, reach, func(tx pgx.Tx) (err error) {
		item, err = itemOf(ctx, tx, id)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return safety.Item{}, auth.ErrNoRef
	}
	if err != nil {
		return safety.Item{}, fmt.Errorf("reading a safety item: %w", err)
	}
	return item, nil
}

func itemOf(ctx context.Context, tx pgx.Tx, id uuid.UUID) (item safety.Item, err error) {
	var body []byte
	b := &pgx.Batch{}
	b.Queue(heads+` WHERE i.id = $1`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		item.Head, err = pgx.CollectExactlyOneRow(rows, headOf)
		return err
	})
	b.Queue(`SELECT body FROM safety.item WHERE id = $1`, [16]byte(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&body) })
	b.Queue(`
		SELECT n, at, kind, words, reference, issuer, subject, staff_name, organisation
		FROM safety.step WHERE item = $1 ORDER BY n`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		item.Steps, err = pgx.CollectRows(rows, stepOf)
		return err
	})
	b.Queue(heads+`
		WHERE i.same = (SELECT same FROM safety.item WHERE id = $1) AND i.id <> $1
		ORDER BY i.at DESC LIMIT 20`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		item.Others, err = pgx.CollectRows(rows, headOf)
		return err
	})
	b.Queue(`
		SELECT reference, partner, address, made, sent, attempts, failure, given_up
		FROM safety.message WHERE item = $1 LIMIT 1`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		messages, err := pgx.CollectRows(rows, messageOf)
		if len(messages) > 0 {
			item.Message = &messages[0]
		}
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return item, err
	}
	return item, readBody(body, &item)
}

func stepOf(row pgx.CollectableRow) (s safety.Step, err error) {
	by := &s.By
	return s, row.Scan(&s.N, &s.At, &s.Kind, &s.Reason, &s.Reference, &by.Issuer, &by.Subject, &by.Name, &by.Organisation)
}

func messageOf(row pgx.CollectableRow) (m safety.Message, err error) {
	var sent *time.Time
	err = row.Scan(&m.Reference, &m.Partner, &m.To, &m.Made, &sent, &m.Attempts, &m.Failure, &m.GivenUp)
	if sent != nil {
		m.Sent = *sent
	}
	return m, err
}

// Handle adds a step to an item, as far as reach goes. A step whose number is
// taken came after somebody else's: ErrChanged.
func (d *Desk) Handle(ctx context.Context, reach audit.Reach, item uuid.UUID, s safety.Step) error {
	err := d.change(ctx, reach, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO safety.step (item, n, at, kind, words, reference, issuer, subject, staff_name, organisation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			[16]byte(item), s.N, s.At, s.Kind, s.Reason, s.Reference, s.By.Issuer, s.By.Subject, s.By.Name, s.By.Organisation)
		return err
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "23505" {
		return safety.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("handling a safety item: %w", err)
	}
	return nil
}
