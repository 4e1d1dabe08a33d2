package objection

import (
	"crypto/rand"
	"errors"
	"strings"
)

// symbols are Crockford's: no I, L, O or U, which are misread and misheard.
const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ErrReference means that what was given is not the reference of a form, or was
// mistyped.
var ErrReference = errors.New("not a reference")

// NewReference makes the public reference of a form, like 4T7K-9XB2: 35 random
// bits, and a last symbol by which a mistyped one is told. It names nobody and
// opens nothing.
func NewReference() string {
	raw := make([]byte, 7)
	rand.Read(raw)
	s := make([]byte, 0, 8)
	for _, b := range raw {
		s = append(s, symbols[b%32])
	}
	s = append(s, symbols[check(string(s))])
	return string(s[:4]) + "-" + string(s[4:])
}

// ParseReference reads a reference as people write it down: in either case,
// with or without the dash, with I or L for 1 and O for 0.
func ParseReference(s string) (string, error) {
	s = misread.Replace(strings.ToUpper(s))
	if len(s) != 8 || strings.Trim(s, symbols) != "" || symbols[check(s[:7])] != s[7] {
		return "", ErrReference
	}
	return s[:4] + "-" + s[4:], nil
}

var misread = strings.NewReplacer(" ", "", "-", "", "I", "1", "L", "1", "O", "0")

// check is the check symbol of s by Luhn's rule for 32 symbols: any one wrong
// symbol is found, and two that changed places, but for the first and the last
// of the alphabet.
func check(s string) int {
	sum, factor := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		n := factor * strings.IndexByte(symbols, s[i])
		sum += n/32 + n%32
		factor = 3 - factor
	}
	return (32 - sum%32) % 32
}
