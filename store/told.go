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

// toldObjections are those that are or were in force, each with where it stands;
// one without a step is in force, as Facts has it.
const toldObjections = `
	SELECT o.id, o.patient, family_name, given_name, birth_date, received,
		coalesce(s.state, '') AS state, coalesce(s.at, received) AS at, coalesce(s.step, 0) AS step, coalesce(s.recorded, received) AS recorded
	FROM objections o
	LEFT JOIN LATERAL (SELECT state, at, step, recorded FROM objection_steps WHERE objection = o.id ORDER BY step DESC LIMIT 1) s ON true
	WHERE s.step IS NULL OR EXISTS (SELECT FROM objection_steps i WHERE i.objection = o.id AND i.state <> ALL ($1::text[]))`

// Told hands each objection that is or was in force to each, in the order in
// which their states were written down. An error of each ends it.
func (s *Store) Told(ctx context.Context, q objection.Asked, each func(objection.Told) error) error {
	var patient *string
	if !q.Patient.IsZero() {
		digits := q.Patient.Digits()
		patient = &digits
	}
	limit := &q.Limit
	if q.Limit == 0 {
		limit = nil
	}
	rows, err := s.pool.Query(ctx, `
		WITH RECURSIVE known (patient) AS (SELECT $2::text UNION SELECT n FROM known, LATERAL (
			SELECT number FROM superseded WHERE current = patient UNION ALL
			SELECT current FROM superseded WHERE number = patient) same (n))
		SELECT * FROM (`+toldObjections+` AND ($2::text IS NULL OR o.patient IN (SELECT patient FROM known)) AND ($3::uuid IS NULL OR o.id = $3)) told
		WHERE recorded >= coalesce($4::timestamptz, '-infinity') AND recorded < coalesce($5::timestamptz, 'infinity')
			AND ($6::timestamptz IS NULL OR (recorded, id) > ($6, $7::uuid))
		ORDER BY recorded, id
		LIMIT $8`,
		objection.NotInForce, patient, identified(q.ID), moment(q.From), moment(q.To), moment(q.After.Recorded), identified(q.After.ID), limit)
	if err != nil {
		return fmt.Errorf("reading objections: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := toldOf(rows)
		if err != nil {
			return fmt.Errorf("reading objections: %w", err)
		}
		if err := each(t); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading objections: %w", err)
	}
	return nil
}

func toldOf(row pgx.Row) (t objection.Told, err error) {
	var patient string
	err = row.Scan((*[16]byte)(&t.ID), &patient, &t.Family, &t.Given, &t.Born, &t.Received, &t.State, &t.At, &t.Version, &t.Recorded)
	if err != nil {
		return t, err
	}
	t.Patient, err = nhs.ParseNumber(patient)
	return t, err
}

// moment is t, or nothing where it is zero.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func identified(id uuid.UUID) *[16]byte {
	if id == uuid.Nil {
		return nil
	}
	return (*[16]byte)(&id)
}

// CountObjections is how many objections Told would give. It is put on the trail with e,
// whose Matches it fills in, so that they may be given then.
func (s *Store) CountObjections(ctx context.Context, e audit.Event) (int, error) {
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM (`+toldObjections+`) told`, objection.NotInForce).Scan(&e.Matches); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if err != nil {
		return 0, fmt.Errorf("counting objections: %w", err)
	}
	return e.Matches, nil
}
