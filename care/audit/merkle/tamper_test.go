package merkle_test

import (
	"crypto/rand"
	"math/big"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/note"
)

// T-AUD-5: no byte of a bundle can be changed unnoticed. Every byte of a small
// one is flipped here, and 60 of one of a thousand entries; in the long run
// every byte of that one too.
func TestAUD5_EveryFlippedByteIsFound(t *testing.T) {
	w, err := merkle.GenerateKey("witness.example", true)
	if err != nil {
		t.Fatal(err)
	}
	p := policy()
	p.Witnesses, p.Quorum = []note.Verifier{w.Verifier()}, 1
	for _, n := range []int{6, 1002} {
		m := newLog(n)
		b := m.bundle(t, m.items, w)
		every := n < 100 || os.Getenv("ICR_SOAK") != ""
		for _, at := range positions(t, b, every) {
			data := b[at.name].Data
			was := data[at.offset]
			data[at.offset] ^= 1
			if _, err := merkle.Verify(b, p); err == nil {
				t.Errorf("%d entries: %s: byte %d (%q) was changed to %q unnoticed", n, at.name, at.offset, was, was^1)
			}
			data[at.offset] = was
		}
		if _, err := merkle.Verify(b, p); err != nil {
			t.Fatalf("unchanged: %v", err)
		}
	}
}

type position struct {
	name   string
	offset int
}

func positions(t *testing.T, b fstest.MapFS, every bool) []position {
	t.Helper()
	var all []position
	for name, f := range b {
		for offset := range f.Data {
			all = append(all, position{name, offset})
		}
	}
	if every {
		return all
	}
	some := make([]position, 60)
	for i := range some {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(all))))
		if err != nil {
			t.Fatal(err)
		}
		some[i] = all[n.Int64()]
	}
	return some
}

// T-AUD-6: each way of tampering with the log is found, and named.
func TestAUD6_TamperingIsNamed(t *testing.T) {
	const n = 600
	other := newLog(n)
	other.add(n, `{"kind":"opened"}`)
	for _, test := range []struct {
		name   string
		tamper func([]merkle.Item) []merkle.Item
		wrong  merkle.Wrong
		index  int64
	}{
		{"a body is edited", func(i []merkle.Item) []merkle.Item { i[300].Body = []byte(`{}`); return i }, merkle.Edited, 300},
		{"a body and its entry are edited", func(i []merkle.Item) []merkle.Item {
			i[300].Body = []byte(`{}`)
			i[300].Entry.Body = merkle.Commit(i[300].Salt, i[300].Body)
			return i
		}, merkle.Edited, 300},
		{"a body, its entry and its hash are edited", func(i []merkle.Item) []merkle.Item {
			i[300].Body = []byte(`{}`)
			i[300].Entry.Body = merkle.Commit(i[300].Salt, i[300].Body)
			i[300].Hash = i[300].Entry.Hash()
			return i
		}, merkle.Edited, 300},
		{"a hash is edited", func(i []merkle.Item) []merkle.Item { i[300].Hash[0] ^= 1; return i }, merkle.Edited, 300},
		{"a body is moved into its salt", func(i []merkle.Item) []merkle.Item {
			i[300].Salt, i[300].Body = append(i[300].Salt, i[300].Body...), []byte{}
			return i
		}, merkle.Edited, 300},
		{"a body is deleted", func(i []merkle.Item) []merkle.Item { i[300].Salt, i[300].Body = nil, nil; return i }, merkle.Deleted, 300},
		{"two bodies are exchanged", func(i []merkle.Item) []merkle.Item {
			i[300].Body, i[302].Body = i[302].Body, i[300].Body
			return i
		}, merkle.Edited, 300},
		{"an entry is deleted", func(i []merkle.Item) []merkle.Item { return without(i, 300, 1) }, merkle.Deleted, 300},
		{"five entries are deleted", func(i []merkle.Item) []merkle.Item { return without(i, 300, 5) }, merkle.Deleted, 300},
		{"an entry is inserted", func(i []merkle.Item) []merkle.Item { return with(i, 300, other.items[n]) }, merkle.Inserted, 300},
		{"an entry is duplicated", func(i []merkle.Item) []merkle.Item { return with(i, 300, i[20]) }, merkle.Inserted, 300},
		{"an entry is added behind", func(i []merkle.Item) []merkle.Item { return append(i, other.items[n]) }, merkle.Inserted, n},
		{"two entries are exchanged", func(i []merkle.Item) []merkle.Item {
			i[300], i[310] = keepHash(i[310], i[300]), keepHash(i[300], i[310])
			return i
		}, merkle.Reordered, 300},
		{"the end is cut off", func(i []merkle.Item) []merkle.Item { return i[:400] }, merkle.Truncated, 256},
		{"the beginning is cut off", func(i []merkle.Item) []merkle.Item { return i[1:] }, merkle.Truncated, 512},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newLog(n)
			if got, index := wrong(t, m.bundle(t, test.tamper(m.items)), policy()); got != test.wrong || index != test.index {
				t.Errorf("%s at %d, want %s at %d", got, index, test.wrong, test.index)
			}
		})
	}
}

