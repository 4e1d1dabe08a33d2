package audit

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Marks stand for what of a patient may also be true of a member of staff:
// keyed hashes, which are equal for equals and tell nothing to whoever has not
// the key. A zero member is not known.
type Marks struct {
	Family   string // the family name
	Postcode string
	Address  string // the first line of the address, with the postcode
}

// Marker makes marks. The nil Marker makes none.
type Marker struct{ key []byte }

// NewMarker returns the marker of whoever has the secret, which must be at
// least 32 bytes: the same for every process of an installation.
func NewMarker(secret []byte) (*Marker, error) {
	if len(secret) < 32 {
		return nil, errors.New("the secret must be at least 32 bytes")
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "icr monitoring marks", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of marks: %w", err)
	}
	return &Marker{key}, nil
}

// Marks are those of a name and an address, however they are written. Without
// a postcode there is no address.
func (m *Marker) Marks(family, postcode, line string) Marks {
	if m == nil {
		return Marks{}
	}
	marks := Marks{Family: m.mark("family", squeezed(family)), Postcode: m.mark("postcode", squeezed(postcode))}
	if marks.Postcode != "" && squeezed(line) != "" {
		marks.Address = m.mark("address", squeezed(line)+" "+squeezed(postcode))
	}
	return marks
}

// Number is the mark of a patient's NHS number; that of none is empty.
func (m *Marker) Number(n nhs.Number) string {
	if m == nil {
		return ""
	}
	return m.mark("number", n.Digits())
}

// of are the marks of a patient. Of one whose whereabouts must not be given
// away there is a mark of the name alone.
func (m *Marker) of(p record.Person) Marks {
	if p.Restricted {
		return m.Marks(p.Family, "", "")
	}
	line := ""
	if len(p.Address) > 0 {
		line = p.Address[0]
	}
	return m.Marks(p.Family, p.Postcode, line)
}

func (m *Marker) mark(what, value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(what + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// squeezed is s as it is compared: letters and digits alone, in capitals.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}
