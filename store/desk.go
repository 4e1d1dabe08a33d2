package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Desk is the same database reached as the privacy desk: it may read the
// trail, as far as an officer reaches, and nothing else.
type Desk struct{ pool *pgxpool.Pool }

// OpenDesk connects as the desk. It fails for a role that row level security
// does not hold back.
func OpenDesk(ctx context.Context, url string) (*Desk, error) {
	pool, err := connect(ctx, url, 4, nil)
	if err != nil {
		return nil, err
	}
	if err := checkDesk(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Desk{pool}, nil
}

func checkDesk(ctx context.Context, pool *pgxpool.Pool) error {
	var much bool
	err := pool.QueryRow(ctx, `
		SELECT NOT row_security_active('audit.event') OR `+changesTrail+`
			OR NOT has_table_privilege('audit.event', 'SELECT')
			OR EXISTS (SELECT FROM pg_policy p, unnest(polroles) of
				WHERE polrelid = 'audit.event'::regclass AND of <> 'icr_desk'::regrole AND (of = 0 OR pg_has_role(of, 'MEMBER')))`).Scan(&much)
	switch {
	case err != nil:
		return fmt.Errorf("checking the desk's role: %w", err)
	case much:
		return errors.New("the desk's database role does not see just what an officer may: give it the role icr_desk")
	}
	return nil
}

// Close ends all connections.
func (d *Desk) Close() { d.pool.Close() }

// Events returns a page of the trail, newest first, as far as reach goes. Row
// level security holds the same limit in the database. It is
// audit.ErrManyStaff where too many members of staff match.
func (d *Desk) Events(ctx context.Context, reach audit.Reach, q audit.Query) ([]audit.Event, error) {
	var events []audit.Event
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		s, err := searchFor(ctx, tx, reach, q)
		if err != nil {
			return err
		}
		// Row level security looks to PostgreSQL as if it left next to nothing,
		// so that it would sort all that matches; a page is the beginning of an
		// index.
		if _, err := tx.Exec(ctx, `SELECT set_config('enable_sort', 'off', true)`); err != nil {
			return err
		}
		for _, since := range s.spans(time.Now()) {
			sql := `SELECT e.body FROM ` + s.driven(s.page(since)) + ` ORDER BY e.at DESC, e.event_id DESC LIMIT @limit`
			events, err = eventsOf(ctx, tx, sql, s.args)
			if err != nil || len(events) == q.Limit {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the trail: %w", err)
	}
	return events, nil
}

// Within returns the events of some looks that q asks for, the newest first,
// whatever page they are on. An event of each look lies between two times.
// There are at most mostWithin.
func (d *Desk) Within(ctx context.Context, reach audit.Reach, q audit.Query, looks []string, oldest, newest time.Time) ([]audit.Event, error) {
	if len(looks) == 0 {
		return nil, nil
	}
	var events []audit.Event
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		s, err := searchFor(ctx, tx, reach, q)
		if err != nil {
			return err
		}
		s.args["looks"], s.args["oldest"], s.args["newest"] = looks, oldest.Add(-longestLook), newest.Add(longestLook)
		where := append(s.all(), `e.look = ANY (@looks) AND e.look <> ''`, `e.at BETWEEN @oldest AND @newest`)
		events, err = eventsOf(ctx, tx, `SELECT e.body FROM audit.event e`+whereOf(where)+` ORDER BY e.at DESC, e.event_id DESC LIMIT `+mostWithin, s.args)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the trail: %w", err)
	}
	return events, nil
}

const (
	longestLook = 24 * time.Hour // a look ends with its session, which is shorter
	mostWithin  = "2000"
)

// Event returns the event at a place of the trail, and where it stands in the
// proof; nil where there is none or reach does not go so far.
func (d *Desk) Event(ctx context.Context, reach audit.Reach, at audit.Cursor) (*audit.Event, audit.Place, error) {
	var found []audit.Event
	place := audit.Place{Position: -1}
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		if err := ownAlso(ctx, tx, reach, `audit.own_numbers_of($1, $2)`, at.At, [16]byte(at.ID)); err != nil {
			return err
		}
		var err error
		found, err = eventsOf(ctx, tx, `SELECT e.body FROM audit.event e WHERE e.at = @at AND e.event_id = @id`,
			pgx.NamedArgs{"at": at.At, "id": [16]byte(at.ID)})
		if err != nil || len(found) == 0 {
			return err
		}
		place, err = placeOf(ctx, tx, at.ID)
		return err
	})
	if err != nil {
		return nil, place, fmt.Errorf("reading an event: %w", err)
	}
	if len(found) == 0 {
		return nil, place, nil
	}
	return &found[0], place, nil
}

func placeOf(ctx context.Context, tx pgx.Tx, id uuid.UUID) (audit.Place, error) {
	p := audit.Place{Position: -1}
	var size *int64
	var at *time.Time
	err := tx.QueryRow(ctx, `
		SELECT l.position, c.size, c.at, EXISTS (SELECT FROM audit.cosignature s WHERE s.size > l.position)
		FROM audit.leaf l LEFT JOIN LATERAL (SELECT size, at FROM audit.checkpoint WHERE size > l.position ORDER BY size LIMIT 1) c ON true
		WHERE l.event_id = $1`, [16]byte(id)).Scan(&p.Position, &size, &at, &p.Witnessed)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, nil
	}
	if size != nil {
		p.Size, p.SignedAt = *size, *at
	}
	return p, err
}

func eventsOf(ctx context.Context, tx pgx.Tx, sql string, args pgx.NamedArgs) ([]audit.Event, error) {
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Event, error) {
		var body []byte
		if err := row.Scan(&body); err != nil {
			return audit.Event{}, err
		}
		return audit.ParseBody(body)
	})
}

// read runs f as the desk, as far as reach goes, reading only. Its plans are
// made for the values at hand: what one member of staff did is little, and
// what one role did is nearly everything. None is worth compiling.
func (d *Desk) read(ctx context.Context, reach audit.Reach, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := d.reach(ctx, tx, reach); err != nil {
			return err
		}
		return f(tx)
	})
}

func (d *Desk) reach(ctx context.Context, tx pgx.Tx, r audit.Reach) error {
	reach, patients := "organisation", ""
	if r.Programme {
		reach = "programme"
	}
	if r.Patients {
		patients = "own"
	}
	_, err := tx.Exec(ctx, `
		SELECT set_config('icr.reach', $1, true), set_config('icr.reach_organisation', $2, true), set_config('icr.reach_patients', $3, true),
			set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`,
		reach, string(r.Organisation), patients)
	return err
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
