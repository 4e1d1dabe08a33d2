package fhir

import (
	"cmp"
	"errors"
	"io"
	"strconv"

	"example.org/icr/care/record"
)

// Question is one of several that were asked in one request.
type Question struct {
	Sections []record.Section // that it is about
	Most     int              // that it asks for, the newest first; 0 for all
	Into     *Answer          // that its reply belongs to, in place of that of the whole; or nil
}

// Reply is what became of a Question.
type Reply struct {
	Status int    // of HTTP; 0 where there is no reply
	Next   string // the address of the next page, where all are asked for
	Part
}

// ReadBatch reads the answer to several questions, a batch-response that has
// them in their order, as ReadFor and ReadNewest read answers to one. Where it
// returns an error, nothing of it is kept.
func (a *Answer) ReadBatch(r io.Reader, asked []Question) ([]Reply, error) {
	replies, pages := make([]Reply, 0, len(asked)), make([]*page, 0, len(asked))
	m := &meter{from: r, left: &a.bytes}
	whole, err := m.withoutMark()
	if err != nil {
		return nil, err
	}
	d := newDecoder(whole)
	defer d.release()
	kind, one := "", &resource{}
	err = d.members(func(name string) error {
		if name != "entry" || d.at('[') != nil {
			c, err := d.value()
			if err == nil && name == "resourceType" {
				kind = c.text()
			}
			return err
		}
		return d.within('[', ']', func() error {
			if len(pages) == len(asked) {
				return broken("it replies to more than was asked")
			}
			q := asked[len(pages)]
			p := &page{answer: cmp.Or(q.Into, a), r: one, asked: q.Sections, most: q.Most}
			status, err := p.reply(d)
			pages, replies = append(pages, p), append(replies, Reply{Status: status})
			return err
		})
	})
	if errors.Is(err, errTooMuch) { // what came is kept, and said to be less than all
		for i := max(0, len(pages)-1); i < len(asked); i++ {
			if i == len(pages) {
				pages, replies = append(pages, &page{answer: cmp.Or(asked[i].Into, a), asked: asked[i].Sections}), append(replies, Reply{})
			}
			pages[i].incomplete, pages[i].most, pages[i].next, replies[i].Status = true, 0, "", 200
		}
		return replies, takeEach(pages, replies, nil)
	}
	if err == nil {
		err = d.end()
	}
	if err = d.explained(err); err == nil && (kind != "Bundle" || len(pages) != len(asked)) {
		err = broken("it is no reply to each question")
	}
	return replies, takeEach(pages, replies, err)
}

// takeEach adds the pages that hold an answer, or none of them.
func takeEach(pages []*page, replies []Reply, err error) error {
	for i, p := range pages {
		p.r = nil
		switch {
		case err != nil, replies[i].Status != 200:
			p.release()
		default:
			replies[i].Next, err = p.answer.take(p, nil)
			replies[i].Part = p.part
		}
	}
	return err
}

// reply reads one entry of a batch-response.
func (p *page) reply(d *decoder) (status int, err error) {
	kind := ""
	err = d.members(func(name string) error {
		if name == "resource" && d.at('{') == nil {
			return d.members(func(name string) error { return p.bundleMember(d, name, &kind) })
		}
		c, err := d.value()
		if err == nil && name == "response" {
			c.members(func(name []byte) {
				if string(name) == "status" {
					status = statusOf(c.text())
				}
			})
		}
		return err
	})
	if err == nil && status == 200 && kind != "Bundle" {
		err = broken("one of its replies is no Bundle")
	}
	return status, err
}

// statusOf is the number that a status line begins with, or 0.
func statusOf(line string) int {
	if len(line) < 3 {
		return 0
	}
	status, _ := strconv.Atoi(line[:3]) // no number is no reply
	return status
}
