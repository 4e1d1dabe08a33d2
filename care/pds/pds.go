// Package pds asks the demographics service (the NHS Personal Demographics
// Service, FHIR R4) who a patient is. It is asked for nothing without a
// Tracing, which is on the trail.
package pds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// The answers that are no person. ErrUnavailable says nothing about anybody.
var (
	ErrUnavailable = errors.New("the demographics service is unavailable")
	ErrNotFound    = errors.New("the demographics service knows nobody of that number")
	ErrTooMany     = errors.New("too many people match")
)

// Client asks one demographics service.
type Client struct {
	Base string
	HTTP *http.Client
	Now  func() time.Time
}

// Criteria is what people are searched by. Family and Born are needed.
type Criteria struct {
	Family, Given, Gender, Postcode string
	Born                            record.Date
}

// Read returns who n is. The number of the person returned differs from n
// where n was superseded; n is then among its Superseded.
func (c *Client) Read(ctx context.Context, leave *audit.Tracing, n nhs.Number) (record.Person, error) {
	if err := leave.Use(); err != nil {
		return record.Person{}, err
	}
	body, err := c.get(ctx, leave, "/Patient/"+n.Digits())
	if err != nil {
		return record.Person{}, err
	}
	defer body.Close()
	p, err := fhir.DecodePerson(body)
	if err != nil || p.Number.IsZero() {
		return record.Person{}, fmt.Errorf("%w: its answer cannot be read", ErrUnavailable)
	}
	return c.stamped(p, n), nil
}

// Search returns the people who match, at most fifty, or ErrTooMany.
func (c *Client) Search(ctx context.Context, leave *audit.Tracing, by Criteria) ([]record.Person, error) {
	if err := leave.Use(); err != nil {
		return nil, err
	}
	body, err := c.get(ctx, leave, "/Patient?"+by.query().Encode())
	if err != nil {
		return nil, err
	}
	defer body.Close()
	people, tooMany, err := fhir.DecodeMatches(body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: its answer cannot be read", ErrUnavailable)
	case tooMany:
		return nil, ErrTooMany
	}
	for i := range people {
		people[i] = c.stamped(people[i], people[i].Number)
	}
	return people, nil
}

func (by Criteria) query() url.Values {
	q := url.Values{"family": {by.Family}, "birthdate": {"eq" + by.Born.ISO()}}
	for name, value := range map[string]string{"given": by.Given, "gender": by.Gender, "address-postalcode": by.Postcode} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (c *Client) stamped(p record.Person, asked nhs.Number) record.Person {
	p.FetchedAt = c.Now()
	if p.Number != asked {
		p.Superseded = append(p.Superseded, asked)
	}
	return p
}

// get returns the body of a good answer. Its errors never hold the address,
// which may hold a name or a number.
func (c *Client) get(ctx context.Context, leave *audit.Tracing, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.Base, "/")+path, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: its address is wrong", ErrUnavailable)
	}
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("X-Request-ID", leave.ID())
	req.Header.Set("NHSD-End-User-Organisation-ODS", string(leave.User().Organisation))
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, why(err))
	}
	body := http.MaxBytesReader(nil, res.Body, 4<<20)
	if res.StatusCode == http.StatusOK {
		return body, nil
	}
	defer body.Close()
	return nil, refusal(res.StatusCode, body)
}

func why(err error) string {
	if urlErr, ok := errors.AsType[*url.Error](err); ok && urlErr.Timeout() {
		return "it did not answer in time"
	}
	return "it could not be reached"
}

// refusal decides by status and Spine code, never by severity: the service
// sends errors of severity "information".
func refusal(status int, body io.Reader) error {
	outcome, err := fhir.DecodeOutcome(body)
	if err != nil {
		outcome = &fhir.Outcome{} // the status alone then decides
	}
	switch {
	case status == http.StatusNotFound && (outcome.Has("RESOURCE_NOT_FOUND") || outcome.Has("INVALIDATED_RESOURCE")),
		status == http.StatusBadRequest && outcome.Has("INVALID_RESOURCE_ID"):
		return ErrNotFound
	}
	return fmt.Errorf("%w: status %d", ErrUnavailable, status)
}
