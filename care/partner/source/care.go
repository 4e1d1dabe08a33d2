package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"example.org/icr/care/access"
	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
	"golang.org/x/sync/errgroup"
)

var _ partner.Carer = (*Source)(nil)

// The limits of an answer about care: of the newest there is enough on the
// first pages.
const (
	mostCareBytes = 4 << 20 // of one page
	mostCarePages = 5       // of one search
)

// Cares finds the patient as Fetch does, and searches for episodes, encounters,
// appointments and care teams. An answer with any item about anybody else is
// partner.ErrWrongPatient.
func (s *Source) Cares(ctx context.Context, q partner.Query) ([]access.Relationship, error) {
	s, err := s.as().during(q)
	if err != nil {
		return nil, err
	}
	found, err := s.find(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := fhir.NewAnswer(q.Source, nil, fhir.Limit{Bytes: mostBytes, Entries: mostEntries})
	requests := s.careRequests(found.ids)
	told := make([][]access.Relationship, len(requests))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(searchers)
	for i, r := range requests {
		group.Go(func() (err error) {
			told[i], err = s.readCare(ctx, q, r, answer)
			if errors.Is(err, partner.ErrNotSupported) || errors.Is(err, partner.ErrRefused) {
				return nil // the other types may tell
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if _, _, err := identify(q.Person, s.base.String(), append(answer.Patients(), found.patients...), answer.Subjects()); err != nil {
		return nil, err
	}
	return slices.Concat(told...), nil
}

// careRequests are the questions about care, of each id that the patient has.
func (s *Source) careRequests(ids []string) []request {
	types := slices.DeleteFunc(slices.Clone(fhir.CareTypes), func(kind string) bool { return !s.offers(kind) })
	var all []request
	for _, id := range ids {
		if s.Everything && len(types) > 0 {
			asked := query("").with("_type", strings.Join(types, ","), "_count", "500")
			all = append(all, request{method: http.MethodGet, url: s.base.String() + "/Patient/" + id + "/$everything?" + string(asked)})
			continue
		}
		for _, kind := range types {
			all = append(all, s.search(kind, s.about(id).with("_count", perPage)))
		}
	}
	for i := range all {
		all[i].holds = []record.Section{record.Visits} // of the patient a 404 is no word
	}
	return all
}

// readCare reads the first pages of an answer about care. Whom they are about
// it leaves to answer.
func (s *Source) readCare(ctx context.Context, q partner.Query, r request, answer *fhir.Answer) ([]access.Relationship, error) {
	var all []access.Relationship
	for range mostCarePages {
		page, err := s.carePage(ctx, q, r)
		if err != nil {
			return nil, err
		}
		next, err := answer.Read(bytes.NewReader(page))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
		}
		told, err := fhir.ReadCare(page, q.Person.Number, q.Source.Code)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
		}
		for _, t := range told {
			all = append(all, access.Relationship{
				Kind: access.RelationshipKind(t.Kind), Organisation: t.Organisation, Team: t.Team, Starts: t.Starts, Ends: t.Ends,
			})
		}
		if next == "" {
			return all, nil
		}
		if r, err = s.follow(r, next); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Source) carePage(ctx context.Context, q partner.Query, r request) ([]byte, error) {
	res, err := s.send(ctx, q, r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if err := statusError(res.StatusCode); err != nil {
		leave(res)
		return nil, err
	}
	body, err := decompressed(res)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	page, err := io.ReadAll(io.LimitReader(body, mostCareBytes+1))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, reason(ctx, err)
	case len(page) > mostCareBytes:
		return nil, fmt.Errorf("%w: it is longer than an answer about care may be", partner.ErrUnreadable)
	}
	return page, nil
}
