package merkle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// writers follows the numbers and signatures of all who wrote the trail. A row
// that was removed before it had its place in the log leaves a hole in them.
type writers struct {
	keys    []note.Verifier
	all     map[[16]byte]*writer
	removed map[string]bool // months whose bodies the trail says were removed
}

type writer struct {
	number uint64 // the last
	link   Link
	since  int64 // the index of its first entry behind its last signature, or -1

	signed    uint64 // the number up to which it signed
	signature []byte
	at        Link
	stated    bool // the last thing known of it is a statement of its last number
}

func newWriters(keys []note.Verifier) *writers {
	return &writers{keys: keys, all: map[[16]byte]*writer{}, removed: map[string]bool{}}
}

// next takes the next entry of the log.
func (w *writers) next(e Entry, index int64) *Fault {
	if e.Writer == ([16]byte{}) {
		return fault(Inserted, index, "event %x names no writer", e.ID)
	}
	of := w.all[e.Writer]
	if of == nil {
		of = &writer{since: -1}
		w.all[e.Writer] = of
	}
	switch {
	case e.Number > of.number+1:
		return fault(Deleted, index, "writer %x wrote number %d before this entry, its number %d, and it is not in the log: it was removed before it was given a place", e.Writer, of.number+1, e.Number)
	case e.Number <= of.number:
		return fault(Inserted, index, "writer %x has a number %d already", e.Writer, e.Number)
	}
	of.number, of.link, of.stated = e.Number, of.link.Then(e), false
	switch {
	case e.Signature != nil:
		of.signed, of.signature, of.at, of.since = e.Number, e.Signature, of.link, -1
	case of.since < 0:
		of.since = index
	}
	return nil
}

// statement is what this package reads of a body.
type statement struct {
	Kind    string            `json:"kind"`
	Writers map[string]uint64 `json:"writers"`
	Month   string            `json:"month"`
}

var stating = [][]byte{[]byte(`"kind":"heartbeat"`), []byte(`"kind":"server-stopped"`), []byte(`"kind":"bodies-removed"`)}

// says follows what an event states about the trail itself: the last numbers
// of its writers, and months that were removed.
func (w *writers) says(i Item, index int64) *Fault {
	if !slices.ContainsFunc(stating, func(kind []byte) bool { return bytes.Contains(i.Body, kind) }) {
		return nil
	}
	var s statement
	if json.Unmarshal(i.Body, &s) != nil {
		return fault(Edited, index, "what event %x says of the trail cannot be read", i.Entry.ID)
	}
	if s.Month != "" {
		w.removed[s.Month] = true
	}
	for name, last := range s.Writers {
		id, err := hex.DecodeString(strings.ReplaceAll(name, "-", ""))
		if err != nil || len(id) != 16 {
			continue
		}
		of := w.all[[16]byte(id)]
		if of == nil || of.number < last {
			return fault(Deleted, index, "this event states that writer %s had written %d events, and the last of them are not in the log: they were removed before they were given a place", name, last)
		}
		of.stated = of.number == last
	}
	if s.Writers != nil { // whoever states signs for it
		w.all[i.Entry.Writer].stated = true
	}
	return nil
}

// open are the writers whose last number nobody stated: their process ended
// without a word, or goes on.
func (w *writers) open() []string {
	var names []string
	for id, of := range w.all {
		if !of.stated {
			names = append(names, hex.EncodeToString(id[:]))
		}
	}
	slices.Sort(names)
	return names
}

// unsigned finds a writer whose entries its key did not sign, and the first of
// these. The last signature vouches for all entries before it.
func (w *writers) unsigned(bundle fs.FS, size int64) *Fault {
	if len(w.keys) == 0 {
		return nil
	}
	var first *Fault
	for _, id := range slices.SortedFunc(maps.Keys(w.all), func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }) {
		of := w.all[id]
		var f *Fault
		switch {
		case of.signature == nil || !w.verify(of.at, of.signature):
			f = w.firstForged(bundle, id, size)
		case of.signed != of.number:
			f = fault(Forged, of.since, "writer %x did not sign its numbers after %d", id, of.signed)
		}
		if f != nil && (first == nil || f.Index < first.Index) {
			first = f
		}
	}
	return first
}

func (w *writers) verify(l Link, signature []byte) bool {
	return slices.ContainsFunc(w.keys, func(k note.Verifier) bool { return k.Verify(l.Message(), signature) })
}

// firstForged finds the entry at which a writer's signatures stop being right.
func (w *writers) firstForged(bundle fs.FS, id [16]byte, size int64) *Fault {
	var l Link
	since := int64(-1)
	for n := int64(0); n*tileWidth < size; n++ {
		items, err := readItems(bundle, n)
		if err != nil {
			break
		}
		for i, item := range items {
			if item.Entry.Writer != id {
				continue
			}
			if since < 0 {
				since = n*tileWidth + int64(i)
			}
			l = l.Then(item.Entry)
			if item.Entry.Signature == nil {
				continue
			}
			if !w.verify(l, item.Entry.Signature) {
				return fault(Forged, since, "writer %x did not sign this entry as it is: it was changed or added before it was given a place", id)
			}
			since = -1
		}
	}
	return fault(Forged, max(since, 0), "writer %x did not sign its last entries", id)
}

// unexplained finds a body that is gone from a month that others are left of,
// or of which the trail does not say that its bodies were removed.
func (w *writers) unexplained(all months) error {
	first := int64(-1)
	for m, index := range all.gone {
		if (!w.removed[m] || all.kept[m]) && (first < 0 || index < first) {
			first = index
		}
	}
	if first < 0 {
		return nil
	}
	return fault(Deleted, first, "its body is gone, and the trail does not say that all bodies of its month were removed after their retention, or some are there still")
}
