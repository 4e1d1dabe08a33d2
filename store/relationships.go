package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Relationship is a legitimate relationship of a patient, as a feed gives it.
type Relationship struct {
	Patient nhs.Number
	access.Relationship
	SourceID string    // the feed's own id: the same id again replaces, unless it was told before
	Told     time.Time // when the feed said so; zero for now
}

// SaveRelationships keeps rs and e together: all or none. It returns how many of
// them were told before what is kept of them, and change nothing.
func (s *Store) SaveRelationships(ctx context.Context, rs []Relationship, e ...audit.Event) (older int, err error) {
	err = durable(ctx, s.pool, func(tx pgx.Tx) error {
		older = 0
		b := &pgx.Batch{}
		for _, r := range rs {
			b.Queue(saveRelationship, r.Evidence, r.SourceID, r.Patient.Digits(), r.Organisation, r.Team, r.Kind, r.Starts, unlessZero(r.Ends), unlessZero(r.Told)).
				Exec(func(tag pgconn.CommandTag) error {
					older += 1 - int(tag.RowsAffected())
					return nil
				})
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return insert(ctx, tx, e...)
	})
	if err != nil {
		return 0, fmt.Errorf("keeping relationships: %w", err)
	}
	return older, nil
}

// unlessZero is t, or nil where it is zero.
func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SaveRegistration keeps until then that p is registered with a practice, as a
// relationship with that practice on the demographics service's word.
func (s *Store) SaveRegistration(ctx context.Context, p record.Person, until time.Time) error {
	if p.Practice == "" {
		return nil
	}
	_, err := s.pool.Exec(ctx, saveRelationship, "demographics service", p.Number.Digits(), p.Number.Digits(),
		p.Practice, "", access.Registered, p.FetchedAt, until, p.FetchedAt)
	if err != nil {
		return fmt.Errorf("keeping a registration: %w", err)
	}
	return nil
}

// The sources of grounds that no feed tells of.
const (
	liveSource   = "live question"
	launchSource = "launch"
)

// SaveConfirmed keeps that an organisation, asked, said that it cares for a
// patient: r, whose evidence the page and the trail tell.
func (s *Store) SaveConfirmed(ctx context.Context, patient nhs.Number, r access.Relationship) error {
	return s.saveGround(ctx, liveSource, r.Team, patient, r)
}

// SaveLaunched keeps that a patient was in context in a local system: r, which
// is a ground in its session alone.
func (s *Store) SaveLaunched(ctx context.Context, patient nhs.Number, r access.Relationship) error {
	return s.saveGround(ctx, launchSource, r.Session, patient, r)
}

// saveGround keeps a ground of an organisation, or of a part of it.
func (s *Store) saveGround(ctx context.Context, source, part string, patient nhs.Number, r access.Relationship) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO relationships (source, source_id, patient, organisation, team, kind, starts, ends, evidence, session)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (source, source_id) DO UPDATE SET starts = excluded.starts, ends = excluded.ends, evidence = excluded.evidence`,
		source, string(r.Organisation)+" "+part+" "+patient.Digits(), patient.Digits(), r.Organisation, r.Team, r.Kind, r.Starts, r.Ends, r.Evidence, r.Session)
	if err != nil {
		return fmt.Errorf("keeping a ground: %w", err)
	}
	return nil
}

// saveRelationship adds a relationship, or replaces what its source said of it
// before. No source tells anything later than now: a clock of its that is fast
// does not keep out what it says next.
const saveRelationship = `
	INSERT INTO relationships (source, source_id, patient, organisation, team, kind, starts, ends, told_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, LEAST(coalesce($9, now()), now()))
	ON CONFLICT (source, source_id) DO UPDATE SET
		patient = excluded.patient, organisation = excluded.organisation, team = excluded.team,
		kind = excluded.kind, starts = excluded.starts, ends = excluded.ends, told_at = excluded.told_at
	WHERE relationships.told_at <= excluded.told_at`
