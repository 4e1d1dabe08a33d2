package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var _ audit.Log = (*Store)(nil)

// Append commits es durably, all or none.
func (s *Store) Append(ctx context.Context, es ...audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error { return insert(ctx, tx, es...) })
	if err != nil {
		return fmt.Errorf("appending to the trail: %w", err)
	}
	return nil
}

// Beat is State, unless nothing was written since the last statement.
func (s *Store) Beat(ctx context.Context, e audit.Event) error {
	if !s.writers.unstated() {
		return nil
	}
	return s.State(ctx, e)
}

// State appends e, which is a heartbeat or the last event of a process, and
// has it state the last number of each of the process's writers.
func (s *Store) State(ctx context.Context, e audit.Event) error {
	numbers, stated := s.writers.statement()
	e.Writers = numbers
	if err := s.Append(ctx, e); err != nil {
		return err
	}
	stated()
	return nil
}

// AppendIf commits e durably if still allows it on facts that no objection
// can change before the commit.
//
// It's critical that the look comes after the lock, in statements of their
// own, in READ COMMITTED. Together in one statement, or under a snapshot
// isolation level, the look would be older than the lock, and a record would
// be shown after its patient objected.
func (s *Store) AppendIf(ctx context.Context, req access.Request, still func(access.Facts) error, e audit.Event, seen *audit.Sight) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, key := range append(locks(req.Person.Numbers()...), everybody) {
			b.Queue(`SELECT pg_advisory_xact_lock_shared($1)`, key)
		}
		facts, err := s.facts(ctx, tx, b, req)
		if err != nil {
			return err
		}
		if err := still(facts); err != nil {
			return err
		}
		b = &pgx.Batch{}
		keepSight(b, seen, e.At)
		return insertWith(ctx, tx, b, e)
	})
	if err != nil {
		return fmt.Errorf("appending to the trail: %w", err)
	}
	return nil
}

// everybody is the lock that every disclosure holds shared, and a bulk import
// of objections exclusively. It is above every key of locks.
const everybody int64 = 1<<63 - 1

// locks are the keys of patients' locks, in the order in which they are taken.
func locks(numbers ...nhs.Number) []int64 {
	keys := make([]int64, len(numbers))
	for i, n := range numbers {
		sum := sha256.Sum256([]byte("patient " + n.Digits()))
		keys[i] = int64(binary.BigEndian.Uint64(sum[:8]) >> 2)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// insert adds events to the trail and to what no checkpoint covers yet.
func insert(ctx context.Context, tx pgx.Tx, es ...audit.Event) error {
	return insertWith(ctx, tx, &pgx.Batch{}, es...)
}

// insertWith is insert in one round trip with what already stands in b.
func insertWith(ctx context.Context, tx pgx.Tx, b *pgx.Batch, es ...audit.Event) error {
	w := writerOf(tx.Conn().PgConn())
	for i, e := range es {
		body, err := e.Body()
		if err != nil {
			return err
		}
		salt := make([]byte, 32)
		rand.Read(salt)
		entry, err := w.add(e, salt, body, i == len(es)-1)
		if err != nil {
			return err
		}
		var until *time.Time
		session := ""
		if e.Claim != "" {
			until, session = &e.Ground.Until, e.Actor.Session
		}
		a := e.Actor
		b.Queue(`
			INSERT INTO audit.event (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id,
				role, organisation, patient, claim, until, session, salt, body, writer, number, signature)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
			[16]byte(e.ID), e.At, e.Kind, e.Reference, e.Look, a.Issuer, a.Subject, a.Name, a.StaffID,
			a.Role, a.Organisation, e.Patient.Digits(), e.Claim, until, session, salt, body,
			entry.Writer, int64(entry.Number), entry.Signature)
		b.Queue(`INSERT INTO audit.pending (event_id, at) VALUES ($1, $2)`, [16]byte(e.ID), e.At)
		if e.Kind.Alerts() {
			b.Queue(`INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation) VALUES ($1, $2, $3, $4, $2, $5)`,
				[16]byte(uuid.Must(uuid.NewV7())), e.At, e.Kind, [16]byte(e.ID), a.Organisation)
		}
	}
	return tx.SendBatch(ctx, b).Close()
}

// MakeMonths makes the trail's partitions for this month and the three after
// it, where they do not exist.
func (s *Store) MakeMonths(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `
		SELECT audit.make_month((date_trunc('month', now()) + make_interval(months => n))::date)
		FROM generate_series(0, 3) n`)
	if err != nil {
		return fmt.Errorf("making the trail's months: %w", err)
	}
	return nil
}
