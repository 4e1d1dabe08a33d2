package fhir

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync/atomic"
)

// read reads the page from r.
func (p *page) read(r io.Reader) error {
	m := &meter{from: r, left: &p.answer.bytes}
	whole, err := m.withoutMark()
	if err != nil {
		return err
	}
	d := newDecoder(whole)
	defer d.release()
	err = d.explained(p.bundle(d))
	p.r = nil
	return err
}

// bundle reads the one value that a page consists of.
func (p *page) bundle(d *decoder) error {
	switch b, err := d.peek(); {
	case err == io.EOF:
		return broken("it is empty")
	case err == nil && b != '{':
		return broken("it is no object")
	}
	kind := ""
	err := d.members(func(name string) error { return p.bundleMember(d, name, &kind) })
	if err != nil {
		return err
	}
	if kind != "Bundle" && kind != "OperationOutcome" {
		return broken("it is neither a Bundle nor an OperationOutcome")
	}
	return d.end()
}

func (p *page) bundleMember(d *decoder, name string, kind *string) error {
	if next, _ := d.peek(); name == "entry" && next != 'n' {
		return p.bundleEntries(d, next)
	}
	c, err := d.value()
	if err != nil {
		return err
	}
	switch name {
	case "resourceType":
		*kind = c.text()
	case "total":
		p.total, _ = strconv.Atoi(c.text()) // a total that is no number promises nothing
	case "link":
		c.each(func() { p.follow(c) })
	case "issue":
		p.told(c.issues())
	case "implicitRules", "modifierExtension":
		if c.peek() == 'n' {
			break
		}
		return broken("it has rules that are not understood")
	}
	return nil
}

func (p *page) bundleEntries(d *decoder, next byte) error {
	if next != '[' {
		return p.entry(d)
	}
	return d.within('[', ']', func() error {
		if p.answer.rooms.Add(-1) < 0 {
			return errTooMuch
		}
		err := p.entry(d)
		if err == nil {
			p.held++
		}
		return err
	})
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
		p.short = p.short || url == ""
		p.incomplete = p.incomplete || p.short
	}
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
	d := newDecoder(whole)
	defer d.release()
	var raw []byte
	if err = d.at('{'); err == nil {
		c, err = d.value()
	}
	if err == nil {
		raw = bytes.Clone(c.b)
		err = d.end()
	}
	if err = d.explained(err); errors.Is(err, errTooMuch) {
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

var errUnsound = broken("it is not sound JSON")
