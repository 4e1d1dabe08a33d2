package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/mod/sumdb/note"
)

var logKey = merkle.NewKey("icr.example/trail", []byte("a log's key of 32 bytes for test"))

func sequencer(t testing.TB, db storetest.Database) *store.Sequencer {
	t.Helper()
	s, err := store.OpenSequencer(t.Context(), db.Sequencer, logKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func elect(t testing.TB, s *store.Sequencer) {
	t.Helper()
	if won, err := s.Elect(t.Context()); err != nil || !won {
		t.Fatalf("not elected: %v", err)
	}
}

// sequence takes turns until nothing waits.
func sequence(t testing.TB, s *store.Sequencer) {
	t.Helper()
	for {
		turn, err := s.Turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if turn.Entries == 0 {
			return
		}
	}
}

func policy(t testing.TB) merkle.Policy {
	t.Helper()
	k, err := store.WriterKey(storetest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return merkle.Policy{Key: logKey.Verifier(), Writers: []note.Verifier{k.Verifier()}}
}

// export writes the trail to a folder.
func export(t testing.TB, db storetest.Database) string {
	t.Helper()
	a, err := store.OpenAuditor(t.Context(), db.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	dir := filepath.Join(t.TempDir(), "bundle")
	b, err := merkle.NewBundler(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Export(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	return dir
}

// verify is what is wrong with the trail as it stands.
func verify(t testing.TB, db storetest.Database) (merkle.Report, *merkle.Fault) {
	t.Helper()
	report, err := merkle.Verify(os.DirFS(export(t, db)), policy(t))
	f, ok := errors.AsType[*merkle.Fault](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	return report, f
}

// write has several connections of two replicas write n events each.
func (w world) write(t testing.TB, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for _, s := range []*store.Store{w.Store, w.Store, storetest.Connect(t, w.db)} {
		wg.Go(func() {
			for range n {
				e := audit.NewEvent(audit.SignedIn, w.nurse, time.Now())
				if err := s.Append(t.Context(), e, audit.NewEvent(audit.RoleChosen, w.nurse, time.Now())); err != nil {
					t.Error(err)
				}
			}
			if err := s.State(t.Context(), audit.NewEvent(audit.Heartbeat, auth.User{}, time.Now())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// What is written can be proved: every event has its place, signed by the log
// and by whoever wrote it.
func TestP6_TheTrailVerifies(t *testing.T) {
	w := newWorld(t)
	s := sequencer(t, w.db)
	elect(t, s)
	for range 3 {
		w.write(t, 20)
		sequence(t, s)
	}
	events, err := raw[int64](t, w.db.Super, `SELECT count(*) FROM audit.event`)
	if err != nil {
		t.Fatal(err)
	}
	report, f := verify(t, w.db)
	if f != nil || report.Bodies != events || report.Writers < 2 {
		t.Errorf("%v: %+v, %d events", f, report, events)
	}
	late, err := w.Lateness(t.Context())
	if err != nil || late.Size != events || late.Waiting != 0 {
		t.Errorf("%+v, %v", late, err)
	}
}

// Numbers stay without gaps when transactions fail, are cancelled, or end with
// their connection.
func TestP6_FailuresLeaveNoHole(t *testing.T) {
	w := newWorld(t)
	bad := audit.NewEvent(audit.SignedIn, w.nurse, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)) // no such month
	for i := range 30 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
		_ = w.Append(ctx, audit.NewEvent(audit.SignedIn, w.nurse, time.Now()), audit.NewEvent(audit.SignedIn, w.nurse, time.Now()))
		cancel()
		if err := w.Append(t.Context(), audit.NewEvent(audit.SignedIn, w.nurse, time.Now()), bad); err == nil {
			t.Fatal("an event without a month was kept")
		}
		if i%7 == 3 { // not the last time: what is written after it may meet every connection that was ended
			exec(t, w.db.Super, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'icr_server' AND datname = current_database()`)
		}
	}
	w.write(t, 3)
	s := sequencer(t, w.db)
	elect(t, s)
	sequence(t, s)
	if report, f := verify(t, w.db); f != nil {
		t.Errorf("%v: %+v", f, report)
	}
}

// T-AUD-6: whoever owns the database can change it. The export of what they
// leave says what they did.
func TestAUD6_TamperedDatabaseIsNamed(t *testing.T) {
	const free = `ALTER TABLE audit.event DISABLE TRIGGER USER; ALTER TABLE audit.leaf DISABLE TRIGGER USER; ALTER TABLE audit.node DISABLE TRIGGER USER; `
	for _, test := range []struct {
		name, before, after string
		wrong               merkle.Wrong
		index               int64
	}{
		{"nothing", "", "", "", 0},
		{"a body is edited", "", `UPDATE audit.event SET body = '{}' WHERE event_id = (SELECT event_id FROM audit.leaf WHERE position = 20)`, merkle.Edited, 20},
		{"a body is edited, with its digest", "", `UPDATE audit.event SET body = '{}' WHERE event_id = (SELECT event_id FROM audit.leaf WHERE position = 20);
			UPDATE audit.leaf l SET digest = sha256(e.salt || e.body) FROM audit.event e WHERE e.event_id = l.event_id AND l.position = 20`, merkle.Edited, 20},
		{"an event is deleted", "", `DELETE FROM audit.event WHERE event_id = (SELECT event_id FROM audit.leaf WHERE position = 20)`, merkle.Deleted, 20},
		{"an event is deleted, with its place", "", `DELETE FROM audit.event WHERE event_id = (SELECT event_id FROM audit.leaf WHERE position = 20);
			DELETE FROM audit.leaf WHERE position = 20`, merkle.Deleted, 20},
		{"two places are exchanged", "", `UPDATE audit.leaf SET position = 1000 WHERE position = 20; UPDATE audit.leaf SET position = 20 WHERE position = 30;
			UPDATE audit.leaf SET position = 30 WHERE position = 1000`, merkle.Reordered, 20},
		{"a place is added", "", `UPDATE audit.leaf SET position = position + 1000 WHERE position >= 20; UPDATE audit.leaf SET position = position - 999 WHERE position >= 1000;
			INSERT INTO audit.leaf SELECT 20, gen_random_uuid(), at, writer, number, digest, signature FROM audit.leaf WHERE position = 19`, merkle.Inserted, 20},
		{"a hash is changed", "", `UPDATE audit.node SET hash = sha256(hash) WHERE position = 2 * 20 - 2`, merkle.Edited, 20},
		{"a hash is gone", "", `DELETE FROM audit.node WHERE position = 2 * 20 - 2`, merkle.Edited, 20},
		{"removed before it had a place", `DELETE FROM audit.pending WHERE ticket = (SELECT max(p.ticket) FROM audit.pending p JOIN audit.event e USING (event_id)
			WHERE EXISTS (SELECT FROM audit.event later WHERE later.writer = e.writer AND later.number > e.number)); DELETE FROM audit.event WHERE NOT EXISTS (SELECT FROM audit.pending p WHERE p.event_id = event.event_id)`, "", merkle.Deleted, -2},
		{"changed before it had a place", `UPDATE audit.event SET body = '{}' WHERE event_id = (SELECT event_id FROM audit.pending WHERE ticket = 21)`, "", merkle.Forged, -2},
		{"added before it had a place", `INSERT INTO audit.event (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id, role, organisation, patient, claim, salt, body, writer, number)
			SELECT '00000000-0000-7000-8000-000000000000', at, kind, reference, look, issuer, subject, staff_name, staff_id, role, organisation, patient, claim, salt, body, gen_random_uuid(), 1
			FROM audit.event LIMIT 1; INSERT INTO audit.pending (event_id, at) SELECT event_id, at FROM audit.event WHERE event_id = '00000000-0000-7000-8000-000000000000'`, "", "", 0},
		{"added before it had a place, with a signature", `INSERT INTO audit.event (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id, role, organisation, patient, claim, salt, body, writer, number, signature)
			SELECT '00000000-0000-7000-8000-000000000000', at, kind, reference, look, issuer, subject, staff_name, staff_id, role, organisation, patient, claim, salt, body, gen_random_uuid(), 1, signature
			FROM audit.event WHERE signature IS NOT NULL LIMIT 1; INSERT INTO audit.pending (event_id, at) SELECT event_id, at FROM audit.event WHERE event_id = '00000000-0000-7000-8000-000000000000'`, "", merkle.Forged, -2},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.write(t, 10)
			if err := exec(t, w.db.Super, free+test.before); err != nil {
				t.Fatal(err)
			}
			s := sequencer(t, w.db)
			elect(t, s)
			sequence(t, s)
			if err := exec(t, w.db.Super, test.after); err != nil {
				t.Fatal(err)
			}
			_, f := verify(t, w.db)
			if test.name == "added before it had a place" {
				// It has no signature: it stays without a place, and the alarm of a late proof goes off.
				if late, err := w.Lateness(t.Context()); err != nil || late.Waiting == 0 || f != nil {
					t.Errorf("%+v, %v, %v", late, f, err)
				}
				return
			}
			if f == nil && test.wrong != "" || f != nil && (f.Wrong != test.wrong || test.index != -2 && f.Index != test.index) {
				t.Errorf("%v, want %s at %d", f, test.wrong, test.index)
			}
		})
	}
}

// T-AUD-7: of two sequencers one works. One that was stopped and goes on, or
// whose connection was taken from it, adds nothing any more.
func TestAUD7_TwoSequencersMakeNoFork(t *testing.T) {
	w := newWorld(t)
	w.write(t, 5)
	first, second := sequencer(t, w.db), sequencer(t, w.db)
	first.Patience = 2 * time.Second
	elect(t, first)
	if won, err := second.Elect(t.Context()); err != nil || won {
		t.Fatalf("two were elected: %v", err)
	}
	sequence(t, first)
	w.write(t, 5)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the first does nothing
		won, err := second.Elect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if won {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody replaced the one that had stopped")
		}
	}
	sequence(t, second)
	w.write(t, 5)
	if _, err := first.Turn(t.Context()); err == nil {
		t.Error("the one that was replaced went on")
	}
	sequence(t, second)
	if _, f := verify(t, w.db); f != nil {
		t.Error(f)
	}
}

// T-AUD-7: one that still has its connection, and believes that it works, is
// kept from adding anything by the epoch.
func TestAUD7_TheEpochFences(t *testing.T) {
	w := newWorld(t)
	s := sequencer(t, w.db)
	elect(t, s)
	w.write(t, 5)
	if err := exec(t, w.db.Sequencer, `UPDATE audit.head SET epoch = epoch + 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Turn(t.Context()); !errors.Is(err, store.ErrDeposed) {
		t.Errorf("it went on: %v", err)
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM audit.leaf`); err != nil || n != 0 {
		t.Errorf("%d entries, %v", n, err)
	}
}

// Racing for every turn, sequencers that come and go leave one log.
func TestAUD7_SequencersThatComeAndGo(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		s := sequencer(t, w.db)
		wg.Go(func() {
			for ctx.Err() == nil {
				if won, err := s.Elect(ctx); err == nil && won {
					_, _ = s.Turn(ctx)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	for range 10 {
		w.write(t, 5)
		exec(t, w.db.Super, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'icr_sequencer' AND datname = current_database()`)
	}
	stop()
	wg.Wait()
	last := sequencer(t, w.db)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if won, _ := last.Elect(t.Context()); won {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody could be elected")
		}
	}
	sequence(t, last)
	if report, f := verify(t, w.db); f != nil || report.Bodies != 10*3*11 {
		t.Errorf("%v: %+v", f, report)
	}
}

// A sequencer does not sign for a log that was set back under it, nor for one
// whose hashes are not what was signed.
func TestP6_SequencerSignsNothingThatGoesBack(t *testing.T) {
	const free = `ALTER TABLE audit.head DISABLE TRIGGER USER; ALTER TABLE audit.node DISABLE TRIGGER USER; `
	for _, sql := range []string{`UPDATE audit.head SET size = 1`, `UPDATE audit.node SET hash = sha256(hash)`} {
		w := newWorld(t)
		s := sequencer(t, w.db)
		elect(t, s)
		w.write(t, 5)
		sequence(t, s)
		w.write(t, 5)
		if err := exec(t, w.db.Super, free+sql); err != nil {
			t.Fatal(err)
		}
		if turn, err := s.Turn(t.Context()); err == nil {
			t.Errorf("%s: signed %+v", sql, turn.Checkpoint)
		}
	}
}

func TestP6_RolesOfTheProof(t *testing.T) {
	w := newWorld(t)
	for url, statements := range map[string][]string{
		w.db.Sequencer: {
			`SELECT body FROM audit.event`, `SELECT patient FROM audit.event`, `INSERT INTO audit.event (event_id) VALUES (gen_random_uuid())`,
			`UPDATE audit.leaf SET number = 1`, `DELETE FROM audit.leaf`, `DELETE FROM audit.node`, `UPDATE audit.checkpoint SET note = ''`, `SELECT * FROM public.objections`,
			`UPDATE audit.head SET size = 0`,
		},
		w.db.Auditor: {`DELETE FROM audit.event`, `SELECT at FROM audit.alert`, `DELETE FROM audit.pending`, `UPDATE audit.head SET size = 0`, `SELECT * FROM public.sessions`, `INSERT INTO audit.leaf (position) VALUES (1)`},
		w.db.Server:  {`SELECT * FROM audit.leaf`, `DELETE FROM audit.node`, `SELECT * FROM audit.unsequenced`, `INSERT INTO audit.checkpoint (size, note) VALUES (1, '')`},
		w.db.Owner:   {`DELETE FROM audit.leaf`, `UPDATE audit.node SET hash = hash`, `TRUNCATE audit.leaf`, `DELETE FROM audit.head`},
	} {
		for _, sql := range statements {
			if sql == `UPDATE audit.head SET size = 0` && url == w.db.Sequencer {
				exec(t, url, `UPDATE audit.head SET size = 5`)
			}
			if sql == `DELETE FROM audit.leaf` && url == w.db.Owner {
				exec(t, w.db.Super, `INSERT INTO audit.leaf VALUES (0, gen_random_uuid(), now(), gen_random_uuid(), 1, sha256('')); INSERT INTO audit.node VALUES (0, sha256(''))`)
			}
			err := exec(t, url, sql)
			if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "42501" {
				t.Errorf("%s: %v, want 42501", sql, err)
			}
		}
	}
	if _, err := store.OpenSequencer(t.Context(), w.db.Super, logKey); err == nil {
		t.Error("a superuser may sequence")
	}
	for _, url := range []string{w.db.Server, w.db.Desk, w.db.Owner} {
		if s, err := store.OpenSequencer(t.Context(), url, logKey); err == nil {
			s.Close()
			t.Errorf("%s may sequence", url)
		}
	}
}
