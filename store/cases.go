package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func caseOf(ctx context.Context, tx pgx.Tx, id uuid.UUID) (c privacy.Case, err error) {
	b := &pgx.Batch{}
	b.Queue(alerts+` WHERE a.alert_id = $2`, []string{}, [16]byte(id)).Query(func(rows pgx.Rows) error {
		c.Alert, err = pgx.CollectExactlyOneRow(rows, alertOf)
		return err
	})
	b.Queue(`
		SELECT n, at, kind, words, reference, issuer, subject, staff_id, staff_name, organisation
		FROM privacy.step WHERE alert_id = $1 ORDER BY n`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		c.Steps, err = pgx.CollectRows(rows, caseStepOf)
		return err
	})
	b.Queue(putQuestions+` WHERE q.alert_id = $1 ORDER BY q.n`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		c.Questions, err = pgx.CollectRows(rows, questionOf)
		return err
	})
	b.Queue(`
		SELECT o.alert_id, o.rule, o.severity, o.at, privacy.state(o.alert_id)
		FROM audit.alert a
		JOIN audit.event e ON e.event_id = a.event_id AND e.at = a.event_at
		JOIN audit.event m ON m.issuer = e.issuer AND m.subject = e.subject AND m.at > e.at - interval '90 days' AND m.at < e.at + interval '90 days'
		JOIN audit.alert o ON o.event_id = m.event_id AND o.alert_id <> a.alert_id
		WHERE a.alert_id = $1
		ORDER BY o.at DESC LIMIT 10`, [16]byte(id)).Query(func(rows pgx.Rows) error {
		c.Others, err = pgx.CollectRows(rows, otherOf)
		return err
	})
	return c, tx.SendBatch(ctx, b).Close()
}

func otherOf(row pgx.CollectableRow) (a privacy.Alert, err error) {
	return a, row.Scan((*[16]byte)(&a.ID), &a.Rule, &a.Severity, &a.At, &a.State)
}

func caseStepOf(row pgx.CollectableRow) (s privacy.Step, err error) {
	by := &s.By
	return s, row.Scan(&s.N, &s.At, &s.Kind, &s.Words, &s.Reference, &by.Issuer, &by.Subject, &by.StaffID, &by.Name, &by.Organisation)
}

const putQuestions = `
	SELECT q.ref, q.alert_id, q.n, q.manager, q.to_issuer, q.to_subject, q.to_staff, q.to_organisation, q.at, q.words, q.told,
		a.at, coalesce(a.words, ''), coalesce(a.staff_name, ''), coalesce(a.reference, '')
	FROM (SELECT * FROM privacy.question WHERE told <> '') q -- what is forgotten is not asked
		LEFT JOIN privacy.answer a USING (ref) `

func questionOf(row pgx.CollectableRow) (q privacy.Question, err error) {
	var told []byte
	var answered *time.Time
	err = row.Scan(&q.Ref, (*[16]byte)(&q.Alert), &q.N, &q.Manager, &q.To.Issuer, &q.To.Subject, &q.To.StaffID, &q.To.Organisation, &q.At, &q.Words, &told,
		&answered, &q.Answer, &q.AnsweredBy, &q.AnswerReference)
	if err != nil {
		return q, err
	}
	if answered != nil {
		q.Answered = *answered
	}
	q.Event, err = audit.ParseBody(told)
	return q, err
}

// HandleCase adds a step to an alert, and the question that it asks, if it
// does. A step that does not follow, because somebody else took one, is
// privacy.ErrChanged; one about oneself, privacy.ErrOwnCase.
func (d *Desk) HandleCase(ctx context.Context, reach audit.Reach, alert uuid.UUID, s privacy.Step, q *privacy.Question) error {
	err := d.write(ctx, reach, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO privacy.step (alert_id, n, at, kind, words, reference, issuer, subject, staff_id, staff_name, organisation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			[16]byte(alert), s.N, s.At, s.Kind, s.Words, s.Reference, s.By.Issuer, s.By.Subject, s.By.StaffID, s.By.Name, s.By.Organisation)
		if err != nil || q == nil {
			return err
		}
		told, err := q.Event.Body()
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO privacy.question (ref, alert_id, n, manager, to_issuer, to_subject, to_staff, to_organisation, at, words, told)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			newRef(), [16]byte(alert), s.N, q.Manager, q.To.Issuer, q.To.Subject, q.To.StaffID, q.To.Organisation, s.At, s.Words, told)
		return err
	})
	return caseFault("handling an alert", err)
}

func caseFault(doing string, err error) error {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pgErr.Code {
		case "23505", "IC002":
			return privacy.ErrChanged
		case "IC001":
			return privacy.ErrOwnCase
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// Manager is the staff id of who answers for somebody, as the staff list has
// it; empty where it does not.
func (d *Desk) Manager(ctx context.Context, a audit.Actor) (id string, err error) {
	err = d.pool.QueryRow(ctx, `SELECT coalesce(privacy.manager_of($1, $2, $3), '')`, a.Organisation, a.StaffID, a.Subject).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("finding a manager: %w", err)
	}
	return id, nil
}

// asAsked runs f as u, who reaches the questions that they are asked and nothing
// else.
func (d *Desk) asAsked(ctx context.Context, u auth.User, f func(pgx.Tx) error) error {
	return durable(ctx, d.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			SELECT set_config('icr.asked_issuer', $1, true), set_config('icr.asked_subject', $2, true),
				set_config('icr.asked_staff', $3, true), set_config('icr.asked_organisation', $4, true)`,
			u.Issuer, u.Subject, u.StaffID, string(u.Organisation))
		if err != nil {
			return err
		}
		return f(tx)
	})
}

// Question returns the question of a ref if it is asked of u, or
// auth.ErrNoRef.
func (d *Desk) Question(ctx context.Context, u auth.User, ref string) (q privacy.Question, err error) {
	err = d.asAsked(ctx, u, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, putQuestions+` WHERE q.ref = $1`, ref)
		if err != nil {
			return err
		}
		q, err = pgx.CollectExactlyOneRow(rows, questionOf)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !q.To.Is(u) {
		return privacy.Question{}, auth.ErrNoRef
	}
	if err != nil {
		return privacy.Question{}, fmt.Errorf("reading a question: %w", err)
	}
	return q, nil
}

// Questions are those that u is asked and has not answered, the oldest first.
func (d *Desk) Questions(ctx context.Context, u auth.User) (all []privacy.Question, err error) {
	err = d.asAsked(ctx, u, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, putQuestions+`
			WHERE a.ref IS NULL AND (q.to_subject = $1 OR q.to_staff IN ($1, $2) AND q.to_staff <> '')
				AND privacy.asks(q.to_issuer, q.to_subject, q.to_staff, q.to_organisation)
			ORDER BY q.at LIMIT 20`, u.Subject, u.StaffID)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, questionOf)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is asked: %w", err)
	}
	return all, nil
}

// Answer keeps what u answers. A question that is not asked any more is
// privacy.ErrChanged.
func (d *Desk) Answer(ctx context.Context, u auth.User, ref, words, reference string, at time.Time) error {
	err := d.asAsked(ctx, u, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO privacy.answer (ref, at, words, reference, issuer, subject, staff_id, staff_name)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, ref, at, words, reference, u.Issuer, u.Subject, u.StaffID, u.Name)
		return err
	})
	return caseFault("keeping an answer", err)
}
