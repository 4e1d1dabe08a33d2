package merkle

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says which entries a log has (https://c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log's name, and that of its key
	Size   int64
	Root   tlog.Hash
}

// Text is c as it is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign is c as a signed note.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, signers...)
}

// ErrCheckpoint means that a text is no checkpoint.
var ErrCheckpoint = errors.New("not a checkpoint")

// ParseCheckpoint reads the text of a checkpoint. Lines after the third are
// extensions, which say nothing here.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return Checkpoint{}, ErrCheckpoint
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, ErrCheckpoint
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// OpenCheckpoint reads a signed checkpoint and makes sure that key signed it.
// It returns whose cosignatures are on it too.
func OpenCheckpoint(signed []byte, key note.Verifier, witnesses ...note.Verifier) (Checkpoint, []string, error) {
	n, err := note.Open(signed, note.VerifierList(append([]note.Verifier{key}, witnesses...)...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	var by []string
	own := false
	for _, s := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, nil, errors.New("checkpoint: a signature is written in an unusual way")
		}
		if s.Name == key.Name() && s.Hash == key.KeyHash() {
			own = true
		} else {
			by = append(by, s.Name)
		}
	}
	if !own || c.Origin != key.Name() {
		return Checkpoint{}, nil, errors.New("checkpoint: it is not signed by its log")
	}
	return c, by, nil
}

// parseSize reads a decimal number as C2SP writes it: no sign, no leading zero.
func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("not a size")
	}
	return n, nil
}

func parseHash(s string) (tlog.Hash, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tlog.HashSize {
		return tlog.Hash{}, errors.New("not a hash")
	}
	return tlog.Hash(b), nil
}
