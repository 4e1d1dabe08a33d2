package store

import (
	"context"
	"fmt"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/jackc/pgx/v5"
)

// ImportRegister brings what is held of a register up to date with its distinct
// entries, and keeps e, all or nothing. It waits for every page that is being
// disclosed. What the register says ends only what it said before: never an
// objection from another register or from a form, and never by silence. The
// event's words get the tally. With dry set nothing is changed.
func (s *Store) ImportRegister(ctx context.Context, source, file string, entries []objection.Entry, e audit.Event, dry bool) (objection.Tally, error) {
	var t objection.Tally
	if dry {
		held, err := s.register(ctx, s.pool, source)
		if err == nil {
			_, _, t, err = objection.Reconcile(held, entries)
		}
		return t, err
	}
	err := durable(ctx, s.pool, func(tx pgx.Tx) error {
		if err := lockOut(ctx, tx, []int64{everybody}); err != nil {
			return err
		}
		held, err := s.register(ctx, tx, source)
		if err != nil {
			return err
		}
		add, moves, tally, err := objection.Reconcile(held, entries)
		if err != nil {
			return err
		}
		t = tally
		for i := range add {
			add[i].Source, add[i].Route = source, objection.Register
		}
		if err := addObjections(ctx, tx, file, add); err != nil {
			return err
		}
		if err := move(ctx, tx, file, moves); err != nil {
			return err
		}
		e.Words += ": " + t.String()
		return insert(ctx, tx, e)
	})
	if err != nil {
		return t, fmt.Errorf("importing a register: %w", err)
	}
	return t, nil
}

// register is what is held of a register, by the numbers that it says.
func (s *Store) register(ctx context.Context, db querier, source string) (map[nhs.Number]objection.Objection, error) {
	rows, err := db.Query(ctx, standing+` WHERE o.source = $1`, source)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, objectionOf)
	held := map[nhs.Number]objection.Objection{}
	for _, o := range all {
		held[o.Patient] = o
	}
	return held, err
}

func move(ctx context.Context, tx pgx.Tx, cause string, moves []objection.Move) error {
	var id [][16]byte
	var step []int32
	var state []string
	var at []time.Time
	for _, m := range moves {
		id, step, state, at = append(id, m.Objection), append(step, int32(m.Step)), append(state, string(m.Entry.State)), append(at, m.Entry.At)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO objection_steps (objection, step, state, at, cause)
		SELECT id, step, state, at, $5 FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[]) moved (id, step, state, at)`,
		id, step, state, at, cause)
	return err
}
