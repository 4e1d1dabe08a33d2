package store

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/care/privacy"
	"github.com/jackc/pgx/v5"
)

// SendDue hands one notice that is due to send, and keeps how that went. While
// it is being sent no other replica has it. Where the commit fails after it was
// sent, it is sent again.
func (m *Monitor) SendDue(ctx context.Context, send func(privacy.Notice) error) (bool, error) {
	found := false
	err := pgx.BeginFunc(ctx, m.pool, func(tx pgx.Tx) error {
		var id int64
		var n privacy.Notice
		err := tx.QueryRow(ctx, `
			SELECT id, alert_id, reference, rule, severity, organisation, at, address, hook, attempts
			FROM privacy.notice
			WHERE due <= now() AND sent IS NULL AND NOT given_up
			ORDER BY due
			LIMIT 1
			FOR UPDATE SKIP LOCKED`).Scan(&id, (*[16]byte)(&n.Alert), &n.Reference, &n.Rule, &n.Severity, &n.Organisation, &n.At, &n.To, &n.Hook, &n.Attempts)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		if failed := send(n); failed != nil {
			_, err = tx.Exec(ctx, `
				UPDATE privacy.notice SET attempts = attempts + 1, failure = $2, due = now() + $3::interval, given_up = $4 WHERE id = $1`,
				id, failed.Error(), pause(n.Attempts), n.Attempts+1 >= mostAttempts)
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE privacy.notice SET attempts = attempts + 1, failure = '', sent = now() WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("sending what is due: %w", err)
	}
	return found, nil
}
