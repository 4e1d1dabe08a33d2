package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// everybody is the lock that every disclosure holds shared, and whoever records
// objections or changes feeds exclusively. It is above every key of locks.
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
	all := make([]prepared, len(es))
	for i, e := range es {
		ready, err := e.Ready()
		if err != nil {
			return err
		}
		all[i] = prepare(ready)
	}
	return insertPrepared(ctx, tx, b, all...)
}

func insertPrepared(ctx context.Context, tx pgx.Tx, b *pgx.Batch, all ...prepared) error {
	if err := queueEvents(b, writerOf(tx.Conn().PgConn()), all...); err != nil {
		return err
	}
	return tx.SendBatch(ctx, b).Close()
}

// prepared is an event with what can be made of it before its number is known.
type prepared struct {
	audit.Event
	salt, body []byte
	commitment [32]byte // to both
}

func prepare(e audit.Ready) prepared {
	salt := make([]byte, 32)
	rand.Read(salt)
	return prepared{e.Event(), salt, e.Body(), merkle.Commit(salt, e.Body())}
}

// queueEvents numbers and signs events and queues their insertion.
func queueEvents(b *pgx.Batch, w *writer, es ...prepared) error {
	var r eventRows
	for i, e := range es {
		entry, err := w.add(e, i == len(es)-1)
		if err != nil {
			return err
		}
		r.add(e.Event, e.salt, e.body, entry)
	}
	b.Queue(`
		INSERT INTO audit.event (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id,
			role, organisation, patient, claim, until, session, ground, salt, body, writer, number, signature)
		SELECT ($1::uuid[])[n], ($2::timestamptz[])[n], ($3::text[])[n], ($4::text[])[n], ($5::text[])[n], ($6::text[])[n], ($7::text[])[n],
			($8::text[])[n], ($9::text[])[n], ($10::text[])[n], ($11::text[])[n], ($12::text[])[n], ($13::text[])[n], ($14::timestamptz[])[n],
			($15::text[])[n], ($16::text[])[n], ($17::bytea[])[n], ($18::bytea[])[n], ($19::uuid[])[n], ($20::bigint[])[n], ($21::bytea[])[n]
		FROM generate_subscripts($1::uuid[], 1) n`, // to unnest them together would copy each of them twice
		r.id, r.at, r.kind, r.reference, r.look, r.issuer, r.subject, r.name, r.staff,
		r.role, r.organisation, r.patient, r.claim, r.until, r.session, r.ground, r.salt, r.body, r.writer, r.number, r.signature).Exec(keptAll(es))
	b.Queue(`INSERT INTO audit.pending (event_id, at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])`, r.id, r.at).Exec(keptAll(es))
	for _, e := range es {
		if names(e.Event) {
			b.Queue(`INSERT INTO audit.staff (issuer, subject, staff_name, staff_id, organisation) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
				e.Actor.Issuer, e.Actor.Subject, e.Actor.Name, e.Actor.StaffID, e.Actor.Organisation)
		}
		if e.Kind.Alerts() {
			severity, detail := privacy.AtOnce(privacy.Name(e.Kind), w.of.severities)
			b.Queue(`INSERT INTO audit.alert (alert_id, at, rule, event_id, event_at, organisation, severity, detail) VALUES ($1, $2, $3, $4, $2, $5, $6, $7)`,
				[16]byte(uuid.Must(uuid.NewV7())), e.At, e.Kind, [16]byte(e.ID), e.Actor.Organisation, severity, detail)
		}
	}
	return nil
}

// keptAll makes an insertion fail that did not keep each event: a trigger of
// somebody's may leave rows out without an error.
func keptAll(es []prepared) func(pgconn.CommandTag) error {
	return func(done pgconn.CommandTag) error {
		if n := done.RowsAffected(); n != int64(len(es)) {
			return fmt.Errorf("%d of %d events were kept", n, len(es))
		}
		return nil
	}
}

// names reports whether e is to make its actor known to those who search by
// name: everybody signs in before anything else, but what acts for itself.
func names(e audit.Event) bool {
	if e.Actor.Name == "" && e.Actor.Subject == "" {
		return false
	}
	return e.Kind == audit.SignedIn || e.Kind == audit.RoleChosen || e.Actor.Session == "" && e.Kind != audit.Heartbeat
}

// eventRows are rows of audit.event, column by column.
type eventRows struct {
	id, writer                                          [][16]byte
	at                                                  []time.Time
	until                                               []*time.Time
	kind, reference, look, issuer, subject, name, staff []string
	role, organisation, patient, claim, session, ground []string
	salt, body, signature                               [][]byte
	number                                              []int64
}

func (r *eventRows) add(e audit.Event, salt, body []byte, entry merkle.Entry) {
	var until *time.Time
	session := ""
	if e.Claim != "" {
		until, session = &e.Ground.Until, e.Actor.Session
	}
	a := e.Actor
	r.id, r.writer, r.number, r.signature = append(r.id, e.ID), append(r.writer, entry.Writer), append(r.number, int64(entry.Number)), append(r.signature, entry.Signature)
	r.at, r.until, r.session = append(r.at, e.At), append(r.until, until), append(r.session, session)
	r.salt, r.body = append(r.salt, salt), append(r.body, body)
	r.kind, r.reference, r.look = append(r.kind, string(e.Kind)), append(r.reference, e.Reference), append(r.look, e.Look)
	r.issuer, r.subject, r.name, r.staff = append(r.issuer, a.Issuer), append(r.subject, a.Subject), append(r.name, a.Name), append(r.staff, a.StaffID)
	r.role, r.organisation = append(r.role, string(a.Role)), append(r.organisation, string(a.Organisation))
	r.patient, r.claim, r.ground = append(r.patient, e.Patient.Digits()), append(r.claim, string(e.Claim)), append(r.ground, e.Ground.Kind)
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
