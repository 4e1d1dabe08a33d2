package store

import (
	"context"
	"fmt"
	"strings"

	"example.org/icr/care/audit"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Desk is the same database reached as the privacy desk: it may read the
// trail, as far as an officer reaches, and nothing else.
type Desk struct{ pool *pgxpool.Pool }

// OpenDesk connects as the desk.
func OpenDesk(ctx context.Context, url string) (*Desk, error) {
	pool, err := connect(ctx, url, 4, nil)
	if err != nil {
		return nil, err
	}
	return &Desk{pool}, nil
}

// Close ends all connections.
func (d *Desk) Close() { d.pool.Close() }

// Events returns a page of the trail, newest first, as far as reach goes. Row
// level security holds the same limit in the database.
func (d *Desk) Events(ctx context.Context, reach audit.Reach, q audit.Query) ([]audit.Event, error) {
	var events []audit.Event
	err := pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := d.reach(ctx, tx, reach); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT body
			FROM audit.event
			WHERE (@patient = '' OR patient = @patient)
				AND (@staff = '' OR staff_name ILIKE '%' || @like || '%' OR subject = @staff OR staff_id = @staff)
				AND (kind = @kind OR @kind = '' AND kind <> 'heartbeat')
				AND (@from::timestamptz IS NULL OR at >= @from) AND (@to::timestamptz IS NULL OR at < @to)
				AND (@before::timestamptz IS NULL OR (at, event_id) < (@before, @before_id::uuid))
			ORDER BY at DESC, event_id DESC
			LIMIT @limit`, arguments(q))
		if err != nil {
			return err
		}
		events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Event, error) {
			var body []byte
			if err := row.Scan(&body); err != nil {
				return audit.Event{}, err
			}
			return audit.ParseBody(body)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the trail: %w", err)
	}
	return events, nil
}

func (d *Desk) reach(ctx context.Context, tx pgx.Tx, r audit.Reach) error {
	reach := "organisation"
	if r.Programme {
		reach = "programme"
	}
	_, err := tx.Exec(ctx, `SELECT set_config('icr.reach', $1, true), set_config('icr.reach_organisation', $2, true)`,
		reach, string(r.Organisation))
	return err
}

func arguments(q audit.Query) pgx.NamedArgs {
	args := pgx.NamedArgs{
		"patient": q.Patient.Digits(), "staff": q.Staff, "like": likeEscaper.Replace(q.Staff), "kind": q.Kind,
		"from": nil, "to": nil, "before": nil, "before_id": nil, "limit": q.Limit,
	}
	if !q.From.IsZero() {
		args["from"] = q.From
	}
	if !q.To.IsZero() {
		args["to"] = q.To
	}
	if !q.Before.IsZero() {
		args["before"], args["before_id"] = q.Before.At, [16]byte(q.Before.ID)
	}
	return args
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
