// Package store keeps everything in PostgreSQL. It is the only package that
// does. Each method holds the SQL that it runs.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is a PostgreSQL database, reached as the server: it may add to the
// trail and cannot read or change it.
type Store struct {
	pool *pgxpool.Pool
	seal sealer
	idle time.Duration // sessions die after so long without use
}

// Config is what Open needs.
type Config struct {
	URL    string
	Secret []byte        // seals what is kept of demographics and searches
	Idle   time.Duration // how long a session lives unused
	Conns  int32         // most connections, 0 for the driver's default
}

// Open connects to the database.
func Open(ctx context.Context, c Config) (*Store, error) {
	seal, err := newSealer(c.Secret)
	if err != nil {
		return nil, err
	}
	pool, err := connect(ctx, c.URL, c.Conns)
	if err != nil {
		return nil, err
	}
	return &Store{pool: pool, seal: seal, idle: c.Idle}, nil
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

const warned = "icr.warned" // key of a connection's last warning

func connect(ctx context.Context, url string, conns int32) (*pgxpool.Pool, error) {
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

// lightly runs one statement without waiting until its commit lasts: what a
// crash may undo harms nobody.
func (s *Store) lightly(ctx context.Context, read func(pgx.Rows) error, sql string, args ...any) error {
	b := &pgx.Batch{}
	b.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
	b.Queue(sql, args...).Query(read)
	return s.pool.SendBatch(ctx, b).Close()
}

// durable runs f in a transaction and commits it. A commit that comes with a
// warning is an error: PostgreSQL so reports a commit that no standby
// confirmed.
func durable(ctx context.Context, pool *pgxpool.Pool, f func(pgx.Tx) error) error {
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		custom := c.Conn().PgConn().CustomData()
		delete(custom, warned)
		err := pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, f)
		if err == nil && custom[warned] != nil {
			return fmt.Errorf("the commit is not durable: %v", custom[warned])
		}
		return err
	})
}
