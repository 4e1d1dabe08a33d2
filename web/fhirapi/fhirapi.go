// Package fhirapi is where other systems call this one, over FHIR R4: each
// endpoint is for callers with its own scope, and what is asked, sent or
// refused is on the trail before it is answered.
package fhirapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
)

// Reader reads the trail. *store.Desk is one.
type Reader interface {
	Events(ctx context.Context, reach audit.Reach, q audit.Query) ([]audit.Event, error)
}

// Server answers other systems.
type Server struct {
	Gate       *caller.Gate
	Trail      *audit.Trail
	Events     Reader
	Receive    Receive
	Objections Objections
	Programme  nhs.ODSCode // whose callers reach all of it
	Base       string      // the address by which callers know this server
	Site       fhir.AuditSite
	Consents   fhir.ConsentSite
	Log        *slog.Logger
	Now        func() time.Time

	strangers strangers
}

// TLS shows callers a certificate, and wants of those who show one that one of
// the authorities in a file has signed it. Without such a file nobody is asked
// for one.
func TLS(certFile, keyFile, authorities string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	if authorities == "" {
		return config, nil
	}
	text, err := os.ReadFile(authorities)
	if err != nil {
		return nil, err
	}
	config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
	if !config.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", authorities)
	}
	return config, nil
}

const fhirJSON = "application/fhir+json; fhirVersion=4.0"

// endpoint is what callers with one scope may ask for.
type endpoint struct {
	method, path string
	scope        caller.Scope
	answer       func(r *http.Request, c caller.Caller) (answer, error)
}

// at reports whether the endpoint is at path. Where its own ends in {id}, one
// more element may follow, which is no operation.
func (e endpoint) at(path string) bool {
	if stem, ok := strings.CutSuffix(e.path, "{id}"); ok {
		id, ok := strings.CutPrefix(path, stem)
		return ok && id != "" && !strings.ContainsAny(id, "/_$")
	}
	return e.path == path
}

// answer is what is sent. Its zero status is 200, its zero kind FHIR JSON.
type answer struct {
	status int
	kind   string
	body   []byte
	stream func(io.Writer) error // in place of the body
}

func (s *Server) endpoints() []endpoint {
	return []endpoint{
		{"GET", "/AuditEvent", caller.ReadTrail, s.auditEvents},
		{"POST", "/Bundle", caller.SendRelationships, s.relationships},
		{"GET", "/Consent", caller.ReadObjections, s.consents},
		{"POST", "/Consent/_search", caller.ReadObjections, s.findConsents},
		{"GET", "/Consent/{id}", caller.ReadObjections, s.consent},
		{"GET", "/objections.ndjson", caller.ReadObjections, s.everyConsent},
		{"GET", "/objections.csv", caller.ReadObjections, s.everyObjection},
	}
}

// problem is why a caller that is let in gets no answer.
type problem struct {
	status      int
	code, words string
}

func (p problem) Error() string { return p.words }

func badSearch(name string, err error) error {
	return problem{http.StatusBadRequest, "invalid", fmt.Sprintf("%q: %v", name, err)}
}

// ServeHTTP answers a caller.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", fhirJSON)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case "/token":
		s.token(w, r)
		return
	case "/.well-known/smart-configuration":
		s.configuration(w, r)
		return
	}
	here := slices.DeleteFunc(s.endpoints(), func(e endpoint) bool { return !e.at(r.URL.Path) })
	if len(here) == 0 {
		outcome(w, http.StatusNotFound, "not-supported", "there is nothing at this address")
		return
	}
	for _, e := range here {
		if e.method == r.Method {
			s.serve(w, r, e)
			return
		}
	}
	outcome(w, http.StatusMethodNotAllowed, "not-supported", "only "+here[0].method)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	c, err := s.Gate.Admit(r, e.scope)
	if refused := caller.AsRefusal(err); refused != nil {
		s.turnAway(w, r, refused, e.path)
		return
	}
	var a answer
	if err == nil {
		a, err = e.answer(r, c)
	}
	p, known := errors.AsType[problem](err)
	switch {
	case known:
		outcome(w, p.status, p.code, p.words)
	case err != nil:
		s.Log.Error("a caller was not answered", "caller", c.ID, "endpoint", e.path, "err", err)
		outcome(w, http.StatusServiceUnavailable, "transient", "this cannot be answered, or not be recorded, at present")
	case a.stream != nil:
		s.stream(w, r, a)
	default:
		send(w, a)
	}
}

func send(w http.ResponseWriter, a answer) {
	if a.kind != "" {
		w.Header().Set("Content-Type", a.kind)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	w.Write(a.body)
}

// turnAway records a refusal, and then says it.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, refused *caller.Refusal, where string) {
	if !s.recordRefusal(w, r, refused, where) {
		return
	}
	if refused.Code == "insufficient_scope" {
		outcome(w, http.StatusForbidden, "forbidden", refused.Told)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	outcome(w, http.StatusUnauthorized, "login", refused.Told)
}

// recordRefusal reports whether a refusal is on the trail. If not, nothing
// else is answered than that. Whoever can prove who they are is let in however
// many were refused at their address.
func (s *Server) recordRefusal(w http.ResponseWriter, r *http.Request, refused *caller.Refusal, where string) bool {
	if s.strangers.tooMany(caller.Address(r), s.Now()) {
		w.Header().Set("Retry-After", "60")
		outcome(w, http.StatusTooManyRequests, "throttled", "too many refusals: ask again in a minute")
		return false
	}
	who := auth.User{Name: "another system", Address: caller.Address(r)}
	if refused.Caller.ID != "" {
		who = refused.Caller.User(caller.Address(r))
	}
	err := s.Trail.Record(r.Context(), audit.CallerRefused, who, func(e *audit.Event) { e.Page, e.Words = where, refused.Why })
	if err != nil {
		s.Log.Error("a refusal was not recorded", "err", err)
		outcome(w, http.StatusServiceUnavailable, "transient", "this cannot be recorded at present")
	}
	return err == nil
}

// outcome answers with an OperationOutcome.
func outcome(w http.ResponseWriter, status int, code, words string) {
	w.WriteHeader(status)
	w.Write(fhir.Refusal(code, words))
}
