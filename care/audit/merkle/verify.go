package merkle

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Policy says what a verifier trusts.
type Policy struct {
	Key       note.Verifier   // the log's
	Writers   []note.Verifier // the writers'; without any, their signatures are not checked
	Witnesses []note.Verifier
	Quorum    int      // how many of the witnesses must have cosigned
	Seen      [][]byte // signed checkpoints that somebody kept
}

// Report is what a verified bundle holds.
type Report struct {
	Checkpoint Checkpoint
	Cosigned   []string // the witnesses that cosigned it
	Bodies     int64    // of the entries, those whose body is there
	Removed    int64    // those whose body was removed after its retention
	Writers    int
	First      time.Time
	Last       time.Time
	Open       []string // writers that neither stopped nor beat in the end
}

// Verify verifies a bundle, offline. Where something is wrong, the error is a
// *Fault: the first bad entry, and what is wrong with it. The memory that it
// takes does not grow with the trail.
func Verify(bundle fs.FS, p Policy) (Report, error) {
	v := &verifier{bundle: bundle, policy: p, marks: map[int64][]mark{}}
	if err := v.open(); err != nil {
		return Report{}, err
	}
	trusted, err := v.hashes()
	if err != nil {
		return Report{}, err
	}
	if !trusted {
		return Report{}, v.locate()
	}
	if err := v.entries(); err != nil {
		return Report{}, err
	}
	return v.report, nil
}

type verifier struct {
	bundle fs.FS
	policy Policy
	report Report
	marks  map[int64][]mark // by size
	agreed int64            // the largest marked size at which the hashes had the marked root
}

// mark is a checkpoint that the log must have passed through.
type mark struct {
	checkpoint Checkpoint
	whose      string
}

// open reads the checkpoints and their signatures.
func (v *verifier) open() error {
	signed, err := fs.ReadFile(v.bundle, checkpointFile)
	if err != nil {
		return fmt.Errorf("the bundle has no checkpoint: %w", err)
	}
	c, by, err := OpenCheckpoint(signed, v.policy.Key, v.policy.Witnesses...)
	if err != nil {
		return fault(Forged, -1, "the checkpoint is not one that the log's key signed (%v)", err)
	}
	if len(by) < v.policy.Quorum {
		return fault(Unwitness, -1, "%d witnesses cosigned the checkpoint, and %d were asked for", len(by), v.policy.Quorum)
	}
	v.report.Checkpoint, v.report.Cosigned = c, by
	history, err := readHistory(v.bundle)
	if err != nil {
		return fmt.Errorf("the bundle's history: %w", err)
	}
	return errors.Join(v.mark(history, "an earlier checkpoint"), v.mark(v.policy.Seen, "a checkpoint that was kept elsewhere"))
}

func (v *verifier) mark(all [][]byte, whose string) error {
	last := v.report.Checkpoint
	for _, signed := range all {
		c, _, err := OpenCheckpoint(signed, v.policy.Key, v.policy.Witnesses...)
		switch {
		case err != nil:
			return fault(Forged, -1, "%s is not one that the log's key signed (%v)", whose, err)
		case c.Size > last.Size:
			return fault(RolledBack, last.Size, "%s has %d entries, and this log has only %d", whose, c.Size, last.Size)
		case c.Size == last.Size && c.Root != last.Root:
			return fault(Forked, -1, "%s has as many entries, %d, and another root", whose, c.Size)
		}
		v.marks[c.Size] = append(v.marks[c.Size], mark{c, whose})
	}
	return nil
}

// hashes reports whether the tiles of leaf hashes are those that the
// checkpoint signs: then they say what each entry must hash to.
func (v *verifier) hashes() (bool, error) {
	var t Tree
	above := &levels{bundle: v.bundle}
	size := v.report.Checkpoint.Size
	var forked *Fault
	for n := int64(0); t.size < size; n++ {
		hashes, err := readHashes(v.bundle, n)
		if err != nil {
			return false, err
		}
		if len(hashes) == 0 {
			return false, v.missing("tile/0", n)
		}
		if t.size+int64(len(hashes)) > size {
			return false, fault(Inserted, size, "tile/0 has hashes behind the last that the checkpoint signs")
		}
		for _, h := range hashes {
			t.Add(h)
			if err := above.add(0, h); err != nil {
				return false, err
			}
			if f := v.passed(&t); f != nil && forked == nil {
				forked = f
			}
		}
		if len(hashes) < tileWidth && t.size < size {
			return false, v.missing("tile/0", n)
		}
	}
	if t.Root() != v.report.Checkpoint.Root {
		return false, nil
	}
	if forked != nil {
		return false, forked
	}
	return true, above.close()
}

// passed compares t with the checkpoints of its size.
func (v *verifier) passed(t *Tree) *Fault {
	for _, m := range v.marks[t.size] {
		if m.checkpoint.Root != t.Root() {
			return fault(Forked, v.agreed, "%s of %d entries has another root: this log has another history between entries %d and %d", m.whose, t.size, v.agreed, t.size-1)
		}
		v.agreed = t.size
	}
	return nil
}

// missing says whether the nth block is cut off with all after it, or gone
// from the middle.
func (v *verifier) missing(dir string, n int64) *Fault {
	next, err := readBlock(v.bundle, dir, n+1)
	if err == nil && next != nil {
		return fault(Deleted, n*tileWidth, "the file %s/%s is gone or cut short", dir, tilePath(n))
	}
	return fault(Truncated, n*tileWidth, "%s ends at about entry %d, and the checkpoint signs %d entries", dir, n*tileWidth, v.report.Checkpoint.Size)
}

