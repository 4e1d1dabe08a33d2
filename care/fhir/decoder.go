package fhir

import (
	"io"
	"slices"
	"sync"
)

// decoder reads JSON from a stream, one value at a time, with the texts that it
// has lately met.
type decoder struct {
	from  io.Reader
	b     []byte // what was read and not yet let go
	i     int    // what of it was taken
	ended bool
	gone  int64 // bytes let go
	c     cursor
}

// firstRead holds most entries whole.
const firstRead = 16 << 10

var decoders = sync.Pool{New: func() any {
	return &decoder{b: make([]byte, 0, firstRead), c: cursor{words: new(words)}}
}}

func newDecoder(from io.Reader) *decoder {
	d := decoders.Get().(*decoder)
	d.from = from
	return d
}

// largestKept is the size beyond which a decoder's room is let go.
const largestKept = 256 << 10

// release forgets what was read, and keeps the room for another answer.
func (d *decoder) release() {
	if cap(d.b) > largestKept {
		return
	}
	*d.c.words = words{}
	*d = decoder{b: d.b[:0], c: cursor{words: d.c.words, names: d.c.names[:0]}}
	decoders.Put(d)
}

// more reads more of the stream; what was taken is let go.
func (d *decoder) more() error {
	if d.ended {
		return io.EOF
	}
	if d.i > 0 {
		d.gone += int64(d.i)
		d.b = d.b[:copy(d.b, d.b[d.i:])]
		d.i = 0
	}
	if len(d.b) > cap(d.b)/2 {
		d.b = slices.Grow(d.b, cap(d.b))
	}
	n, err := d.from.Read(d.b[len(d.b):cap(d.b)])
	d.b = d.b[:len(d.b)+n]
	if err == io.EOF {
		d.ended = true
		return nil
	}
	return err
}

// blank passes over white space.
func blank(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case ' ', '\n', '\t', '\r':
		default:
			return i
		}
	}
	return i
}

// peek is the first byte of what comes next, or io.EOF.
func (d *decoder) peek() (byte, error) {
	for {
		if d.i = blank(d.b, d.i); d.i < len(d.b) {
			return d.b[d.i], nil
		}
		if err := d.more(); err != nil {
			return 0, err
		}
	}
}

// take takes the byte that must come next.
func (d *decoder) take(want byte) error {
	err := d.at(want)
	if err == nil {
		d.i++
	}
	return err
}

// at fails unless want comes next.
func (d *decoder) at(want byte) error {
	b, err := d.peek()
	if err == nil && b != want {
		err = errUnsound
	}
	return err
}

// walk lets visit walk over the JSON value that comes next, again from its
// beginning where it was not whole: what visit made of a value counts once walk
// returns nil. Texts that it did not copy last until the next walk.
func (d *decoder) walk(visit func(c *cursor)) error {
	for {
		d.c.begin(d.b[d.i:])
		visit(&d.c)
		switch {
		case d.c.err == nil && !d.c.utf8():
			return broken("it is not in UTF-8")
		case d.c.err == nil:
			d.i += d.c.i
			return nil
		case d.c.err != errShort:
			return d.c.err
		}
		if err := d.double(); err != nil {
			return err
		}
	}
}

// value is the JSON value that comes next, whole and found sound. It lasts
// until the next one.
func (d *decoder) value() (*cursor, error) {
	if err := d.walk((*cursor).skip); err != nil {
		return nil, err
	}
	d.c.begin(d.c.b[:d.c.i])
	return &d.c, nil
}

// double reads until there is twice as much of the value at hand, or no more:
// what is looked at again from its beginning each time must not grow by little.
func (d *decoder) double() error {
	for had := len(d.b) - d.i; ; {
		if err := d.more(); err != nil || d.ended || len(d.b)-d.i >= 2*had {
			return err
		}
	}
}

// members calls visit for each member of the object that comes next. visit
// takes the value.
func (d *decoder) members(visit func(name string) error) error {
	var names []string
	return d.within('{', '}', func() error {
		if err := d.at('"'); err != nil {
			return err
		}
		c, err := d.value()
		if err != nil {
			return err
		}
		name := string(c.str())
		if slices.Contains(names, name) {
			return broken("it has a name twice in one object")
		}
		if names = append(names, name); len(names) > mostNames {
			return broken("it has an object with more than %d names", mostNames)
		}
		if err := d.take(':'); err != nil {
			return err
		}
		return visit(name)
	})
}

// within takes what stands between open and shut, with commas between.
func (d *decoder) within(open, shut byte, visit func() error) error {
	if err := d.take(open); err != nil {
		return err
	}
	if d.at(shut) == nil {
		return d.take(shut)
	}
	for {
		if err := visit(); err != nil {
			return err
		}
		b, err := d.peek()
		switch {
		case err != nil:
			return err
		case b == shut:
			return d.take(shut)
		case b != ',':
			return errUnsound
		}
		d.i++
	}
}

// end makes sure that nothing follows.
func (d *decoder) end() error {
	_, err := d.peek()
	switch err {
	case io.EOF:
		return nil
	case nil:
		return broken("something follows it")
	}
	return err
}

// explained says where the JSON is not sound, without its text: nothing of an
// answer is to get into a log.
func (d *decoder) explained(err error) error {
	if err == io.EOF || err == errUnsound {
		return broken("it is not sound JSON after byte %d", d.gone+int64(d.i))
	}
	return err
}
