package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestP6_NobodyChangesTheTrail(t *testing.T) {
	w := newWorld(t)
	if err := w.trail.Record(t.Context(), audit.SignedIn, w.nurse, nil); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ url, sql string }{
		{w.db.Server, `UPDATE audit.event SET kind = 'x'`},
		{w.db.Server, `DELETE FROM audit.event`},
		{w.db.Server, `TRUNCATE audit.event`},
		{w.db.Server, `SELECT body FROM audit.event`},
		{w.db.Server, `INSERT INTO audit.event (recorded_at) VALUES (now())`},
		{w.db.Server, `DELETE FROM audit.pending`},
		{w.db.Server, `ALTER TABLE audit.event DISABLE TRIGGER ALL`},
		{w.db.Desk, `INSERT INTO audit.pending VALUES (gen_random_uuid(), now())`},
		{w.db.Desk, `DELETE FROM audit.event`},
		{w.db.Desk, `SELECT * FROM public.objections`},
		{w.db.Owner, `DELETE FROM audit.event`},
		{w.db.Owner, `UPDATE audit.event SET kind = 'x'`},
		{w.db.Owner, `TRUNCATE audit.event`},
	} {
		err := exec(t, test.url, test.sql)
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "42501" {
			t.Errorf("%s: %v, want 42501", test.sql, err)
		}
	}
}

