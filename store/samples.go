package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// strata are what samples are drawn from: looks at something shown, each
// once, by the first event that showed something; and claims.
var strata = map[privacy.Stratum]struct{ kinds, once string }{
	privacy.Looks:    {`kind IN ('disclosed', 'printed', 'downloaded', 'document')`, `coalesce(nullif(look, ''), event_id::text)`},
	privacy.OfClaims: {`kind = 'self-claimed'`, `event_id`},
}

// Sample draws the samples of the last whole week before a time, of n looks for
// each organisation, and of n claims where they are ordinary, unless they are
// drawn already.
func (m *Monitor) Sample(ctx context.Context, now time.Time, n int) error {
	this, _ := privacy.WeekOf(now)
	from, until := privacy.WeekOf(this.Add(-time.Hour))
	for stratum, of := range strata {
		rows, err := m.pool.Query(ctx, `
			SELECT DISTINCT organisation FROM audit.event e
			WHERE at >= $1 AND at < $2 AND organisation <> '' AND `+of.kinds+`
				AND NOT EXISTS (SELECT FROM privacy.sample s WHERE s.organisation = e.organisation AND s.week = $3 AND s.stratum = $4)`,
			from, until, from.Format(time.DateOnly), stratum)
		if err != nil {
			return fmt.Errorf("sampling: %w", err)
		}
		organisations, err := pgx.CollectRows(rows, pgx.RowTo[nhs.ODSCode])
		if err != nil {
			return fmt.Errorf("sampling: %w", err)
		}
		for _, o := range organisations {
			if stratum == privacy.OfClaims && !slices.Contains(m.Watcher.Ordinary, o) {
				continue
			}
			if err := m.draw(ctx, privacy.Sample{Organisation: o, Week: from, Stratum: stratum, Seed: rand.Text()}, until, n); err != nil {
				return fmt.Errorf("sampling: %w", err)
			}
		}
	}
	return nil
}

