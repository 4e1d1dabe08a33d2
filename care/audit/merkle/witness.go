package merkle

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// AddCheckpoint is what a log asks of a witness
// (https://c2sp.org/tlog-witness): to cosign a checkpoint that continues the
// one of the old size.
type AddCheckpoint struct {
	Old   int64
	Proof tlog.TreeProof
	Note  []byte // the signed checkpoint
}

// Marshal is a as it is sent.
func (a AddCheckpoint) Marshal() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", a.Old)
	for _, h := range a.Proof {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(a.Note)
	return []byte(b.String())
}

// ErrRequest means that a text is no such request.
var ErrRequest = errors.New("not a request to add a checkpoint")

// maxProof is how many hashes a request may have at most.
const maxProof = 63

// ParseAddCheckpoint reads what Marshal wrote.
func ParseAddCheckpoint(text []byte) (AddCheckpoint, error) {
	head, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	old, isOld := strings.CutPrefix(lines[0], "old ")
	size, err := parseSize(old)
	if !found || !isOld || err != nil || len(lines) > 1+maxProof {
		return AddCheckpoint{}, ErrRequest
	}
	a := AddCheckpoint{Old: size, Note: []byte(signed)}
	for _, line := range lines[1:] {
		h, err := parseHash(line)
		if err != nil {
			return AddCheckpoint{}, ErrRequest
		}
		a.Proof = append(a.Proof, h)
	}
	return a, nil
}

// ErrInconsistent means that a log does not continue what it was before.
var ErrInconsistent = errors.New("the log does not continue the one that was seen before")

// Continues reports, with an error, whether to is a later state of the same
// log as from.
func (a AddCheckpoint) Continues(from, to Checkpoint) error {
	switch {
	case from.Size > to.Size:
		return ErrInconsistent
	case from.Size == to.Size:
		if from.Root != to.Root || len(a.Proof) > 0 {
			return ErrInconsistent
		}
	case from.Size == 0:
		if len(a.Proof) > 0 {
			return ErrInconsistent
		}
	case tlog.CheckTree(a.Proof, to.Size, to.Root, from.Size, from.Root) != nil:
		return ErrInconsistent
	}
	return nil
}
