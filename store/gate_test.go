package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
)

// writing is what a disclosure of e writes, whatever the facts are.
func writing(e audit.Event) func(access.Facts) (audit.Ready, error) {
	return func(access.Facts) (audit.Ready, error) { return e.Ready() }
}

// Disclosures that share a transaction are kept from a patient whose objection
// is being recorded, and only from that one.
func TestP3_OneObjectionHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	c, err := pgx.Connect(t.Context(), w.db.Server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held := number(t, 0)
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1)`, store.Locks(held)[0]); err != nil {
		t.Fatal(err)
	}
	var others sync.WaitGroup
	waits := make(chan error, 1)
	for n := range 40 {
		p := adult(number(t, n%8))
		e := audit.NewEvent(audit.Disclosed, w.nurse, time.Now())
		if p.Number == held {
			if n == 0 {
				go func() {
					waits <- w.AppendIf(context.WithoutCancel(t.Context()), access.Request{User: w.nurse, Person: p}, writing(e), nil)
				}()
			}
			continue
		}
		others.Go(func() {
			if err := w.AppendIf(t.Context(), access.Request{User: w.nurse, Person: p}, writing(e), nil); err != nil {
				t.Error(err)
			}
		})
	}
	others.Wait()
	select {
	case err := <-waits:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-waits; err != nil {
		t.Error(err)
	}
}

// What is wrong with one disclosure is no other's fault, and each gets its own
// answer.
func TestDisclosuresTogetherFailApart(t *testing.T) {
	w := newWorld(t)
	refused := errors.New("refused")
	for range 10 {
		var wg sync.WaitGroup
		for n := range 32 {
			at, fails := time.Now(), false
			switch n % 8 {
			case 3:
				at, fails = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), true // no such month
			case 5, 7:
				fails = true
			}
			req := access.Request{User: w.nurse, Person: adult(number(t, n))}
			write := writing(audit.NewEvent(audit.Disclosed, w.nurse, at))
			switch n % 8 {
			case 5:
				write = func(access.Facts) (audit.Ready, error) { return audit.Ready{}, refused }
			case 7:
				write = func(access.Facts) (audit.Ready, error) { panic("nobody's but its own") }
			}
			wg.Go(func() {
				err := w.AppendIf(t.Context(), req, write, nil)
				if (err != nil) != fails || n%8 == 5 && !errors.Is(err, refused) {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		wg.Wait()
	}
	n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM audit.event WHERE kind = 'disclosed'`)
	if err != nil || n != 10*20 {
		t.Errorf("%d events, %v", n, err)
	}
	s := sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	if _, f := verify(t, w.db); f != nil {
		t.Error(f)
	}
}

// The race of the promise, with many who look at once.
func TestP3_TogetherNothingIsDisclosedAfterAnObjection(t *testing.T) {
	w := newWorld(t)
	replica := world{Store: storetest.Connect(t, w.db), db: w.db, nurse: w.nurse}
	var mu sync.Mutex
	outcomes := map[string]int{}
	for round := range 12 {
		var wg sync.WaitGroup
		for n := range 16 {
			p := adult(number(t, 16*round+n))
			w.seen(t, p.Number)
			wg.Go(func() {
				pause()
				replica.object(t, t.Context(), p.Number, objection.IdentityConfirmed)
			})
			for range 2 {
				wg.Go(func() {
					outcome := w.view(t.Context(), access.Request{User: w.nurse, Person: p})
					mu.Lock()
					defer mu.Unlock()
					outcomes[outcome]++
				})
			}
		}
		wg.Wait()
	}
	late, err := raw[int](t, w.db.Super, `
		SELECT count(*)
		FROM audit.event e JOIN objections o ON o.patient = e.patient JOIN objection_steps s ON s.objection = o.id
		WHERE e.kind IN ('opened', 'disclosed') AND pg_xact_commit_timestamp(e.xmin) > pg_xact_commit_timestamp(s.xmin)`)
	if err != nil || late != 0 {
		t.Errorf("%d events were committed after the objection, %v", late, err)
	}
	t.Logf("outcomes: %v", outcomes)
}
