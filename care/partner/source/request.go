package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// request is one question to the partner. NHS numbers travel in the body of a
// POST, where the partner takes one, so that they are in nobody's access log.
type request struct {
	method, url string
	accept      string // besides FHIR, or empty
	form        url.Values
	holds       []record.Section // what the question is about
	later       bool             // it is for a page that is not the first
}

var validID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// requests are the questions that the scope calls for.
func (s *Source) requests(q partner.Query, ids []string) []request {
	var all []request
	for _, id := range ids {
		if s.Everything {
			types := slices.DeleteFunc(s.Release.Everything(q.Scope, q.Source.Kind), func(kind string) bool { return !s.offers(kind) })
			if len(types) == 0 {
				continue
			}
			query := url.Values{"_type": {strings.Join(types, ",")}, "_count": {"500"}}
			all = append(all, request{method: http.MethodGet, url: s.base.String() + "/Patient/" + id + "/$everything?" + query.Encode()})
			continue
		}
		all = append(all, s.searches(q, id)...)
	}
	return all
}

func (s *Source) search(kind string, query url.Values) request {
	if s.ByGet {
		return request{method: http.MethodGet, url: s.base.String() + "/" + kind + "?" + query.Encode()}
	}
	return request{method: http.MethodPost, url: s.base.String() + "/" + kind + "/_search", form: query}
}

// read asks, and reads all pages of the answer.
func (s *Source) read(ctx context.Context, q partner.Query, r request, into *fhir.Answer) error {
	seen := map[string]bool{}
	for n := range mostPages {
		next, err := s.readPage(ctx, q, r, into)
		if n > 0 && (errors.Is(err, partner.ErrNotSupported) || errors.Is(err, partner.ErrRefused)) {
			return errors.New("a later page is missing") // it supplies this, and said so with the first page
		}
		if err != nil || next == "" {
			return err
		}
		if r, err = s.follow(r, next); err != nil {
			return err
		}
		if seen[r.url] {
			return fmt.Errorf("%w: its pages go round in a circle", partner.ErrUnreadable)
		}
		seen[r.url] = true
	}
	return fmt.Errorf("%w: it has more than %d pages", partner.ErrUnreadable, mostPages)
}

// follow is the request for the next page: an opaque address, that must stay
// on the partner's own origin.
func (s *Source) follow(r request, next string) (request, error) {
	current, err := url.Parse(r.url)
	if err != nil {
		return request{}, err
	}
	to, err := current.Parse(next)
	if err != nil || to.Scheme != s.base.Scheme || to.Host != s.base.Host || to.User != nil {
		return request{}, fmt.Errorf("%w: its next page is elsewhere", partner.ErrUnreadable)
	}
	return request{method: http.MethodGet, url: to.String(), holds: r.holds, later: true}, nil
}

func (s *Source) readPage(ctx context.Context, q partner.Query, r request, into *fhir.Answer) (next string, err error) {
	res, err := s.send(ctx, q, r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if err := statusError(res.StatusCode); err != nil {
		leave(res)
		if errors.Is(err, partner.ErrNotSupported) && len(r.holds) == 0 {
			return "", &partner.StatusError{Status: res.StatusCode} // of the patient it is no word: the address or the server is wrong
		}
		return "", err
	}
	body, err := decompressed(res)
	if err != nil {
		return "", err
	}
	defer body.Close()
	read := into.ReadFor
	if r.later {
		read = into.ReadNext
	}
	next, err = read(body, r.holds...)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, fhir.ErrUnreadable):
		return "", fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
	case err != nil:
		return "", reason(ctx, err)
	}
	return next, nil
}

func (s *Source) prepare(ctx context.Context, q partner.Query, r request) (*http.Request, error) {
	var body io.Reader
	if r.form != nil {
		body = strings.NewReader(r.form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, errors.New("the partner's address is wrong")
	}
	if r.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", cmp.Or(r.accept, "application/fhir+json"))
	req.Header.Set("Accept-Encoding", "zstd, gzip")
	req.Header.Set("X-Request-ID", q.Viewing)
	if s, err = s.during(q); err != nil {
		return nil, err
	}
	if err := s.authorise(ctx, req); err != nil {
		return nil, err
	}
	return req, nil
}

// reason is err without the address, which may hold an NHS number.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if urlErr, ok := errors.AsType[*url.Error](err); ok {
		return urlErr.Err
	}
	return err
}

func statusError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return partner.ErrRefused
	case status == http.StatusNotFound || status == http.StatusNotImplemented:
		return partner.ErrNotSupported
	}
	return &partner.StatusError{Status: status}
}
