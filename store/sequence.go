package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"
)

// Sequencer gives events their places in the log and signs for them. Of many
// that run, the one whose connection holds the lock works; should two believe
// so, the database lets only the later one add anything.
type Sequencer struct {
	// Patience is how long the one that works may do nothing before the
	// database ends its connection, so that another can work: one that was
	// stopped and goes on later finds itself replaced.
	Patience time.Duration

	pool   *pgxpool.Pool
	key    *merkle.Key
	leader *pgxpool.Conn // holds the lock; nil while another does
	epoch  int64
	signed int64 // the largest size that this process signed for
}

// OpenSequencer connects as the sequencer, who reads no word of an event.
func OpenSequencer(ctx context.Context, url string, key *merkle.Key) (*Sequencer, error) {
	pool, err := connect(ctx, url, 4, nil)
	if err != nil {
		return nil, err
	}
	if err := checkSequencer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Sequencer{Patience: 10 * time.Second, pool: pool, key: key}, nil
}

// checkSequencer refuses a role that can do more than the sequencer must.
func checkSequencer(ctx context.Context, pool *pgxpool.Pool) error {
	var behind, much bool
	err := pool.QueryRow(ctx, `
		SELECT to_regclass('audit.leaf') IS NULL,
			(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
				OR has_any_column_privilege('audit.event', 'SELECT, INSERT, UPDATE') OR has_table_privilege('audit.event', 'DELETE, TRUNCATE')`).
		Scan(&behind, &much)
	switch {
	case err != nil:
		return fmt.Errorf("checking the sequencer's role: %w", err)
	case behind:
		return ErrBehind
	case much:
		return errors.New("the sequencer's database role can read or change the trail: give it the role icr_sequencer")
	}
	return nil
}

// Close ends all connections, and with them the election.
func (s *Sequencer) Close() {
	s.resign()
	s.pool.Close()
}

// sequencerLock is above every key of a patient's lock, and below everybody.
const sequencerLock int64 = everybody - 1

// ErrDeposed means that another sequencer has taken over.
var ErrDeposed = errors.New("another sequencer has taken over")

// Elect tries to become the one that works, and reports whether it is.
func (s *Sequencer) Elect(ctx context.Context) (bool, error) {
	if s.leader != nil {
		return true, nil
	}
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("electing a sequencer: %w", err)
	}
	var won bool
	if err := c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, sequencerLock).Scan(&won); err != nil || !won {
		c.Release()
		return false, err
	}
	s.leader = c
	b := &pgx.Batch{}
	for _, timeout := range []string{"idle_session_timeout", "idle_in_transaction_session_timeout"} {
		b.Queue(`SELECT set_config($1, $2, false)`, timeout, strconv.FormatInt(s.Patience.Milliseconds(), 10))
	}
	b.Queue(`UPDATE audit.head SET epoch = epoch + 1 RETURNING epoch`).QueryRow(func(row pgx.Row) error { return row.Scan(&s.epoch) })
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		s.resign()
		return false, fmt.Errorf("electing a sequencer: %w", err)
	}
	return true, nil
}

// resign ends the connection that holds the lock.
func (s *Sequencer) resign() {
	if s.leader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.leader.Conn().Close(ctx)
	s.leader.Release()
	s.leader = nil
}

// Turn is what one turn of the sequencer added.
type Turn struct {
	Entries    int
	More       bool // there may be more to do at once
	Checkpoint merkle.Checkpoint
	Signed     []byte // the checkpoint as a note
}

// perTurn is how many events get their places in one transaction.
const perTurn = 4096

// Turn gives waiting events their places and signs for the log. Whatever goes
// wrong, it gives up the lock: who works next begins from what is committed.
func (s *Sequencer) Turn(ctx context.Context) (Turn, error) {
	if s.leader == nil {
		return Turn{}, ErrDeposed
	}
	var turn Turn
	err := durableOn(ctx, s.leader, func(tx pgx.Tx) (err error) { turn, err = s.turn(ctx, tx); return err })
	if err != nil {
		s.resign()
		return Turn{}, fmt.Errorf("sequencing: %w", err)
	}
	s.signed = max(s.signed, turn.Checkpoint.Size)
	return turn, nil
}

// waiting is an event without a place.
type waiting struct {
	ticket int64
	entry  merkle.Entry
}

