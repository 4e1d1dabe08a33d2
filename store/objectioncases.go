package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Case returns a form with all that was done about it, or an objection that
// came without one, or auth.ErrNoRef.
func (s *Store) Case(ctx context.Context, id uuid.UUID) (objection.Case, error) {
	c := objection.Case{ID: id}
	b := &pgx.Batch{}
	key := [16]byte(id)
	b.Queue(`SELECT reference, received, sealed FROM objection_forms WHERE id = $1`, key).Query(func(rows pgx.Rows) error { return s.formOf(rows, &c) })
	b.Queue(standing+` WHERE o.id = $1`, key).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, objectionOf)
		if len(all) > 0 {
			c.Objection = &all[0]
		}
		return err
	})
	b.Queue(`
		SELECT n, at, kind, state, reference, issuer, subject, staff_id, staff_name, organisation, sealed
		FROM objection_acts WHERE objection = $1 ORDER BY n`, key).Query(func(rows pgx.Rows) (err error) {
		c.Acts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (objection.Act, error) { return s.actOf(row, id) })
		return err
	})
	b.Queue(`SELECT state, at, cause FROM objection_steps WHERE objection = $1 ORDER BY step`, key).Query(func(rows pgx.Rows) (err error) {
		c.Steps, err = pgx.CollectRows(rows, pgx.RowToStructByPos[objection.Step])
		return err
	})
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return objection.Case{}, fmt.Errorf("reading a form: %w", err)
	}
	if c.Form == nil && c.Objection == nil {
		return objection.Case{}, auth.ErrNoRef
	}
	return c, nil
}

func (s *Store) formOf(rows pgx.Rows, c *objection.Case) error {
	var sealed []byte
	var received time.Time
	_, err := pgx.ForEachRow(rows, []any{&c.Reference, &received, &sealed}, func() error {
		var kept keptForm
		if err := s.seal.open(sealed, "form "+c.ID.String(), &kept); err != nil {
			return err
		}
		form, err := kept.form()
		form.Received = received
		c.Form = &form
		return err
	})
	return err
}

func (s *Store) actOf(row pgx.CollectableRow, id uuid.UUID) (a objection.Act, err error) {
	var sealed []byte
	by := &a.By
	if err := row.Scan(&a.N, &a.At, &a.Kind, &a.State, &a.Reference, &by.Issuer, &by.Subject, &by.StaffID, &by.Name, &by.Organisation, &sealed); err != nil {
		return a, err
	}
	var kept keptAct
	if err := s.seal.open(sealed, actLabel(id, a.N), &kept); err != nil {
		return a, err
	}
	return a, kept.fill(&a)
}

// caseHeads is what a list says of cases, whose ids a query selects. $1 is the
// last birth date at which people are 16 by now. Whether a case waits for a
// second officer is told by the last of the acts that say so.
func caseHeads(ids string) string {
	return `
	SELECT c.id, coalesce(f.reference, '') AS reference, coalesce(f.received, o.received) AS received,
		coalesce(f.wants, 'object') AS wants, coalesce(f.asks, '') AS asks, coalesce(f.route, o.route) AS route,
		coalesce(o.state, a.state, 'received') AS state, CASE WHEN p.kind IN ('error-proposed', 'agreed') THEN p.kind ELSE '' END AS waits,
		o.ground IS NOT NULL AND o.ground = 'parent' AND o.birth_date <= $1 AND o.state NOT IN ('received', 'refused', 'withdrawn', 'recorded-in-error')
			AND NOT EXISTS (SELECT FROM objection_acts r WHERE r.objection = o.id AND r.kind = 'asked-again') AS past
	FROM (` + ids + `) c (id)
	LEFT JOIN objection_forms f USING (id)
	LEFT JOIN LATERAL (` + standing + ` WHERE o.id = c.id) o ON true
	LEFT JOIN LATERAL (SELECT state FROM objection_acts WHERE objection = c.id ORDER BY n DESC LIMIT 1) a ON true
	LEFT JOIN LATERAL (SELECT kind FROM objection_acts WHERE objection = c.id
		AND kind IN ('error-proposed', 'agreed', 'error-rejected', 'recorded-in-error', 'withdrawn', 'refused') ORDER BY n DESC LIMIT 1) p ON true`
}

