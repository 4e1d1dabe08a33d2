package viewing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// told is what a viewing may tell of a source: to others than clinicians, of
// one whose name alone says what the patient is treated for, that it is one.
func (s *Service) told(v *audit.Viewing) func(record.Source) record.Source {
	return func(source record.Source) record.Source {
		if !source.NameTells || v.User().Role == auth.Clinician {
			return source
		}
		return record.Source{Code: s.alias(v.Person().Number, source.Code), Name: otherOrganisation}
	}
}

// otherOrganisation is how an organisation is called whose name would tell.
const otherOrganisation = "Another NHS organisation"

// alias stands for a source's code where that may not be told: another for each
// patient, the same on every replica, and no ODS code.
func (s *Service) alias(patient nhs.Number, code nhs.ODSCode) nhs.ODSCode {
	mac := hmac.New(sha256.New, s.Secret)
	for _, part := range []string{"source", patient.Digits(), string(code)} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return nhs.ODSCode("~" + hex.EncodeToString(mac.Sum(nil)[:6]))
}

// source is the entry that e was made of.
func source(e *record.Entry, of map[*record.Entry]*record.Entry) *record.Entry {
	if of == nil {
		return e
	}
	return of[e]
}

// actual are the entries that those shown were made of.
func actual(shown []*record.Entry, of map[*record.Entry]*record.Entry) []*record.Entry {
	if of == nil {
		return shown
	}
	out := make([]*record.Entry, len(shown))
	for i, e := range shown {
		out[i] = source(e, of)
	}
	return out
}
