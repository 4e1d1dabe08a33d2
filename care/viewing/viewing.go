// Package viewing is the flow that the product is: may they, record it,
// gather, merge, render, record what is shown. Each step's result is the next
// one's only key, and all of it stands here.
package viewing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
)

// ErrDemographics means that it cannot be found out who the patient is. It
// says nothing about the patient.
var ErrDemographics = errors.New("demographics unavailable")

// Keeper keeps what is known of people between requests. *store.Store is one.
type Keeper interface {
	Person(ctx context.Context, n nhs.Number) (record.Person, error)
	SavePerson(ctx context.Context, p record.Person) error
	SaveRegistration(ctx context.Context, p record.Person, until time.Time) error
	SaveConfirmed(ctx context.Context, patient nhs.Number, r access.Relationship) error
	Sight(ctx context.Context, who auth.Identity, patient nhs.Number, look string) (*audit.Sight, error)
}

// Demographics says who somebody is. *pds.Client is one.
type Demographics interface {
	Read(ctx context.Context, leave *audit.Tracing, n nhs.Number) (record.Person, error)
}

// Service shows records.
type Service struct {
	Access       *access.Policy
	Trail        *audit.Trail
	Partners     *partner.Network
	Demographics Demographics
	Keeper       Keeper
	Now          func() time.Time
	InquiryTakes time.Duration // that a refusal waits for an organisation's answer; InquiryTakes where it is 0
	Secret       []byte        // makes what stands for organisations that may not be named
}

// Ask is one request to see a record.
type Ask struct {
	User    auth.User
	Patient nhs.Number
	Person  record.Person    // the patient as they are kept, where the caller just looked
	Only    []record.Section // all that is wanted of what may be seen; empty for all
	Brief   bool             // the newest is enough of what happens again and again
	Whole   bool             // wait for every partner's own deadline: a print-out cannot be completed later
	Kind    audit.Kind       // Disclosed where empty; Printed or Downloaded
	Page    string           // as the trail names it
	Render  func(Shown) (Rendered, error)
}

// Shown is all that a page may show.
type Shown struct {
	Person    record.Person
	Record    record.Record
	Scope     record.Scope
	Ground    access.Ground
	Reference string
	OpenedAt  time.Time
	News      record.News

	MayOpenSensitive bool // the user may state a reason to be shown what is sensitive
	SensitiveOpened  bool // the user has stated one

	// Whose is the partner that an entry came from, though the page may not
	// name it: for what is kept of an entry, and never for a page.
	Whose func(*record.Entry) nhs.ODSCode
}

// Rendered is a page made whole, and which of the record stands on it.
type Rendered struct {
	Bytes   []byte
	Entries []*record.Entry
}

// Refusal is why a record is not shown, as far as the user may be told.
type Refusal struct{ Explanation access.Explanation }

// Error says that access was refused, and not why.
func (r *Refusal) Error() string { return "refused: " + string(r.Explanation) }

// Is makes a Refusal an access.ErrDenied.
func (r *Refusal) Is(target error) bool { return target == access.ErrDenied }

// View answers ask with a page that is on the trail and may be sent, or says
// why there is none. It is the only way to a patient's record.
func (s *Service) View(ctx context.Context, ask Ask) ([]byte, error) {
	return twice(func() ([]byte, error) {
		defer func() { ask.Person = record.Person{} }() // may have changed by the second time
		return s.view(ctx, ask)
	})
}

// twice makes something once more, without what may not be shown any longer.
func twice[T any](make func() (T, error)) (T, error) {
	made, err := make()
	if errors.Is(err, audit.ErrNarrowed) {
		return make()
	}
	return made, err
}

