package merkle

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A bundle is a folder that holds the trail and its proof:
//
//	checkpoint         the signed checkpoint, with the witnesses' cosignatures
//	checkpoints        earlier ones, each followed by a line of three dashes
//	tile/L/N           hashes (https://c2sp.org/tlog-tiles)
//	tile/entries/N     entries, as C2SP has them
//	tile/bodies/N      what the entries commit to: Item's lines
//
// Everything but tile/bodies names nobody and can be given to anyone.
const (
	checkpointFile = "checkpoint"
	historyFile    = "checkpoints"
	entriesDir     = "tile/entries"
	bodiesDir      = "tile/bodies"
	tileWidth      = 256
	separator      = "---\n"
)

// Item is one entry with all that is kept of it.
type Item struct {
	Entry Entry
	Hash  tlog.Hash // as the log's own hashes have it
	Salt  []byte
	Body  []byte // nil once it has been removed
}

// line is an item as it stands in tile/bodies: index, salt, body.
func (i Item) line(index int64) string {
	field := func(b []byte) string {
		if len(b) == 0 {
			return "-"
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("%d %s %s\n", index, field(i.Salt), field(i.Body))
}

var errLine = errors.New("a line of the bodies cannot be read")

// readLine reads what line wrote.
func (i *Item) readLine(line string, index int64) error {
	fields := strings.Split(line, " ")
	if len(fields) != 3 || fields[0] != strconv.FormatInt(index, 10) {
		return errLine
	}
	for n, to := range []*[]byte{&i.Salt, &i.Body} {
		if fields[n+1] == "-" {
			continue
		}
		b, err := base64.StdEncoding.Strict().DecodeString(fields[n+1])
		if err != nil {
			return errLine
		}
		*to = b
	}
	return nil
}

// Bundler writes a bundle, one block of 256 entries at a time.
type Bundler struct {
	dir             string
	count           int64
	entries, bodies bytes.Buffer
	levels          [][]tlog.Hash // of each level, the tile that is being filled
	done            []int64       // of each level, the full tiles
}

// NewBundler makes the folder dir, which must not be there yet: a bundle holds
// people's names, and only its owner may read it.
func NewBundler(dir string) (*Bundler, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return &Bundler{dir: dir}, nil
}

// Add adds the next item.
func (b *Bundler) Add(i Item) error { return errors.Join(b.AddHash(i.Hash), b.AddEntry(i)) }

// AddHash adds the next leaf hash, which should be that of the next entry.
func (b *Bundler) AddHash(h tlog.Hash) error { return b.addHash(0, h) }

// AddEntry adds the next entry and its body, without its hash.
func (b *Bundler) AddEntry(i Item) error {
	e := i.Entry.Marshal()
	b.entries.Write(binary.BigEndian.AppendUint16(nil, uint16(len(e))))
	b.entries.Write(e)
	b.bodies.WriteString(i.line(b.count))
	b.count++
	if b.count%tileWidth != 0 {
		return nil
	}
	return b.flush(b.count/tileWidth-1, "")
}

func (b *Bundler) flush(n int64, partial string) error {
	err := errors.Join(b.write(entriesDir+"/"+tilePath(n)+partial, b.entries.Bytes()), b.write(bodiesDir+"/"+tilePath(n)+partial, b.bodies.Bytes()))
	b.entries.Reset()
	b.bodies.Reset()
	return err
}

// addHash adds a hash to the tile at level, and the tile's own to the level
// above once it is full.
func (b *Bundler) addHash(level int, h tlog.Hash) error {
	if level == len(b.levels) {
		b.levels, b.done = append(b.levels, nil), append(b.done, 0)
	}
	b.levels[level] = append(b.levels[level], h)
	if len(b.levels[level]) < tileWidth {
		return nil
	}
	var t Tree
	for _, h := range b.levels[level] {
		t.Add(h)
	}
	if err := b.writeHashes(level, ""); err != nil {
		return err
	}
	b.levels[level], b.done[level] = b.levels[level][:0], b.done[level]+1
	return b.addHash(level+1, t.Root())
}

func (b *Bundler) writeHashes(level int, partial string) error {
	var data []byte
	for _, h := range b.levels[level] {
		data = append(data, h[:]...)
	}
	return b.write(fmt.Sprintf("tile/%d/%s%s", level, tilePath(b.done[level]), partial), data)
}

// Close writes what is left, and the checkpoints: the last one, and those
// before it.
func (b *Bundler) Close(checkpoint []byte, history [][]byte) error {
	var errs []error
	if w := b.count % tileWidth; w != 0 {
		errs = append(errs, b.flush(b.count/tileWidth, ".p/"+strconv.FormatInt(w, 10)))
	}
	for level, hashes := range b.levels {
		if len(hashes) > 0 {
			errs = append(errs, b.writeHashes(level, ".p/"+strconv.Itoa(len(hashes))))
		}
	}
	var all bytes.Buffer
	for _, c := range history {
		all.Write(c)
		all.WriteString(separator)
	}
	return errors.Join(append(errs, b.write(historyFile, all.Bytes()), b.write(checkpointFile, checkpoint))...)
}

func (b *Bundler) write(name string, data []byte) error {
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// tilePath writes n in groups of three digits, all but the last behind an x.
func tilePath(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

// readBlock reads the nth block below dir: the full one, or else the partial
// one. Where there is none, it returns nil.
func readBlock(bundle fs.FS, dir string, n int64) ([]byte, error) {
	name := dir + "/" + tilePath(n)
	data, err := fs.ReadFile(bundle, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	partial, err := fs.ReadDir(bundle, name+".p")
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(partial) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(bundle, name+".p/"+partial[len(partial)-1].Name())
}

// readHashes reads the nth tile of leaf hashes.
func readHashes(bundle fs.FS, n int64) ([]tlog.Hash, error) {
	data, err := readBlock(bundle, "tile/0", n)
	if err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range hashes {
		hashes[i] = tlog.Hash(data[i*tlog.HashSize:])
	}
	return hashes, nil
}

// readItems reads the nth block of entries and what is kept of them. Bytes
// that are no entry come back as an entry that hashes to something else, and a
// line that cannot be read as a salt that does not fit.
func readItems(bundle fs.FS, n int64) ([]Item, error) {
	data, err := readBlock(bundle, entriesDir, n)
	if err != nil {
		return nil, err
	}
	lines, err := readBlock(bundle, bodiesDir, n)
	if err != nil {
		return nil, err
	}
	var items []Item
	for len(data) > 0 {
		var raw []byte
		if raw, data = cutEntry(data); raw == nil {
			items = append(items, Item{})
			break
		}
		e, err := ParseEntry(raw)
		if err != nil {
			e = Entry{}
		}
		items = append(items, Item{Entry: e})
	}
	rows := strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n")
	for i := range items {
		if i >= len(rows) || items[i].readLine(rows[i], n*tileWidth+int64(i)) != nil {
			items[i].Salt = []byte("?")
		}
	}
	return items, nil
}

// cutEntry takes the first entry off a block.
func cutEntry(data []byte) (entry, rest []byte) {
	if len(data) < 2 {
		return nil, nil
	}
	n := int(binary.BigEndian.Uint16(data))
	if len(data) < 2+n {
		return nil, nil
	}
	return data[2 : 2+n], data[2+n:]
}

// readHistory reads the earlier checkpoints.
func readHistory(bundle fs.FS) ([][]byte, error) {
	data, err := fs.ReadFile(bundle, historyFile)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for part := range bytes.SplitSeq(data, []byte("\n"+separator)) {
		if len(part) > 0 {
			all = append(all, append(part[:len(part):len(part)], '\n'))
		}
	}
	return all, nil
}
