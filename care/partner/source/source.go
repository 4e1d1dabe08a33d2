// Package source is one partner, asked over FHIR R4.
package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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
	InOne      bool       // ask who the patient is and for all else in one batch, by patient.identifier, where that is a summary or little
	ByGet      bool       // search by GET, for servers without POST _search
	ByNumber   bool       // search items by NHS number, for servers whose patients have no ids
	Exchange   bool       // it answers for others too, and its tags say for whom
	Newest     bool       // it can be asked for the newest of what happens again and again, by _sort and _count
	Batch      bool       // it takes several questions in one request
	Release    fhir.Release
	Learn      Learn // in place of what of the above is left open

	AppliesConsents bool // it applies itself what patients refused there, and is not asked
}

// Source asks one partner.
type Source struct {
	Config
	base   *url.URL
	budget *budget
	learnt *learnt

	offered  *fhir.Capability // nil where nothing is to be learnt of it
	sorted   *fhir.Capability // nil where it is not to be learnt what can be asked for the newest
	chained  bool             // items are searched for by NHS number too
	exchange *exchange        // nil but during a query
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
	return &Source{Config: c, base: base, budget: newBudget(), learnt: &learnt{}}, nil
}

// The limits of one partner's answer.
const (
	mostBytes   = 32 << 20
	mostEntries = 20_000
	mostPages   = 100
	mostHeld    = 50 // Patients that are the same person
	searchers   = 4  // at one partner at a time
)

// Fetch finds the patient by NHS number, makes sure who it is, and asks for
// the types of resource that the scope calls for, and for no other.
func (s *Source) Fetch(ctx context.Context, q partner.Query) (partner.Answer, error) {
	s, err := s.as().during(q)
	if err != nil {
		return partner.Answer{}, err
	}
	h, err := s.hear(ctx, q)
	if err != nil {
		return notFound(q, h.found, err)
	}
	answer, found := h.answer, h.found
	patients := append(answer.Patients(), found.patients...)
	differs, unrelated, err := identify(q.Person, s.base.String(), patients, answer.Subjects())
	if err != nil {
		return partner.Answer{}, err
	}
	dissents := answer.Dissents(time.Now())
	if seen := dissents[""]; seen != "" {
		return partner.Answer{}, &partner.DissentError{Evidence: seen}
	}
	states := h.refused.states(q.Scope, q.Source.Kind)
	if h.refused.heldBack(q.Scope, states) {
		return partner.Answer{}, errUnheard
	}
	a := sumUp(answer, states, differs, unrelated)
	a.Tagged = answer.Tagged()
	if len(differs) > 0 {
		a.Differences = differing(q.Person, patients)
	}
	a.Providers = providers(slices.Concat(found.providers, answer.Providers()), slices.Concat(found.missing, answer.Issues()), q.Scope)
	for i := range a.Providers {
		a.Providers[i].Dissent = dissents[string(a.Providers[i].Code)]
	}
	return a, nil
}

// heard is what a partner said to all that it was asked.
type heard struct {
	found   found
	answer  *fhir.Answer
	refused refusals
}

func (s *Source) newHeard(q partner.Query) *heard {
	h := &heard{answer: fhir.NewAnswer(q.Source, q.Scope, fhir.Limit{Bytes: mostBytes, Entries: mostEntries, Alerts: q.Alerts, Exchange: s.Exchange})}
	s.noteMissing(q, &h.refused)
	return h
}