func (s *Service) view(ctx context.Context, ask Ask) ([]byte, error) {
	asked := access.Request{User: ask.User, Person: ask.Person, HandOver: ask.Kind == audit.Downloaded}
	viewing, err := s.open(ctx, asked, ask.Patient, ask.Only...)
	if err != nil {
		return nil, err
	}
	before := s.sight(ctx, viewing)
	contributions, err := s.gather(ctx, viewing, ask)
	if err != nil {
		return nil, err
	}
	sight, err := before()
	if err != nil {
		return nil, err
	}
	told, of := record.Veil(contributions, s.told(viewing))
	news, known := newsOf(sight, contributions, told, of)
	page, err := ask.Render(Shown{
		Person: viewing.Person(), Record: record.Merge(told), Scope: viewing.Scope(), Ground: viewing.Ground(),
		Reference: viewing.Reference(), OpenedAt: viewing.At(), News: news,
		MayOpenSensitive: viewing.MayOpenSensitive() && !viewing.Opened(), SensitiveOpened: viewing.Opened(),
		Whose: func(e *record.Entry) nhs.ODSCode { e = source(e, of); return cmp.Or(e.Via, e.From) },
	})
	if err != nil {
		return nil, fmt.Errorf("rendering: %w", err)
	}
	note(sight, contributions, known)
	page.Entries = actual(page.Entries, of)
	sight.Show(page.Entries)
	err = viewing.Disclose(ctx, audit.Disclosure{
		Kind: cmp.Or(ask.Kind, audit.Disclosed), Page: ask.Page, Sections: viewing.Scope().Sections(),
		Partners: shown(contributions, page.Entries), Bytes: page.Bytes, Seen: sight,
	})
	if err != nil {
		return nil, refusal(err)
	}
	return page.Bytes, nil
}

// AskDocument is one request to see one document of a record.
type AskDocument struct {
	User    auth.User
	Patient nhs.Number
	Section record.Section          // that it stands in
	Is      func(record.Entry) bool // whether an entry is the document
}

// Document is a document's content.
type Document struct {
	Type  string // as its partner declared it
	Bytes []byte
}

// ErrNoDocument means that no partner now names such a document.
var ErrNoDocument = errors.New("no such document")

// Document answers ask with the document, which is on the trail and may be
// sent. The partners are asked for their documents again, so that what may be
// opened is what may be seen now.
func (s *Service) Document(ctx context.Context, ask AskDocument) (Document, error) {
	return twice(func() (Document, error) { return s.document(ctx, ask) })
}

func (s *Service) document(ctx context.Context, ask AskDocument) (Document, error) {
	viewing, err := s.open(ctx, access.Request{User: ask.User}, ask.Patient, ask.Section)
	if err != nil {
		return Document{}, err
	}
	if viewing.Person().Restricted {
		return Document{}, s.locating(ctx, viewing)
	}
	contributions, err := s.gather(ctx, viewing, Ask{})
	if err != nil {
		return Document{}, err
	}
	for _, c := range contributions {
		for _, e := range c.Entries {
			if !ask.Is(e) {
				continue
			}
			content, err := s.Partners.Document(ctx, viewing, e)
			if errors.Is(err, partner.ErrTooLarge) {
				return Document{}, ErrLargeDocument
			}
			if err != nil {
				return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
			}
			err = viewing.Disclose(ctx, audit.Disclosure{
				Kind: audit.DocumentShown, Page: "document", Sections: []record.Section{ask.Section},
				Partners: shown([]record.Contribution{c}, []*record.Entry{&e}), Bytes: content.Bytes,
			})
			if err != nil {
				return Document{}, refusal(err)
			}
			return Document(content), nil
		}
	}
	return Document{}, ErrNoDocument
}

// locating refuses a document that may tell where a restricted patient is, once
// that is on the trail.
func (s *Service) locating(ctx context.Context, v *audit.Viewing) error {
	err := s.Trail.Record(ctx, audit.Denied, v.User(), func(e *audit.Event) {
		e.Patient, e.Page, e.Rule, e.Ground = v.Person().Number, "document", access.Locating, v.Ground()
	})
	if err != nil {
		return err
	}
	return ErrLocatingDocument
}

// Why a document that is there is not shown: it could not be had, it is too
// large, or it would tell where a patient is whose whereabouts are restricted.
var (
	ErrDocument         = errors.New("the document could not be opened")
	ErrLargeDocument    = errors.New("the document is larger than can be shown")
	ErrLocatingDocument = errors.New("documents of restricted patients are not opened")
)

// open decides whether req may be granted for n's record, and puts the answer
// on the trail.
func (s *Service) open(ctx context.Context, req access.Request, n nhs.Number, only ...record.Section) (*audit.Viewing, error) {
	if !s.fresh(req.Person) {
		var err error
		if req.Person, err = s.Identify(ctx, req.User, n); err != nil {
			return nil, err
		}
	}
	if err := s.findGround(ctx, req); err != nil {
		return nil, err
	}
	viewing, err := s.Trail.Open(ctx, req, s.Partners.Look(req.User, req.Person.Number), only...)
	return viewing, refusal(err)
}