func TestP6_ServerRefusesARoleThatCouldChangeTheTrail(t *testing.T) {
	_, db := storetest.Open(t)
	for _, test := range []struct{ url, want string }{
		{db.Super, "superuser"}, {db.Owner, "owns the trail"}, {db.Desk, "behind"},
	} {
		s, err := store.Open(t.Context(), store.Config{URL: test.url, Secret: storetest.Secret, Idle: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
		s.Close()
	}
	if err := exec(t, db.Super, `GRANT UPDATE (kind) ON audit.event TO icr_server`); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Connect(t, db).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "can change the trail") {
		t.Errorf("a granted column: %v", err)
	}
	if err := exec(t, db.Super, `DELETE FROM goose_db_version WHERE version_id = 3`); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Connect(t, db).Check(t.Context()); !errors.Is(err, store.ErrBehind) {
		t.Errorf("a schema that is behind: %v", err)
	}
}

// T-AUD-11: an officer of one organisation sees nothing of another.
func TestAUD11_DeskReachesItsOwnOrganisation(t *testing.T) {
	w := newWorld(t)
	other := signIn(t, w.Store, "other", auth.Clinician, "RLT")
	for _, u := range []auth.User{w.nurse, other, w.nurse} {
		if err := w.trail.Record(t.Context(), audit.SignedIn, u, nil); err != nil {
			t.Fatal(err)
		}
	}
	desk := storetest.Desk(t, w.db)
	for _, test := range []struct {
		name  string
		reach audit.Reach
		want  int
	}{
		{"own organisation", audit.Reach{Organisation: "RKB"}, 2},
		{"programme", audit.Reach{Programme: true}, 3},
		{"no reach", audit.Reach{}, 0},
	} {
		events, err := desk.Events(t.Context(), test.reach, audit.Query{Limit: 10})
		if err != nil || len(events) != test.want {
			t.Errorf("%s: %d events, %v", test.name, len(events), err)
		}
	}
	if n, err := raw[int](t, w.db.Desk, `SELECT count(*) FROM audit.event`); err != nil || n != 0 {
		t.Errorf("without a reach the desk reads %d, %v", n, err)
	}
}

func TestDeskFiltersAndPages(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	for i := range 5 {
		at := time.Now().Add(time.Duration(i) * time.Second)
		e := audit.NewEvent(audit.Opened, w.nurse, at)
		e.Patient = p.Number
		if err := w.Append(t.Context(), e, audit.NewEvent(audit.SignedIn, w.nurse, at)); err != nil {
			t.Fatal(err)
		}
	}
	desk, all := storetest.Desk(t, w.db), audit.Reach{Programme: true}
	for name, test := range map[string]struct {
		q    audit.Query
		want int
	}{
		"patient":          {audit.Query{Patient: p.Number}, 5},
		"other patient":    {audit.Query{Patient: number(t, 2)}, 0},
		"kind":             {audit.Query{Kind: audit.SignedIn}, 5},
		"staff":            {audit.Query{Staff: "NURS"}, 10},
		"staff wildcard":   {audit.Query{Staff: "%"}, 0},
		"from the future":  {audit.Query{From: time.Now().Add(time.Hour)}, 0},
		"until long since": {audit.Query{To: time.Now().Add(-time.Hour)}, 0},
	} {
		test.q.Limit = 100
		events, err := desk.Events(t.Context(), all, test.q)
		if err != nil || len(events) != test.want {
			t.Errorf("%s: %d, %v", name, len(events), err)
		}
	}
	seen := map[string]bool{}
	q := audit.Query{Limit: 3}
	for {
		page, err := desk.Events(t.Context(), all, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			seen[e.ID.String()] = true
		}
		if len(page) < 3 {
			break
		}
		q.Before = audit.Cursor{At: page[2].At, ID: page[2].ID}
	}
	if len(seen) != 10 {
		t.Errorf("paging saw %d of 10", len(seen))
	}
}

func TestP1_WarningAtCommitIsNotDurable(t *testing.T) {
	w := newWorld(t)
	if err := exec(t, w.db.Super, `
		CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication'; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON audit.pending DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()`); err != nil {
		t.Fatal(err)
	}
	if err := w.trail.Record(t.Context(), audit.SignedIn, w.nurse, nil); !errors.Is(err, audit.ErrUnrecorded) {
		t.Errorf("a commit with a warning: %v", err)
	}
}

// An objection that is being recorded holds up a disclosure, which then sees
// it and shows nothing.
func TestP3_DisclosureWaitsForAnObjection(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	v := w.open(t, p.Number.Digits(), access.Request{User: w.nurse, Person: p})
	c, err := pgx.Connect(t.Context(), w.db.Server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1)`, store.Locks(p.Number)[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		done <- v.Disclose(context.WithoutCancel(t.Context()), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")})
	}()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	for _, sql := range []string{
		`INSERT INTO objections VALUES ('00000000-0000-7000-8000-000000000001', '` + p.Number.Digits() + `', 'Shah', 'Ada', '1980-02-03', 'form', now())`,
		`INSERT INTO objection_steps VALUES ('00000000-0000-7000-8000-000000000001', 1, 'identity-confirmed', now())`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, access.ErrDenied) {
		t.Errorf("disclosed after the objection: %v", err)
	}
}

func (w world) open(t *testing.T, _ string, req access.Request) *audit.Viewing {
	t.Helper()
	v, err := w.trail.Open(t.Context(), req, "")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The race of the promise: over two replicas, a record is opened and disclosed
// while its patient objects. Whatever happens, nothing on the trail that leads
// to a page was committed after the objection was.
func TestP3_NothingIsDisclosedAfterAnObjection(t *testing.T) {
	rounds := 500
	if os.Getenv("ICR_SOAK") != "" {
		rounds = 10_000
	}
	w := newWorld(t)
	replica := world{Store: storetest.Connect(t, w.db), db: w.db, nurse: w.nurse}
	var mu sync.Mutex
	outcomes := map[string]int{}
	for round := range rounds {
		p := adult(number(t, round))
		w.seen(t, p.Number)
		req := access.Request{User: w.nurse, Person: p}
		var wg sync.WaitGroup
		wg.Go(func() {
			pause()
			replica.object(t, t.Context(), p.Number, objection.IdentityConfirmed)
		})
		for range 2 {
			wg.Go(func() {
				outcome := w.view(t.Context(), req)
				mu.Lock()
				outcomes[outcome]++
				mu.Unlock()
			})
		}
		wg.Wait()
	}
	late, err := raw[int](t, w.db.Super, `
		SELECT count(*)
		FROM audit.event e
		JOIN objections o ON o.patient = e.patient
		JOIN objection_steps s ON s.objection = o.id
		WHERE e.kind IN ('opened', 'disclosed') AND pg_xact_commit_timestamp(e.xmin) > pg_xact_commit_timestamp(s.xmin)`)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("outcomes of %d views: %v", 2*rounds, outcomes)
	if late != 0 {
		t.Errorf("%d events were committed after the objection", late)
	}
	if outcomes["shown"] == 0 || outcomes["shown"] == 2*rounds {
		t.Errorf("there was no race: %v", outcomes)
	}
}

func pause() { time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond) }

// view takes the two gates that a page takes, and says how far it came.
func (w world) view(ctx context.Context, req access.Request) string {
	v, err := w.trail.Open(ctx, req, "")
	if err != nil {
		return "refused at opening"
	}
	pause()
	if err := v.Disclose(ctx, audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); err != nil {
		return "refused at disclosure"
	}
	return "shown"
}

// A refusal is on the trail before anybody hears of it, and one that cannot be
// is no answer.
func TestP1_ARefusalIsWrittenBeforeItIsTold(t *testing.T) {
	w := newWorld(t)
	req := access.Request{User: w.nurse, Person: adult(number(t, 1))}
	refused := `SELECT count(*) FROM audit.event WHERE kind = 'denied' AND patient = '` + number(t, 1).Digits() + `'`
	if _, err := w.trail.Open(t.Context(), req, ""); !errors.Is(err, access.ErrDenied) {
		t.Error(err)
	}
	if n, err := raw[int](t, w.db.Super, refused); n != 1 || err != nil {
		t.Errorf("%d refusals on the trail, %v", n, err)
	}
	if err := exec(t, w.db.Super, `REVOKE INSERT ON audit.event FROM icr_server`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.trail.Open(t.Context(), req, ""); !errors.Is(err, audit.ErrUnrecorded) || errors.Is(err, access.ErrDenied) {
		t.Errorf("a refusal that is not on the trail: %v", err)
	}
}

// Who may change tables may make an insertion insert nothing. Then nothing is
// shown.
func TestP6_AnEventThatWasNotKeptIsNoEvent(t *testing.T) {
	for _, table := range []string{"event", "pending"} {
		w := newWorld(t)
		p := adult(number(t, 1))
		w.seen(t, p.Number)
		v := w.open(t, "", access.Request{User: w.nurse, Person: p})
		if err := exec(t, w.db.Owner, `
			CREATE FUNCTION audit.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
			CREATE TRIGGER lose BEFORE INSERT ON audit.`+table+` FOR EACH ROW EXECUTE FUNCTION audit.lose()`); err != nil {
			t.Fatal(err)
		}
		if err := v.Disclose(t.Context(), audit.Disclosure{Kind: audit.Disclosed, Bytes: []byte("page")}); err == nil {
			t.Errorf("%s: disclosed without an event", table)
		}
		if err := w.trail.Record(t.Context(), audit.SignedIn, w.nurse, nil); err == nil {
			t.Errorf("%s: recorded without an event", table)
		}
	}
}
