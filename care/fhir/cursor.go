package fhir

import (
	"bytes"
	"slices"

	"example.org/icr/care/record"
	"github.com/go-json-experiment/json/jsontext"
)

// cursor walks over one JSON value and makes sure as it goes that it is sound:
// well formed (RFC 8259), in UTF-8, no name twice in an object (RFC 7493). It
// does what jsontext.Decoder does, for a third of the time. Where the value is
// not sound, or goes on beyond the bytes at hand, err says so and the cursor is
// at its end; what was read of it is then void. What is sound and of an
// unexpected shape is kept as text or passed over.
type cursor struct {
	b      []byte
	i      int
	err    error
	names  []uint64 // of the objects that the cursor is in
	depth  int
	high   uint64 // has a high bit set in some byte if a text has
	words  *words
	slab   []record.Coding
	aside  []record.Coding // of concepts of which only the words were taken
	forced bool            // met an element that FHIR forbids to ignore, or more than is read
}

// What one value may have. Nothing clinical comes near either.
const (
	deepest   = 500 // levels
	mostNames = 512 // in one object
)

// begin puts the cursor before the value that b begins with.
func (c *cursor) begin(b []byte) {
	c.b, c.i, c.err, c.names, c.depth, c.high, c.forced = b, 0, nil, c.names[:0], 0, 0, false
}

// fail ends the walk.
func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.i = len(c.b)
}

// unexpected ends the walk at what cannot stand here, or at the end of the
// bytes at hand.
func (c *cursor) unexpected() {
	if c.i >= len(c.b) {
		c.fail(errShort)
	} else {
		c.fail(errUnsound)
	}
}

// peek returns the first byte of what comes next, 0 at the end.
func (c *cursor) peek() byte {
	if c.i < len(c.b) && c.b[c.i] > ' ' {
		return c.b[c.i]
	}
	if c.i = blank(c.b, c.i); c.i < len(c.b) {
		return c.b[c.i]
	}
	return 0
}

// members calls visit for each member of the object that comes next, placed
// before the value. A value that visit leaves is passed over, as is anything
// that is no object. Without visit, all of it is passed over.
func (c *cursor) members(visit func(name []byte)) {
	if c.peek() != '{' {
		c.skip()
		return
	}
	first := len(c.names)
	for more := c.enter('}'); more; more = c.next('}') {
		name := c.named(first)
		next := c.peek()
		if visit == nil {
			c.skip()
			continue
		}
		if mustNotIgnore(name) && next != 'n' && !bytes.HasPrefix(c.b[c.i:], emptyArray) {
			c.forced = true
		}
		at := c.i
		if visit(name); c.i == at {
			c.skip()
		}
	}
	c.names = c.names[:first]
}

// enter steps into the object or array that ends with shut, and reports whether
// there is anything in it.
func (c *cursor) enter(shut byte) bool {
	c.i++
	if c.depth++; c.depth > deepest {
		c.fail(broken("it is nested too deep"))
	}
	if c.peek() != shut {
		return c.err == nil
	}
	c.i++
	c.depth--
	return false
}

// next steps behind a value within an object or array, and reports whether
// another one follows.
func (c *cursor) next(shut byte) bool {
	switch c.peek() {
	case ',':
		c.i++
		return true
	case shut:
		c.i++
		c.depth--
	default:
		c.unexpected()
	}
	return false
}

// named is the member's name that comes next, with its colon behind it. It must
// be new in its object, whose names begin at first.
func (c *cursor) named(first int) []byte {
	if c.peek() != '"' {
		c.unexpected()
		return nil
	}
	name := c.str()
	sum := sum(name)
	if slices.Contains(c.names[first:], sum) {
		c.fail(broken("it has a name twice in one object"))
	}
	if len(c.names)-first == mostNames {
		c.fail(broken("it has an object with more than %d names", mostNames))
	}
	c.names = append(c.names, sum)
	if c.peek() != ':' {
		c.unexpected()
		return nil
	}
	c.i++
	return name
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
	for more := c.enter(']'); more; more = c.next(']') {
		c.one(visit)
	}
}

func (c *cursor) one(visit func()) {
	if c.peek() == 'n' || visit == nil {
		c.skip()
		return
	}
	at := c.i
	if visit(); c.i == at {
		c.skip()
	}
}

// quoted passes over the JSON string that comes next and returns what stands
// between its quotation marks, still escaped where escaped is true.
func (c *cursor) quoted() (inside []byte, escaped bool) {
	start := c.i + 1
	for i := start; ; {
		i = c.ordinary(i)
		switch {
		case i < len(c.b) && c.b[i] == '"':
			c.i = i + 1
			return c.b[start:i], escaped
		case i == len(c.b) || c.b[i] != '\\':
			c.i = i // the end, or a control character
			c.unexpected()
			return nil, false
		}
		escaped = true
		end, err := escape(c.b, i)
		if i = end; err != nil {
			c.fail(err)
			return nil, false
		}
	}
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
		c.fail(errUnsound)
	}
	return unescaped
}

// skip passes over the value that comes next.
func (c *cursor) skip() {
	switch c.peek() {
	case '"':
		c.quoted()
	case '{':
		c.members(nil)
	case '[':
		c.each(nil)
	case 't':
		c.word("true")
	case 'f':
		c.word("false")
	case 'n':
		c.word("null")
	default:
		c.number()
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