func (s *Sequencer) turn(ctx context.Context, tx pgx.Tx) (Turn, error) {
	var size int64
	if err := tx.QueryRow(ctx, `SELECT size FROM audit.head WHERE epoch = $1`, s.epoch).Scan(&size); err != nil {
		return Turn{}, deposed(err)
	}
	if size < s.signed {
		return Turn{}, fmt.Errorf("the log has %d entries, and %d were signed for: it was set back", size, s.signed)
	}
	rows, err := s.waiting(ctx, tx)
	if err != nil || len(rows) == 0 {
		return Turn{}, err
	}
	more := len(rows) == perTurn
	if rows = whole(rows); len(rows) == 0 {
		return Turn{}, nil
	}
	log, err := s.load(ctx, tx, size)
	if err != nil {
		return Turn{}, err
	}
	for _, r := range rows {
		if err := log.add(r.entry); err != nil {
			return Turn{}, err
		}
	}
	c, err := log.checkpoint(s.key.Name())
	if err != nil {
		return Turn{}, err
	}
	signed, err := c.Sign(s.key)
	if err != nil {
		return Turn{}, err
	}
	return Turn{len(rows), more, c, signed}, s.publish(ctx, tx, size, rows, log, signed)
}

func deposed(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrDeposed
	}
	return err
}

func (s *Sequencer) waiting(ctx context.Context, tx pgx.Tx) ([]waiting, error) {
	rows, err := tx.Query(ctx, `
		SELECT ticket, event_id, at, writer, number, digest, signature
		FROM audit.unsequenced ORDER BY ticket LIMIT $1`, perTurn)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (waiting, error) {
		var w waiting
		var digest []byte
		e := &w.entry
		err := row.Scan(&w.ticket, &e.ID, &e.At, &e.Writer, &e.Number, &digest, &e.Signature)
		if err == nil {
			e.Body = [32]byte(digest)
		}
		return w, err
	})
}

