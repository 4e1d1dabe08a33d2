package source

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"example.org/icr/care/partner"
)

// exchange is what the requests share that one query takes.
type exchange struct {
	assertion Secret
	renewed   atomic.Bool // the access token has been, once
}

// during returns s as it speaks during the query q, for which it signs once.
func (s *Source) during(q partner.Query) (*Source, error) {
	if s.exchange != nil {
		return s, nil
	}
	speaking := *s
	speaking.exchange = &exchange{}
	if s.Assertion == nil {
		return &speaking, nil
	}
	var err error
	speaking.exchange.assertion, err = s.Assertion.sign(q, time.Now())
	return &speaking, err
}

const bearer = "Bearer "

// authorise proves to the partner who asks: by a token, or else by the
// assertion.
func (s *Source) authorise(ctx context.Context, req *http.Request) error {
	if err := s.authorisePlain(ctx, req); err != nil {
		return err
	}
	switch assertion := s.exchange.assertion; {
	case assertion.none():
	case req.Header.Get("Authorization") == "":
		req.Header.Set("Authorization", bearer+assertion.text)
	default:
		req.Header.Set(assertionHeader, assertion.text)
	}
	return nil
}

// authorisePlain proves which service asks, and says nothing of who or why.
func (s *Source) authorisePlain(ctx context.Context, req *http.Request) error {
	token := s.Bearer
	if s.Tokens != nil {
		var err error
		if token, err = s.Tokens.token(ctx); err != nil {
			return err
		}
	}
	if !token.none() {
		req.Header.Set("Authorization", bearer+token.text)
	}
	return nil
}

// errElsewhere means that a question would have left the partner's origin,
// with what proves who asks. Nothing is sent.
var errElsewhere = errors.New("the address is not the partner's")

// send asks, and once more where that may help.
func (s *Source) send(ctx context.Context, q partner.Query, r request) (*http.Response, error) {
	s, err := s.during(q)
	if err != nil {
		return nil, err
	}
	return s.persist(ctx, func() (*http.Response, error) { return s.sendRenewing(ctx, q, r) })
}

// sendRenewing asks. Where the partner does not take the access token any more,
// it asks once more with a new one.
func (s *Source) sendRenewing(ctx context.Context, q partner.Query, r request) (*http.Response, error) {
	res, used, err := s.sendOnce(ctx, q, r)
	if err != nil || res.StatusCode != http.StatusUnauthorized || s.Tokens == nil || !s.Tokens.drop(used, &s.exchange.renewed) {
		return res, err
	}
	leave(res)
	res, _, err = s.sendOnce(ctx, q, r)
	return res, err
}

func (s *Source) sendOnce(ctx context.Context, q partner.Query, r request) (*http.Response, Secret, error) {
	req, err := s.prepare(ctx, q, r)
	if err != nil {
		return nil, Secret{}, err
	}
	if req.URL.Scheme != s.base.Scheme || req.URL.Host != s.base.Host {
		return nil, Secret{}, errElsewhere
	}
	used := Secret{strings.TrimPrefix(req.Header.Get("Authorization"), bearer)}
	res, err := s.HTTP.Do(req)
	if err != nil {
		return nil, used, reason(ctx, err)
	}
	return res, used, nil
}
