package merkle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof proves that one entry is in the log, and what it says
// (https://c2sp.org/tlog-proof). It stands alone: whoever has it and the log's
// public key needs nothing else.
type Proof struct {
	Index      int64
	Hashes     []tlog.Hash
	Entry      Entry
	Salt, Body []byte
	Checkpoint []byte // signed
}

const proofLine = "c2sp.org/tlog-proof@v1\n"

// extra is what a proof needs besides the hashes.
type extra struct {
	Entry []byte `json:"entry"`
	Salt  []byte `json:"salt,omitempty"`
	Body  []byte `json:"body,omitempty"`
}

// Marshal is p as a text file.
func (p Proof) Marshal() ([]byte, error) {
	more, err := json.Marshal(extra{p.Entry.Marshal(), p.Salt, p.Body})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(proofLine)
	fmt.Fprintf(&b, "extra %s\nindex %d\n", base64.StdEncoding.EncodeToString(more), p.Index)
	for _, h := range p.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return []byte(b.String()), nil
}

// ErrProof means that a text is no proof.
var ErrProof = errors.New("not a proof of an entry of the trail")

// ParseProof reads what Marshal wrote. It says nothing of whether p holds.
func ParseProof(text []byte) (Proof, error) {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0]+"\n" != proofLine {
		return Proof{}, ErrProof
	}
	p := Proof{Checkpoint: []byte(checkpoint)}
	index, hasIndex := strings.CutPrefix(lines[2], "index ")
	more, hasExtra := strings.CutPrefix(lines[1], "extra ")
	var err error
	if p.Index, err = parseSize(index); err != nil || !hasIndex || !hasExtra {
		return Proof{}, ErrProof
	}
	var x extra
	data, err := base64.StdEncoding.DecodeString(more)
	if err != nil || json.Unmarshal(data, &x) != nil {
		return Proof{}, ErrProof
	}
	if p.Entry, err = ParseEntry(x.Entry); err != nil {
		return Proof{}, ErrProof
	}
	p.Salt, p.Body = x.Salt, x.Body
	for _, line := range lines[3:] {
		h, err := parseHash(line)
		if err != nil {
			return Proof{}, ErrProof
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// MarshalProofs is several proofs as one text file, each followed by a line of
// three hyphens.
func MarshalProofs(proofs []Proof) ([]byte, error) {
	var b bytes.Buffer
	for _, p := range proofs {
		text, err := p.Marshal()
		if err != nil {
			return nil, err
		}
		b.Write(text)
		b.WriteString(separator)
	}
	return b.Bytes(), nil
}

// ParseProofs reads what MarshalProofs wrote, or one proof alone.
func ParseProofs(text []byte) ([]Proof, error) {
	var all []Proof
	for part := range bytes.SplitSeq(text, []byte("\n"+separator)) {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		if part[len(part)-1] != '\n' {
			part = append(part[:len(part):len(part)], '\n')
		}
		p, err := ParseProof(part)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, ErrProof
	}
	return all, nil
}

// Check checks p, and returns the checkpoint that it leads to and who
// cosigned it.
func (p Proof) Check(policy Policy) (Checkpoint, []string, error) {
	c, by, err := OpenCheckpoint(p.Checkpoint, policy.Key, policy.Witnesses...)
	if err != nil {
		return c, nil, fault(Forged, -1, "the checkpoint is not one that the log's key signed (%v)", err)
	}
	if len(by) < policy.Quorum {
		return c, by, fault(Unwitness, -1, "%d witnesses cosigned the checkpoint, and %d were asked for", len(by), policy.Quorum)
	}
	if p.Index >= c.Size || tlog.CheckRecord(tlog.RecordProof(p.Hashes), c.Size, c.Root, p.Index, p.Entry.Hash()) != nil {
		return c, by, fault(Forged, p.Index, "the entry is not in the log of the checkpoint at this place")
	}
	if p.Body != nil && !p.Entry.commits(p.Salt, p.Body) {
		return c, by, fault(Edited, p.Index, "the body is not the one that was logged")
	}
	return c, by, nil
}

// Find returns a proof of each entry of a bundle whose body is wanted. It
// verifies nothing: Check does.
func Find(bundle fs.FS, key note.Verifier, wanted func(body []byte) bool) ([]Proof, error) {
	signed, err := fs.ReadFile(bundle, checkpointFile)
	if err != nil {
		return nil, fmt.Errorf("the bundle has no checkpoint: %w", err)
	}
	c, _, err := OpenCheckpoint(signed, key)
	if err != nil {
		return nil, err
	}
	var found []Proof
	for n := int64(0); n*tileWidth < c.Size; n++ {
		items, err := readItems(bundle, n)
		if err != nil {
			return nil, err
		}
		for i, item := range items {
			if item.Body == nil || !wanted(item.Body) {
				continue
			}
			p := Proof{Index: n*tileWidth + int64(i), Entry: item.Entry, Salt: item.Salt, Body: item.Body, Checkpoint: signed}
			if p.Hashes, err = tlog.ProveRecord(c.Size, p.Index, tileReader{bundle}); err != nil {
				return nil, fmt.Errorf("proving entry %d: %w", p.Index, err)
			}
			found = append(found, p)
		}
	}
	return found, nil
}

// tileReader reads hashes from a bundle's tiles.
type tileReader struct{ bundle fs.FS }

// ReadHashes finds each hash in the tile that has it, or makes it from one.
func (r tileReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		up := level / 8
		below := level % 8
		first := n << below
		data, err := readBlock(r.bundle, fmt.Sprintf("tile/%d", up), first/tileWidth)
		if err != nil {
			return nil, err
		}
		from, to := first%tileWidth*tlog.HashSize, (first%tileWidth+1<<below)*tlog.HashSize
		if int64(len(data)) < to {
			return nil, fmt.Errorf("the file tile/%d/%s is gone or cut short", up, tilePath(first/tileWidth))
		}
		var t Tree
		for ; from < to; from += tlog.HashSize {
			t.Add(tlog.Hash(data[from:]))
		}
		out[i] = t.Root()
	}
	return out, nil
}
