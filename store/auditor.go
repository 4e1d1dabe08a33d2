package store

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"
)

// Auditor is the same database reached as the auditor: it may read the whole
// trail and its proof, and nothing else.
type Auditor struct{ pool *pgxpool.Pool }

// OpenAuditor connects as the auditor.
func OpenAuditor(ctx context.Context, url string) (*Auditor, error) {
	pool, err := connect(ctx, url, 4, nil)
	if err != nil {
		return nil, err
	}
	if err := checkAuditor(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Auditor{pool}, nil
}

func checkAuditor(ctx context.Context, pool *pgxpool.Pool) error {
	var much bool
	if err := pool.QueryRow(ctx, `SELECT `+changesTrail).Scan(&much); err != nil {
		return fmt.Errorf("checking the auditor's role: %w", err)
	}
	if much {
		return errors.New("the auditor's database role can write or change the trail: give it the role icr_auditor")
	}
	return nil
}

// Close ends all connections.
func (a *Auditor) Close() { a.pool.Close() }

// ErrNothingSigned means that the log has no checkpoint yet.
var ErrNothingSigned = errors.New("nothing has been signed for yet: is icr sequence running?")

// Bundle is where an export goes. *merkle.Bundler is one.
type Bundle interface {
	AddHash(tlog.Hash) error
	AddEntry(merkle.Item) error
	Close(checkpoint []byte, history [][]byte) error
}

// Exported is what an export holds.
type Exported struct {
	Entries int64 // that the last checkpoint in it signs
	Signed  int64 // that the log's last checkpoint signs
}

// exportStep is how many entries are in memory at a time.
const exportStep = 4096

// Export writes the trail and its proof, as they are: what somebody has
// tampered with stands there as tampered with. It ends with the last
// checkpoint that a witness has cosigned, or, where there is no witness or all
// is wanted, with the last.
func (a *Auditor) Export(ctx context.Context, to Bundle, all bool) (Exported, error) {
	var x Exported
	err := pgx.BeginTxFunc(ctx, a.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT coalesce((SELECT max(size) FROM audit.checkpoint), 0),
				CASE WHEN $1 THEN 0 ELSE coalesce((SELECT max(size) FROM audit.cosignature), 0) END`, all).Scan(&x.Signed, &x.Entries)
		if err != nil {
			return err
		}
		if x.Signed == 0 {
			return ErrNothingSigned
		}
		if x.Entries == 0 {
			x.Entries = x.Signed
		}
		for from := int64(0); from < x.Entries; from += exportStep {
			if err := exportEntries(ctx, tx, to, from, min(from+exportStep, x.Entries)); err != nil {
				return err
			}
		}
		history, err := exportCheckpoints(ctx, tx, x.Entries)
		if err != nil || len(history) == 0 {
			return errors.Join(ErrNothingSigned, err)
		}
		return to.Close(history[len(history)-1], history[:len(history)-1])
	})
	if err != nil {
		return x, fmt.Errorf("exporting: %w", err)
	}
	return x, nil
}

func exportEntries(ctx context.Context, tx pgx.Tx, to Bundle, from, until int64) error {
	rows, err := tx.Query(ctx, `
		SELECT l.event_id, l.at, l.writer, l.number, l.digest, l.signature, e.salt, e.body
		FROM audit.leaf l LEFT JOIN audit.event e ON e.at = l.at AND e.event_id = l.event_id
		WHERE l.position >= $1 AND l.position < $2
		ORDER BY l.position`, from, until)
	if err != nil {
		return err
	}
	var i merkle.Item
	var digest []byte
	e := &i.Entry
	_, err = pgx.ForEachRow(rows, []any{&e.ID, &e.At, &e.Writer, &e.Number, &digest, &e.Signature, &i.Salt, &i.Body}, func() error {
		if len(digest) != len(e.Body) {
			return errors.New("a digest of the log cannot be read")
		}
		e.Body = [32]byte(digest)
		return to.AddEntry(i)
	})
	if err != nil {
		return err
	}
	return exportHashes(ctx, tx, to, from, until)
}

// exportHashes writes the log's own leaf hashes. One that is gone is written
// as nothing, so that the verifier finds it.
func exportHashes(ctx context.Context, tx pgx.Tx, to Bundle, from, until int64) error {
	places := make([]int64, until-from)
	for i := range places {
		n := from + int64(i)
		places[i] = 2*n - int64(bits.OnesCount64(uint64(n))) // tlog.StoredHashIndex(0, n)
	}
	rows, err := tx.Query(ctx, `
		SELECT coalesce(h.hash, ''::bytea)
		FROM unnest($1::bigint[]) WITH ORDINALITY u (position, place) LEFT JOIN audit.node h USING (position) ORDER BY u.place`, places)
	if err != nil {
		return err
	}
	var b []byte
	_, err = pgx.ForEachRow(rows, []any{&b}, func() error {
		var h tlog.Hash
		copy(h[:], b)
		return to.AddHash(h)
	})
	return err
}

// exportCheckpoints reads the checkpoint of a size and, before it, the last of
// each hour, with their cosignatures.
func exportCheckpoints(ctx context.Context, tx pgx.Tx, size int64) ([][]byte, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.note, coalesce(string_agg(s.line, '' ORDER BY s.witness), '')
		FROM (SELECT DISTINCT ON (date_trunc('hour', at)) size, note FROM audit.checkpoint WHERE size <= $1 ORDER BY date_trunc('hour', at), size DESC) c
		LEFT JOIN audit.cosignature s USING (size)
		GROUP BY c.size, c.note
		ORDER BY c.size`, size)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]byte, error) {
		var signed, lines string
		err := row.Scan(&signed, &lines)
		return []byte(strings.TrimSuffix(signed, "\n") + "\n" + lines), err
	})
}

// Events calls f with each event of a time, the oldest first. It holds one in
// memory at a time. A zero until is no end.
func (a *Auditor) Events(ctx context.Context, from, until time.Time, f func(audit.Event) error) error {
	if until.IsZero() {
		until = time.Now().AddDate(1, 0, 0)
	}
	err := pgx.BeginTxFunc(ctx, a.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT body FROM audit.event
			WHERE at >= $1 AND at < $2 AND kind <> 'heartbeat'
			ORDER BY at, event_id`, from, until)
		if err != nil {
			return err
		}
		var body []byte
		_, err = pgx.ForEachRow(rows, []any{&body}, func() error {
			e, err := audit.ParseBody(body)
			if err != nil {
				return err
			}
			return f(e)
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the trail: %w", err)
	}
	return nil
}
