package store

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/care/objection"
	"github.com/jackc/pgx/v5"
)

// mostNotices are how many changes one notice tells of.
const mostNotices = 100

// Notify hands send the changes of objections that a caller is yet to be told
// of, and keeps how that went. It reports whether there were any to tell. While
// they are being sent no other replica sends any to the same caller. Where the
// commit fails after they were sent, they are sent again. Nobody is told of
// what happened before they were first to be told, or two weeks ago.
func (s *Store) Notify(ctx context.Context, caller string, send func([]objection.Change) error) (bool, error) {
	found := false
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		attempts, err := dueNotices(ctx, tx, caller)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		changes, err := untold(ctx, tx, caller)
		if err != nil || len(changes) == 0 {
			return err
		}
		found = true
		if failed := send(changes); failed != nil {
			_, err = tx.Exec(ctx, `UPDATE objection_notices SET attempts = attempts + 1, failure = $2, due = now() + $3::interval WHERE caller = $1`,
				caller, failed.Error(), pause(attempts))
			return err
		}
		return told(ctx, tx, caller, changes)
	})
	if err != nil {
		return found, fmt.Errorf("sending notices: %w", err)
	}
	return found, nil
}

// dueNotices locks what is kept of a caller, if it is due, and returns how often
// it was tried in vain.
func dueNotices(ctx context.Context, tx pgx.Tx, caller string) (attempts int, err error) {
	_, err = tx.Exec(ctx, `INSERT INTO objection_notices (caller, since) VALUES ($1, now() - interval '1 hour') ON CONFLICT DO NOTHING`, caller)
	if err != nil {
		return 0, err
	}
	return attempts, tx.QueryRow(ctx, `SELECT attempts FROM objection_notices WHERE caller = $1 AND due <= now() FOR UPDATE SKIP LOCKED`, caller).Scan(&attempts)
}

// untold are changes of objections that are or were in force by then.
func untold(ctx context.Context, tx pgx.Tx, caller string) ([]objection.Change, error) {
	rows, err := tx.Query(ctx, `
		SELECT s.objection, s.step
		FROM objection_steps s JOIN objection_notices n ON n.caller = $1
		WHERE s.recorded >= greatest(n.since, now() - interval '14 days')
			AND EXISTS (SELECT FROM objection_steps i WHERE i.objection = s.objection AND i.step <= s.step AND i.state <> ALL ($2::text[]))
			AND NOT EXISTS (SELECT FROM objection_told t WHERE t.caller = n.caller AND t.objection = s.objection AND t.step = s.step)
		ORDER BY s.recorded, s.objection
		LIMIT $3`, caller, objection.NotInForce, mostNotices)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c objection.Change, err error) {
		return c, row.Scan((*[16]byte)(&c.ID), &c.Step)
	})
}

func told(ctx context.Context, tx pgx.Tx, caller string, changes []objection.Change) error {
	b := &pgx.Batch{}
	for _, c := range changes {
		b.Queue(`INSERT INTO objection_told (caller, objection, step) VALUES ($1, $2, $3)`, caller, [16]byte(c.ID), c.Step)
	}
	b.Queue(`UPDATE objection_notices SET attempts = 0, failure = '', due = now() WHERE caller = $1`, caller)
	return tx.SendBatch(ctx, b).Close()
}
