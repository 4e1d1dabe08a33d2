package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Monitor is the same database reached as the monitor, which applies rules to
// the trail in the order of the log. Of many that run, one works at a time.
type Monitor struct {
	Watcher privacy.Watcher
	Marker  *audit.Marker
	Notify  func(privacy.Finding, nhs.ODSCode) []Address // whom an alert of an organisation's staff is told to
	Failed  func(privacy.Name)                           // is called for a rule that failed
	Now     func() time.Time

	pool  *pgxpool.Pool
	peers map[peer]privacy.Spreads // of the day in peersOf
	of    time.Time
}

// Address is where notices go.
type Address struct {
	To   string
	Hook bool
}

// OpenMonitor connects as the monitor, which can change no event.
func OpenMonitor(ctx context.Context, url string) (*Monitor, error) {
	pool, err := connect(ctx, url, 4, nil)
	if err != nil {
		return nil, err
	}
	if err := checkMonitor(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Monitor{pool: pool, Now: time.Now, Failed: func(privacy.Name) {}, Notify: func(privacy.Finding, nhs.ODSCode) []Address { return nil }}, nil
}

func checkMonitor(ctx context.Context, pool *pgxpool.Pool) error {
	var behind, much bool
	err := pool.QueryRow(ctx, `SELECT to_regclass('privacy.cursor') IS NULL, `+changesTrail).Scan(&behind, &much)
	switch {
	case err != nil:
		return fmt.Errorf("checking the monitor's role: %w", err)
	case behind:
		return ErrBehind
	case much:
		return errors.New("the monitor's database role can write or change the trail: give it the role icr_monitor")
	}
	return nil
}

// Close ends all connections.
func (m *Monitor) Close() { m.pool.Close() }

// Watched is what one turn of the monitor did.
type Watched struct {
	Events int
	Alerts int
	More   bool // there may be more to do at once
	Busy   bool // another replica is at it
}

// perWatch is how many events are looked at in one transaction.
const perWatch = 500

// Turn applies the rules to the events that come next. Its alerts and how far
// it came are committed together: a turn that fails is made again, whole.
func (m *Monitor) Turn(ctx context.Context) (Watched, error) {
	var w Watched
	err := pgx.BeginFunc(ctx, m.pool, func(tx pgx.Tx) error {
		var position int64
		err := tx.QueryRow(ctx, `SELECT position FROM privacy.cursor FOR UPDATE SKIP LOCKED`).Scan(&position)
		if errors.Is(err, pgx.ErrNoRows) {
			w.Busy = true
			return nil
		}
		if err != nil {
			return err
		}
		events, next, at, err := m.next(ctx, tx, position)
		if err != nil || next == position {
			return err
		}
		w.Events, w.More = int(next-position), next-position == perWatch
		if w.Alerts, err = m.apply(ctx, tx, events); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE privacy.cursor SET position = $1, at = greatest(at, $2)`, next, at)
		return err
	})
	if err != nil {
		return Watched{}, fmt.Errorf("watching the trail: %w", err)
	}
	return w, nil
}

// next are the events from a position on, where the one after them is, and the
// time of the last. An event whose body is gone after retention, or cannot be
// read, is passed: the export of the trail names it.
func (m *Monitor) next(ctx context.Context, tx pgx.Tx, position int64) (events []audit.Event, next int64, at time.Time, err error) {
	rows, err := tx.Query(ctx, `
		SELECT l.position, l.at, e.body
		FROM audit.leaf l LEFT JOIN audit.event e ON e.at = l.at AND e.event_id = l.event_id
		WHERE l.position >= $1
		ORDER BY l.position
		LIMIT $2`, position, perWatch)
	if err != nil {
		return nil, 0, at, err
	}
	next = position
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&next, &at, &body}, func() error {
		next++
		if e, err := audit.ParseBody(body); err == nil {
			events = append(events, e)
		}
		body = nil
		return nil
	})
	return events, next, at, err
}

func (m *Monitor) apply(ctx context.Context, tx pgx.Tx, events []audit.Event) (int, error) {
	around, err := m.around(ctx, tx, events)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	notices := &pgx.Batch{}
	added := 0
	for i, e := range events {
		for _, f := range m.Watcher.Find(around.look(i, e), m.Failed) {
			queueAlert(b, e, f, &added)
			for _, to := range m.Notify(f, e.Actor.Organisation) {
				notices.Queue(`
					INSERT INTO privacy.notice (alert_id, reference, rule, severity, organisation, at, address, hook)
					SELECT alert_id, $3, rule, $4, organisation, at, $5, $6 FROM audit.alert WHERE event_id = $1 AND rule = $2
					ON CONFLICT DO NOTHING`, [16]byte(e.ID), f.Rule, e.Reference, f.Severity, to.To, to.Hook)
			}
		}
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return 0, err
	}
	return added, tx.SendBatch(ctx, notices).Close()
}

// queueAlert adds an alert, unless there is one of the rule for the event, or
// for what counts as the same.
func queueAlert(b *pgx.Batch, e audit.Event, f privacy.Finding, added *int) {
	once := sha256.Sum256([]byte(string(f.Rule) + "\x00" + f.Once))
	b.Queue(`
		INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation, severity, detail, once)
		VALUES ($1, $2, $3, $4, $2, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		[16]byte(uuid.Must(uuid.NewV7())), e.At, f.Rule, [16]byte(e.ID), e.Actor.Organisation, f.Severity, f.Detail, once[:]).
		Exec(func(tag pgconn.CommandTag) error { *added += int(tag.RowsAffected()); return nil })
}

// Lag is how old the oldest event is that the rules have not looked at; zero
// where there is none.
func (m *Monitor) Lag(ctx context.Context) (time.Duration, error) {
	var since *time.Time
	err := m.pool.QueryRow(ctx, `
		SELECT least(
			(SELECT l.at FROM audit.leaf l, privacy.cursor c WHERE l.position >= c.position ORDER BY l.position LIMIT 1),
			(SELECT waiting_since FROM audit.lateness))`).Scan(&since)
	if err != nil {
		return 0, fmt.Errorf("how late the monitor is: %w", err)
	}
	if since == nil {
		return 0, nil
	}
	return max(0, time.Since(*since)), nil
}

// Sweep removes what is only needed for some days: how people met patients,
// and numbers of more than a year ago.
func (m *Monitor) Sweep(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM privacy.met WHERE day < current_date - 3`)
	b.Queue(`DELETE FROM privacy.tally WHERE day < current_date - 400`)
	if err := m.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("sweeping what the monitor keeps: %w", err)
	}
	return nil
}

// mostLate is how late an event may come to be counted in its day.
const mostLate = 3 * 24 * time.Hour

// numbersOf are the patients of events, each once.
func numbersOf(events []audit.Event) []string {
	var all []string
	for _, e := range events {
		if !e.Patient.IsZero() {
			all = append(all, e.Patient.Digits())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
