// Package merkle proves the trail. An event's body is committed to with a
// salt; the commitments, in their order, are the entries of a Merkle log
// (RFC 6962); the log's checkpoints are signed and witnessed (C2SP). Whoever
// holds a bundle of the trail and the public keys can verify it with this
// package alone: it imports nothing of the application.
package merkle

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Entry is one entry of the log. It names nobody: what it commits to can be
// removed after its retention, and the log still verifies.
type Entry struct {
	ID     [16]byte  // of the event
	At     time.Time // of the event, to the microsecond
	Writer [16]byte  // who numbered it: one connection of one process
	Number uint64    // from 1, without gaps, of each writer
	Body   [32]byte  // Commit of the event's salt and body

	// Signature is the writer's, of its entries up to this one. Only the last
	// entry of each transaction has one.
	Signature []byte
}

// saltSize is fixed: where the salt ends the body begins.
const saltSize = 32

// commits reports whether a salt and a body are those that were logged.
func (e Entry) commits(salt, body []byte) bool {
	return len(salt) == saltSize && Commit(salt, body) == e.Body
}

// Commit is what an entry holds of a body. Without the salt, which is 32
// random bytes, nobody can guess the body from it.
func Commit(salt, body []byte) [32]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

const (
	entryVersion = 1
	entrySize    = 1 + 16 + 8 + 16 + 8 + 32
)

// Marshal is e as it stands in the log: 81 bytes, and 64 of signature if it
// has one.
func (e Entry) Marshal() []byte { return append(e.unsigned(), e.Signature...) }

func (e Entry) unsigned() []byte {
	b := make([]byte, 0, entrySize+ed25519.SignatureSize)
	b = append(b, entryVersion)
	b = append(b, e.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = append(b, e.Writer[:]...)
	b = binary.BigEndian.AppendUint64(b, e.Number)
	return append(b, e.Body[:]...)
}

// ErrEntry means that bytes are no entry.
var ErrEntry = errors.New("not an entry of the trail")

// ParseEntry reads what Marshal wrote.
func ParseEntry(b []byte) (Entry, error) {
	if len(b) != entrySize && len(b) != entrySize+ed25519.SignatureSize || b[0] != entryVersion {
		return Entry{}, ErrEntry
	}
	b = b[1:]
	e := Entry{
		ID: [16]byte(b[:16]), At: time.UnixMicro(int64(binary.BigEndian.Uint64(b[16:]))).UTC(),
		Writer: [16]byte(b[24:]), Number: binary.BigEndian.Uint64(b[40:]), Body: [32]byte(b[48:]),
	}
	if rest := b[entrySize-1:]; len(rest) > 0 {
		e.Signature = rest
	}
	return e, nil
}

// Hash is e's leaf hash in the log.
func (e Entry) Hash() tlog.Hash { return tlog.RecordHash(e.Marshal()) }

// Link is the running hash over one writer's entries. The writer signs it.
type Link [32]byte

// Then is the link after e.
func (l Link) Then(e Entry) Link {
	h := sha256.New()
	h.Write(l[:])
	h.Write(e.unsigned())
	return Link(h.Sum(nil))
}

// Message is what a writer signs: its entries so far.
func (l Link) Message() []byte { return append([]byte("icr trail writer v1\n"), l[:]...) }

// Tree is the root hash of a log that only grows: all that is needed of it to
// add to it.
type Tree struct {
	size int64
	edge []tlog.Hash // of the complete subtrees, the largest first
}

// Add adds a leaf hash.
func (t *Tree) Add(h tlog.Hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(t.edge[len(t.edge)-1], h)
		t.edge = t.edge[:len(t.edge)-1]
	}
	t.edge = append(t.edge, h)
	t.size++
}

// Root is the hash of the whole tree.
func (t *Tree) Root() tlog.Hash {
	if t.size == 0 {
		return tlog.Hash(sha256.Sum256(nil))
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i], root)
	}
	return root
}

// Wrong is what is wrong with a log.
type Wrong string

// What can be wrong.
const (
	Edited     Wrong = "edited"
	Deleted    Wrong = "deleted"
	Inserted   Wrong = "inserted"
	Reordered  Wrong = "reordered"
	Truncated  Wrong = "truncated"
	RolledBack Wrong = "rolled back"
	Forked     Wrong = "forked"
	Forged     Wrong = "forged"      // not signed by the key that should have
	Unwitness  Wrong = "unwitnessed" // fewer witnesses than were asked for
)

// Fault is the first thing that is wrong with a log.
type Fault struct {
	Wrong Wrong
	Index int64 // of the first bad entry, or -1 where no entry can be named
	Words string
}

// Error names the first bad entry and what is wrong.
func (f *Fault) Error() string {
	if f.Index < 0 {
		return fmt.Sprintf("%s: %s", f.Wrong, f.Words)
	}
	return fmt.Sprintf("%s: entry %d: %s", f.Wrong, f.Index, f.Words)
}

func fault(wrong Wrong, index int64, format string, args ...any) *Fault {
	return &Fault{wrong, index, fmt.Sprintf(format, args...)}
}
