// Package storetest gives each test a PostgreSQL database of its own, with the
// schema in place. The server starts with the first test that asks and ends
// with the test binary.
package storetest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/demo/postgres"
	"example.org/icr/store"
	"github.com/jackc/pgx/v5"
)

const template = "icr_template"

// Idle is how long the stores of tests let sessions live unused.
const Idle = 15 * time.Minute

// Secret seals what the stores of tests keep.
var Secret = []byte(strings.Repeat("test", 8))

// Database is one test's own database. Its URLs are those of the login roles.
type Database struct{ Owner, Server, Desk, Sequencer, Auditor, Monitor, Super string }

var (
	mu      sync.Mutex
	server  *postgres.Server
	created int
)

// Main runs the tests of a package that uses Open, and stops the server after
// them. TestMain calls it.
func Main(m *testing.M) {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if server != nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// New makes a database for one test, and drops it afterwards.
func New(t testing.TB) Database {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	ctx := context.WithoutCancel(t.Context())
	if server == nil {
		if err := start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	created++
	name := fmt.Sprintf("icr_test_%d", created)
	run(t, "CREATE DATABASE "+name+" TEMPLATE "+template+" OWNER icr_owner")
	t.Cleanup(func() { run(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return Database{
		Owner: server.URL("icr_owner", name), Server: server.URL("icr_server", name),
		Desk: server.URL("icr_desk", name), Sequencer: server.URL("icr_sequencer", name), Auditor: server.URL("icr_auditor", name), Super: server.URL("postgres", name),
		Monitor: server.URL("icr_monitor", name),
	}
}

// Open returns a store on a database of its own, and that database.
func Open(t testing.TB) (*store.Store, Database) {
	t.Helper()
	db := New(t)
	return Connect(t, db), db
}

// Connect returns a further store on db, as another replica has.
func Connect(t testing.TB, db Database) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: db.Server, Secret: Secret, Idle: Idle})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Desk connects to db as the privacy desk.
func Desk(t testing.TB, db Database) *store.Desk {
	t.Helper()
	d, err := store.OpenDesk(t.Context(), db.Desk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func start(ctx context.Context) error {
	s, err := postgres.Start(ctx, postgres.Config{Volatile: true, Settings: map[string]string{"max_connections": "300", "track_commit_timestamp": "on"}})
	if err != nil {
		return err
	}
	server = s
	if err := s.CreateRoles(ctx); err != nil {
		return err
	}
	if err := s.CreateDatabase(ctx, template); err != nil {
		return err
	}
	_, err = store.Migrate(ctx, s.URL("icr_owner", template))
	return err
}

func run(t testing.TB, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, server.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}
