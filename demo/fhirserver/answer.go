package fhirserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// answer is what is sent, and what the log says of it.
type answer struct {
	status      int
	types       []string // that were asked for
	count       int      // resources sent
	contentType string   // FHIR JSON where empty
	body        []byte
}

// asked notes the types that were asked for.
func (a answer) asked(types ...string) answer {
	a.types = types
	return a
}

// outcome answers with an OperationOutcome.
func outcome(status int, code, words string) answer {
	body, _ := json.Marshal(map[string]any{ // strings always marshal
		"resourceType": "OperationOutcome",
		"issue":        []any{map[string]any{"severity": "error", "code": code, "details": map[string]any{"text": words}}},
	})
	return answer{status: status, body: body}
}

func unsupported(kind string) answer {
	return outcome(http.StatusNotFound, "not-supported", "This server does not supply that type of resource").asked(kind)
}

// send writes the answer, compressed if the client takes it.
func (a answer) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Accept-Encoding")
	if id := r.Header.Get("X-Request-ID"); id != "" {
		h.Set("X-Request-ID", id)
	}
	body, coding := a.compressed(r.Header.Get("Accept-Encoding"))
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if a.status == statusClientGone {
		a.status = http.StatusServiceUnavailable // nobody reads it
	}
	w.WriteHeader(a.status)
	w.Write(body) // a client that has gone is no fault
}

const worthCompressing = 1024

func (a answer) compressed(accepted string) (body []byte, coding string) {
	switch {
	case len(a.body) < worthCompressing:
	case accepts(accepted, "zstd"):
		return zstdEncoder.EncodeAll(a.body, nil), "zstd"
	case accepts(accepted, "gzip"):
		return gzipped(a.body), "gzip"
	}
	return a.body, ""
}

// accepts reports whether an Accept-Encoding header takes a coding; a quality
// of zero refuses it.
func accepts(header, coding string) bool {
	for _, part := range strings.Split(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		_, q, weighted := strings.Cut(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}

var zstdEncoder = func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err) // the options are constant
	}
	return e
}()

var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is constant
	return w
}}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&out)
	w.Write(body) // a buffer takes everything
	w.Close()
	return out.Bytes()
}

// line is what the log says of a request. Types are those that were asked
// for, whether or not any was held; the path has a partner's own ids only.
type line struct {
	Time         time.Time `json:"time"`
	Method       string    `json:"method"`
	Path         string    `json:"path"`
	Types        []string  `json:"types"`
	Count        int       `json:"count"`
	Status       int       `json:"status"`
	RequestID    string    `json:"request_id,omitempty"`
	Milliseconds int64     `json:"ms"`
}

// requestLog writes one line at a time.
type requestLog struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *requestLog) write(entry any) {
	if l.w == nil {
		return
	}
	text, err := json.Marshal(entry)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w.Write(append(text, '\n'))
}