// hear asks who the patient is there, and for all that the scope calls for.
func (s *Source) hear(ctx context.Context, q partner.Query) (*heard, error) {
	if s.InOne && !s.learnt.apart.Load() {
		if h, err := s.inOne().hearInOne(ctx, q); !errors.Is(err, errApart) {
			return h, err
		}
	}
	h := s.newHeard(q)
	var err error
	if h.found, err = s.find(ctx, q); err != nil {
		return h, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(searchers)
	for _, request := range s.requests(q, h.found.ids) {
		group.Go(func() error { return s.ask(ctx, q, request, h.answer, &h.refused) })
	}
	return h, group.Wait()
}

// notFound is the answer where the patient was not found: none, but that of an
// exchange of which some providers did not say whether they know the patient.
func notFound(q partner.Query, f found, err error) (partner.Answer, error) {
	if len(f.missing) == 0 || !errors.Is(err, partner.ErrNotHeld) {
		return partner.Answer{}, err
	}
	a := partner.Answer{States: map[record.Section]record.State{}, Providers: providers(f.providers, f.missing, q.Scope)}
	for section := range q.Scope {
		a.States[section] = record.NotHeld
	}
	return a, nil
}

// found is what a partner says when it is asked who the patient is there.
type found struct {
	ids       []string // several, where it holds somebody twice
	patients  []fhir.Patient
	providers []fhir.Provider // of an exchange: those that know the patient
	missing   []fhir.Issue    // of an exchange: why others did not say
}

// find returns what the partner knows of the patient under every number.
func (s *Source) find(ctx context.Context, q partner.Query) (f found, err error) {
	for _, number := range q.Person.Numbers() {
		answer := fhir.NewAnswer(q.Source, nil, fhir.Limit{Exchange: s.Exchange})
		if err := s.read(ctx, q, s.whoHas(number), answer); err != nil {
			return found{}, err
		}
		if err := s.met(&f, q.Person, number, answer); err != nil {
			return found{}, err
		}
	}
	if len(f.ids) == 0 {
		return f, partner.ErrNotHeld
	}
	return f, nil
}

// whoHas is the question who has a number.
func (s *Source) whoHas(number nhs.Number) request {
	return s.search("Patient", query("").with("identifier", nhs.NumberSystem+"|"+number.Digits()))
}

// met adds what was answered: the patients, and what is missing of them.
func (s *Source) met(f *found, person record.Person, number nhs.Number, answer *fhir.Answer) error {
	missing, err := unclear(answer)
	if err != nil {
		return err
	}
	f.missing = append(f.missing, missing...)
	f.providers = append(f.providers, answer.Providers()...)
	return s.known(f, person, number, answer.Patients())
}

// known adds the patients that were found for one number, each of whom must be
// person.
func (s *Source) known(f *found, person record.Person, number nhs.Number, patients []fhir.Patient) error {
	if s.ByNumber {
		ours, err := byNumber(person, patients)
		if err != nil {
			return err
		}
		if len(patients) > 0 {
			f.ids, f.patients = append(f.ids, number.Digits()), append(f.patients, ours...)
		}
		return nil
	}
	for _, p := range patients {
		if _, ok := same(person, p); !ok {
			return wrongPatient(person, p)
		}
		if !validID.MatchString(p.ID) {
			return fmt.Errorf("%w: a patient without an id", partner.ErrUnreadable)
		}
		if len(f.ids) == mostHeld {
			return fmt.Errorf("%w: too many patients with one number", partner.ErrUnreadable)
		}
		f.ids, f.patients = append(f.ids, p.ID), append(f.patients, p)
	}
	return nil
}

// unclear is why an answer that names no patient may not be read as "does not
// know the patient". What an exchange says of single providers concerns these.
func unclear(answer *fhir.Answer) (elsewhere []fhir.Issue, err error) {
	result := answer.Result()
	if result.Unreadable > 0 || result.Incomplete {
		return nil, fmt.Errorf("%w: who the patient is there", partner.ErrUnreadable)
	}
	for _, issue := range answer.Issues() {
		switch {
		case issue.Source != (fhir.Provider{}):
			elsewhere = append(elsewhere, issue)
		case issue.Severity != "information" && issue.Severity != "success":
			return nil, errors.New("the partner says that its search failed")
		}
	}
	return elsewhere, nil
}

// sumUp turns what was read into the answer.
func sumUp(answer *fhir.Answer, states map[record.Section]record.State, differs []string, unrelated int) partner.Answer {
	result := answer.Result()
	a := partner.Answer{
		Entries: result.Entries, Sensitive: result.Sensitive, States: states, Differs: differs, Unrelated: unrelated,
		Newest: answer.Newest(), Unreadable: result.Unreadable, Unread: result.Unread, InError: result.InError, Withheld: result.Withheld,
	}
	switch {
	case result.Short:
		a.Incomplete = "it says that it holds more than it sent"
	case result.Incomplete:
		a.Incomplete = "it sent more than can be shown"
	}
	tell(&a, answer.Issues())
	return a
}
