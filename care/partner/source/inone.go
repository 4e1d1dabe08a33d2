package source

import (
	"context"
	"errors"
	"fmt"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
)

// fewQuestions are as many as a partner answers one after the other, as most
// servers answer a batch, sooner than another question can reach it.
const fewQuestions = 8

// inOne is s as it asks in one request who the patient is and for all else:
// by NHS number, before it is known what id the patient has there. It spares a
// round trip, and makes no difference to what is shown: the answer is held
// against the same Patients.
func (s *Source) inOne() *Source {
	once := *s
	once.chained, once.Everything = true, false
	return &once
}

// all are the questions that are asked at once, first of all who has each of
// the patient's numbers. There are none where they are too many for that.
func (s *Source) all(q partner.Query) (asked []request) {
	numbers := q.Person.Numbers()
	for _, number := range numbers {
		who := s.whoHas(number)
		who.into = fhir.NewAnswer(q.Source, nil, fhir.Limit{})
		asked = append(asked, who)
	}
	for _, number := range numbers {
		before, brief := len(asked), false
		if asked, brief = s.questions(asked, q, number.Digits()); !brief && len(asked)-before > fewQuestions {
			return nil
		}
	}
	return asked
}

// errApart means that the partner is to be asked who the patient is before all
// else.
var errApart = errors.New("the partner does not take all questions at once")

// hearInOne asks all in one request.
func (s *Source) hearInOne(ctx context.Context, q partner.Query) (*heard, error) {
	h, asked := s.newHeard(q), s.all(q)
	if len(asked) == 0 {
		return h, errApart
	}
	replies, err := s.readBatch(ctx, q, s.batch(asked), h.answer)
	if notThatWay(err) || err == nil && misunderstood(asked, replies) {
		s.learnt.apart.Store(true) // until its statement is read again
		return h, errApart
	}
	if err != nil {
		return h, err
	}
	return h, s.takeIn(ctx, q, h, asked, replies)
}

// takeIn adds the replies to what was heard, first of all who the patient is.
func (s *Source) takeIn(ctx context.Context, q partner.Query, h *heard, asked []request, replies []fhir.Reply) error {
	numbers := q.Person.Numbers()
	for i, number := range numbers {
		if err := s.readOn(ctx, q, asked[i], replies[i]); err != nil {
			return err
		}
		if err := s.met(&h.found, q.Person, number, asked[i].into); err != nil {
			return err
		}
	}
	for i := len(numbers); i < len(asked); i++ {
		if err := s.finish(ctx, q, asked[i], replies[i], h.answer, &h.refused); err != nil {
			return err
		}
	}
	if len(h.found.ids) == 0 {
		return s.unknown(q, h.answer)
	}
	return nil
}

// misunderstood reports whether the partner did not say who the patient is, or
// did not understand one of the questions.
func misunderstood(asked []request, replies []fhir.Reply) bool {
	for i, reply := range replies {
		err := statusError(reply.Status)
		plain := errors.Is(err, partner.ErrRefused) || errors.Is(err, partner.ErrNotSupported)
		if reply.Status == 0 || asked[i].into != nil && err != nil || notThatWay(err) && !plain {
			return true
		}
	}
	return false
}

// readOn reads the further pages of the answer who has a number.
func (s *Source) readOn(ctx context.Context, q partner.Query, r request, reply fhir.Reply) error {
	if reply.Next == "" {
		return nil
	}
	next, err := s.follow(r, reply.Next)
	if err != nil {
		return err
	}
	return s.read(ctx, q, next, r.into)
}

// unknown is why there is no answer of a partner that does not know the
// patient. One that sends items all the same does not mean what was asked.
func (s *Source) unknown(q partner.Query, answer *fhir.Answer) error {
	subjects := answer.Subjects()
	if len(subjects) == 0 {
		return partner.ErrNotHeld
	}
	if _, _, err := identify(q.Person, s.base.String(), answer.Patients(), subjects); err != nil {
		return err
	}
	return fmt.Errorf("%w: it does not know the patient, and sends items of theirs", partner.ErrUnreadable)
}
