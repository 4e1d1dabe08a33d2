package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// RecordObjection keeps a new objection and e together. It waits for pages
// that are being disclosed, of everybody, since one may be of the same person
// under a number that nothing joins to this one yet. Once it has returned, none
// of the patient's can be, on any replica.
func (s *Store) RecordObjection(ctx context.Context, o objection.Objection, e audit.Event) error {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if err := lockOut(ctx, tx, append(locks(o.Patient), everybody)); err != nil {
			return err
		}
		if err := addObjections(ctx, tx, "", []objection.Objection{o}); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("recording an objection: %w", err)
	}
	return nil
}

// lockOut takes locks exclusively, in a statement of its own for each: what is
// looked at afterwards is as it is once nobody discloses.
func lockOut(ctx context.Context, tx pgx.Tx, keys []int64) error {
	b := &pgx.Batch{}
	for _, key := range keys {
		b.Queue(`SELECT pg_advisory_xact_lock($1)`, key)
	}
	return tx.SendBatch(ctx, b).Close()
}

// addObjections adds objections, each with its first step. Those without an id
// get one.
func addObjections(ctx context.Context, tx pgx.Tx, cause string, os []objection.Objection) error {
	var id [][16]byte
	var patient, family, given, born, route, source, ground, state []string
	var received, at []time.Time
	for _, o := range os {
		if o.ID == uuid.Nil {
			o.ID = uuid.Must(uuid.NewV7())
		}
		if o.Received.IsZero() {
			o.Received = o.At
		}
		id, patient = append(id, o.ID), append(patient, o.Patient.Digits())
		family, given, born = append(family, o.Family), append(given, o.Given), append(born, o.Born)
		route, source, ground = append(route, string(o.Route)), append(source, o.Source), append(ground, string(o.Ground))
		state, received, at = append(state, string(o.State)), append(received, o.Received), append(at, o.At)
	}
	b := &pgx.Batch{}
	b.Queue(`
		INSERT INTO objections (id, patient, family_name, given_name, birth_date, route, source, ground, received)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])`,
		id, patient, family, given, born, route, source, ground, received)
	b.Queue(`
		INSERT INTO objection_steps (objection, step, state, at, cause)
		SELECT id, 1, state, at, $4 FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) new (id, state, at)`, id, state, at, cause)
	return tx.SendBatch(ctx, b).Close()
}

// standing is every objection with where it stands. One without a step is in
// force, as Facts has it.
const standing = `
	SELECT o.id, o.patient, o.family_name, o.given_name, o.birth_date, o.route, o.source, o.ground, o.received,
		coalesce(s.state, '') AS state, coalesce(s.at, o.received) AS at, coalesce(s.step, 0) AS steps
	FROM objections o
	LEFT JOIN LATERAL (SELECT state, at, step FROM objection_steps WHERE objection = o.id ORDER BY step DESC LIMIT 1) s ON true`

func objectionOf(row pgx.CollectableRow) (o objection.Objection, err error) {
	var patient string
	err = row.Scan((*[16]byte)(&o.ID), &patient, &o.Family, &o.Given, &o.Born, &o.Route, &o.Source, &o.Ground, &o.Received, &o.State, &o.At, &o.Steps)
	if err != nil {
		return o, err
	}
	o.Patient, err = nhs.ParseNumber(patient)
	return o, err
}

// known are the numbers in $1 and every other number that the same person has
// or had, however long the chain.
const known = `
	WITH RECURSIVE known (patient) AS (SELECT unnest($1::text[])
		UNION SELECT n FROM known, LATERAL (
			SELECT number FROM superseded WHERE current = patient UNION ALL
			SELECT current FROM superseded WHERE number = patient) same (n))`

// ObjectionsOf returns all objections of a person, whatever state they are in,
// under every number that is known of them, oldest first.
func (s *Store) ObjectionsOf(ctx context.Context, numbers ...nhs.Number) ([]objection.Objection, error) {
	rows, err := s.pool.Query(ctx, known+standing+` JOIN known USING (patient) ORDER BY o.received, o.id`, digits(numbers))
	if err != nil {
		return nil, fmt.Errorf("reading a person's objections: %w", err)
	}
	return pgx.CollectRows(rows, objectionOf)
}

// Objections hands every objection to each, whatever state it is in, in the
// order in which they were received: all, or those that came into their state
// at a time or later. An error of each ends it.
func (s *Store) Objections(ctx context.Context, since time.Time, each func(objection.Objection) error) error {
	rows, err := s.pool.Query(ctx, `SELECT * FROM (`+standing+`) o WHERE at >= $1 ORDER BY received, id`, since)
	if err != nil {
		return fmt.Errorf("reading objections: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		o, err := objectionOf(rows)
		if err != nil {
			return fmt.Errorf("reading objections: %w", err)
		}
		if err := each(o); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading objections: %w", err)
	}
	return nil
}

func digits(numbers []nhs.Number) []string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = n.Digits()
	}
	return all
}
