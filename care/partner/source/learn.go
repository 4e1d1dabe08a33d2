package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// Learn says what is learnt from the partner's CapabilityStatement, because
// the configuration leaves it open. Until the statement has been read, and
// where there is none, the partner is asked as Config says otherwise.
type Learn struct {
	Ask      bool // $everything, where it is offered; and whether all can be asked in one request
	SearchBy bool // GET, where nothing else is offered
	Types    bool // only those that are offered
	Release  bool
	Newest   bool // where its searches know a date; and whether it takes batches
}

// learnt is what a partner last said that it can do, and has shown since that it
// cannot.
type learnt struct {
	mu    sync.Mutex
	said  *fhir.Capability
	apart atomic.Bool // it does not take all questions in one request
}

func (l *learnt) get() *fhir.Capability {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said
}

func (l *learnt) set(c *fhir.Capability) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = c
	l.apart.Store(false)
}

var _ partner.Prober = (*Source)(nil)

// Probe asks the partner what it can do, and asks it that way from then on. It
// names no patient and no user.
func (s *Source) Probe(ctx context.Context) error {
	c, err := s.describe(ctx)
	if err == nil {
		s.learnt.set(c)
	}
	return err
}

// What describe finds in place of a CapabilityStatement.
var (
	errNothingThere = fmt.Errorf("%w: there is nothing at its address", partner.ErrNoCapability)
	errUnauthorised = fmt.Errorf("%w: status 401", partner.ErrRefused)
)

// describe reads the partner's CapabilityStatement.
func (s *Source) describe(ctx context.Context) (*fhir.Capability, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+"/metadata", nil)
	if err != nil {
		return nil, errors.New("the partner's address is wrong")
	}
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("Accept-Encoding", "zstd, gzip")
	if err := s.authorisePlain(ctx, req); err != nil {
		return nil, err
	}
	res, err := s.HTTP.Do(req)
	if err != nil {
		return nil, reason(ctx, err)
	}
	defer leave(res)
	if asked, ok := retryAfter(res, time.Now()); ok {
		return nil, &partner.BusyError{For: asked}
	}
	if err := statusError(res.StatusCode); err != nil {
		switch {
		case errors.Is(err, partner.ErrNotSupported):
			return nil, errNothingThere
		case res.StatusCode == http.StatusUnauthorized:
			return nil, errUnauthorised
		}
		return nil, err
	}
	body, err := decompressed(res)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	c, err := fhir.DecodeCapability(body)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", partner.ErrNoCapability, err)
	}
	return c, nil
}

// as is s as it asks now, with what it has learnt.
func (s *Source) as() *Source {
	c := s.learnt.get()
	if c == nil || s.Learn == (Learn{}) {
		return s
	}
	asks := *s
	if release, known := c.Release(); s.Learn.Release && known {
		asks.Release = release
	}
	if s.Learn.Ask {
		asks.Everything = c.Everything && !s.ByNumber
		asks.InOne = !s.Exchange && c.Batch && (s.ByNumber || c.Chains())
	}
	if s.Learn.SearchBy {
		asks.ByGet = c.ByGet()
	}
	if s.Learn.Newest {
		asks.sorted, asks.Batch = c, c.Batch
	}
	if s.Learn.Types {
		asks.offered = c
	}
	return &asks
}

// offers reports whether the partner can be asked for a type of resource, as
// far as it has said.
func (s *Source) offers(kind string) bool {
	switch {
	case s.offered == nil:
		return true
	case s.Everything:
		return s.offered.Offers(kind)
	}
	return s.offered.Searches(kind)
}

// noteMissing notes the types that are not asked for because the partner does
// not offer them.
func (s *Source) noteMissing(q partner.Query, refused *refusals) {
	if s.offered == nil {
		return
	}
	for _, kind := range s.Release.Types(q.Scope, q.Source.Kind) {
		var err error
		if !s.offers(kind) {
			err = partner.ErrNotSupported
		} else if !s.Everything {
			continue // its own search will tell
		}
		refused.note(s.Release.Holds(kind, q.Source.Kind), err)
	}
}

// Ways says how the partner is asked now, for operators.
func (s *Source) Ways() string {
	s = s.as()
	method := "POST"
	if s.ByGet {
		method = "GET"
	}
	ways := []string{"a search a type by " + method}
	if s.Everything {
		ways = []string{"$everything, found by " + method}
	}
	if s.ByNumber {
		ways = append(ways, "by NHS number")
	}
	if s.Release == fhir.STU3 {
		ways = append(ways, "STU3")
	}
	if s.InOne {
		ways = append(ways, "a summary or little in one request")
	}
	if s.Newest || s.sorted != nil && s.sorted.Sorts("Observation") {
		newest := "the newest for a summary"
		if s.Batch && !s.ByNumber && !s.InOne {
			newest += ", in one request"
		}
		ways = append(ways, newest)
	}
	return strings.Join(ways, ", ")
}

// Lacks are the sections, of those that the partner is to supply, of which it
// says that it has no type of resource.
func (s *Source) Lacks(sections []record.Section, kind record.Kind) []record.Section {
	c := s.learnt.get()
	if c == nil {
		return nil
	}
	return c.Lacks(s.as().Release, sections, kind)
}
