package merkle_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "icr.example/trail"

// seed makes keys that are the same in every run.
func seed(name string) []byte {
	s := sha256.Sum256([]byte(name))
	return s[:]
}

var (
	logKey    = merkle.NewKey(origin, seed("log"))
	writerKey = merkle.NewKey("icr-writer", seed("writer"))
)

// made is a log as a product would have made it: two writers in turn, each
// signing every third event, a heartbeat of the first at every 50th.
type made struct {
	items   []merkle.Item
	history []merkle.Checkpoint
	tree    merkle.Tree
	numbers [2]uint64
	links   [2]merkle.Link
}

func writer(i int) (w [16]byte) { w[0] = byte(i + 1); return w }

func (m *made) add(i int, body string) {
	w := i % 2
	m.numbers[w]++
	var id [16]byte
	binary.BigEndian.PutUint64(id[8:], uint64(i+1))
	salt := seed(fmt.Sprint("salt ", i))
	e := merkle.Entry{
		ID: id, At: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC), Writer: writer(w), Number: m.numbers[w],
		Body: merkle.Commit(salt, []byte(body)),
	}
	m.links[w] = m.links[w].Then(e)
	if m.numbers[w]%3 == 0 {
		e.Signature, _ = writerKey.Sign(m.links[w].Message())
	}
	m.items = append(m.items, merkle.Item{Entry: e, Hash: e.Hash(), Salt: salt, Body: []byte(body)})
	m.tree.Add(e.Hash())
	if len(m.items)%30 == 0 {
		m.history = append(m.history, merkle.Checkpoint{Origin: origin, Size: int64(len(m.items)), Root: m.tree.Root()})
	}
}

// newLog makes a log of n events, which must leave both writers signed: a
// multiple of six.
func newLog(n int) *made {
	m := &made{}
	for i := range n {
		body := fmt.Sprintf(`{"schema":1,"kind":"disclosed","reference":"REF-%d","patient":"999"}`, i)
		if i%50 == 49 {
			body = fmt.Sprintf(`{"schema":1,"kind":"heartbeat","writers":{"01000000-0000-0000-0000-000000000000":%d}}`, m.numbers[0])
		}
		m.add(i, body)
	}
	return m
}

func sign(t testing.TB, c merkle.Checkpoint, signers ...note.Signer) []byte {
	t.Helper()
	signed, err := c.Sign(append([]note.Signer{logKey}, signers...)...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (m *made) last() merkle.Checkpoint {
	return merkle.Checkpoint{Origin: origin, Size: int64(len(m.items)), Root: m.tree.Root()}
}

// bundle writes items, which may have been tampered with, with the checkpoints
// of m, into memory.
func (m *made) bundle(t testing.TB, items []merkle.Item, signers ...note.Signer) fstest.MapFS {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bundle")
	b, err := merkle.NewBundler(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if err := b.Add(item); err != nil {
			t.Fatal(err)
		}
	}
	var history [][]byte
	for _, c := range m.history {
		history = append(history, sign(t, c))
	}
	if err := b.Close(sign(t, m.last(), signers...), history); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

func load(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func policy() merkle.Policy {
	return merkle.Policy{Key: logKey.Verifier(), Writers: []note.Verifier{writerKey.Verifier()}}
}

// wrong is what Verify finds wrong with a bundle, and where.
func wrong(t testing.TB, b fs.FS, p merkle.Policy) (merkle.Wrong, int64) {
	t.Helper()
	_, err := merkle.Verify(b, p)
	f, ok := errors.AsType[*merkle.Fault](err)
	if err != nil && !ok {
		t.Fatalf("not a fault: %v", err)
	}
	if err == nil {
		return "", 0
	}
	return f.Wrong, f.Index
}

func TestVerifiesWhatIsWhole(t *testing.T) {
	for _, n := range []int{0, 6, 252, 258, 600, 1002} {
		m := newLog(n)
		report, err := merkle.Verify(m.bundle(t, m.items), policy())
		if err != nil {
			t.Fatalf("%d entries: %v", n, err)
		}
		if report.Checkpoint.Size != int64(n) || report.Bodies != int64(n) || n > 2 && report.Writers != 2 {
			t.Errorf("%d entries: %+v", n, report)
		}
	}
}

func TestEntryKeepsEverything(t *testing.T) {
	m := newLog(6)
	for _, i := range m.items {
		got, err := merkle.ParseEntry(i.Entry.Marshal())
		if err != nil || got.Hash() != i.Hash || !got.At.Equal(i.Entry.At) || got.Number != i.Entry.Number || string(got.Signature) != string(i.Entry.Signature) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, bad := range [][]byte{nil, make([]byte, 81), append([]byte{1}, make([]byte, 81)...)} {
		if _, err := merkle.ParseEntry(bad); err == nil {
			t.Errorf("%d bytes were read", len(bad))
		}
	}
}

func TestProofStandsAlone(t *testing.T) {
	m := newLog(600)
	b := m.bundle(t, m.items)
	for _, index := range []int{0, 1, 255, 256, 511, 512, 599} {
		reference := fmt.Sprintf(`"REF-%d"`, index)
		proofs, err := merkle.Find(b, logKey.Verifier(), func(body []byte) bool { return strings.Contains(string(body), reference) })
		if index%50 == 49 {
			if len(proofs) != 0 {
				t.Errorf("a heartbeat has a reference")
			}
			continue
		}
		if err != nil || len(proofs) != 1 || proofs[0].Index != int64(index) {
			t.Fatalf("%d: %d proofs, %v", index, len(proofs), err)
		}
		text, err := proofs[0].Marshal()
		if err != nil {
			t.Fatal(err)
		}
		p, err := merkle.ParseProof(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.Check(policy()); err != nil {
			t.Errorf("%d: %v", index, err)
		}
		p.Body = append(p.Body[:len(p.Body)-1:len(p.Body)-1], '!')
		if _, _, err := p.Check(policy()); err == nil {
			t.Errorf("%d: another body was proved", index)
		}
		p.Body, p.Index = nil, p.Index^1
		if _, _, err := p.Check(policy()); err == nil {
			t.Errorf("%d: proved in another place", index)
		}
	}
}

func TestTreeIsTlogs(t *testing.T) {
	m := newLog(300)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = stored[index]
		}
		return out, nil
	})
	var tree merkle.Tree
	for i, item := range m.items {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), item.Hash, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		tree.Add(item.Hash)
		want, err := tlog.TreeHash(int64(i+1), reader)
		if err != nil || tree.Root() != want {
			t.Fatalf("size %d: %v", i+1, err)
		}
	}
}
