package store

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/privacy"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A connection that writes the trail is a writer: it numbers its events
// without gaps, each transaction goes on where the last that was committed
// ended, and the last event of each is signed. So a row that is removed before
// the sequencer has given it a place leaves a hole, and one that is changed or
// added has no signature. Connections need not wait for each other, and one
// whose commit came to no known end never writes again.

// writers are the connections of one process that write the trail.
type writers struct {
	key        *merkle.Key
	severities map[privacy.Name]privacy.Severity // of alerts that are written with their events

	mu      sync.Mutex
	numbers map[uuid.UUID]uint64 // the last that was committed
	ended   []uuid.UUID          // since they were last stated
	written uint64               // in all
	stated  uint64               // of these, the last statement and what it stated
}

// WriterKeyName is the name of the key that signs events as they are written.
const WriterKeyName = "icr-writer"

// WriterKey is the key with which every process that has the secret signs its
// events. Verifiers need its public half.
func WriterKey(secret []byte) (*merkle.Key, error) {
	if len(secret) < 32 {
		return nil, ErrSecret
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, "icr trail writer", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the writer's key: %w", err)
	}
	return merkle.NewKey(WriterKeyName, seed), nil
}

// statement is the last number of each writer. Once it is on the trail, the
// returned function forgets those writers that had ended.
func (w *writers) statement() (numbers map[string]uint64, stated func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	numbers = map[string]uint64{}
	for id, n := range w.numbers {
		numbers[id.String()] = n
	}
	ended, written := w.ended, w.written
	w.ended = nil
	return numbers, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stated = written + 1
		for _, id := range ended {
			delete(w.numbers, id)
		}
	}
}

// unstated reports whether anything was written since the last statement.
func (w *writers) unstated() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written != w.stated
}

// writer is one connection's chain of events.
type writer struct {
	of       *writers
	id       uuid.UUID
	number   uint64 // as committed
	link     merkle.Link
	next     uint64 // as in the transaction at hand
	nextLink merkle.Link
}

const writerKey = "icr.writer" // of a connection's custom data

// attach makes a connection a writer.
func (w *writers) attach(c *pgx.Conn) {
	c.PgConn().CustomData()[writerKey] = &writer{of: w, id: uuid.New()}
}

// detach notes that a connection ends.
func (w *writers) detach(c *pgx.Conn) {
	if of := writerOf(c.PgConn()); of != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ended = append(w.ended, of.id)
	}
}

func writerOf(c *pgconn.PgConn) *writer {
	w, _ := c.CustomData()[writerKey].(*writer)
	return w
}

// begin forgets what was numbered in a transaction that was not committed.
func (w *writer) begin() {
	if w != nil {
		w.next, w.nextLink = w.number, w.link
	}
}

// committed keeps the numbers of the transaction that now is.
func (w *writer) committed() {
	if w == nil || w.number == w.next {
		return
	}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.of.written += w.next - w.number
	w.number, w.link = w.next, w.nextLink
	w.of.numbers[w.id] = w.number
}

var errNoWriter = errors.New("this connection may not write the trail")

// add numbers an event, and signs for it and all before it if it is the last.
func (w *writer) add(e prepared, last bool) (merkle.Entry, error) {
	if w == nil {
		return merkle.Entry{}, errNoWriter
	}
	w.next++
	entry := merkle.Entry{
		ID: e.ID, At: e.At.Truncate(time.Microsecond), Writer: w.id, Number: w.next, Body: e.commitment,
	}
	w.nextLink = w.nextLink.Then(entry)
	if !last {
		return entry, nil
	}
	var err error
	entry.Signature, err = w.of.key.Sign(w.nextLink.Message())
	return entry, err
}
