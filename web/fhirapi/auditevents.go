package fhirapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"github.com/google/uuid"
)

// auditEvents puts the reading on the trail, and only then gives what was read.
// The programme's own callers read all of it, others what their organisation's
// staff did.
func (s *Server) auditEvents(r *http.Request, c caller.Caller) (answer, error) {
	q, err := query(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	count := q.Limit
	q.Limit++
	events, err := s.Events.Events(r.Context(), audit.Reach{Programme: c.Organisation == s.Programme, Organisation: c.Organisation}, q)
	if err != nil {
		return answer{}, err
	}
	next := ""
	if len(events) > count {
		events = events[:count]
		last, values := events[count-1], r.URL.Query()
		values.Set("cursor", fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID))
		next = s.Base + r.URL.Path + "?" + values.Encode()
	}
	resources := make([][]byte, len(events))
	for i, e := range events {
		if resources[i], err = fhir.AuditEvent(e, s.Site); err != nil {
			return answer{}, err
		}
	}
	bundle, err := fhir.Searchset(resources, s.Base+r.URL.RequestURI(), next, s.Now())
	if err != nil {
		return answer{}, err
	}
	return answer{body: bundle}, s.Trail.Record(r.Context(), audit.TrailRead, c.User(caller.Address(r)), func(e *audit.Event) {
		e.Page, e.Matches = "AuditEvent", len(events)
	})
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
				q.From, q.To, err = date(value, q.From, q.To)
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
				return q, badSearch(name, err)
			}
		}
	}
	return q, nil
}

// date reads ge and lt with an instant or a day of UTC, and leaves the other
// end as it was.
func date(value string, from, to time.Time) (time.Time, time.Time, error) {
	faulty := errors.New("like ge2026-01-31T00:00:00Z or lt2026-02-01")
	if len(value) < 3 {
		return from, to, faulty
	}
	at, err := time.Parse(time.RFC3339, value[2:])
	if err != nil {
		at, err = time.Parse(time.DateOnly, value[2:])
	}
	switch {
	case err == nil && value[:2] == "ge":
		return at, to, nil
	case err == nil && value[:2] == "lt":
		return from, at, nil
	}
	return from, to, faulty
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