// handled are the cases that a desk deals with: every form, and of the
// objections that came without one those that there is something to do with.
const handled = `
	SELECT id FROM objection_forms UNION
	SELECT objection FROM objection_acts UNION
	SELECT id FROM objections WHERE ground = 'parent' AND birth_date <= $1`

func headOfCase(row pgx.CollectableRow) (h objection.Head, err error) {
	return h, row.Scan((*[16]byte)(&h.ID), &h.Reference, &h.Received, &h.Wants, &h.Asks, &h.Route, &h.State, &h.Waits, &h.ParentPast16)
}

// Cases returns a page of the cases. Nothing in it names anybody.
func (s *Store) Cases(ctx context.Context, q objection.Query) ([]objection.Head, error) {
	where, order := `($2::timestamptz IS NULL OR (received, id) < ($2, $3::uuid))`, `received DESC, id DESC`
	if q.Open {
		where = `($2::timestamptz IS NULL OR (received, id) > ($2, $3::uuid)) AND (state IN ('received', 'identity-confirmed') AND reference <> '' OR waits <> '' OR past)`
		order = `received, id`
	}
	var from *time.Time
	if !q.From.At.IsZero() {
		from = &q.From.At
	}
	rows, err := s.pool.Query(ctx, `SELECT * FROM (`+caseHeads(handled)+`) c WHERE `+where+` ORDER BY `+order+` LIMIT $4`,
		objection.BornBy(q.Today, objection.OwnAge), from, [16]byte(q.From.ID), q.Limit)
	if err != nil {
		return nil, fmt.Errorf("reading the queue: %w", err)
	}
	return pgx.CollectRows(rows, headOfCase)
}

// CaseNamed returns the id of the form with a reference, or auth.ErrNoRef.
func (s *Store) CaseNamed(ctx context.Context, reference string) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.pool.QueryRow(ctx, `SELECT id FROM objection_forms WHERE reference = $1`, reference).Scan((*[16]byte)(&id))
	if errors.Is(err, pgx.ErrNoRows) {
		return id, auth.ErrNoRef
	}
	if err != nil {
		return id, fmt.Errorf("finding a form: %w", err)
	}
	return id, nil
}

// CasesOf returns all that is held of a person under any of their numbers,
// newest first: objections, and forms in which one of the numbers was given.
func (s *Store) CasesOf(ctx context.Context, today objection.Day, numbers ...nhs.Number) ([]objection.Head, error) {
	all, err := s.numbers(ctx, known+` SELECT patient FROM known`, digits(numbers))
	if err != nil {
		return nil, err
	}
	var marks [][]byte
	for _, n := range all {
		marks = append(marks, s.about(n))
	}
	rows, err := s.pool.Query(ctx, caseHeads(`
		SELECT id FROM objections WHERE patient = ANY ($2) UNION
		SELECT id FROM objection_forms WHERE about = ANY ($3)`)+` ORDER BY received DESC, id DESC`,
		objection.BornBy(today, objection.OwnAge), digits(all), marks)
	if err != nil {
		return nil, fmt.Errorf("finding a person's forms: %w", err)
	}
	return pgx.CollectRows(rows, headOfCase)
}

