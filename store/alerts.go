package store

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// alerts are an alert's columns with where it stands, its event and, of a
// broken glass, the note that was owed.
const alerts = `
	SELECT a.alert_id, a.rule, a.severity, a.at, a.detail, a.rule = 'self-claimed' AND a.organisation = ANY ($1) AS aside,
		privacy.state(a.alert_id) AS state,
		coalesce((SELECT s.staff_name FROM privacy.step s WHERE s.alert_id = a.alert_id ORDER BY n DESC LIMIT 1), '') AS handler,
		e.body, (
			SELECT n.body FROM audit.event n
			WHERE a.rule = 'break-glass' AND n.kind = 'glass-note' AND n.look = e.reference AND n.issuer = e.issuer AND n.subject = e.subject AND n.at >= e.at
			ORDER BY n.at LIMIT 1) AS note
	FROM audit.alert a JOIN audit.event e ON e.event_id = a.event_id AND e.at = a.event_at
	`

func alertOf(row pgx.CollectableRow) (a privacy.Alert, err error) {
	var event, note []byte
	err = row.Scan((*[16]byte)(&a.ID), &a.Rule, &a.Severity, &a.At, &a.Detail, &a.Aside, &a.State, &a.Handler, &event, &note)
	if err != nil {
		return a, err
	}
	if a.Event, err = audit.ParseBody(event); err != nil || note == nil {
		return a, err
	}
	noted, err := audit.ParseBody(note)
	a.Noted = &noted
	return a, err
}

// Alerts returns a page of alerts, as far as reach goes. Row level security
// holds the same limit in the database.
func (d *Desk) Alerts(ctx context.Context, reach audit.Reach, q privacy.Query) ([]privacy.Alert, error) {
	order := `ORDER BY a.at DESC, a.alert_id DESC`
	if q.Gravest {
		order = `ORDER BY a.severity DESC, a.at DESC, a.alert_id DESC`
	}
	var before any
	if !q.Before.IsZero() {
		before = q.Before.At
	}
	states := []string{}
	for _, s := range q.States {
		states = append(states, string(s))
	}
	var all []privacy.Alert
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, alerts+`
			WHERE ($2 OR NOT (a.rule = 'self-claimed' AND a.organisation = ANY ($1))) AND a.rule <> ALL ($3)
				AND ($4 = '' OR a.rule = $4) AND ($5 = 0 OR a.severity = $5)
				AND (cardinality($6::text[]) = 0 OR privacy.state(a.alert_id) = ANY ($6))
				AND ($7::timestamptz IS NULL OR (a.at, a.alert_id) < ($7, $8::uuid))
			`+order+` OFFSET $9 LIMIT $10`,
			codes(q.Aside), q.All, ruleNames(q.Off), q.Rule, q.Severity, states, before, [16]byte(q.Before.ID), q.Skip, q.Limit)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, alertOf)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading alerts: %w", err)
	}
	return all, nil
}

func codes(of []nhs.ODSCode) []string {
	all := make([]string, len(of))
	for i, c := range of {
		all[i] = string(c)
	}
	return all
}

func ruleNames(of []privacy.Name) []string {
	all := make([]string, len(of))
	for i, n := range of {
		all[i] = string(n)
	}
	return all
}

// Case returns an alert with all that was done about it, as far as reach goes,
// or auth.ErrNoRef.
func (d *Desk) Case(ctx context.Context, reach audit.Reach, id uuid.UUID) (c privacy.Case, err error) {
	err = d.read(ctx, reach, func(tx pgx.Tx) error {
		c, err = caseOf(ctx, tx, id)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return privacy.Case{}, auth.ErrNoRef
	}
	if err != nil {
		return privacy.Case{}, fmt.Errorf("reading an alert: %w", err)
	}
	return c, nil
}

// Watching is the time up to which the rules have looked at the trail.
func (d *Desk) Watching(ctx context.Context) (up privacy.Progress, err error) {
	err = d.pool.QueryRow(ctx, `
		SELECT c.at, (SELECT waiting_since FROM audit.lateness) IS NOT NULL OR c.position < (SELECT size FROM audit.lateness)
		FROM privacy.cursor c`).Scan(&up.At, &up.Behind)
	if err != nil {
		return up, fmt.Errorf("how far the rules have come: %w", err)
	}
	return up, nil
}

// write runs f as the privacy desk, as far as reach goes.
func (d *Desk) write(ctx context.Context, reach audit.Reach, f func(pgx.Tx) error) error {
	return durable(ctx, d.pool, func(tx pgx.Tx) error {
		if err := d.reach(ctx, tx, reach); err != nil {
			return err
		}
		return f(tx)
	})
}
