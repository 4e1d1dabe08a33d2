package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/care/safety"
	"github.com/jackc/pgx/v5"
)

// How often a message is tried: after one minute, two, four, at most six hours;
// about four days in all.
const (
	mostAttempts = 24
	longestPause = 6 * time.Hour
)

// SendDue hands one message that is due to send, and keeps how that went. While
// it is being sent no other replica has it. Where the commit fails after it was
// sent, it is sent again.
func (s *Store) SendDue(ctx context.Context, send func(safety.Message) error) (bool, error) {
	found := false
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var id int64
		var m safety.Message
		err := tx.QueryRow(ctx, `
			SELECT id, reference, partner, address, made, attempts
			FROM safety.message
			WHERE due <= now() AND sent IS NULL AND NOT given_up
			ORDER BY due
			LIMIT 1
			FOR UPDATE SKIP LOCKED`).Scan(&id, &m.Reference, &m.Partner, &m.To, &m.Made, &m.Attempts)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		if failed := send(m); failed != nil {
			_, err = tx.Exec(ctx, `
				UPDATE safety.message SET attempts = attempts + 1, failure = $2, due = now() + $3::interval, given_up = $4 WHERE id = $1`,
				id, failed.Error(), pause(m.Attempts), m.Attempts+1 >= mostAttempts)
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE safety.message SET attempts = attempts + 1, failure = '', sent = now() WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("sending what is due: %w", err)
	}
	return found, nil
}

// pause is how long to wait after so many attempts and one more.
func pause(attempts int) time.Duration {
	if attempts > 8 {
		return longestPause
	}
	return min(time.Minute<<attempts, longestPause)
}
