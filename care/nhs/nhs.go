// Package nhs holds the identifiers of the NHS in England: NHS numbers, which
// can be checked but not printed, and ODS codes.
package nhs

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The identifier systems that NHS FHIR interfaces use.
const (
	NumberSystem = "https://fhir.nhs.uk/Id/nhs-number"
	ODSSystem    = "https://fhir.nhs.uk/Id/ods-organization-code"
)

// ErrNumber is the error that every fault of an NHS number wraps.
var ErrNumber = errors.New("not an NHS number")

// The faults that ParseNumber tells apart. Each one's text can stand beside
// the field that it was typed into.
var (
	ErrNumberMissing           = fault("Enter an NHS number")
	ErrNumberNationalInsurance = fault("This looks like a National Insurance number. Enter an NHS number, which is 10 digits, like 999 123 4567")
	ErrNumberLetters           = fault("NHS number must only include numbers, spaces and dashes")
	ErrNumberLength            = fault("NHS number must be 10 digits long")
	ErrNumberCheckDigit        = fault("This is not a real NHS number: one of its digits is mistyped. Check it and enter it again")
)

type fault string

func (f fault) Error() string        { return string(f) }
func (f fault) Is(target error) bool { return target == ErrNumber || target == error(f) }

var nationalInsurance = regexp.MustCompile(`^[A-Za-z]{2}[0-9]{6}[A-Da-d]?$`)

// Number is an NHS number whose check digit is right. It prints, logs and
// marshals as a mask; only Digits and Spaced give it away, so that a search
// for them finds every place that does.
type Number struct{ digits string }

// ParseNumber reads an NHS number with or without spaces and dashes, and
// verifies its check digit (modulus 11). Its errors wrap ErrNumber and never
// contain what was typed.
func ParseNumber(s string) (Number, error) {
	digits := strings.Map(dropSeparator, strings.TrimSpace(s))
	switch {
	case digits == "":
		return Number{}, ErrNumberMissing
	case nationalInsurance.MatchString(digits):
		return Number{}, ErrNumberNationalInsurance
	case strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }):
		return Number{}, ErrNumberLetters
	case len(digits) != 10:
		return Number{}, ErrNumberLength
	case !checkDigit(digits):
		return Number{}, ErrNumberCheckDigit
	}
	return Number{digits}, nil
}

func dropSeparator(r rune) rune {
	switch r {
	case ' ', '-', '\u00a0', '\u2009', '\u2010', '\u2011', '\u2013':
		return -1
	}
	return r
}

// NeverGiven reports whether the number is no patient's: those that begin with
// 9 are for testing.
func (n Number) NeverGiven() bool { return strings.HasPrefix(n.digits, "9") }

// checkDigit applies the modulus 11 rule of the NHS Data Dictionary.
func checkDigit(digits string) bool {
	sum := 0
	for i, d := range digits[:9] {
		sum += int(d-'0') * (10 - i)
	}
	want := 11 - sum%11
	return want != 10 && want%11 == int(digits[9]-'0')
}

// Digits returns the ten digits.
func (n Number) Digits() string { return n.digits }

// Spaced returns the digits as people read them: 3-3-4.
func (n Number) Spaced() string {
	if n.IsZero() {
		return ""
	}
	return n.digits[:3] + " " + n.digits[3:6] + " " + n.digits[6:]
}

// IsZero reports whether n is no number at all.
func (n Number) IsZero() bool { return n.digits == "" }

// Test reports whether n is of the 999 range, which is never given to a person.
func (n Number) Test() bool { return strings.HasPrefix(n.digits, "999") }

const mask = "[NHS number]"

// String returns a mask.
func (n Number) String() string { return mask }

// Format prints a mask for every verb.
func (n Number) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// MarshalText returns a mask, for JSON, logs and whatever else marshals.
func (n Number) MarshalText() ([]byte, error) { return []byte(mask), nil }

// ODSCode identifies an organisation in the Organisation Data Service.
type ODSCode string

var odsCode = regexp.MustCompile(`^[A-Z0-9]{3,12}$`)

// ParseODSCode reads an ODS code in either case.
func ParseODSCode(s string) (ODSCode, error) {
	code := strings.ToUpper(strings.TrimSpace(s))
	if !odsCode.MatchString(code) {
		return "", fmt.Errorf("%q is not an ODS code: 3 to 12 letters and digits", s)
	}
	return ODSCode(code), nil
}