// without removes entries, as somebody would who cannot change the hashes.
func without(items []merkle.Item, at, n int) []merkle.Item {
	kept := slices.Delete(slices.Clone(items), at, at+n)
	for i := range kept {
		kept[i].Hash = items[i].Hash
	}
	return append(kept, hashesOnly(items[len(kept):])...)
}

// hashesOnly are items whose rows are gone while their hashes are not: they
// cannot be told apart from the ones that were, so the last stands for them.
func hashesOnly(items []merkle.Item) []merkle.Item {
	rest := slices.Clone(items)
	for i := range rest {
		rest[i].Entry = merkle.Entry{}
	}
	return rest
}

func with(items []merkle.Item, at int, more merkle.Item) []merkle.Item {
	all := slices.Insert(slices.Clone(items), at, more)
	for i := range items {
		all[i].Hash = items[i].Hash
	}
	return all[:len(items)]
}

func keepHash(i, of merkle.Item) merkle.Item {
	i.Hash = of.Hash
	return i
}

// A row that was removed, changed or added before it had its place in the log
// is found by its writer's numbers and signatures.
func TestP6_RowsTamperedWithBeforeTheyWereSequenced(t *testing.T) {
	for _, test := range []struct {
		name   string
		tamper func([]merkle.Item) []merkle.Item
		wrong  merkle.Wrong
		index  int64
	}{
		{"removed", func(i []merkle.Item) []merkle.Item { return slices.Delete(i, 10, 11) }, merkle.Deleted, 11},
		{"the last of a writer before a heartbeat", func(i []merkle.Item) []merkle.Item { return slices.Delete(i, 48, 49) }, merkle.Deleted, 48},
		{"the last of a writer", func(i []merkle.Item) []merkle.Item { return i[:len(i)-1] }, merkle.Forged, 97},
		{"changed", func(i []merkle.Item) []merkle.Item {
			i[10].Body = []byte(`{}`)
			i[10].Entry.Body = merkle.Commit(i[10].Salt, i[10].Body)
			return i
		}, merkle.Forged, 6},
		{"added", func(i []merkle.Item) []merkle.Item {
			e := i[10]
			e.Entry.ID[0], e.Entry.Writer, e.Entry.Number, e.Entry.Signature = 9, writer(7), 1, nil
			return slices.Insert(i, 10, e)
		}, merkle.Forged, 10},
		{"added by nobody", func(i []merkle.Item) []merkle.Item {
			e := i[10]
			e.Entry.ID[0], e.Entry.Writer, e.Entry.Number = 9, [16]byte{}, 0
			return slices.Insert(i, 10, e)
		}, merkle.Inserted, 10},
		{"written twice", func(i []merkle.Item) []merkle.Item { return slices.Insert(i, 10, i[8]) }, merkle.Inserted, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &made{}
			m.items = test.tamper(newLog(102).items[:102])
			for i := range m.items { // the sequencer was given these rows
				m.items[i].Hash = m.items[i].Entry.Hash()
				m.tree.Add(m.items[i].Hash)
			}
			if got, index := wrong(t, m.bundle(t, m.items), policy()); got != test.wrong || index != test.index {
				t.Errorf("%s at %d, want %s at %d", got, index, test.wrong, test.index)
			}
		})
	}
}

