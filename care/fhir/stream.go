package fhir

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder is a JSON decoder with the texts that it has lately met.
type decoder struct {
	json    *jsontext.Decoder
	c       cursor
	largest int
}

var decoders = sync.Pool{New: func() any {
	return &decoder{json: jsontext.NewDecoder(bytes.NewReader(nil)), c: cursor{words: new(words)}}
}}

// largestKept is the size of a value beyond which a decoder's buffer is let go.
const largestKept = 256 << 10

// release forgets what was read, and keeps the room for another answer.
func (d *decoder) release() {
	if d.largest > largestKept {
		return
	}
	d.json.Reset(bytes.NewReader(nil))
	*d.c.words = words{}
	d.c = cursor{words: d.c.words}
	d.largest = 0
	decoders.Put(d)
}

// value is the JSON value that comes next, whole and found sound.
func (d *decoder) value() (*cursor, error) {
	raw, err := d.json.ReadValue()
	if err != nil {
		return nil, err
	}
	d.largest = max(d.largest, len(raw))
	d.c.b, d.c.i, d.c.plain = raw, 0, bytes.IndexByte(raw, '\\') < 0
	return &d.c, nil
}

// read reads the page from r.
func (p *page) read(r io.Reader) error {
	m := &meter{from: r, left: &p.answer.bytes}
	whole, err := m.withoutMark()
	if err != nil {
		return err
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.json.Reset(whole)
	err = m.explained(p.bundle(d))
	p.r = resource{}
	return err
}

// bundle reads the one value that a page consists of.
func (p *page) bundle(d *decoder) error {
	if kind := d.json.PeekKind(); kind != '{' && kind != 0 {
		return broken("it is no object")
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	kind := ""
	for d.json.PeekKind() != '}' {
		name, err := d.json.ReadToken()
		if err != nil {
			return err
		}
		if err := p.bundleMember(d, name.String(), &kind); err != nil {
			return err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	if kind != "Bundle" && kind != "OperationOutcome" {
		return broken("it is neither a Bundle nor an OperationOutcome")
	}
	return d.end()
}

func (p *page) bundleMember(d *decoder, name string, kind *string) error {
	if name == "entry" && d.json.PeekKind() == '[' {
		return p.bundleEntries(d)
	}
	c, err := d.value()
	if err != nil {
		return err
	}
	switch name {
	case "resourceType":
		*kind = c.text()
	case "entry":
		if c.peek() != 'n' {
			p.entry(c)
		}
	case "total":
		p.total, _ = strconv.Atoi(c.text()) // a total that is no number promises nothing
	case "link":
		c.each(func() { p.follow(c) })
	case "issue":
		p.issues = append(p.issues, c.issues()...)
	case "implicitRules", "modifierExtension":
		if c.peek() == 'n' {
			break
		}
		return broken("it has rules that are not understood")
	}
	return nil
}

func (p *page) bundleEntries(d *decoder) error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for d.json.PeekKind() != ']' {
		if p.answer.rooms.Add(-1) < 0 {
			return errTooMuch
		}
		c, err := d.value()
		if err != nil {
			return err
		}
		p.held++
		p.entry(c)
	}
	_, err := d.json.ReadToken()
	return err
}

// follow takes the link to the next page.
func (p *page) follow(c *cursor) {
	relation, url := "", ""
	c.members(func(name []byte) {
		switch string(name) {
		case "relation":
			relation = c.text()
		case "url":
			url = c.text()
		}
	})
	if relation == "next" {
		p.next = url
	}
}

// end makes sure that nothing follows.
func (d *decoder) end() error {
	_, err := d.json.ReadToken()
	switch {
	case err == io.EOF:
		return nil
	case err == nil:
		return broken("something follows it")
	}
	return err
}

// readWhole reads the one resource that r consists of, and its type.
func readWhole(r io.Reader) (c *cursor, kind string, err error) {
	var left atomic.Int64
	left.Store(largestDemographics)
	m := &meter{from: r, left: &left}
	whole, err := m.withoutMark()
	if err != nil {
		return nil, "", err
	}
	d := &decoder{json: jsontext.NewDecoder(whole)}
	raw, err := d.json.ReadValue()
	if err == nil {
		raw = bytes.Clone(raw)
		err = d.end()
	}
	if err = m.explained(err); errors.Is(err, errTooMuch) {
		err = broken("it is too large")
	}
	if err != nil {
		return nil, "", err
	}
	c = &cursor{b: raw, words: new(words)}
	c.members(func(name []byte) {
		if string(name) == "resourceType" {
			kind = c.text()
		}
	})
	c.i = 0
	return c, kind, nil
}

// largestDemographics bounds an answer of the demographics service.
const largestDemographics = 2 << 20

var errTooMuch = errors.New("the answer is larger than the limit")

// meter fails where more is read than is left, and remembers why it failed.
type meter struct {
	from   io.Reader
	left   *atomic.Int64
	failed error
}

func (m *meter) Read(b []byte) (int, error) {
	left := m.left.Load()
	if left < 0 {
		m.failed = errTooMuch
		return 0, m.failed
	}
	n, err := m.from.Read(b[:min(int64(len(b)), left+1)])
	m.left.Add(int64(-n))
	if err != nil && err != io.EOF {
		m.failed = err
	}
	return n, err
}

// withoutMark drops a byte order mark.
func (m *meter) withoutMark() (io.Reader, error) {
	first := make([]byte, 3)
	n, _ := io.ReadFull(m, first)
	if m.failed != nil {
		return nil, m.failed
	}
	first = bytes.TrimPrefix(first[:n], []byte("\ufeff"))
	return io.MultiReader(bytes.NewReader(first), m), nil
}

// explained is the reader's own error, if that is what it was, or else that of
// the JSON, without the text that it quotes: nothing of an answer is to get
// into a log.
func (m *meter) explained(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil || errors.Is(err, ErrUnreadable) || err == errTooMuch:
		return err
	case m.failed != nil:
		return m.failed
	case errors.Is(err, jsontext.ErrDuplicateName):
		return broken("it has a name twice in one object")
	case errors.As(err, &syntax):
		return broken("it is not sound JSON after byte %d", syntax.ByteOffset)
	}
	return broken("it is empty")
}
