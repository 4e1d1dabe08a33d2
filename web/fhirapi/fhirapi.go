// Package fhirapi gives the trail to the programme's security monitoring as
// FHIR R4 AuditEvents, read-only. Callers prove who they are with a
// certificate (mutual TLS), and every reading is on the trail before it is
// answered.
package fhirapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"github.com/google/uuid"
)

// Reader reads the trail. *store.Desk is one.
type Reader interface {
	Events(ctx context.Context, reach audit.Reach, q audit.Query) ([]audit.Event, error)
}

// Server answers searches of AuditEvents.
type Server struct {
	Trail  *audit.Trail
	Events Reader
	Site   fhir.AuditSite
	Log    *slog.Logger
	Now    func() time.Time
}

// TLS wants a certificate of every caller that one of the authorities in a
// file has signed, and shows them one.
func TLS(certFile, keyFile, authorities string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(authorities)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", authorities)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}, nil
}

const fhirJSON = "application/fhir+json; fhirVersion=4.0"

// errSearch means that a search asks for what this server does not know.
var errSearch = errors.New("bad search")

// ServeHTTP answers GET /AuditEvent with date, _count and cursor.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", fhirJSON)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		outcome(w, http.StatusUnauthorized, "login", "a certificate is wanted")
		return
	}
	if r.URL.Path != "/AuditEvent" {
		outcome(w, http.StatusNotFound, "not-supported", "only AuditEvent can be searched here")
		return
	}
	if r.Method != http.MethodGet {
		outcome(w, http.StatusMethodNotAllowed, "not-supported", "only GET")
		return
	}
	bundle, err := s.search(r)
	switch {
	case errors.Is(err, errSearch):
		outcome(w, http.StatusBadRequest, "invalid", err.Error())
	case err != nil:
		s.Log.Error("a search of AuditEvents failed", "err", err)
		outcome(w, http.StatusServiceUnavailable, "transient", "the trail cannot be read or written at present")
	default:
		w.Write(bundle)
	}
}

// search puts the reading on the trail, and only then gives what was read.
func (s *Server) search(r *http.Request) ([]byte, error) {
	q, err := query(r.URL.Query())
	if err != nil {
		return nil, err
	}
	count := q.Limit
	q.Limit++
	events, err := s.Events.Events(r.Context(), audit.Reach{Programme: true}, q)
	if err != nil {
		return nil, err
	}
	next := ""
	self := url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	if len(events) > count {
		events = events[:count]
		last, values := events[count-1], r.URL.Query()
		values.Set("cursor", fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID))
		older := self
		older.RawQuery = values.Encode()
		next = older.String()
	}
	resources := make([][]byte, len(events))
	for i, e := range events {
		if resources[i], err = fhir.AuditEvent(e, s.Site); err != nil {
			return nil, err
		}
	}
	bundle, err := fhir.AuditBundle(resources, self.String(), next, s.Now())
	if err != nil {
		return nil, err
	}
	return bundle, s.Trail.Record(r.Context(), audit.TrailRead, caller(r), func(e *audit.Event) {
		e.Page, e.Matches = "AuditEvent", len(events)
	})
}

// caller is who the certificate names.
func caller(r *http.Request) auth.User {
	c := r.TLS.VerifiedChains[0][0]
	host, _, _ := strings.Cut(r.RemoteAddr, ":")
	return auth.User{Identity: auth.Identity{Issuer: c.Issuer.String(), Subject: c.Subject.String()}, Name: c.Subject.CommonName, Address: host}
}

const (
	usual = 100
	most  = 1000
)

// query reads a search. A parameter that is not known is refused: what it was
// meant to leave out would be given.
func query(values url.Values) (audit.Query, error) {
	q := audit.Query{Limit: usual}
	for name, all := range values {
		for _, value := range all {
			var err error
			switch name {
			case "date":
				err = date(&q, value)
			case "_count":
				q.Limit, err = strconv.Atoi(value)
				if err == nil && (q.Limit < 1 || q.Limit > most) {
					err = fmt.Errorf("from 1 to %d", most)
				}
			case "cursor":
				q.Before, err = cursor(value)
			case "_format":
			default:
				err = errors.New("is not known here; date, _count and cursor are")
			}
			if err != nil {
				return q, fmt.Errorf("%w: %q: %w", errSearch, name, err)
			}
		}
	}
	return q, nil
}

// date reads ge and lt with an instant or a day of UTC.
func date(q *audit.Query, value string) error {
	if len(value) < 3 {
		return errors.New("like ge2026-01-31T00:00:00Z or lt2026-02-01")
	}
	at, err := time.Parse(time.RFC3339, value[2:])
	if err != nil {
		at, err = time.Parse(time.DateOnly, value[2:])
	}
	switch {
	case err == nil && value[:2] == "ge":
		q.From = at
	case err == nil && value[:2] == "lt":
		q.To = at
	default:
		return errors.New("like ge2026-01-31T00:00:00Z or lt2026-02-01")
	}
	return nil
}

func cursor(value string) (audit.Cursor, error) {
	micros, id, _ := strings.Cut(value, "-")
	at, err := strconv.ParseInt(micros, 10, 64)
	event, idErr := uuid.Parse(id)
	if err != nil || idErr != nil {
		return audit.Cursor{}, errors.New("is not one that this server gave")
	}
	return audit.Cursor{At: time.UnixMicro(at), ID: event}, nil
}

// outcome answers with an OperationOutcome.
func outcome(w http.ResponseWriter, status int, code, words string) {
	w.WriteHeader(status)
	w.Write(fhir.Refusal(code, words))
}