// T-AUD-6: a log that was set back to an older backup, or that continues in
// another way than before, is found by whoever kept a checkpoint.
func TestAUD6_RollbackAndForkAreNamed(t *testing.T) {
	m := newLog(600)
	b := m.bundle(t, m.items)
	for _, test := range []struct {
		name  string
		seen  merkle.Checkpoint
		wrong merkle.Wrong
		index int64
	}{
		{"an older one of the same log", m.history[3], "", 0},
		{"restored from a backup", merkle.Checkpoint{Origin: origin, Size: 700, Root: m.tree.Root()}, merkle.RolledBack, 600},
		{"another history", merkle.Checkpoint{Origin: origin, Size: 200, Root: m.tree.Root()}, merkle.Forked, 180},
		{"another log of the same size", merkle.Checkpoint{Origin: origin, Size: 600, Root: m.history[0].Root}, merkle.Forked, -1},
	} {
		p := policy()
		p.Seen = [][]byte{sign(t, test.seen)}
		if got, index := wrong(t, b, p); got != test.wrong || index != test.index {
			t.Errorf("%s: %s at %d, want %s at %d", test.name, got, index, test.wrong, test.index)
		}
	}
	stranger := merkle.NewKey(origin, seed("stranger"))
	p := policy()
	p.Key = stranger.Verifier()
	if got, _ := wrong(t, b, p); got != merkle.Forged {
		t.Errorf("under another key: %s", got)
	}
	p = policy()
	p.Quorum = 1
	if got, _ := wrong(t, b, p); got != merkle.Unwitness {
		t.Errorf("without a witness: %s", got)
	}
}

// Whoever owns the database, and not the log's key, can make hashes that fit
// what they changed. The signed checkpoints show between which sizes.
func TestP6_RewrittenHashesDoNotHaveTheSignedRoot(t *testing.T) {
	m := newLog(600)
	items := slices.Clone(m.items)
	items[300].Body = []byte(`{}`)
	items[300].Entry.Body = merkle.Commit(items[300].Salt, items[300].Body)
	items[300].Hash = items[300].Entry.Hash()
	_, err := merkle.Verify(m.bundle(t, items), policy())
	t.Log(err)
	if got, index := wrong(t, m.bundle(t, items), policy()); got != merkle.Edited || index != 300 {
		t.Errorf("%s at %d", got, index)
	}
}

// Bodies that were removed after their retention leave a log that verifies, if
// the trail itself says so.
func TestRemovedBodiesMustBeExplained(t *testing.T) {
	const nextMonth = 31 * 24 * 60 * 60 // seconds, of which each event has its own
	for _, test := range []struct {
		month string
		gone  int
		wrong merkle.Wrong
	}{{"2026-01", 594, ""}, {"2026-01", 593, merkle.Deleted}, {"2025-12", 594, merkle.Deleted}} {
		m := newLog(594)
		for i := range 6 {
			m.add(nextMonth+i, `{"kind":"bodies-removed","month":"`+test.month+`"}`)
		}
		for i := range test.gone {
			m.items[i].Salt, m.items[i].Body = nil, nil
		}
		got, index := wrong(t, m.bundle(t, m.items), policy())
		if got != test.wrong || index != 0 {
			t.Errorf("%d of %s: %s at %d", test.gone, test.month, got, index)
		}
	}
}
