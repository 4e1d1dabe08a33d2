// Package store keeps everything in PostgreSQL. It is the only package that
// does. Each method holds the SQL that it runs.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is a PostgreSQL database, reached as the server: it may add to the
// trail and cannot read or change it.
type Store struct {
	pool    *pgxpool.Pool
	seal    sealer
	secret  []byte
	writers *writers
	idle    time.Duration // sessions die after so long without use

	gate    chan *asked  // disclosures that wait
	present atomic.Int64 // these, and those whose transaction is under way
	closed  context.Context
	close   context.CancelFunc
}

// Config is what Open needs.
type Config struct {
	URL    string
	Secret []byte        // seals what is kept of demographics and searches
	Idle   time.Duration // how long a session lives unused
	Conns  int32         // most connections, 0 for the driver's default

	Severities map[privacy.Name]privacy.Severity // of alerts that are written with their events, where they differ from those that ship
}

// Open connects to the database.
func Open(ctx context.Context, c Config) (*Store, error) {
	seal, err := newSealer(c.Secret)
	if err != nil {
		return nil, err
	}
	key, err := WriterKey(c.Secret)
	if err != nil {
		return nil, err
	}
	w := &writers{key: key, severities: c.Severities, numbers: map[uuid.UUID]uint64{}}
	pool, err := connect(ctx, c.URL, c.Conns, w)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, seal: seal, secret: c.Secret, writers: w, idle: c.Idle, gate: make(chan *asked)}
	s.closed, s.close = context.WithCancel(context.Background())
	for range gates {
		go s.keepGate()
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() {
	s.close()
	s.pool.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

const warned = "icr.warned" // key of a connection's last warning

// connect opens a pool, whose connections are writers of the trail unless w is
// nil.
func connect(ctx context.Context, url string, conns int32, w *writers) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // err holds the password
	}
	if conns > 0 {
		config.MaxConns = conns
	}
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	config.ConnConfig.RuntimeParams["default_transaction_isolation"] = "read committed"
	config.ConnConfig.RuntimeParams["lock_timeout"] = "5s"
	config.ConnConfig.RuntimeParams["statement_timeout"] = "30s"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			c.CustomData()[warned] = n.Message
		}
	}
	if w != nil {
		// The server asks few questions, each of them often: planning them anew
		// for each set of values costs more than it ever saves.
		config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
		config.AfterConnect = func(_ context.Context, c *pgx.Conn) error { w.attach(c); return nil }
		config.BeforeClose = w.detach
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	return pool, nil
}

// lightly runs one statement behind those in b, without waiting until its commit
// lasts: what a crash may undo harms nobody.
func (s *Store) lightly(ctx context.Context, b *pgx.Batch, read func(pgx.Rows) error, sql string, args ...any) error {
	b.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
	b.Queue(sql, args...).Query(read)
	return s.pool.SendBatch(ctx, b).Close()
}

// durable runs f in a transaction and commits it. A commit that comes with a
// warning is an error: PostgreSQL so reports a commit that no standby
// confirmed.
func durable(ctx context.Context, pool *pgxpool.Pool, f func(pgx.Tx) error) error {
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return durableOn(ctx, c, f) })
}

func durableOn(ctx context.Context, c *pgxpool.Conn, f func(pgx.Tx) error) error {
	w := writerOf(c.Conn().PgConn())
	w.begin()
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) // does nothing after a commit
	if err := f(tx); err != nil {
		return err
	}
	custom := c.Conn().PgConn().CustomData()
	delete(custom, warned)
	if err := tx.Commit(ctx); err != nil {
		return unsettled(c.Conn(), err)
	}
	w.committed()
	if custom[warned] != nil {
		return fmt.Errorf("the commit is not durable: %v", custom[warned])
	}
	return nil
}

// unsettled ends a connection whose commit may have happened or not. One that
// the server refused did not happen.
func unsettled(c *pgx.Conn, err error) error {
	_, refused := errors.AsType[*pgconn.PgError](err)
	if refused || errors.Is(err, pgx.ErrTxCommitRollback) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.Close(ctx)
	return err
}