// whole leaves out a transaction of which only a part was read: events at the
// end of a writer's that no signature follows.
func whole(rows []waiting) []waiting {
	signed := map[[16]byte]bool{}
	var kept []waiting
	for _, r := range slices.Backward(rows) {
		if signed[r.entry.Writer] = signed[r.entry.Writer] || r.entry.Signature != nil; signed[r.entry.Writer] {
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	return kept
}

// publish moves the rows from waiting to their places, if the log is still
// what it was when they were read.
func (s *Sequencer) publish(ctx context.Context, tx pgx.Tx, size int64, rows []waiting, log *growing, signed []byte) error {
	tag, err := tx.Exec(ctx, `UPDATE audit.head SET size = $1 WHERE size = $2 AND epoch = $3`, log.size, size, s.epoch)
	if err != nil || tag.RowsAffected() != 1 {
		return errors.Join(ErrDeposed, err)
	}
	leaves := make([][]any, len(rows))
	tickets := make([]int64, len(rows))
	for i, r := range rows {
		e := r.entry
		leaves[i] = []any{size + int64(i), e.ID, e.At, e.Writer, int64(e.Number), e.Body[:], e.Signature}
		tickets[i] = r.ticket
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"audit", "leaf"}, []string{"position", "event_id", "at", "writer", "number", "digest", "signature"}, pgx.CopyFromRows(leaves)); err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"audit", "node"}, []string{"position", "hash"}, pgx.CopyFromRows(log.added)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO audit.checkpoint (size, note) VALUES ($1, $2)`, log.size, string(signed)); err != nil {
		return err
	}
	tag, err = tx.Exec(ctx, `DELETE FROM audit.pending WHERE ticket = ANY ($1)`, tickets)
	if err != nil || tag.RowsAffected() != int64(len(rows)) {
		return errors.Join(ErrDeposed, err)
	}
	return nil
}

// growing is the log while entries are added to it.
type growing struct {
	size  int64
	known map[int64]tlog.Hash
	added [][]any
	read  nodes
}

// load reads the log's edge, and makes sure that it is what was last signed.
func (s *Sequencer) load(ctx context.Context, tx pgx.Tx, size int64) (*growing, error) {
	log := &growing{size: size, known: map[int64]tlog.Hash{}, read: nodes{ctx, tx}}
	if size == 0 {
		return log, nil
	}
	last, _, err := checkpoint(ctx, tx, s.key.Verifier(), size)
	if err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(size, log)
	if err != nil {
		return nil, err
	}
	if last.Root != root {
		return nil, fmt.Errorf("the hashes of the log are not those that were signed for at size %d: somebody changed them", size)
	}
	return log, nil
}

// ReadHashes takes hashes from memory, or else from the database.
func (g *growing) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []int64
	for _, i := range indexes {
		if _, ok := g.known[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		hashes, err := g.read.ReadHashes(missing)
		if err != nil {
			return nil, err
		}
		for i, h := range hashes {
			g.known[missing[i]] = h
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for n, i := range indexes {
		out[n] = g.known[i]
	}
	return out, nil
}

func (g *growing) add(e merkle.Entry) error {
	hashes, err := tlog.StoredHashesForRecordHash(g.size, e.Hash(), g)
	if err != nil {
		return err
	}
	at := tlog.StoredHashIndex(0, g.size)
	for i, h := range hashes {
		g.known[at+int64(i)] = h
		g.added = append(g.added, []any{at + int64(i), h[:]})
	}
	g.size++
	return nil
}

func (g *growing) checkpoint(origin string) (merkle.Checkpoint, error) {
	root, err := tlog.TreeHash(g.size, g)
	return merkle.Checkpoint{Origin: origin, Size: g.size, Root: root}, err
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// nodes are the log's hashes in the database.
type nodes struct {
	ctx context.Context
	q   querier
}

// ReadHashes finds hashes by tlog's indexes.
func (n nodes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	rows, err := n.q.Query(n.ctx, `
		SELECT h.hash FROM unnest($1::bigint[]) WITH ORDINALITY u (position, place) JOIN audit.node h USING (position) ORDER BY u.place`, indexes)
	if err != nil {
		return nil, err
	}
	hashes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tlog.Hash, error) {
		var b []byte
		if err := row.Scan(&b); err != nil || len(b) != tlog.HashSize {
			return tlog.Hash{}, errors.Join(errors.New("a hash of the log cannot be read"), err)
		}
		return tlog.Hash(b), nil
	})
	if err == nil && len(hashes) != len(indexes) {
		err = fmt.Errorf("%d hashes of the log are gone", len(indexes)-len(hashes))
	}
	return hashes, err
}

// checkpoint reads the signed checkpoint of a size, or the last for -1.
func checkpoint(ctx context.Context, q querier, key *merkle.Verifier, size int64) (merkle.Checkpoint, []byte, error) {
	var signed string
	err := q.QueryRow(ctx, `
		SELECT note FROM audit.checkpoint WHERE $1 < 0 OR size = $1 ORDER BY size DESC LIMIT 1`, size).Scan(&signed)
	if err != nil {
		return merkle.Checkpoint{}, nil, fmt.Errorf("reading a checkpoint: %w", err)
	}
	c, _, err := merkle.OpenCheckpoint([]byte(signed), key)
	return c, []byte(signed), err
}

// Latest is the last checkpoint, signed; the zero Checkpoint if there is none.
func (s *Sequencer) Latest(ctx context.Context) (merkle.Checkpoint, []byte, error) {
	c, signed, err := checkpoint(ctx, s.pool, s.key.Verifier(), -1)
	if errors.Is(err, pgx.ErrNoRows) {
		return merkle.Checkpoint{}, nil, nil
	}
	return c, signed, err
}

// Consistency proves that the log of one size continues as that of another.
func (s *Sequencer) Consistency(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	if from == 0 || from == to {
		return nil, nil
	}
	return tlog.ProveTree(to, from, nodes{ctx, s.pool})
}

// Cosigned keeps a witness's cosignature of the checkpoint of a size: one line
// of a note.
func (s *Sequencer) Cosigned(ctx context.Context, size int64, witness, line string) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO audit.cosignature (size, witness, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, size, witness, line)
	if err != nil {
		return fmt.Errorf("keeping a cosignature: %w", err)
	}
	return nil
}

// LastCosigned is the size up to which a witness has cosigned.
func (s *Sequencer) LastCosigned(ctx context.Context, witness string) (int64, error) {
	var size int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(max(size), 0) FROM audit.cosignature WHERE witness = $1`, witness).Scan(&size)
	return size, err
}

func lateness(ctx context.Context, q querier) (audit.Lateness, error) {
	var l audit.Lateness
	var signed, waiting, witnessed, unwitnessed *time.Time
	var now time.Time
	err := q.QueryRow(ctx, `SELECT now(), size, signed_at, waiting_since, witnessed_at, unwitnessed_since FROM audit.lateness`).
		Scan(&now, &l.Size, &signed, &waiting, &witnessed, &unwitnessed)
	if err != nil {
		return l, fmt.Errorf("reading how late the proof is: %w", err)
	}
	if signed != nil {
		l.SignedAt = *signed
	}
	if waiting != nil {
		l.Waiting = max(0, now.Sub(*waiting))
	}
	if l.Witnessed = witnessed != nil; unwitnessed != nil {
		l.Unwitnessed = max(0, now.Sub(*unwitnessed))
	}
	return l, nil
}

// Lateness says how late the proof of the trail is.
func (s *Store) Lateness(ctx context.Context) (audit.Lateness, error) { return lateness(ctx, s.pool) }

// Lateness says how late the proof of the trail is.
func (d *Desk) Lateness(ctx context.Context) (audit.Lateness, error) { return lateness(ctx, d.pool) }

// Lateness says how late the proof of the trail is.
func (s *Sequencer) Lateness(ctx context.Context) (audit.Lateness, error) {
	return lateness(ctx, s.pool)
}
