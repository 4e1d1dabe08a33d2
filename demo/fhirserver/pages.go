package fhirserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// page is what is still to be sent of an answer.
type page struct {
	matches []*held
	include []string
	types   []string // asked for
	total   int
	size    int // matches a page
	base    string
}

// pages remembers pages by cursors that mean nothing to anybody else.
type pages struct {
	mu    sync.Mutex
	kept  map[string]keptPage
	swept time.Time
}

type keptPage struct {
	page
	until time.Time
}

const (
	pagePath = "_page"
	pageLife = 5 * time.Minute
)

// keep remembers a page and returns its cursor.
func (p *pages) keep(next page) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.swept) > pageLife {
		maps.DeleteFunc(p.kept, func(_ string, k keptPage) bool { return now.After(k.until) })
		p.swept = now
	}
	if p.kept == nil {
		p.kept = map[string]keptPage{}
	}
	cursor := rand.Text()
	p.kept[cursor] = keptPage{next, now.Add(pageLife)}
	return cursor
}

func (p *pages) find(cursor string) (page, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.kept[cursor]
	return k.page, ok && time.Now().Before(k.until)
}

// nextPage answers a next link. It may be followed again within its life.
func (s *Server) nextPage(r *http.Request, cursor string) answer {
	next, ok := s.pages.find(cursor)
	if !ok {
		return outcome(http.StatusGone, "not-found", "This page is no longer kept. Search again.")
	}
	if len(next.matches) > 0 {
		if a, trouble := s.trouble(r.Context(), next.matches[0].owner.digits); trouble {
			return a.asked(next.types...)
		}
	}
	return s.write(next)
}

// write answers with a page as a searchset, its resources the very bytes that
// are stored.
func (s *Server) write(p page) answer {
	now := p.matches[:min(p.size, len(p.matches))]
	also := s.includes(now, p.include)
	var b bytes.Buffer
	b.Grow(sizeOf(now) + sizeOf(also) + 512)
	b.WriteString(`{"resourceType":"Bundle","type":"searchset","total":`)
	b.WriteString(strconv.Itoa(p.total))
	if rest := p.matches[len(now):]; len(rest) > 0 {
		next := p
		next.matches = rest
		b.WriteString(`,"link":[{"relation":"next","url":`)
		b.Write(quoted(p.base + "/" + pagePath + "/" + s.pages.keep(next)))
		b.WriteString(`}]`)
	}
	if len(now) > 0 {
		b.WriteString(`,"entry":[`)
		writeEntries(&b, p.base, now, "match", false)
		writeEntries(&b, p.base, also, "include", true)
		b.WriteByte(']')
	}
	b.WriteByte('}')
	return answer{status: http.StatusOK, types: p.types, count: len(now) + len(also), body: b.Bytes()}
}

func writeEntries(b *bytes.Buffer, base string, items []*held, mode string, comma bool) {
	for _, h := range items {
		if comma {
			b.WriteByte(',')
		}
		comma = true
		b.WriteString(`{"fullUrl":`)
		b.Write(quoted(base + "/" + h.kind + "/" + h.id))
		b.WriteString(`,"resource":`)
		b.Write(h.raw)
		b.WriteString(`,"search":{"mode":"` + mode + `"}}`)
	}
}

func sizeOf(items []*held) (n int) {
	for _, h := range items {
		n += len(h.raw) + 160
	}
	return n
}

func quoted(s string) []byte {
	q, _ := json.Marshal(s) // a string always marshals
	return q
}
