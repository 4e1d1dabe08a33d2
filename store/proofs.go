package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"
)

// Places returns where each of some events stands in the log, as far as reach
// goes. Those that have no place yet are not in it.
func (d *Desk) Places(ctx context.Context, reach audit.Reach, events []audit.Event) (map[audit.Cursor]int64, error) {
	places := map[audit.Cursor]int64{}
	err := d.read(ctx, reach, func(tx pgx.Tx) error {
		ids := make([][16]byte, len(events))
		at := map[[16]byte]audit.Cursor{}
		for i, e := range events {
			ids[i] = e.ID
			at[e.ID] = audit.Cursor{At: e.At, ID: e.ID}
		}
		rows, err := tx.Query(ctx, `SELECT event_id, position FROM audit.leaf WHERE event_id = ANY ($1)`, ids)
		if err != nil {
			return err
		}
		var id [16]byte
		var position int64
		_, err = pgx.ForEachRow(rows, []any{&id, &position}, func() error { places[at[id]] = position; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("places in the log: %w", err)
	}
	return places, nil
}

// Proof proves that events are in the log, as far as reach goes. With bodies it
// holds what they say, names of staff included; without, only that something
// was recorded at a time, which whoever has the event can hold against it. It
// returns a file that icr-audit check verifies offline, and how many of the
// events are in it: the others have no place under a checkpoint yet.
func (d *Desk) Proof(ctx context.Context, reach audit.Reach, events []audit.Event, bodies bool) (file []byte, proved int, err error) {
	err = d.read(ctx, reach, func(tx pgx.Tx) error {
		proofs, err := proofsOf(ctx, tx, events, bodies)
		if err != nil {
			return err
		}
		proved = len(proofs)
		file, err = merkle.MarshalProofs(proofs)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("proving events: %w", err)
	}
	return file, proved, nil
}

func proofsOf(ctx context.Context, tx pgx.Tx, events []audit.Event, bodies bool) ([]merkle.Proof, error) {
	proofs, err := entriesOf(ctx, tx, events, bodies)
	if err != nil || len(proofs) == 0 {
		return nil, err
	}
	size, signed, err := checkpointOver(ctx, tx, proofs[len(proofs)-1].Index)
	if err != nil || size == 0 {
		return nil, err
	}
	read := remembered{nodes{ctx, tx}, map[int64]tlog.Hash{}}
	for i := range proofs {
		p := &proofs[i]
		if p.Index >= size {
			return proofs[:i], nil
		}
		p.Checkpoint = signed
		if p.Hashes, err = tlog.ProveRecord(size, p.Index, read); err != nil {
			return nil, err
		}
	}
	return proofs, nil
}

// entriesOf are the entries of events, in the log's order. The events are read
// again under the officer's reach: a proof tells nothing that they may not see.
func entriesOf(ctx context.Context, tx pgx.Tx, events []audit.Event, bodies bool) ([]merkle.Proof, error) {
	ids, ats := make([][16]byte, len(events)), make([]time.Time, len(events))
	for i, e := range events {
		ids[i], ats[i] = e.ID, e.At
	}
	rows, err := tx.Query(ctx, `
		SELECT l.position, l.event_id, l.at, l.writer, l.number, l.digest, l.signature,
			CASE WHEN $3 THEN e.salt END, CASE WHEN $3 THEN e.body END
		FROM unnest($1::uuid[], $2::timestamptz[]) k (event_id, at)
		JOIN audit.event e ON e.at = k.at AND e.event_id = k.event_id
		JOIN audit.leaf l ON l.event_id = k.event_id
		ORDER BY l.position`, ids, ats, bodies)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (merkle.Proof, error) {
		var p merkle.Proof
		var digest []byte
		e := &p.Entry
		if err := row.Scan(&p.Index, &e.ID, &e.At, &e.Writer, &e.Number, &digest, &e.Signature, &p.Salt, &p.Body); err != nil {
			return p, err
		}
		if len(digest) != len(e.Body) {
			return p, fmt.Errorf("the digest of entry %d cannot be read", p.Index)
		}
		e.Body = [32]byte(digest)
		return p, nil
	})
}

// checkpointOver is the latest checkpoint that a witness has cosigned, or,
// where that does not cover an entry, the latest of all.
func checkpointOver(ctx context.Context, tx pgx.Tx, entry int64) (size int64, signed []byte, err error) {
	var note, lines string
	err = tx.QueryRow(ctx, `
		SELECT c.size, c.note, coalesce((SELECT string_agg(s.line, '' ORDER BY s.witness) FROM audit.cosignature s WHERE s.size = c.size), '')
		FROM audit.checkpoint c
		WHERE c.size = coalesce((SELECT max(size) FROM audit.cosignature WHERE size > $1), (SELECT max(size) FROM audit.checkpoint))`, entry).
		Scan(&size, &note, &lines)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	return size, []byte(strings.TrimSuffix(note, "\n") + "\n" + lines), nil
}

// remembered reads each hash once: entries that lie near each other share most
// of theirs.
type remembered struct {
	nodes
	known map[int64]tlog.Hash
}

// ReadHashes takes hashes from memory, or else from the database.
func (r remembered) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []int64
	for _, i := range indexes {
		if _, ok := r.known[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		read, err := r.nodes.ReadHashes(missing)
		if err != nil {
			return nil, err
		}
		for i, h := range read {
			r.known[missing[i]] = h
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = r.known[index]
	}
	return out, nil
}