// sight looks up what the user was shown before, while the partners are asked.
func (s *Service) sight(ctx context.Context, v *audit.Viewing) func() (*audit.Sight, error) {
	var sight *audit.Sight
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		sight, err = s.Keeper.Sight(ctx, v.User().Identity, v.Person().Number, v.Look())
	}()
	return func() (*audit.Sight, error) { <-done; return sight, err }
}

// gather asks the partners, unless the role sees nothing that they hold.
func (s *Service) gather(ctx context.Context, v *audit.Viewing, ask Ask) ([]record.Contribution, error) {
	switch {
	case len(v.Scope()) == 0:
		return nil, nil
	case ask.Whole:
		return s.Partners.GatherWhole(ctx, v)
	case ask.Brief:
		return s.Partners.GatherBrief(ctx, v)
	}
	return s.Partners.Gather(ctx, v)
}

// Identify says who n is: from what is kept, or else from the demographics
// service, once the question is on the trail. A practice of the user's where
// the patient is registered becomes a relationship.
func (s *Service) Identify(ctx context.Context, u auth.User, n nhs.Number) (record.Person, error) {
	kept, missing := s.Keeper.Person(ctx, n)
	if missing == nil && s.fresh(kept) {
		return kept, nil
	}
	leave, err := s.Trail.Trace(ctx, u, n)
	if err != nil {
		return record.Person{}, err
	}
	person, err := s.Demographics.Read(ctx, leave, n)
	switch {
	case err == nil:
		if err := s.Remember(ctx, person); err != nil {
			return record.Person{}, err
		}
		return s.Keeper.Person(ctx, person.Number) // with all former numbers that were ever learnt
	case errors.Is(err, pds.ErrNotFound), errors.Is(err, pds.ErrInvalidated):
		return record.Person{}, err // whatever it said before
	case missing == nil:
		kept.Unanswered = true
		return kept, nil // an answer less than a day old serves when the service is down
	}
	return record.Person{}, fmt.Errorf("%w: %w", ErrDemographics, err)
}

func (s *Service) fresh(p record.Person) bool { return s.Now().Before(p.FetchedAt.Add(freshFor)) }

// freshFor is how long an answer of the demographics service serves without
// asking again: a look is several pages.
const freshFor = 10 * time.Minute

// registrationLasts is how long the demographics service's word that a patient
// is registered with a practice is a ground.
const registrationLasts = 12 * time.Hour

// Remember keeps what the demographics service said about people.
func (s *Service) Remember(ctx context.Context, people ...record.Person) error {
	for _, p := range people {
		if err := s.Keeper.SavePerson(ctx, p); err != nil {
			return err
		}
		if err := s.Keeper.SaveRegistration(ctx, p, p.FetchedAt.Add(registrationLasts)); err != nil {
			return err
		}
	}
	return nil
}

func refusal(err error) error {
	if denied, ok := errors.AsType[*audit.DeniedError](err); ok {
		return &Refusal{access.Explain(denied.Decision)}
	}
	return err
}

// shown is what the trail keeps of contributions: each partner's state, and
// the items of its that stand on the page.
func shown(contributions []record.Contribution, entries []*record.Entry) []audit.Partner {
	partners := make([]audit.Partner, len(contributions))
	at := map[nhs.ODSCode]int{}
	for i, c := range contributions {
		at[c.Source.Code] = i
		partners[i] = audit.Partner{
			Code: c.Source.Code, Name: c.Source.Name, State: c.State, Why: c.Why, Millis: c.Took.Milliseconds(),
			Entries: len(c.Entries), Hidden: c.Unreadable + c.InError + c.Withheld + c.Masked,
		}
	}
	for _, e := range entries {
		p := &partners[at[e.From]]
		if p.Shown == nil {
			p.Shown = map[string][]string{}
		}
		for _, item := range append([]record.Item{e.Item}, e.Also...) {
			p.Shown[item.Type] = append(p.Shown[item.Type], version(item))
		}
	}
	return partners
}

func version(i record.Item) string {
	if i.Version == "" {
		return i.ID
	}
	return i.ID + "/" + i.Version
}
