package source

import (
	"bytes"
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
	form        query
	body        []byte           // in place of the form, as FHIR
	holds       []record.Section // what the question is about
	later       bool             // it is for a page that is not the first
	wishes      bool             // it is about what the patient refused there, and about no section
	most        int              // that are asked for, the newest; 0 for all
	instead     *request         // what is asked where the partner does not take the question; or nil
	batch       []request        // that it consists of
	into        *fhir.Answer     // of its own, in a batch; or nil
}

var validID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// requests are the questions that the scope calls for about every id.
func (s *Source) requests(q partner.Query, ids []string) []request {
	var all []request
	for _, id := range ids {
		about, brief := s.questions(nil, q, id)
		if brief {
			about = s.batched(about)
		}
		all = append(all, about...)
	}
	return all
}

// questions adds those that the scope calls for about an id. Of what may be cut,
// a brief query asks for the newest.
func (s *Source) questions(to []request, q partner.Query, id string) (all []request, brief bool) {
	whole, cut := s.Release.Types(q.Scope, q.Source.Kind), []string(nil)
	whole = slices.DeleteFunc(whole, func(kind string) bool {
		if s.offers(kind) && s.cuts(q, kind) {
			cut = append(cut, kind)
		}
		return !s.offers(kind) || s.cuts(q, kind)
	})
	asked, known := s.asksConsents()
	asked = asked && len(whole)+len(cut) > 0
	if asked && known && s.Everything {
		whole, asked = append(whole, "Consent"), false // with all else
	}
	all = s.whole(slices.Grow(to, len(whole)+4+2*len(cut)), q, id, whole)
	if asked {
		all = append(all, s.consents(q, id)...)
	}
	for _, kind := range cut {
		instead := s.whole(nil, q, id, []string{kind})[0]
		instead.holds = s.Release.Holds(kind, q.Source.Kind)
		all = s.newest(all, q, kind, id, instead)
	}
	return all, len(cut) > 0
}

// whole adds the questions for all that the partner holds of some types.
func (s *Source) whole(to []request, q partner.Query, id string, types []string) []request {
	switch {
	case len(types) == 0:
		return to
	case !s.Everything:
		return s.searches(to, q, id, types)
	}
	if slices.Contains(types, "MedicationRequest") && s.offers("Medication") { // which a search includes instead
		types = append(slices.Clip(types), "Medication")
	}
	asked := query("").with("_type", strings.Join(types, ","), "_count", "500")
	return append(to, request{method: http.MethodGet, url: s.base.String() + "/Patient/" + id + "/$everything?" + string(asked)})
}

func (s *Source) search(kind string, asked query) request {
	if s.ByGet {
		return request{method: http.MethodGet, url: s.base.String() + "/" + kind + "?" + string(asked)}
	}
	return request{method: http.MethodPost, url: s.base.String() + "/" + kind + "/_search", form: asked}
}

// query is the parameters of a search, encoded.
type query string

// perPage is how many resources a page is to hold.
const perPage = "200"

// with adds parameters: name, value, name, value.
func (q query) with(pairs ...string) query {
	b := make([]byte, 0, 192)
	b = append(b, q...)
	for i := 0; i+1 < len(pairs); i += 2 {
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(append(append(b, pairs[i]...), '='), url.QueryEscape(pairs[i+1])...)
	}
	return query(b)
}

// read asks, and reads all pages of the answer.
func (s *Source) read(ctx context.Context, q partner.Query, r request, into *fhir.Answer) error {
	seen := map[string]bool{}
	for range mostPages {
		next, err := s.readPage(ctx, q, r, into)
		if r.later && (errors.Is(err, partner.ErrNotSupported) || errors.Is(err, partner.ErrRefused)) {
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
	return request{method: http.MethodGet, url: to.String(), holds: r.holds, later: true, wishes: r.wishes}, nil
}

func (s *Source) readPage(ctx context.Context, q partner.Query, r request, into *fhir.Answer) (next string, err error) {
	body, err := s.open(ctx, q, r)
	if err != nil {
		return "", err
	}
	defer body.Close()
	read := into.ReadFor
	if r.later {
		read = into.ReadNext
	}
	if next, err = read(body, r.holds...); err != nil {
		return "", unread(ctx, err)
	}
	return next, nil
}

// open asks, and returns the body of an answer that is one.
func (s *Source) open(ctx context.Context, q partner.Query, r request) (io.ReadCloser, error) {
	res, err := s.send(ctx, q, r)
	if err != nil {
		return nil, err
	}
	if err := statusError(res.StatusCode); err != nil {
		if r.wishes && hasNone(q, res) {
			err = partner.ErrNotSupported
		}
		leave(res)
		if errors.Is(err, partner.ErrNotSupported) && len(r.holds)+len(r.batch) == 0 && !r.wishes {
			return nil, &partner.StatusError{Status: res.StatusCode} // of the patient it is no word: the address or the server is wrong
		}
		return nil, err
	}
	body, err := decompressed(res)
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	return answered{body, res.Body}, nil
}

// answered is the body of an answer, and what it comes from.
type answered struct {
	io.ReadCloser
	from io.Closer
}

// Close is done with both.
func (a answered) Close() error {
	return errors.Join(a.ReadCloser.Close(), a.from.Close())
}

// unread is why an answer was not read.
func unread(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fhir.ErrUnreadable):
		return fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
	}
	return reason(ctx, err)
}

func (s *Source) prepare(ctx context.Context, q partner.Query, r request) (*http.Request, error) {
	var body io.Reader
	switch {
	case r.form != "":
		body = strings.NewReader(string(r.form))
	case r.body != nil:
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, errors.New("the partner's address is wrong")
	}
	switch {
	case r.form != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case r.body != nil:
		req.Header.Set("Content-Type", "application/fhir+json")
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
