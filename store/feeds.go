package store

import (
	"context"
	"fmt"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"github.com/jackc/pgx/v5"
)

// closedFeeds stands beside the other facts of a decision, in the same batch:
// where it cannot be read, nothing is decided and nothing is shown.
const closedFeeds = `
	SELECT partner, section, false AS opening, false AS everyone, '{}'::text[] AS testers FROM safety.off
	UNION ALL
	SELECT partner, '', true, everyone, testers FROM safety.open_to`

func feedsOf(rows pgx.Rows, f *access.Facts) error {
	var partner nhs.ODSCode
	var section record.Section
	var opening bool
	var o access.Opening
	f.Openings = map[nhs.ODSCode]access.Opening{}
	_, err := pgx.ForEachRow(rows, []any{&partner, &section, &opening, &o.Everyone, &o.Testers}, func() error {
		if opening {
			f.Openings[partner] = o
			o = access.Opening{}
		} else {
			f.SwitchedOff = append(f.SwitchedOff, access.Feed{Partner: partner, Section: section})
		}
		return nil
	})
	return err
}

// Switch switches a feed, as far as reach goes. Once it has returned, no page
// with what is switched off commits its disclosure on any replica: it waits for
// those that are under way, and those that come after see it.
func (d *Desk) Switch(ctx context.Context, reach audit.Reach, s safety.Switch) error {
	err := d.change(ctx, reach, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, everybody); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO safety.switch (at, partner, section, off, reason, reference, issuer, subject, staff_name, organisation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			s.At, s.Feed.Partner, s.Feed.Section, s.Off, s.Reason, s.Reference, s.By.Issuer, s.By.Subject, s.By.Name, s.By.Organisation)
		return err
	})
	if err != nil {
		return fmt.Errorf("switching a feed: %w", err)
	}
	return nil
}

// OpenTo says whom a feed is open to, as far as reach goes, with the same
// certainty as Switch.
func (d *Desk) OpenTo(ctx context.Context, reach audit.Reach, o safety.Opening) error {
	err := d.change(ctx, reach, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, everybody); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO safety.opening (at, partner, everyone, testers, reason, reference, issuer, subject, staff_name, organisation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			o.At, o.Partner, o.Everyone, o.Testers, o.Reason, o.Reference, o.By.Issuer, o.By.Subject, o.By.Name, o.By.Organisation)
		return err
	})
	if err != nil {
		return fmt.Errorf("opening a feed: %w", err)
	}
	return nil
}

// change runs f as the desk, as far as reach goes, and commits durably.
func (d *Desk) change(ctx context.Context, reach audit.Reach, f func(pgx.Tx) error) error {
	return durable(ctx, d.pool, func(tx pgx.Tx) error {
		if err := safetyReach(ctx, tx, reach); err != nil {
			return err
		}
		return f(tx)
	})
}

// look runs f as the desk, as far as reach goes, reading only.
func (d *Desk) look(ctx context.Context, reach audit.Reach, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := safetyReach(ctx, tx, reach); err != nil {
			return err
		}
		return f(tx)
	})
}

// safetyReach is a setting of its own: who reads the trail for an organisation
// does not so read what its safety officers do.
func safetyReach(ctx context.Context, tx pgx.Tx, r audit.Reach) error {
	reach := "organisation"
	if r.Programme {
		reach = "programme"
	}
	_, err := tx.Exec(ctx, `SELECT set_config('icr.safety_reach', $1, true), set_config('icr.safety_organisation', $2, true)`,
		reach, string(r.Organisation))
	return err
}

// FeedHistory is everything that was ever done to feeds, newest first, as far
// as reach goes.
func (d *Desk) FeedHistory(ctx context.Context, reach audit.Reach) (safety.History, error) {
	var h safety.History
	err := d.look(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT partner, section, off, at, reason, reference, issuer, subject, staff_name, organisation
			FROM safety.switch ORDER BY id DESC`)
		if err != nil {
			return err
		}
		h.Switches, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s safety.Switch, err error) {
			b := &s.By
			return s, row.Scan(&s.Feed.Partner, &s.Feed.Section, &s.Off, &s.At, &s.Reason, &s.Reference, &b.Issuer, &b.Subject, &b.Name, &b.Organisation)
		})
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			SELECT partner, everyone, testers, at, reason, reference, issuer, subject, staff_name, organisation
			FROM safety.opening ORDER BY id DESC`)
		if err != nil {
			return err
		}
		h.Openings, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o safety.Opening, err error) {
			b := &o.By
			return o, row.Scan(&o.Partner, &o.Everyone, &o.Testers, &o.At, &o.Reason, &o.Reference, &b.Issuer, &b.Subject, &b.Name, &b.Organisation)
		})
		return err
	})
	if err != nil {
		return safety.History{}, fmt.Errorf("reading what was done to feeds: %w", err)
	}
	return h, nil
}