// draw keeps a sample, unless another replica has drawn one meanwhile. The
// order of SHA-256 of seed and id is privacy.Choose's.
func (m *Monitor) draw(ctx context.Context, s privacy.Sample, until time.Time, n int) error {
	return pgx.BeginFunc(ctx, m.pool, func(tx pgx.Tx) error {
		stratum := strata[s.Stratum]
		of := `FROM (SELECT DISTINCT ON (` + stratum.once + `) event_id, at FROM audit.event
			WHERE organisation = $1 AND at >= $2 AND at < $3 AND ` + stratum.kinds + ` ORDER BY ` + stratum.once + `, at, event_id) of_stratum`
		err := tx.QueryRow(ctx, `
			INSERT INTO privacy.sample (organisation, week, stratum, seed, population)
			SELECT $1, $4, $5, $6, count(*) `+of+`
			ON CONFLICT DO NOTHING RETURNING id`,
			s.Organisation, s.Week, until, s.Week.Format(time.DateOnly), s.Stratum, s.Seed).Scan(&s.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO privacy.sampled (sample, n, event_id, event_at)
			SELECT $4, row_number() OVER (ORDER BY drawn), event_id, at
			FROM (SELECT event_id, at, sha256(convert_to($5 || event_id::text, 'UTF8')) AS drawn `+of+`
				ORDER BY drawn LIMIT $6) chosen`,
			s.Organisation, s.Week, until, s.ID, s.Seed, n)
		return err
	})
}

// SampleWeeks are the weeks of which there are samples, as far as reach goes,
// the latest first.
func (d *Desk) SampleWeeks(ctx context.Context, reach audit.Reach) ([]privacy.SampleWeek, error) {
	var weeks []privacy.SampleWeek
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT week, count(i.n) FILTER (WHERE o.n IS NULL)
			FROM privacy.sample s LEFT JOIN privacy.sampled i ON i.sample = s.id LEFT JOIN privacy.outcome o ON o.sample = s.id AND o.n = i.n
			GROUP BY week ORDER BY week DESC`)
		if err != nil {
			return err
		}
		weeks, err = pgx.CollectRows(rows, pgx.RowToStructByPos[privacy.SampleWeek])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the weeks of samples: %w", err)
	}
	return weeks, nil
}

// Samples are the samples of the week of a Monday, as far as reach goes, with
// their accesses and what reviewers found.
func (d *Desk) Samples(ctx context.Context, reach audit.Reach, monday time.Time) ([]privacy.Sample, error) {
	var all []privacy.Sample
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id, organisation, week, stratum, seed, population, made FROM privacy.sample WHERE week = $1 ORDER BY organisation, stratum`, monday.Format(time.DateOnly))
		if err != nil {
			return err
		}
		if all, err = pgx.CollectRows(rows, sampleOf); err != nil {
			return err
		}
		for i := range all {
			if all[i].Items, err = sampled(ctx, tx, all[i].ID, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading samples: %w", err)
	}
	return all, nil
}

func sampleOf(row pgx.CollectableRow) (s privacy.Sample, err error) {
	return s, row.Scan(&s.ID, &s.Organisation, &s.Week, &s.Stratum, &s.Seed, &s.Of, &s.Made)
}

// sampled are the accesses of a sample, or one of them.
func sampled(ctx context.Context, tx pgx.Tx, sample int64, n int) ([]privacy.SampleItem, error) {
	rows, err := tx.Query(ctx, `
		SELECT s.n, e.body, coalesce(o.outcome, ''), coalesce(o.words, ''), coalesce(o.staff_name, ''), o.at
		FROM privacy.sampled s
		JOIN audit.event e ON e.event_id = s.event_id AND e.at = s.event_at
		LEFT JOIN privacy.outcome o ON o.sample = s.sample AND o.n = s.n
		WHERE s.sample = $1 AND ($2 = 0 OR s.n = $2) ORDER BY s.n`, sample, n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (i privacy.SampleItem, err error) {
		var body []byte
		var at *time.Time
		if err := row.Scan(&i.N, &body, &i.Outcome, &i.Words, &i.By.Name, &at); err != nil {
			return i, err
		}
		if at != nil {
			i.At = *at
		}
		i.Event, err = audit.ParseBody(body)
		return i, err
	})
}

// SampleItem is one access of a sample, as far as reach goes, or
// auth.ErrNoRef.
func (d *Desk) SampleItem(ctx context.Context, reach audit.Reach, sample int64, n int) (item privacy.SampleItem, err error) {
	err = d.read(ctx, reach, func(tx pgx.Tx) error {
		items, err := sampled(ctx, tx, sample, n)
		if err == nil && (n < 1 || len(items) != 1) {
			return auth.ErrNoRef
		}
		if err == nil {
			item = items[0]
		}
		return err
	})
	if err != nil && !errors.Is(err, auth.ErrNoRef) {
		return item, fmt.Errorf("reading a sample: %w", err)
	}
	return item, err
}

// Review keeps what a reviewer found of a sampled access. One that is to be
// asked about becomes an alert, whose id is returned. What is reviewed already
// is privacy.ErrChanged; one's own, privacy.ErrOwnCase.
func (d *Desk) Review(ctx context.Context, reach audit.Reach, sample int64, i privacy.SampleItem, reference string) (alert uuid.UUID, err error) {
	err = d.write(ctx, reach, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO privacy.outcome (sample, n, outcome, words, at, reference, issuer, subject, staff_id, staff_name)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			sample, i.N, i.Outcome, i.Words, i.At, reference, i.By.Issuer, i.By.Subject, i.By.StaffID, i.By.Name)
		if err != nil || i.Outcome != privacy.AskAbout {
			return err
		}
		alert = uuid.Must(uuid.NewV7())
		_, err = tx.Exec(ctx, `
			INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation, severity, detail) VALUES ($1, $2, $3, $4, $2, $5, $6, $7)`,
			[16]byte(alert), i.Event.At, privacy.Sampled, [16]byte(i.Event.ID), i.Event.Actor.Organisation, privacy.Medium, "An officer wants to ask about it after a random sample.")
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "23505" {
			return nil // it is an alert of another sample already
		}
		return err
	})
	return alert, caseFault("reviewing a sample", err)
}

// Watches is the watch list, as far as reach goes, what counts now first.
func (d *Desk) Watches(ctx context.Context, reach audit.Reach) ([]privacy.Watch, error) {
	var all []privacy.Watch
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT w.id, w.patient, w.kind, w.concerns, w.reason, w.since, least(w.until, u.at), w.staff_name
			FROM privacy.watched w LEFT JOIN privacy.unwatched u USING (id)
			ORDER BY least(w.until, u.at) > now() DESC, w.id DESC LIMIT 500`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (w privacy.Watch, err error) {
			var patient string
			if err := row.Scan(&w.ID, &patient, &w.Kind, &w.Organisation, &w.Reason, &w.Since, &w.Until, &w.By); err != nil {
				return w, err
			}
			w.Patient, err = nhs.ParseNumber(patient)
			return w, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the watch list: %w", err)
	}
	return all, nil
}

// Watch puts a patient on the watch list; by and reference are those of its
// event on the trail.
func (d *Desk) Watch(ctx context.Context, reach audit.Reach, w privacy.Watch, by audit.Actor, reference string) error {
	err := d.write(ctx, reach, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		queueWatch(b, w, audit.Event{Actor: by, Reference: reference})
		return tx.SendBatch(ctx, b).Close()
	})
	return caseFault("adding to the watch list", err)
}

// Unwatch ends an entry of the watch list. One that is not there, or has
// ended, is privacy.ErrChanged.
func (d *Desk) Unwatch(ctx context.Context, reach audit.Reach, id int64, at time.Time, by audit.Actor, reference string) error {
	err := d.write(ctx, reach, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `
			INSERT INTO privacy.unwatched (id, at, reference, issuer, subject, staff_name)
			SELECT id, $2, $3, $4, $5, $6 FROM privacy.watched WHERE id = $1 AND until > $2`, id, at, reference, by.Issuer, by.Subject, by.Name)
		if err == nil && done.RowsAffected() == 0 {
			return privacy.ErrChanged
		}
		return err
	})
	if errors.Is(err, privacy.ErrChanged) {
		return privacy.ErrChanged
	}
	return caseFault("ending an entry of the watch list", err)
}
