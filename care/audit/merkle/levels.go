package merkle

import (
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// levels compares the tiles above the leaf hashes with what these make.
// Nothing here reads those tiles for itself, but others do.
type levels struct {
	bundle fs.FS
	all    []level
}

type level struct {
	size int64
	tile Tree
	data []byte // of the tile at hand
}

// add adds a hash to a level, and to the level above what a full tile makes.
func (l *levels) add(at int, h tlog.Hash) error {
	if at == len(l.all) {
		l.all = append(l.all, level{})
	}
	of := &l.all[at]
	of.size++
	of.tile.Add(h)
	if at > 0 {
		of.data = append(of.data, h[:]...)
	}
	if of.size%tileWidth != 0 {
		return nil
	}
	root := of.tile.Root()
	if err := l.compare(at, of.size/tileWidth-1); err != nil {
		return err
	}
	of.tile, of.data = Tree{}, of.data[:0]
	return l.add(at+1, root)
}

// close compares the partial tiles.
func (l *levels) close() error {
	for at := range l.all {
		if of := l.all[at]; of.size%tileWidth != 0 {
			if err := l.compare(at, of.size/tileWidth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *levels) compare(at int, n int64) error {
	if at == 0 {
		return nil // these were read
	}
	data, err := readBlock(l.bundle, fmt.Sprintf("tile/%d", at), n)
	if err != nil {
		return err
	}
	if string(data) != string(l.all[at].data) {
		return fault(Edited, -1, "the file tile/%d/%s is not what the leaf hashes make; the entries are those that the checkpoint signs", at, tilePath(n))
	}
	return nil
}
