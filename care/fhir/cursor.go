package fhir

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"example.org/icr/care/record"
	"github.com/go-json-experiment/json/jsontext"
)

// cursor walks over one JSON value that has already been found sound:
// well-formed, UTF-8, no name twice in an object. It can therefore not fail;
// what has an unexpected shape is kept as text or passed over.
type cursor struct {
	b      []byte
	i      int
	plain  bool // nothing in b is escaped
	words  *words
	slab   []record.Coding
	forced bool // met an element that FHIR forbids to ignore, or more than is read
}

// peek returns the first byte of what comes next, 0 at the end.
func (c *cursor) peek() byte {
	for ; c.i < len(c.b); c.i++ {
		switch c.b[c.i] {
		case ' ', '\n', '\t', '\r':
		default:
			return c.b[c.i]
		}
	}
	return 0
}

// members calls visit for each member of the object that comes next, placed
// before the value. A value that visit leaves is passed over, as is anything
// that is no object.
func (c *cursor) members(visit func(name []byte)) {
	if c.peek() != '{' {
		c.skip()
		return
	}
	for c.i++; ; {
		switch c.peek() {
		case '}':
			c.i++
			return
		case ',':
			c.i++
		case '"':
			name := c.str()
			c.peek()
			c.i++ // the colon
			next := c.peek()
			if mustNotIgnore(name) && next != 'n' && !bytes.HasPrefix(c.b[c.i:], emptyArray) {
				c.forced = true
			}
			at := c.i
			if visit(name); c.i == at {
				c.skip()
			}
		default:
			return
		}
	}
}

var emptyArray = []byte("[]")

// mustNotIgnore knows the two elements that may turn the meaning of what they
// stand in, and of which no meaning is known here.
func mustNotIgnore(name []byte) bool {
	return len(name) == 17 && string(name) == "modifierExtension" || len(name) == 13 && string(name) == "implicitRules"
}

// each calls visit before each element of the array that comes next, or once
// where a single value stands in place of the array. Nulls are passed over.
func (c *cursor) each(visit func()) {
	if c.peek() != '[' {
		c.one(visit)
		return
	}
	for c.i++; ; {
		switch c.peek() {
		case ']':
			c.i++
			return
		case ',':
			c.i++
		case 0:
			return
		default:
			c.one(visit)
		}
	}
}

func (c *cursor) one(visit func()) {
	if c.peek() == 'n' {
		c.skip()
		return
	}
	at := c.i
	if visit(); c.i == at {
		c.skip()
	}
}

// quoted passes over a JSON string and returns what stands between its
// quotation marks, still escaped where escaped is true.
func (c *cursor) quoted() (inside []byte, escaped bool) {
	start := c.i + 1
	for at := start; ; {
		n := bytes.IndexByte(c.b[at:], '"')
		if n < 0 {
			c.i = len(c.b)
			return nil, false
		}
		at += n
		if c.plain {
			c.i = at + 1
			return c.b[start:at], false
		}
		if at == start || c.b[at-1] != '\\' || !oddBackslashes(c.b[start:at]) {
			c.i = at + 1
			inside = c.b[start:at]
			return inside, bytes.IndexByte(inside, '\\') >= 0
		}
		at++
	}
}

func oddBackslashes(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// str is the JSON string that comes next. Its bytes may be those of the input.
func (c *cursor) str() []byte {
	start := c.i
	inside, escaped := c.quoted()
	if !escaped {
		return inside
	}
	unescaped, err := jsontext.AppendUnquote(nil, c.b[start:c.i])
	if err != nil {
		return inside
	}
	return unescaped
}

// skip passes over the value that comes next.
func (c *cursor) skip() {
	depth := 0
	for c.peek() != 0 {
		switch c.b[c.i] {
		case '"':
			c.quoted()
		case '{', '[':
			depth++
			c.i++
		case '}', ']':
			depth--
			c.i++
		case ',', ':':
			c.i++
			continue
		default:
			c.literal()
		}
		if depth <= 0 {
			return
		}
	}
}

// literal passes over a number, true, false or null.
func (c *cursor) literal() {
	for ; c.i < len(c.b); c.i++ {
		switch c.b[c.i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return
		}
	}
}

// raw passes over the value that comes next and returns it as it was sent.
func (c *cursor) raw() []byte {
	c.peek()
	start := c.i
	c.skip()
	return c.b[start:c.i]
}

// text is the value that comes next as text: a string's content, a number or
// boolean as it was sent, and any other shape raw, so that nothing is lost.
func (c *cursor) text() string {
	switch c.peek() {
	case '"':
		return c.words.keep(c.str())
	case 'n':
		c.skip()
		return ""
	}
	return c.words.keep(c.raw())
}

// words keeps one copy of each text that came lately. Systems, displays and
// units recur in every resource of an answer.
type words [512]string

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
	slot := &w[hash(b)%uint32(len(w))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// outer reports whether a byte at the end of a text may be white space.
func outer(c byte) bool { return c <= ' ' || c >= 0x80 }

// hash mixes the length and at most eight bytes of either end: in those,
// addresses, codes and displays differ.
func hash(b []byte) uint32 {
	h := uint64(len(b))
	if len(b) < 8 {
		for _, c := range b {
			h = h<<8 ^ uint64(c) ^ h>>56
		}
	} else {
		h = (h ^ binary.LittleEndian.Uint64(b)) * 0x9e3779b97f4a7c15
		h ^= binary.LittleEndian.Uint64(b[len(b)-8:])
	}
	return uint32(h * 0x9e3779b97f4a7c15 >> 32)
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
