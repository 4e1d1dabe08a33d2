package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/care/nhs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Keeper is the same database reached as its owner, who alone can remove a
// month of the trail, and hold one back.
type Keeper struct{ pool *pgxpool.Pool }

// OpenKeeper connects as the owner.
func OpenKeeper(ctx context.Context, url string) (*Keeper, error) {
	pool, err := connect(ctx, url, 2, nil)
	if err != nil {
		return nil, err
	}
	return &Keeper{pool}, nil
}

// Close ends all connections.
func (k *Keeper) Close() { k.pool.Close() }

// Month is a month of the trail whose bodies could be removed.
type Month struct {
	First   time.Time
	Events  int64
	Waiting int64 // of these, without a place in the log: they would be lost
	Holds   int64 // legal holds that keep the month
	Cases   int64 // alerts about it that somebody has taken up and not closed
}

// Name is the month like 2019-01.
func (m Month) Name() string { return m.First.Format("2006-01") }

// Why says what keeps the month, or nothing.
func (m Month) Why() string {
	switch {
	case m.Waiting > 0:
		return fmt.Sprintf("%d of its events have no place in the log yet", m.Waiting)
	case m.Holds > 0:
		return fmt.Sprintf("%d legal holds keep it", m.Holds)
	case m.Cases > 0:
		return fmt.Sprintf("%d alerts about it are taken up and not closed", m.Cases)
	}
	return ""
}

// Months lists the months that ended before then, the oldest first.
func (k *Keeper) Months(ctx context.Context, then time.Time) ([]Month, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT to_date(substr(c.relname, 7), 'YYYYMM')::timestamptz
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'audit.event'::regclass AND c.relname ~ '^event_[0-9]{6}$'
			AND to_date(substr(c.relname, 7), 'YYYYMM') + interval '1 month' <= $1
		ORDER BY 1`, then)
	if err != nil {
		return nil, fmt.Errorf("listing the trail's months: %w", err)
	}
	firsts, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, fmt.Errorf("listing the trail's months: %w", err)
	}
	months := make([]Month, len(firsts))
	return months, pgx.BeginTxFunc(ctx, k.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		for i, first := range firsts {
			if months[i], err = month(ctx, tx, first.UTC()); err != nil {
				return err
			}
		}
		return nil
	})
}

func month(ctx context.Context, q querier, first time.Time) (Month, error) {
	m := Month{First: first}
	err := q.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM audit.event WHERE at >= $1 AND at < $2),
			(SELECT count(*) FROM audit.event e WHERE at >= $1 AND at < $2 AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.event_id = e.event_id)),
			(SELECT count(*) FROM audit.hold h, LATERAL (SELECT array(
				WITH RECURSIVE known (patient) AS (SELECT h.patient UNION SELECT n FROM known, LATERAL (
					SELECT number FROM superseded WHERE current = patient UNION ALL
					SELECT current FROM superseded WHERE number = patient) same (n))
				SELECT patient FROM known)) numbers (known)
			WHERE released IS NULL AND EXISTS (
				SELECT FROM audit.event e WHERE at >= $1 AND at < $2 AND (h.patient = '' OR e.patient = ANY (known))
					AND h.organisation IN ('', e.organisation) AND h.subject IN ('', e.subject))),
			(SELECT count(*) FROM audit.alert WHERE event_at >= $1 AND event_at < $2 AND privacy.state(alert_id) NOT IN ('new', 'closed'))`,
		first, first.AddDate(0, 1, 0)).Scan(&m.Events, &m.Waiting, &m.Holds, &m.Cases)
	if err != nil {
		return m, fmt.Errorf("looking at a month of the trail: %w", err)
	}
	return m, nil
}

// ErrKept means that a month must not be removed.
var ErrKept = errors.New("the month is kept")

// Remove removes what the events of a month say, also to whom they were asked
// about, and their rows. Their entries stay in the log. That it is done must be on the trail before.
func (k *Keeper) Remove(ctx context.Context, first time.Time) error {
	err := durable(ctx, k.pool, func(tx pgx.Tx) error {
		// Nobody writes to the month from here on, nor is a hold made. Other
		// months are locked only for the moment of the last statement.
		name := pgx.Identifier{"audit", "event_" + first.Format("200601")}.Sanitize()
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0; LOCK TABLE `+name+`, audit.hold IN SHARE MODE`); err != nil {
			return err
		}
		m, err := month(ctx, tx, first)
		if err != nil {
			return err
		}
		if why := m.Why(); why != "" {
			return fmt.Errorf("%w: %s", ErrKept, why)
		}
		_, err = tx.Exec(ctx, `UPDATE privacy.question q SET told = '' FROM audit.alert a WHERE a.alert_id = q.alert_id AND a.event_at >= $1 AND a.event_at < $2`, first, first.AddDate(0, 1, 0))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `ALTER TABLE audit.event DETACH PARTITION `+name+`; DROP TABLE `+name)
		return err
	})
	if err != nil {
		return fmt.Errorf("removing %s: %w", first.Format("2006-01"), err)
	}
	return nil
}

// Hold is a legal hold. Members that are empty hold everybody's.
type Hold struct {
	ID           int64
	Patient      nhs.Number
	Organisation string
	Subject      string
	Why          string
	Since        time.Time
}

// Hold keeps what h names from being removed, and returns its id.
func (k *Keeper) Hold(ctx context.Context, h Hold) (int64, error) {
	var id int64
	err := k.pool.QueryRow(ctx, `
		INSERT INTO audit.hold (patient, organisation, subject, why) VALUES ($1, $2, $3, $4) RETURNING id`,
		h.Patient.Digits(), h.Organisation, h.Subject, h.Why).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("holding: %w", err)
	}
	return id, nil
}

// ErrNoHold means that there is no such hold, or no longer.
var ErrNoHold = errors.New("there is no such hold")

// Release ends a hold.
func (k *Keeper) Release(ctx context.Context, id int64) error {
	tag, err := k.pool.Exec(ctx, `UPDATE audit.hold SET released = clock_timestamp() WHERE id = $1 AND released IS NULL`, id)
	if err != nil {
		return fmt.Errorf("releasing a hold: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNoHold
	}
	return nil
}

// Holds lists the holds in force. It does not name patients.
func (k *Keeper) Holds(ctx context.Context) ([]Hold, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT id, organisation, subject, why, since FROM audit.hold WHERE released IS NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("listing holds: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByNameLax[Hold])
}
