// Package spine is the demonstration's demographics service: the FHIR R4
// interface of the NHS Personal Demographics Service, as far as a viewer of
// records uses it, over invented people.
package spine

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town"
)

// Service answers for the people of a town. It expects paths from which
// whatever stands before /Patient has been stripped.
type Service struct {
	Log        io.Writer // gets one JSON line a request; nil for none
	mu         sync.Mutex
	people     map[string]json.RawMessage // by number digits
	superseded map[string]string
	register   []inhabitant
}

// New makes a Service for a town.
func New(t *town.Town) *Service {
	return &Service{people: t.Demographics, superseded: t.Superseded, register: newRegister(t.Demographics)}
}

// answer is what is sent, and what the log says of it.
type answer struct {
	status  int
	kind    string   // read or search
	asked   []string // names of search parameters
	matches int
	body    []byte
}

// line is what the log says of a request: never whom it was about.
type line struct {
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Kind      string    `json:"kind"`
	Asked     []string  `json:"asked,omitempty"`
	Matches   int       `json:"matches"`
	Status    int       `json:"status"`
	RequestID string    `json:"request_id"`
}

// ServeHTTP answers one request and writes its line to the log first.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-ID")
	a := s.answer(r, id)
	s.note(line{time.Now().UTC(), r.Method, a.kind, a.asked, a.matches, a.status, id})
	h := w.Header()
	h.Set("Content-Type", "application/fhir+json; version=1")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-ID", id)
	if correlation := r.Header.Get("X-Correlation-ID"); correlation != "" {
		h.Set("X-Correlation-ID", correlation)
	}
	if a.kind == read && a.status == http.StatusOK {
		h.Set("ETag", `W/"2"`)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	w.Write(a.body) // a client that has gone is no fault
}

const (
	read   = "read"
	search = "search"
)

func (s *Service) answer(r *http.Request, requestID string) answer {
	number, single := strings.CutPrefix(r.URL.Path, "/Patient/")
	kind := search
	if single {
		kind = read
	}
	a := outcome(unsupported)
	switch {
	case r.Method != http.MethodGet || !single && r.URL.Path != "/Patient":
	case requestID == "":
		a = outcome(noRequestID)
	case single:
		a = s.read(number)
	default:
		a = s.search(r.URL.Query(), base(r))
	}
	a.kind = kind
	return a
}

// read answers with one patient. A number that has been superseded answers
// with the patient under the current one: the id differs from what was asked,
// and that is how a client learns it.
func (s *Service) read(number string) answer {
	n, err := nhs.ParseNumber(number)
	if err != nil || n.Digits() != number {
		return outcome(invalidID)
	}
	if current, ok := s.superseded[number]; ok {
		number = current
	}
	patient, ok := s.people[number]
	if !ok {
		return outcome(notFound)
	}
	return answer{status: http.StatusOK, matches: 1, body: patient}
}

// base is the address that the client uses for this service.
func base(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return "http://" + r.Host + strings.TrimSuffix(path, "/Patient")
}

func (s *Service) note(l line) {
	if s.Log == nil {
		return
	}
	text, err := json.Marshal(l)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Log.Write(append(text, '\n'))
}
