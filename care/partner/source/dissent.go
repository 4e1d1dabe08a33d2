package source

import (
	"errors"
	"net/url"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
)

// hasConsents reports whether the partner says that it can be asked what the
// patient refused there. It is asked beside every question for sections, and
// never alone.
func (s *Source) hasConsents() bool {
	return s.offered != nil && s.Release == fhir.R4 && s.offers("Consent")
}

// forgive is err, unless the question was about what the patient refused: a
// partner that does not let its Consents be read has still answered the others.
func (r request) forgive(err error) error {
	if r.wishes && (errors.Is(err, partner.ErrRefused) || errors.Is(err, partner.ErrNotSupported)) {
		return nil
	}
	return err
}

// dissents asks for the codes of local dissent and agreement, however old:
// where the newest alone are asked for, they would be left out.
var dissents = url.Values{"code": {fhir.DissentCodes}}
