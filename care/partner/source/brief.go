package source

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// newestOf is how many of what happens again and again a first page asks one
// partner for: the ten that it shows of all together, which may all be one
// partner's, and as many again that may be in error, withheld or of the future.
// Twelve cost a view no less, and left less to draw trends of.
const newestOf = 20

// unfinished are the statuses of encounters that matter however long ago they
// began.
const unfinished = "planned,arrived,triaged,in-progress,onleave"

// cuts reports whether the newest of a type of resource is all that is asked
// for.
func (s *Source) cuts(q partner.Query, kind string) bool {
	sorts := s.Newest || s.sorted != nil && s.sorted.Sorts(kind)
	return q.Brief && sorts && !s.Exchange && fhir.MayBeNewest(kind, q.Scope)
}

// newest adds the questions for the newest of a type of resource. Where the
// partner does not take them, it is asked for all.
func (s *Source) newest(to []request, q partner.Query, kind, id string, all request) []request {
	about := s.about(id)
	ask := func(most int, with ...string) request {
		asked := about.with(with...)
		if most > 0 {
			asked = asked.with("_sort", "-date", "_count", strconv.Itoa(most))
		} else {
			asked = asked.with("_count", perPage)
		}
		r := s.search(kind, asked)
		r.holds, r.most, r.instead = all.holds, most, &all
		return r
	}
	to = append(to, ask(newestOf))
	if kind == "Observation" && (s.sorted == nil || s.sorted.ByCode(kind)) {
		to = append(to, ask(0, dissents...))
	}
	switch {
	case kind == "Encounter":
		to = append(to, ask(0, "status", unfinished))
	case kind == "Observation" && q.Scope[record.Results] != record.Nothing: // which daily pulses would crowd out
		laboratory := ask(newestOf, "category", "laboratory")
		laboratory.holds = []record.Section{record.Results}
		to = append(to, laboratory)
	}
	return to
}

// ask asks, and reads the answer.
func (s *Source) ask(ctx context.Context, q partner.Query, r request, into *fhir.Answer, refused *refusals) error {
	switch {
	case len(r.batch) > 0:
		return s.askBatch(ctx, q, r, into, refused)
	case r.wishes:
		return s.askConsents(ctx, q, r, into, refused)
	}
	err := s.readPart(ctx, q, r, into)
	if r.instead != nil && notThatWay(err) {
		r = *r.instead
		err = s.read(ctx, q, r, into)
	}
	return refused.note(r.holds, err)
}

var errUnsorted = errors.New("the partner does not sort what it sends")

// notThatWay reports whether a question may be put in another way that failed
// with err: the partner does not understand it, and is not in trouble.
func notThatWay(err error) bool {
	status, told := errors.AsType[*partner.StatusError](err)
	return errors.Is(err, errUnsorted) || errors.Is(err, partner.ErrNotSupported) || errors.Is(err, partner.ErrRefused) ||
		told && status.Status >= 300 && status.Status < 500
}

// readPart is read, that stops after the newest where these are asked for.
func (s *Source) readPart(ctx context.Context, q partner.Query, r request, into *fhir.Answer) error {
	if r.most == 0 {
		return s.read(ctx, q, r, into)
	}
	body, err := s.open(ctx, q, r)
	if err != nil {
		return err
	}
	defer body.Close()
	part, err := into.ReadNewest(body, r.most, r.holds...)
	if err != nil {
		return unread(ctx, err)
	}
	return cut(part, r, into)
}

func cut(part fhir.Part, r request, into *fhir.Answer) error {
	switch {
	case r.most > 0 && part.More && !part.Sorted:
		return errUnsorted
	case r.most > 0 && part.More:
		into.Cut(r.holds...)
	}
	return nil
}

// batched is several questions in one request. A next page is asked for alone.
func (s *Source) batched(requests []request) []request {
	if !s.Batch || s.ByNumber || len(requests) < 2 {
		return requests
	}
	return []request{s.batch(requests)}
}

func (s *Source) batch(requests []request) request {
	type get struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	}
	type entry struct {
		Request get `json:"request"`
	}
	bundle := struct {
		Type    string  `json:"resourceType"`
		Kind    string  `json:"type"`
		Entries []entry `json:"entry"`
	}{Type: "Bundle", Kind: "batch"}
	bundle.Entries = make([]entry, len(requests))
	for i, r := range requests {
		bundle.Entries[i] = entry{get{http.MethodGet, s.relative(r)}}
	}
	body, _ := json.Marshal(bundle) // strings always marshal
	return request{method: http.MethodPost, url: s.base.String(), body: body, batch: requests}
}

// relative is a question as one of several: an address below the partner's.
func (s *Source) relative(r request) string {
	path := strings.TrimPrefix(strings.TrimPrefix(r.url, s.base.String()), "/")
	if r.form != "" {
		path = strings.TrimSuffix(path, "/_search") + "?" + string(r.form)
	}
	return path
}

// askBatch asks several questions at once. Those that are not answered that way
// are asked alone.
func (s *Source) askBatch(ctx context.Context, q partner.Query, r request, into *fhir.Answer, refused *refusals) error {
	replies, err := s.readBatch(ctx, q, r, into)
	if notThatWay(err) {
		replies, err = make([]fhir.Reply, len(r.batch)), nil
	}
	if err != nil {
		return err
	}
	for i, one := range r.batch {
		if err := s.finish(ctx, q, one, replies[i], into, refused); err != nil {
			return err
		}
	}
	return nil
}

// finish does with one reply of a batch what ask does with an answer.
func (s *Source) finish(ctx context.Context, q partner.Query, r request, reply fhir.Reply, into *fhir.Answer, refused *refusals) error {
	var err error
	switch {
	case reply.Status == 0, r.wishes && reply.Status != http.StatusOK:
		return s.ask(ctx, q, r, into, refused)
	case reply.Status != http.StatusOK:
		if err = statusError(reply.Status); errors.Is(err, partner.ErrNotSupported) && len(r.holds) == 0 {
			err = &partner.StatusError{Status: reply.Status}
		}
	case reply.Next != "":
		var next request
		if next, err = s.follow(r, reply.Next); err == nil {
			err = s.read(ctx, q, next, into)
		}
	default:
		err = cut(reply.Part, r, into)
	}
	if r.instead != nil && notThatWay(err) {
		r = *r.instead
		err = s.read(ctx, q, r, into)
	}
	return refused.note(r.holds, err)
}

func (s *Source) readBatch(ctx context.Context, q partner.Query, r request, into *fhir.Answer) ([]fhir.Reply, error) {
	body, err := s.open(ctx, q, r)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	questions := make([]fhir.Question, len(r.batch))
	for i, one := range r.batch {
		questions[i] = fhir.Question{Sections: one.holds, Most: one.most, Into: one.into}
	}
	replies, err := into.ReadBatch(body, questions)
	if err != nil {
		return nil, unread(ctx, err)
	}
	return replies, nil
}
