package fhirapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
)

// Receive keeps relationships that a source tells of, and e, all or none. The
// same id of the same source again replaces, unless it was told before what is
// kept; of such it says how many there are.
type Receive func(ctx context.Context, told []fhir.Relationship, source string, e audit.Event) (older int, err error)

// mostBundle bounds a bundle that is sent, in bytes. Files may be larger.
const mostBundle = 8 << 20

// relationships takes a Bundle of EpisodeOfCare, Encounter, Appointment and
// CareTeam of the caller's own organisation, whole or not at all.
func (s *Server) relationships(r *http.Request, c caller.Caller) (answer, error) {
	text, err := sent(r)
	if p, ok := errors.AsType[problem](err); ok {
		return answer{}, cmp.Or(s.bundleRefused(r, c, p.words), err)
	}
	told, err := fhir.ReadRelationships(bytes.NewReader(text))
	faults := fhir.EntryErrors(err)
	if err != nil && len(faults) == 0 {
		return answer{}, cmp.Or[error](s.bundleRefused(r, c, err.Error()), problem{http.StatusBadRequest, "structure", err.Error()})
	}
	faults = append(faults, notTheirs(told, c)...)
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b *fhir.EntryError) int { return a.Entry - b.Entry })
		words := fmt.Sprintf("%d entries are refused", len(faults))
		return answer{status: http.StatusUnprocessableEntity, body: fhir.OutcomeOf("", faults)}, s.bundleRefused(r, c, words)
	}
	e := audit.NewEvent(audit.Imported, c.User(caller.Address(r)), s.Now())
	e.Words, e.Page = fmt.Sprintf("sent by %s: %d relationships", c.ID, len(told)), r.URL.Path
	older, err := s.Receive(r.Context(), told, c.ID, e)
	if err != nil {
		return answer{}, err
	}
	words := fmt.Sprintf("%d relationships were taken", len(told)-older)
	if older > 0 {
		words += fmt.Sprintf("; %d are older than what is known of them, and change nothing", older)
	}
	return answer{body: fhir.OutcomeOf(words, nil)}, nil
}

// sent is the body of a request, if it is JSON that is short enough and not
// compressed: what a few bytes unfold into is never looked at. Its error is a
// problem.
func sent(r *http.Request) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/fhir+json" && kind != "application/json" {
		return nil, problem{http.StatusUnsupportedMediaType, "not-supported", "the body must be application/fhir+json"}
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, problem{http.StatusUnsupportedMediaType, "not-supported", "the body must not be compressed"}
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, mostBundle))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, problem{http.StatusRequestEntityTooLarge, "too-long", fmt.Sprintf("a bundle may have %d MB: send several", mostBundle>>20)}
	}
	if err != nil {
		return nil, problem{http.StatusBadRequest, "structure", "the body did not arrive whole"}
	}
	return text, nil
}

// notTheirs are the entries about other organisations, and those that another
// of the same bundle contradicts.
func notTheirs(told []fhir.Relationship, c caller.Caller) (faults []*fhir.EntryError) {
	first := map[string]bool{}
	for _, r := range told {
		if r.Organisation != c.Organisation {
			faults = append(faults, &fhir.EntryError{Entry: r.Entry, Type: kindOf(r.ID), Err: errors.New("it is not of the caller's own organisation")})
		}
		if first[r.ID] {
			faults = append(faults, &fhir.EntryError{Entry: r.Entry, Type: kindOf(r.ID), Err: errors.New("another entry has the same id: which of them holds cannot be told")})
		}
		first[r.ID] = true
	}
	return faults
}

func kindOf(id string) string {
	kind, _, _ := strings.Cut(id, "/")
	return kind
}

// bundleRefused records that nothing of a bundle was taken.
func (s *Server) bundleRefused(r *http.Request, c caller.Caller, why string) error {
	return s.Trail.Record(r.Context(), audit.CallerRefused, c.User(caller.Address(r)), func(e *audit.Event) {
		e.Page, e.Words = r.URL.Path, "nothing of its bundle was taken: "+why
	})
}