// Act adds what was decided about a case, with its effect and e, all or
// nothing. What changes what is in force waits for every page that is being
// disclosed, as RecordObjection does; once it has returned, no record is shown
// against it on any replica. It is objection.ErrChanged where somebody else came
// before. The alert of an objection recorded in error is raised with it.
func (s *Store) Act(ctx context.Context, c objection.Case, a objection.Act, e audit.Event) error {
	a.Reference, a.By = e.Reference, officerOf(e.Actor)
	patient := c.Patient()
	if a.Traced != nil {
		patient = a.Traced.Patient
	}
	e.Words = objection.Kinds[a.Kind] + caseWords(c)
	if c.Known() || a.Traced != nil {
		e.Patient = patient.Number
	}
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if a.Changes(c) {
			keys, err := locksOf(ctx, tx, patient.Number)
			if err != nil {
				return err
			}
			if err := lockOut(ctx, tx, append(keys, everybody)); err != nil {
				return err
			}
		}
		if err := s.addAct(ctx, tx, c.ID, a); err != nil {
			return err
		}
		if err := s.effect(ctx, tx, c, a); err != nil {
			return err
		}
		return insert(ctx, tx, e)
	})
	if taken(err) {
		return objection.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("handling a form: %w", err)
	}
	return nil
}

func caseWords(c objection.Case) string {
	switch {
	case c.Reference == "":
		return ": objection of a register"
	case c.Wants() == objection.ToWithdraw:
		return ": form " + c.Reference + ", to withdraw"
	}
	return ": form " + c.Reference
}

// locksOf are the keys of a patient's locks under every number that is known.
func locksOf(ctx context.Context, tx pgx.Tx, n nhs.Number) ([]int64, error) {
	rows, err := tx.Query(ctx, known+` SELECT patient FROM known`, digits([]nhs.Number{n}))
	if err != nil {
		return nil, err
	}
	numbers, err := pgx.CollectRows(rows, numberOf)
	return locks(numbers...), err
}

// effect is what an act does to objections. An objection that came a step
// further meanwhile has that step's number taken.
func (s *Store) effect(ctx context.Context, tx pgx.Tx, c objection.Case, a objection.Act) error {
	if !a.Changes(c) {
		return nil
	}
	p := c.Patient()
	step := func(l objection.Lifting) error {
		_, err := tx.Exec(ctx, `INSERT INTO objection_steps (objection, step, state, at, cause) VALUES ($1, $2, $3, $4, $5)`,
			[16]byte(l.Objection), l.Steps+1, a.State, a.At, c.Reference)
		return err
	}
	switch {
	case a.Kind == objection.Confirm:
		ground, err := c.Ground(objection.DayOf(a.At))
		if err != nil {
			return err
		}
		return addObjections(ctx, tx, c.Reference, []objection.Objection{{
			ID: c.ID, Patient: p.Number, Family: p.Family, Given: p.Given, Born: p.Born.String(), Route: c.Form.Route,
			Ground: ground, Received: c.Form.Received, State: a.State, At: a.At,
		}})
	case a.Kind == objection.Withdraw:
		for _, l := range a.Lifts {
			if err := step(l); err != nil {
				return err
			}
		}
		return nil
	}
	if err := step(objection.Lifting{Objection: c.ID, Steps: c.Objection.Steps}); err != nil {
		return err
	}
	if a.Kind != objection.RecordError {
		return nil
	}
	item, err := inError(c, a)
	if err != nil {
		return err
	}
	_, err = addItem(ctx, tx, item)
	return err
}

// inError is what the safety officers are told of an objection that was
// recorded in error: a record was hidden that ought not to have been.
func inError(c objection.Case, a objection.Act) (safety.Item, error) {
	p := c.Patient()
	item := safety.Item{
		Person: record.Person{Number: p.Number, Family: p.Family, Given: []string{p.Given}, Born: record.ParseDate(p.Born.String())},
		By:     audit.Actor{Issuer: a.By.Issuer, Subject: a.By.Subject, Name: a.By.Name, Role: auth.ObjectionsOfficer, Organisation: nhs.ODSCode(a.By.Organisation)},
		Words:  a.Words,
	}
	id, err := uuid.NewV7()
	item.Head = safety.Head{ID: id, At: a.At, Kind: safety.ObjectionError, Reference: a.Reference}
	item.Same = sha256.Sum256(id[:]) // no two are the same
	return item, err
}
