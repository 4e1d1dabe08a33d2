// Package fhirserver is one partner's FHIR R4 server for the demonstration:
// real HTTP, real searches and pages over stored resources, and whatever
// misbehaviour a story asks for.
package fhirserver

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.org/icr/demo/town"
)

// Config is what a partner holds and how it behaves, both by the digits of
// the NHS number.
type Config struct {
	Records   map[string][]json.RawMessage // the Patient first
	Behaviour map[string]town.Behaviour
	Types     []string  // resource types that are served; the usual ones where empty
	Log       io.Writer // gets one JSON line a request; nil for none
}

// Server answers for one partner. It may stand behind http.StripPrefix: its
// links carry the prefix all the same.
type Server struct {
	*index
	behaviour map[string]town.Behaviour
	types     map[string]bool
	pages     pages
	log       requestLog
}

// Types are the resource types that a Server serves where it is not told.
var Types = []string{
	"Patient", "RelatedPerson", "Flag", "AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Medication", "MedicationAdministration",
	"CarePlan", "Goal", "CareTeam", "EpisodeOfCare", "Task", "ServiceRequest", "DeviceRequest", "Device", "Encounter", "Appointment", "Condition",
	"Procedure", "DiagnosticReport", "Observation", "ImagingStudy", "Immunization", "DocumentReference", "Binary", "Consent",
}

// New makes a Server. A resource that cannot be read is not served, and the
// log says so.
func New(c Config) *Server {
	s := &Server{behaviour: c.Behaviour, types: map[string]bool{}, log: requestLog{w: c.Log}}
	if len(c.Types) == 0 {
		c.Types = Types
	}
	for _, t := range c.Types {
		s.types[t] = true
	}
	var unreadable []string
	s.index, unreadable = newIndex(c.Records)
	for _, why := range unreadable {
		s.log.write(struct {
			Unreadable string `json:"unreadable"`
		}{why})
	}
	return s
}

// ServeHTTP answers one request and writes its line to the log first, so that
// whoever has the answer finds the line.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	a := s.answer(r)
	s.log.write(line{
		Time: began.UTC(), Method: r.Method, Path: r.URL.Path, Types: a.types, Count: a.count, Status: a.status,
		RequestID: r.Header.Get("X-Request-ID"), Milliseconds: time.Since(began).Milliseconds(),
	})
	a.send(w, r)
}

// answer finds out what is asked.
func (s *Server) answer(r *http.Request) answer {
	if err := r.ParseForm(); err != nil {
		return outcome(http.StatusBadRequest, "invalid", "The form cannot be read")
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && path[0] == "":
		return s.batch(r)
	case r.Method == http.MethodPost && len(path) == 2 && path[1] == "_search":
		return s.search(r, path[0])
	case r.Method != http.MethodGet:
		return outcome(http.StatusMethodNotAllowed, "not-supported", r.Method+" is not supported here")
	case len(path) == 1 && path[0] == "metadata":
		return s.capabilities()
	case len(path) == 2 && path[0] == pagePath:
		return s.nextPage(r, path[1])
	case len(path) == 1:
		return s.search(r, path[0])
	case len(path) == 2:
		return s.read(r, path[0], path[1])
	case len(path) == 3 && path[0] == "Patient" && path[2] == "$everything":
		return s.everything(r, path[1])
	}
	return outcome(http.StatusNotFound, "not-supported", "There is nothing at this address")
}

// read answers with one resource.
func (s *Server) read(r *http.Request, kind, id string) answer {
	if !s.types[kind] {
		return unsupported(kind)
	}
	h, ok := s.byRef[kind+"/"+id]
	if !ok {
		return outcome(http.StatusNotFound, "not-found", "No such "+kind).asked(kind)
	}
	if a, trouble := s.trouble(r.Context(), h.owner.digits); trouble {
		return a.asked(kind)
	}
	if kind == "Binary" && !wantsFHIR(r) {
		return h.content().asked(kind)
	}
	return answer{status: http.StatusOK, body: h.raw, count: 1}.asked(kind)
}

// trouble does what the story asks for about a person: to wait, to be down,
// to refuse.
func (s *Server) trouble(ctx context.Context, digits string) (answer, bool) {
	b := s.behaviour[digits]
	if b.Slow > 0 {
		wait := time.NewTimer(b.Slow)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return outcome(statusClientGone, "timeout", "The client did not wait"), true
		}
	}
	switch {
	case b.Down:
		return outcome(http.StatusServiceUnavailable, "transient", "The record system is not available. Try again later."), true
	case b.Refuse:
		return outcome(http.StatusForbidden, "forbidden", "This organisation does not share this patient's record."), true
	}
	return answer{}, false
}

// statusClientGone is written to the log when nobody waits for the answer.
const statusClientGone = 499

// base is the address that the client uses for this server, whatever prefix
// was stripped on the way here.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + prefixOf(r)
}

// prefixOf is what was stripped of the path on the way here.
func prefixOf(r *http.Request) string {
	asked, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(asked.Path, r.URL.Path), "/")
}

// wantsFHIR reports whether the client asks for resources rather than for the
// content of a Binary.
func wantsFHIR(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "json")
}
