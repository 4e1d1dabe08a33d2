package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"github.com/jackc/pgx/v5"
)

// Pictures counts the looks and the alerts of a time, as far as reach goes.
func (d *Desk) Pictures(ctx context.Context, reach audit.Reach, from, until time.Time) (audit.Pictures, error) {
	p := audit.Pictures{From: from, Until: until}
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		s, err := searchFor(ctx, tx, reach, audit.Query{Accesses: true, From: from, To: until})
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			WITH looks AS MATERIALIZED (
				SELECT min(e.at) AT TIME ZONE 'Europe/London' AS at, min(e.ground) AS ground, min(e.organisation) AS organisation
				FROM audit.event e`+whereOf(append(s.where, `e.kind = ANY (@kinds)`))+`
				GROUP BY e.look)
			SELECT at::date, ground, organisation, extract(isodow FROM at)::int - 1, extract(hour FROM at)::int, count(*)
			FROM looks
			GROUP BY GROUPING SETS ((at::date, ground), (at::date, organisation), (extract(isodow FROM at)::int - 1, extract(hour FROM at)::int))
			ORDER BY 1, 2, 3`, s.args)
		if err != nil {
			return err
		}
		var day *time.Time
		var ground, organisation *string
		var weekday, hour *int
		var n int
		_, err = pgx.ForEachRow(rows, []any{&day, &ground, &organisation, &weekday, &hour, &n}, func() error {
			switch {
			case ground != nil:
				p.Grounds = append(p.Grounds, audit.Tally{Day: *day, What: *ground, N: n})
			case organisation != nil:
				p.Organisations = append(p.Organisations, audit.Tally{Day: *day, What: *organisation, N: n})
			case weekday != nil && hour != nil:
				p.Hours[*weekday][*hour] = n
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			SELECT rule, privacy.state(alert_id), count(*) FROM audit.alert WHERE at >= $1 AND at < $2 GROUP BY 1, 2 ORDER BY 1, 2`, from, until)
		if err != nil {
			return err
		}
		p.Alerts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[audit.AlertTally])
		return err
	})
	if err != nil {
		return p, fmt.Errorf("counting accesses: %w", err)
	}
	return p, nil
}
