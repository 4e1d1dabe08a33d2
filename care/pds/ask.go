package pds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
)

const (
	defaultWithin = 5 * time.Second
	mostBytes     = 4 << 20
	shortestPause = 100 * time.Millisecond // where the service names none, or less
)

// ask reads the answer to one question. Where the service is busy it waits as
// long as it is told to, if there is time; where the service does not take the
// grant, it asks once more with another. Its errors never hold the address,
// which may hold a name or a number.
func (c *Client) ask(ctx context.Context, leave *audit.Tracing, path string, query url.Values, read func(io.Reader) error) error {
	within := c.Within
	if within == 0 {
		within = defaultWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	refused := ""
	for {
		grant, err := c.grant(ctx, leave, refused)
		if err != nil {
			return err
		}
		res, err := c.send(ctx, leave, grant, path, query)
		if err != nil {
			return err
		}
		switch status := res.StatusCode; {
		case status == http.StatusTooManyRequests:
			err = c.pause(ctx, res)
		case status == http.StatusUnauthorized && refused == "" && grant.Token != "":
			refused = grant.Token
		default:
			return answer(res, read)
		}
		res.Body.Close()
		if err != nil {
			return err
		}
	}
}

func (c *Client) grant(ctx context.Context, leave *audit.Tracing, refused string) (Grant, error) {
	if c.Grant == nil {
		return Grant{Own: true}, nil
	}
	grant, err := c.Grant(ctx, leave, refused)
	if err != nil {
		return Grant{}, fmt.Errorf("%w: no leave to ask it: %w", ErrUnavailable, err)
	}
	return grant, nil
}

func (c *Client) send(ctx context.Context, leave *audit.Tracing, grant Grant, path string, query url.Values) (*http.Response, error) {
	address := strings.TrimSuffix(c.Base, "/") + path
	if query != nil {
		if !grant.Own {
			query.Set("_max-results", "1")
		}
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: its address is wrong", ErrUnavailable)
	}
	u := leave.User()
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("X-Request-ID", leave.ID())
	req.Header.Set("NHSD-End-User-Organisation-ODS", string(u.Organisation))
	if grant.Token != "" {
		req.Header.Set("Authorization", "Bearer "+grant.Token)
		if grant.Own && u.RoleID != "" {
			req.Header.Set("NHSD-Session-URID", u.RoleID)
		}
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, why(err))
	}
	return res, nil
}

// pause waits for as long as a busy service asks to, and not beyond the time
// that the question has.
func (c *Client) pause(ctx context.Context, busy *http.Response) error {
	wait := c.retryAfter(busy.Header.Get("Retry-After"))
	if until, ok := ctx.Deadline(); ok && time.Until(until) < wait {
		return fmt.Errorf("%w: it is busy for longer than there is time", ErrUnavailable)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: it is busy", ErrUnavailable)
	}
}

// retryAfter is the wait that the header names, in seconds or as a date.
func (c *Client) retryAfter(header string) time.Duration {
	wait := time.Second
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(c.Now())
	}
	return max(wait, shortestPause)
}

// answer reads a good answer, or says what an answer that is not good means.
func answer(res *http.Response, read func(io.Reader) error) error {
	body := http.MaxBytesReader(nil, res.Body, mostBytes)
	defer body.Close()
	if res.StatusCode != http.StatusOK {
		return refusal(res.StatusCode, body)
	}
	err := read(body)
	if outcome, ok := errors.AsType[*fhir.Outcome](err); ok {
		return meaning(res.StatusCode, outcome)
	}
	if err != nil && !errors.Is(err, ErrTooMany) {
		return fmt.Errorf("%w: its answer cannot be read", ErrUnavailable)
	}
	return err
}

func why(err error) string {
	if urlErr, ok := errors.AsType[*url.Error](err); ok && urlErr.Timeout() {
		return "it did not answer in time"
	}
	return "it could not be reached"
}

func refusal(status int, body io.Reader) error {
	outcome, err := fhir.DecodeOutcome(body)
	if err != nil {
		outcome = &fhir.Outcome{} // the status alone then decides
	}
	return meaning(status, outcome)
}

// meaning decides by status and Spine code, never by severity: the service
// sends errors of severity "information".
func meaning(status int, outcome *fhir.Outcome) error {
	missing := status == http.StatusNotFound || status == http.StatusOK
	switch {
	case missing && outcome.Has("INVALIDATED_RESOURCE"):
		return ErrInvalidated
	case missing && outcome.Has("RESOURCE_NOT_FOUND"), status == http.StatusBadRequest && outcome.Has("INVALID_RESOURCE_ID"):
		return ErrNotFound
	case outcome.Has("TOO_MANY_MATCHES"):
		return ErrTooMany
	}
	return fmt.Errorf("%w: status %d", ErrUnavailable, status)
}
