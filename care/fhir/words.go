package fhir

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// words keeps one copy of each text that came lately. Systems, displays and
// units recur in every resource of an answer.
type words struct {
	lately [512]string
	room   strings.Builder // where short texts stand side by side
}

func (w *words) keep(b []byte) string {
	if len(b) > 0 && (outer(b[0]) || outer(b[len(b)-1])) {
		b = bytes.TrimSpace(b)
	}
	if len(b) == 0 {
		return ""
	}
	if len(b) > 96 {
		return string(b)
	}
	slot := &w.lately[hash(b)%uint32(len(w.lately))]
	if *slot != string(b) {
		*slot = w.copy(b)
	}
	return *slot
}

// copy is a short text in the room that it shares with others: one answer's,
// which are let go together.
func (w *words) copy(b []byte) string {
	if had := w.room.Cap(); had-w.room.Len() < len(b) {
		w.room.Reset()
		w.room.Grow(min(4<<10, max(512, 2*had)))
	}
	at := w.room.Len()
	w.room.Write(b)
	return w.room.String()[at:]
}

// outer reports whether a byte at the end of a text may be white space.
func outer(c byte) bool { return c <= ' ' || c >= 0x80 }

// hash mixes the length and at most eight bytes of either end: in those,
// addresses, codes and displays differ.
func hash(b []byte) uint32 {
	h := uint64(len(b)) << 56
	if len(b) < 8 {
		h ^= last(b)
	} else {
		h = (h ^ binary.LittleEndian.Uint64(b)) * mixer
		h ^= binary.LittleEndian.Uint64(b[len(b)-8:])
	}
	return uint32(h * mixer >> 32)
}

// joined is the distinct non-empty texts, separated.
func joined(separator string, texts ...string) string {
	var out []string
	met := func(text string) bool { return slices.Contains(out, text) }
	if len(texts) > 16 {
		all := make(map[string]bool, len(texts))
		met = func(text string) bool { before := all[text]; all[text] = true; return before }
	}
	for _, text := range texts {
		if text != "" && !met(text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, separator)
}

// last is fewer than eight bytes as a number.
func last(b []byte) (n uint64) {
	if cap(b) >= 8 {
		return binary.LittleEndian.Uint64(b[:8]) & (1<<(8*len(b)) - 1)
	}
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}

const mixer = 0x9e3779b97f4a7c15
