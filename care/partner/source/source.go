// Package source is one partner, asked over FHIR R4.
package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
	"golang.org/x/sync/errgroup"
)

// Config is how one partner is reached.
type Config struct {
	Base       string // of its FHIR server
	HTTP       *http.Client
	Bearer     Secret     // a static token, or none
	Tokens     *Tokens    // in its place, or nil
	Assertion  *Assertion // of who asks and why; nil for none
	Everything bool       // ask $everything with _type, in place of a search for each type
	ByGet      bool       // search by GET, for servers without POST _search
	ByNumber   bool       // search items by NHS number, for servers whose patients have no ids
	Release    fhir.Release
}

// Source asks one partner.
type Source struct {
	Config
	base *url.URL

	exchange *exchange // nil but during a query
}

var _ partner.Source = (*Source)(nil)

// New returns the partner that c says how to reach.
func New(c Config) (*Source, error) {
	base, err := url.Parse(strings.TrimSuffix(c.Base, "/"))
	if err != nil || base.Host == "" {
		return nil, errors.New("the partner's address is not a URL")
	}
	if c.ByNumber && c.Everything {
		return nil, errors.New("a partner whose patients have no ids cannot be asked for everything about one")
	}
	return &Source{Config: c, base: base}, nil
}

// The limits of one partner's answer.
const (
	mostBytes   = 32 << 20
	mostEntries = 20_000
	mostPages   = 100
	atOnce      = 4 // searches at one partner
)

var errWrongPatient = partner.ErrWrongPatient

// Fetch finds the patient by NHS number, makes sure who it is, and asks for
// the types of resource that the scope calls for, and for no other.
func (s *Source) Fetch(ctx context.Context, q partner.Query) (partner.Answer, error) {
	s, err := s.during(q)
	if err != nil {
		return partner.Answer{}, err
	}
	ids, patients, err := s.find(ctx, q)
	if err != nil {
		return partner.Answer{}, err
	}
	answer := fhir.NewAnswer(q.Source, q.Scope, fhir.Limit{Bytes: mostBytes, Entries: mostEntries, Alerts: q.Alerts})
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var refused refusals
	for _, request := range s.requests(q, ids) {
		group.Go(func() error { return refused.note(request.holds, s.read(ctx, q, request, answer)) })
	}
	if err := group.Wait(); err != nil {
		return partner.Answer{}, err
	}
	differs, unrelated, err := identify(q.Person, s.base.String(), append(answer.Patients(), patients...), answer.Subjects())
	if err != nil {
		return partner.Answer{}, err
	}
	return sumUp(answer, refused.states(q.Scope, q.Source.Kind), differs, unrelated), nil
}

// find returns the partner's ids of the patient. A number may lead to several:
// hospitals hold some people twice.
func (s *Source) find(ctx context.Context, q partner.Query) ([]string, []fhir.Patient, error) {
	var ids []string
	var patients []fhir.Patient
	for _, number := range q.Person.Numbers() {
		answer := fhir.NewAnswer(q.Source, nil, fhir.Limit{})
		search := s.search("Patient", url.Values{"identifier": {nhs.NumberSystem + "|" + number.Digits()}})
		if err := s.read(ctx, q, search, answer); err != nil {
			return nil, nil, err
		}
		if err := unclear(answer); err != nil {
			return nil, nil, err
		}
		if s.ByNumber {
			found, err := byNumber(q.Person, answer.Patients())
			if err != nil {
				return nil, nil, err
			}
			if len(answer.Patients()) > 0 {
				ids, patients = append(ids, number.Digits()), append(patients, found...)
			}
			continue
		}
		for _, p := range answer.Patients() {
			if _, ok := same(q.Person, p); !ok {
				return nil, nil, errWrongPatient
			}
			if !validID.MatchString(p.ID) {
				return nil, nil, fmt.Errorf("%w: a patient without an id", partner.ErrUnreadable)
			}
			ids, patients = append(ids, p.ID), append(patients, p)
		}
	}
	if len(ids) == 0 {
		return nil, nil, partner.ErrNotHeld
	}
	return ids, patients, nil
}

// unclear is why an answer that names no patient may not be read as "does not
// know the patient".
func unclear(answer *fhir.Answer) error {
	result := answer.Result()
	if result.Unreadable > 0 || result.Incomplete {
		return fmt.Errorf("%w: who the patient is there", partner.ErrUnreadable)
	}
	for _, issue := range answer.Issues() {
		if issue.Source != (fhir.Provider{}) && len(answer.Patients()) > 0 {
			continue // of an exchange: others know the patient
		}
		if issue.Severity != "information" && issue.Severity != "success" {
			return errors.New("the partner says that its search failed")
		}
	}
	return nil
}

// sumUp turns what was read into the answer.
func sumUp(answer *fhir.Answer, states map[record.Section]record.State, differs []string, unrelated int) partner.Answer {
	result := answer.Result()
	a := partner.Answer{
		Entries: result.Entries, Sensitive: result.Sensitive, States: states, Differs: differs, Unrelated: unrelated,
		Unreadable: result.Unreadable, InError: result.InError, Withheld: result.Withheld,
	}
	if result.Incomplete {
		a.Incomplete = "it sent more than can be shown"
	}
	tell(&a, answer.Issues())
	return a
}