// locate finds what is wrong where the tiles do not have the signed root: they
// alone, or the entries too.
func (v *verifier) locate() error {
	var t Tree
	first := int64(-1)
	size := v.report.Checkpoint.Size
	for n := int64(0); t.size < size; n++ {
		items, err := readItems(v.bundle, n)
		if err != nil {
			return err
		}
		hashes, err := readHashes(v.bundle, n)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return v.missing(entriesDir, n)
		}
		for i, item := range items[:min(int64(len(items)), size-t.size)] {
			if first < 0 && (i >= len(hashes) || hashes[i] != item.Entry.Hash()) {
				first = t.size
			}
			t.Add(item.Entry.Hash())
		}
	}
	if t.Root() == v.report.Checkpoint.Root {
		return fault(Edited, first, "its hash in tile/0 is not that of the entry; the entries themselves are those that the checkpoint signs")
	}
	if first >= 0 {
		return fault(Edited, first, "it and its hash were changed, and the log's key has not signed the result; entries before %d agree with a signed checkpoint", v.agreed)
	}
	return fault(Edited, v.agreed, "the entries from here on are not those that the checkpoint signs: some were changed together with their hashes")
}

// entries checks each entry against its hash, its body and its writer.
func (v *verifier) entries() error {
	size := v.report.Checkpoint.Size
	w := newWriters(v.policy.Writers)
	m := months{gone: map[string]int64{}, kept: map[string]bool{}}
	for n := int64(0); n*tileWidth < size; n++ {
		items, err := readItems(v.bundle, n)
		if err != nil {
			return err
		}
		hashes, err := readHashes(v.bundle, n)
		if err != nil {
			return err
		}
		for i, h := range hashes {
			index := n*tileWidth + int64(i)
			if i >= len(items) || items[i].Entry.Hash() != h {
				return v.classify(index, h)
			}
			if f := v.item(w, items[i], index, m); f != nil {
				return f
			}
		}
		if len(items) > len(hashes) {
			return fault(Inserted, n*tileWidth+int64(len(hashes)), "there are entries behind the last that the checkpoint signs")
		}
	}
	v.report.Writers, v.report.Open = len(w.all), w.open()
	if f := w.unsigned(v.bundle, size); f != nil {
		return f
	}
	return w.unexplained(m)
}

func (v *verifier) item(w *writers, i Item, index int64, m months) *Fault {
	if v.report.First.IsZero() {
		v.report.First = i.Entry.At
	}
	v.report.Last = i.Entry.At
	switch {
	case i.Salt == nil && i.Body == nil:
		v.report.Removed++
		if _, ok := m.gone[month(i.Entry.At)]; !ok {
			m.gone[month(i.Entry.At)] = index
		}
	case !i.Entry.commits(i.Salt, i.Body):
		return fault(Edited, index, "the body of event %x is not the one that was logged", i.Entry.ID)
	default:
		v.report.Bodies++
		m.kept[month(i.Entry.At)] = true
	}
	if f := w.next(i.Entry, index); f != nil {
		return f
	}
	return w.says(i, index)
}

// months are those of which a body is gone, with the first such entry, and
// those of which one is there. A month's bodies are removed together.
type months struct {
	gone map[string]int64
	kept map[string]bool
}

func month(t time.Time) string { return t.UTC().Format("2006-01") }

// classify says what is wrong with the entry at index, which should hash to
// want.
func (v *verifier) classify(index int64, want tlog.Hash) error {
	got, ok, err := v.entryAt(index)
	if err != nil {
		return err
	}
	if !ok {
		return v.missing(entriesDir, index/tileWidth)
	}
	later, err := v.findEntry(want, index+1)
	if err != nil {
		return err
	}
	belongs, err := v.findHash(got.Hash())
	if err != nil {
		return err
	}
	switch {
	case belongs > index && later > index:
		return fault(Reordered, index, "the entry that belongs at %d stands here, and the one that belongs here stands at %d", belongs, later)
	case belongs > index:
		return fault(Deleted, index, "the entry that belongs here is gone: the one that belongs at %d stands in its place", belongs)
	case belongs >= 0:
		return fault(Inserted, index, "a second copy of entry %d stands here", belongs)
	case later > index:
		return fault(Inserted, index, "an entry that was never logged stands here, and the one that belongs here stands at %d", later)
	}
	return fault(Edited, index, "the entry of event %x is not the one that was logged", got.ID)
}

func (v *verifier) entryAt(index int64) (Entry, bool, error) {
	items, err := readItems(v.bundle, index/tileWidth)
	if err != nil || index%tileWidth >= int64(len(items)) {
		return Entry{}, false, err
	}
	return items[index%tileWidth].Entry, true, nil
}

// findEntry finds where the entry with the hash stands, from an index on.
func (v *verifier) findEntry(h tlog.Hash, from int64) (int64, error) {
	for n := from / tileWidth; ; n++ {
		items, err := readItems(v.bundle, n)
		if err != nil || len(items) == 0 {
			return -1, err
		}
		for i, item := range items {
			if index := n*tileWidth + int64(i); index >= from && item.Entry.Hash() == h {
				return index, nil
			}
		}
	}
}

// findHash finds where a hash belongs.
func (v *verifier) findHash(h tlog.Hash) (int64, error) {
	for n := int64(0); ; n++ {
		hashes, err := readHashes(v.bundle, n)
		if err != nil || len(hashes) == 0 {
			return -1, err
		}
		if i := slices.Index(hashes, h); i >= 0 {
			return n*tileWidth + int64(i), nil
		}
	}
}
