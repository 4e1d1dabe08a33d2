package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Disclosures that wait together share one transaction: its commit is what
// costs. It takes its locks by trying and never waits for one, so that it
// holds nobody up; a disclosure whose patient it cannot get goes a way of its
// own, where it may wait.

// asked is a disclosure that waits for its answer.
type asked struct {
	ctx   context.Context
	req   access.Request
	write func(access.Facts) (audit.Ready, error)
	seen  *audit.Sight
	done  chan error // has room for the answer

	e        prepared // known to the gate alone, as is what follows
	answered bool
}

func (a *asked) answer(err error) {
	a.answered = true
	a.done <- err
}

const (
	gates    = 2  // transactions at a time
	few      = 16 // disclosures that are not worth sharing out
	together = 64 // disclosures of one, at most
	gateTime = 10 * time.Second
)

var errClosed = errors.New("the store is closed")

// AppendIf commits durably what write makes of facts that no objection can
// change before the commit, or nothing.
func (s *Store) AppendIf(ctx context.Context, req access.Request, write func(access.Facts) (audit.Ready, error), seen *audit.Sight) (err error) {
	a := &asked{ctx: ctx, req: req, write: write, seen: seen, done: make(chan error, 1)}
	s.present.Add(1)
	defer s.present.Add(-1)
	select {
	case s.gate <- a:
		err = <-a.done
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.closed.Done():
		err = errClosed
	}
	if err != nil {
		return fmt.Errorf("appending to the trail: %w", err)
	}
	return nil
}

// keepGate answers what waits until the store is closed.
func (s *Store) keepGate() {
	for {
		select {
		case a := <-s.gate:
			s.passTogether(s.waiting(a))
		case <-s.closed.Done():
			return
		}
	}
}

// waiting is a with those that wait behind it, as many as are this gate's
// share: what a transaction costs besides its rows is least when all carry
// alike. It lets those come that were answered a moment ago, as long as any do.
func (s *Store) waiting(a *asked) []*asked {
	all, came := []*asked{a}, 0 // before the last pause
	for len(all) < min(together, max(few, (int(s.present.Load())+gates-1)/gates)) {
		select {
		case a := <-s.gate:
			all = append(all, a)
		default:
			if came == len(all) {
				return all
			}
			came = len(all)
			runtime.Gosched()
		}
	}
	return all
}

// passTogether commits what may be of all, in one transaction. Where the server
// refuses that, each is tried alone, so that no one's fault is another's.
func (s *Store) passTogether(all []*asked) {
	ctx, cancel := context.WithTimeout(context.Background(), gateTime)
	defer cancel()
	var left, kept []*asked
	err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) (err error) {
		if left, kept, err = s.look(ctx, c.Conn(), all); err != nil || len(kept) == 0 {
			return errors.Join(err, rollBack(ctx, c.Conn()))
		}
		return commitTogether(ctx, c.Conn(), kept)
	})
	if _, refused := errors.AsType[*pgconn.PgError](err); refused {
		left, kept = slices.DeleteFunc(all, func(a *asked) bool { return a.answered }), nil
	} else if err != nil {
		kept, left = slices.DeleteFunc(all, func(a *asked) bool { return a.answered }), nil
	}
	for _, a := range kept {
		a.answer(err)
	}
	for _, a := range left {
		go func() { a.answer(s.passAlone(a)) }()
	}
}

// look begins a transaction, takes the locks that are to be had, and looks, in
// one round trip. Those that may not be are answered. It returns those whose
// locks were not to be had, and those that may be.
//
// It's critical that the look comes after the lock, in statements of their
// own, in READ COMMITTED. Together in one statement, or under a snapshot
// isolation level, the look would be older than the lock, and a record would
// be shown after its patient objected.
func (s *Store) look(ctx context.Context, c *pgx.Conn, all []*asked) (left, kept []*asked, err error) {
	b := &pgx.Batch{}
	reqs := make([]access.Request, len(all))
	keys := []int64{everybody}
	for i, a := range all {
		reqs[i] = a.req
		keys = append(keys, locks(a.req.Person.Numbers()...)...)
	}
	slices.Sort(keys)
	held := map[int64]bool{}
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`)
	b.Queue(`SELECT key, pg_try_advisory_xact_lock_shared(key) FROM unnest($1::bigint[]) key`, slices.Compact(keys)).
		Query(func(rows pgx.Rows) error {
			var key int64
			var got bool
			_, err := pgx.ForEachRow(rows, []any{&key, &got}, func() error { held[key] = got; return nil })
			return err
		})
	facts, err := s.facts(ctx, c, b, reqs...)
	if err != nil {
		return nil, nil, err
	}
	for i, a := range all {
		if !held[everybody] || slices.ContainsFunc(locks(a.req.Person.Numbers()...), func(key int64) bool { return !held[key] }) {
			left = append(left, a)
		} else if err := a.prepare(facts[i]); err != nil {
			a.answer(err)
		} else {
			kept = append(kept, a)
		}
	}
	return left, kept, nil
}

// commitTogether inserts what was looked at and commits, in one round trip. An
// error of the server's means that nothing was committed; any other, that
// nobody knows.
func commitTogether(ctx context.Context, c *pgx.Conn, kept []*asked) error {
	custom := c.PgConn().CustomData()
	delete(custom, warned)
	w := writerOf(c.PgConn())
	w.begin()
	b := &pgx.Batch{}
	es := make([]prepared, len(kept))
	for i, a := range kept {
		es[i] = a.e
		keepSight(b, a.seen, a.e.At)
	}
	if err := queueEvents(b, w, es...); err != nil {
		return errors.Join(err, rollBack(ctx, c))
	}
	b.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		if _, refused := errors.AsType[*pgconn.PgError](err); refused {
			return errors.Join(err, rollBack(ctx, c))
		}
		return unsettled(c, err)
	}
	w.committed()
	if custom[warned] != nil {
		return fmt.Errorf("the commit is not durable: %v", custom[warned])
	}
	return nil
}

// rollBack ends a transaction, or else the connection: it must not go back to
// the pool with its locks.
func rollBack(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `ROLLBACK`)
	if err != nil {
		return unsettled(c, err)
	}
	return nil
}

// prepare asks what the facts allow to be written. Nobody's question ends the
// gate.
func (a *asked) prepare(f access.Facts) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %T", r) // not its value, which may be about a patient
		}
	}()
	e, err := a.write(f)
	if err == nil {
		a.e = prepare(e)
	}
	return err
}

// passAlone is one disclosure in a transaction of its own, which waits for its
// locks.
func (s *Store) passAlone(a *asked) error {
	return durable(a.ctx, s.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, key := range append(locks(a.req.Person.Numbers()...), everybody) {
			b.Queue(`SELECT pg_advisory_xact_lock_shared($1)`, key)
		}
		facts, err := s.facts(a.ctx, tx, b, a.req)
		if err != nil {
			return err
		}
		if err := a.prepare(facts[0]); err != nil {
			return err
		}
		b = &pgx.Batch{}
		keepSight(b, a.seen, a.e.At)
		return insertPrepared(a.ctx, tx, b, a.e)
	})
}
