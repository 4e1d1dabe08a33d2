// Package pds asks the demographics service (the NHS Personal Demographics
// Service, FHIR R4) who a patient is. It is asked for nothing without a
// Tracing, which is on the trail.
package pds

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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
	ErrInvalidated = errors.New("the demographics service has withdrawn that number")
	ErrTooMany     = errors.New("too many people match")
)

// Client asks one demographics service.
type Client struct {
	Base   string
	HTTP   *http.Client
	Now    func() time.Time
	Within time.Duration // for one question with all that it takes; 0 means 5 s

	// Grant gives the leave that a question carries, or nil where the service
	// takes questions without. Refused is the token of the grant that the
	// service has just not taken, to be renewed, and else empty.
	Grant func(ctx context.Context, leave *audit.Tracing, refused string) (Grant, error)
}

// Grant is leave to ask the demographics service. Without the user's own, the
// service tells of a search that has several matches only that there are.
type Grant struct {
	Token string
	Own   bool // it is the user's own, not this service's
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
	var p record.Person
	err := c.ask(ctx, leave, "/Patient/"+n.Digits(), nil, func(body io.Reader) (err error) {
		p, err = fhir.DecodePerson(body)
		return err
	})
	if err != nil {
		return record.Person{}, err
	}
	return c.stamped(p, n), nil
}

// Search returns the people who match, at most fifty, or ErrTooMany. Under a
// grant that is not the user's own, more than one is too many.
func (c *Client) Search(ctx context.Context, leave *audit.Tracing, by Criteria) ([]record.Person, error) {
	if err := leave.Use(); err != nil {
		return nil, err
	}
	var people []record.Person
	err := c.ask(ctx, leave, "/Patient", by.query(), func(body io.Reader) error {
		found, tooMany, err := fhir.DecodeMatches(body)
		if tooMany {
			return ErrTooMany
		}
		people = found
		return err
	})
	if err != nil {
		return nil, err
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
