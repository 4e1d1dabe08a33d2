package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// asksConsents reports whether the partner is asked what the patient refused
// there, and whether it is known that it can be. It is asked beside every
// question for sections, and never alone. One that has not said what it can do
// is asked too: only its own word is taken that it has no Consents.
func (s *Source) asksConsents() (asked, known bool) {
	said := s.learnt.get()
	known = said != nil && said.Offers("Consent")
	return s.Release == fhir.R4 && !s.AppliesConsents && (said == nil || known), known
}

// consents are the questions for what the patient refused. One of which it is
// not known that the partner takes it is put alone, so that nothing else is
// lost with it.
func (s *Source) consents(q partner.Query, id string) []request {
	all := s.whole(nil, q, id, []string{"Consent"})
	for i := range all {
		all[i].wishes = true
	}
	return all
}

// hasNone reports whether the answer to a question for Consents says that the
// partner has none: that it does not know the type, or its search.
func hasNone(q partner.Query, res *http.Response) bool {
	if res.StatusCode != http.StatusBadRequest {
		return errors.Is(statusError(res.StatusCode), partner.ErrNotSupported)
	}
	outcome := fhir.NewAnswer(q.Source, nil, fhir.Limit{Bytes: mostOutcome})
	if _, err := outcome.Read(io.LimitReader(res.Body, mostOutcome)); err != nil {
		return false
	}
	return slices.ContainsFunc(outcome.Issues(), func(i fhir.Issue) bool { return i.Code == "not-supported" })
}

const mostOutcome = 64 << 10

// askConsents asks what the patient refused. A partner that has no Consents has
// answered; one that does not let them be read has not said.
func (s *Source) askConsents(ctx context.Context, q partner.Query, r request, into *fhir.Answer, refused *refusals) error {
	err := s.read(ctx, q, r, into)
	switch {
	case errors.Is(err, partner.ErrNotSupported):
		return nil
	case errors.Is(err, partner.ErrRefused):
		refused.unheard()
		return nil
	}
	return err
}

// errUnheard is that a partner gives what it holds of the patient, and does not
// let it be read whether the patient refused that: then it counts as refused.
var errUnheard = &partner.StateError{State: record.Refused, Why: "it does not say whether the patient has refused there that it is shared"}

// dissents asks for the codes of local dissent and agreement, however old:
// where the newest alone are asked for, they would be left out.
var dissents = []string{"code", fhir.DissentCodes}
