package fhirapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
)

// Objections reads objections. *store.Store is one.
type Objections interface {
	// Told hands each objection that is or was in force to each, in the order in
	// which their states were written down.
	Told(ctx context.Context, q objection.Asked, each func(objection.Told) error) error
	// CountObjections counts them all, with an event on the trail that says how
	// many will be given.
	CountObjections(ctx context.Context, e audit.Event) (int, error)
}

// consents answers GET /Consent: objections by when their state was written
// down. Of nobody in particular: who asks for one person posts.
func (s *Server) consents(r *http.Request, c caller.Caller) (answer, error) {
	values := r.URL.Query()
	q, err := consentQuery(values)
	if err != nil {
		return answer{}, err
	}
	if !q.Patient.IsZero() || values.Has("patient") || values.Has("patient.identifier") {
		return answer{}, problem{http.StatusBadRequest, "invalid", "a patient is asked for by POST /Consent/_search, never in an address"}
	}
	return s.consentPage(r, c, q, values)
}

// findConsents answers POST /Consent/_search, whose form may name a patient.
func (s *Server) findConsents(r *http.Request, c caller.Caller) (answer, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, mostForm)
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" || r.ParseForm() != nil {
		return answer{}, problem{http.StatusBadRequest, "invalid", "a form is wanted"}
	}
	if r.URL.RawQuery != "" {
		return answer{}, problem{http.StatusBadRequest, "invalid", "what is searched for stands in the form"}
	}
	q, err := consentQuery(r.PostForm)
	if err != nil {
		return answer{}, err
	}
	return s.consentPage(r, c, q, r.PostForm)
}

// consentPage puts the reading on the trail, and only then gives what was read.
func (s *Server) consentPage(r *http.Request, c caller.Caller, q objection.Asked, values url.Values) (answer, error) {
	count := q.Limit
	q.Limit++
	var all []objection.Told
	if err := s.Objections.Told(r.Context(), q, func(o objection.Told) error { all = append(all, o); return nil }); err != nil {
		return answer{}, err
	}
	next, self := "", s.Base+r.URL.RequestURI()
	if len(all) > count {
		all = all[:count]
		if !q.Patient.IsZero() {
			return answer{}, problem{http.StatusBadRequest, "too-costly", "more than _count"}
		}
		last := all[count-1]
		values.Set("cursor", fmt.Sprintf("%d-%s", last.Recorded.UnixMicro(), last.ID))
		next = s.Base + "/Consent?" + values.Encode()
	}
	resources := make([][]byte, len(all))
	for i, o := range all {
		var err error
		if resources[i], err = fhir.Consent(o, s.Consents); err != nil {
			return answer{}, err
		}
	}
	bundle, err := fhir.Searchset(resources, self, next, s.Now())
	if err != nil {
		return answer{}, err
	}
	return answer{body: bundle}, s.Trail.Record(r.Context(), audit.ObjectionsRead, c.User(caller.Address(r)), func(e *audit.Event) {
		e.Page, e.Matches, e.Patient = "Consent", len(all), q.Patient
	})
}

// consent answers GET /Consent/{id}.
func (s *Server) consent(r *http.Request, c caller.Caller) (answer, error) {
	id, err := uuid.Parse(strings.TrimPrefix(r.URL.Path, "/Consent/"))
	unknown := problem{http.StatusNotFound, "not-found", "there is no such Consent"}
	if err != nil || id == uuid.Nil {
		return answer{}, unknown
	}
	var found *objection.Told
	if err := s.Objections.Told(r.Context(), objection.Asked{ID: id}, func(o objection.Told) error { found = &o; return nil }); err != nil {
		return answer{}, err
	}
	if found == nil {
		return answer{}, unknown
	}
	text, err := fhir.Consent(*found, s.Consents)
	if err != nil {
		return answer{}, err
	}
	return answer{body: text}, s.Trail.Record(r.Context(), audit.ObjectionsRead, c.User(caller.Address(r)), func(e *audit.Event) {
		e.Page, e.Matches, e.Patient = "Consent", 1, found.Patient
	})
}

// everyConsent answers GET /objections.ndjson: one Consent a line.
func (s *Server) everyConsent(r *http.Request, c caller.Caller) (answer, error) {
	return s.export(r, c, "application/fhir+ndjson", func(to io.Writer) fhir.ObjectionList { return fhir.NewConsents(to, s.Consents) })
}

// everyObjection answers GET /objections.csv, which icr import takes.
func (s *Server) everyObjection(r *http.Request, c caller.Caller) (answer, error) {
	return s.export(r, c, "text/csv; charset=utf-8", func(to io.Writer) fhir.ObjectionList { return fhir.NewObjectionTable(to) })
}

// export records that all are read, and then streams them.
func (s *Server) export(r *http.Request, c caller.Caller, kind string, list func(io.Writer) fhir.ObjectionList) (answer, error) {
	e := audit.NewEvent(audit.ObjectionsRead, c.User(caller.Address(r)), s.Now())
	e.Page = strings.TrimPrefix(r.URL.Path, "/")
	if _, err := s.Objections.CountObjections(r.Context(), e); err != nil {
		return answer{}, err
	}
	return answer{kind: kind, stream: func(to io.Writer) error {
		buffered := bufio.NewWriterSize(to, 64<<10)
		out := list(buffered)
		if err := s.Objections.Told(r.Context(), objection.Asked{}, out.Add); err != nil {
			return err
		}
		return errors.Join(out.Close(), buffered.Flush())
	}}, nil
}

// consentQuery reads a search. A parameter that is not known is refused: what it
// was meant to leave out would be given.
func consentQuery(values url.Values) (objection.Asked, error) {
	q := objection.Asked{Limit: usual}
	for name, all := range values {
		for _, value := range all {
			var err error
			switch name {
			case "_lastUpdated":
				q.From, q.To, err = date(value, q.From, q.To)
			case "patient.identifier", "patient:identifier":
				if !q.Patient.IsZero() {
					err = errors.New("may be there once")
					break
				}
				q.Patient, err = identifier(value)
			case "_count":
				q.Limit, err = strconv.Atoi(value)
				if err == nil && (q.Limit < 1 || q.Limit > most) || err != nil {
					err = fmt.Errorf("from 1 to %d", most)
				}
			case "cursor":
				var from audit.Cursor
				from, err = cursor(value)
				q.After = objection.Place{Recorded: from.At, ID: from.ID}
			case "_format":
			default:
				name, err = "a parameter", errors.New("is not known here; patient.identifier, _lastUpdated, _count and cursor are")
			}
			if err != nil {
				return q, badSearch(name, err)
			}
		}
	}
	return q, nil
}

// identifier reads an NHS number with its system. The error does not quote it.
func identifier(value string) (nhs.Number, error) {
	system, number, _ := strings.Cut(value, "|")
	n, err := nhs.ParseNumber(number)
	if system != nhs.NumberSystem || err != nil {
		return nhs.Number{}, errors.New("must be " + nhs.NumberSystem + "| and a valid NHS number")
	}
	return n, nil
}

// longestExport is how long an export may take to be fetched.
const longestExport = 10 * time.Minute

// stream sends what does not fit into memory. Where it breaks off, so does the
// connection: half a list must not look whole.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, a answer) {
	w.Header().Set("Content-Type", a.kind)
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longestExport)); err != nil {
		s.Log.Warn("the deadline of an export cannot be set", "err", err)
	}
	if err := a.stream(w); err != nil {
		s.Log.Error("an export broke off", "path", r.URL.Path, "err", err)
		panic(http.ErrAbortHandler)
	}
}
