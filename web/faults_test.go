package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"github.com/jackc/pgx/v5"
)

// T-AUD-1: whatever happens to a row of the trail, kept or not, an error means
// a closed page with a reference and not a byte about the patient. Once the
// fault is gone, the next page comes, without a restart.
func TestAUD1_FaultsOfTheTrailCloseThePage(t *testing.T) {
	month := "audit.event_" + time.Now().UTC().Format("200601")
	raise := func(kind audit.Kind, code string) string {
		return `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault' USING ERRCODE = '` + code + `'; END $$;
			CREATE TRIGGER fault BEFORE INSERT ON audit.event FOR EACH ROW WHEN (NEW.kind = '` + string(kind) + `') EXECUTE FUNCTION fault()`
	}
	warn := func(kind audit.Kind) string {
		return `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$;
			CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON ` + month + ` DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = '` + string(kind) + `') EXECUTE FUNCTION fault()`
	}
	const heal = `DROP FUNCTION fault CASCADE`
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	for _, kind := range []audit.Kind{audit.Opened, audit.Disclosed} {
		for _, fault := range []struct{ name, sql string }{
			{"disk full, not kept", raise(kind, "53100")},
			{"read-only, not kept", raise(kind, "25006")},
			{"lock timeout, not kept", raise(kind, "55P03")},
			{"cancelled, not kept", raise(kind, "57014")},
			{"cancelled synchronous wait, kept", warn(kind)},
		} {
			w.super(fault.sql)
			p := b.get(ref)
			if p.status != http.StatusServiceUnavailable || p.name() != "unavailable" {
				t.Errorf("%s of %s: %d %s", fault.name, kind, p.status, p.name())
			}
			if p.Find("[data-access-reference]").Text() == "" {
				t.Errorf("%s of %s: no reference", fault.name, kind)
			}
			p.nothingOf(t)
			w.super(heal)
			if p := b.get(ref); p.status != http.StatusOK {
				t.Errorf("after %s of %s: %d %s", fault.name, kind, p.status, p.text())
			}
		}
	}
}

// T-AUD-2 and T-AUD-4: the database is killed again and again while people
// look. Every page that a browser received is on the trail, as it was sent, and
// the viewer recovers by itself.
func TestAUD2_EveryPageReceivedIsOnTheTrail(t *testing.T) {
	kills := 20
	if os.Getenv("ICR_SOAK") != "" {
		kills = 200
	}
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	users := []string{"ed.nurse", "ed.nurse", "ed.nurse", "ed.nurse"}
	var wg sync.WaitGroup
	var over atomic.Bool
	var mu sync.Mutex
	received, refused := map[string]string{}, 0 // digests by reference
	for _, user := range users {
		b := w.as(user)
		ref := b.ref()
		wg.Go(func() {
			for !over.Load() {
				p := b.get(ref)
				mu.Lock()
				if p.status == http.StatusOK {
					sum := sha256.Sum256([]byte(p.body))
					received[p.Find("[data-access-reference]").First().Text()] = hex.EncodeToString(sum[:])
				} else {
					refused++
					p.nothingOf(t)
				}
				mu.Unlock()
			}
		})
	}
	for range kills {
		time.Sleep(50 * time.Millisecond)
		w.kill()
	}
	w.alive()
	mu.Lock()
	after := len(received)
	mu.Unlock()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		mu.Lock()
		recovered := len(received) > after+4
		mu.Unlock()
		if recovered {
			break
		}
	}
	over.Store(true)
	wg.Wait()
	rows := map[string]string{}
	for _, e := range w.trail() {
		if e.Kind == audit.Disclosed {
			rows[e.Reference] = e.Digest
		}
	}
	for reference, digest := range received {
		if rows[reference] != digest {
			t.Errorf("the page %s was received and its row says %q", reference, rows[reference])
		}
	}
	t.Logf("%d kills: %d pages received, %d refused, %d rows", kills, len(received), refused, len(rows))
	if len(received) <= after {
		t.Error("it did not recover")
	}
}

// kill ends a process of the database's that works for the server, as a crash
// would: PostgreSQL then ends all others and recovers.
func (w *world) kill() {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var pid int
		c, err := pgx.Connect(context.Background(), w.db.Super)
		if err != nil {
			continue // it still recovers from the last time
		}
		err = c.QueryRow(context.Background(), `SELECT pid FROM pg_stat_activity WHERE usename = 'icr_server' AND datname = current_database() ORDER BY random() LIMIT 1`).Scan(&pid)
		c.Close(context.Background())
		if err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			return
		}
	}
	w.t.Fatal("the database could not be killed")
}

// alive waits until the database answers again.
func (w *world) alive() {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := pgx.Connect(context.Background(), w.db.Super); err == nil {
			c.Close(context.Background())
			return
		}
	}
	w.t.Fatal("the database did not come back")
}
