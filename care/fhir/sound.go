package fhir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// errShort means that a value does not end within the bytes at hand.
var errShort = errors.New("the value goes on")

// What one value may have. Nothing clinical comes near either.
const (
	deepest   = 500 // levels
	mostNames = 512 // in one object
)

// sound finds where a JSON value ends and makes sure that it is one: well
// formed (RFC 8259), in UTF-8, and no name twice in an object (RFC 7493). It
// does what jsontext.Decoder.ReadValue does, for a third of the time.
type sound struct {
	names  []name
	levels []level
}

// name is a member's name, without its escapes.
type name struct {
	hash uint32
	text []byte
}

// level is an array, or an object whose names begin at first.
type level struct {
	first int
	array bool
}

// end is where the value at b[i:] ends, which is no number: those end only
// where something else begins.
func (s *sound) end(b []byte, i int) (int, error) {
	s.names, s.levels = s.names[:0], s.levels[:0]
	start := i
	i, err := s.value(b, i)
	for err == nil && len(s.levels) > 0 {
		i, err = s.next(b, i)
	}
	if err == nil && !utf8.Valid(b[start:i]) {
		err = broken("it is not in UTF-8")
	}
	return i, err
}

// value passes over a text, number or literal, or over the beginning of an
// object or array with what must follow it.
func (s *sound) value(b []byte, i int) (int, error) {
	i = blank(b, i)
	if i == len(b) {
		return i, errShort
	}
	switch b[i] {
	case '"':
		end, _, err := quotedEnd(b, i+1)
		return end, err
	case '{', '[':
		return s.open(b, i)
	case 't':
		return word(b, i, "true")
	case 'f':
		return word(b, i, "false")
	case 'n':
		return word(b, i, "null")
	}
	return number(b, i)
}

func (s *sound) open(b []byte, i int) (int, error) {
	if len(s.levels) == deepest {
		return i, broken("it is nested too deep")
	}
	array := b[i] == '['
	s.levels = append(s.levels, level{len(s.names), array})
	i = blank(b, i+1)
	switch {
	case i == len(b):
		return i, errShort
	case b[i] == ']' && array, b[i] == '}' && !array:
		return s.close(i), nil
	case array:
		return s.value(b, i)
	}
	return s.member(b, i)
}

func (s *sound) close(i int) int {
	last := len(s.levels) - 1
	s.names, s.levels = s.names[:s.levels[last].first], s.levels[:last]
	return i + 1
}

// next passes over what follows a value within an object or array.
func (s *sound) next(b []byte, i int) (int, error) {
	i = blank(b, i)
	array := s.levels[len(s.levels)-1].array
	switch {
	case i == len(b):
		return i, errShort
	case b[i] == ',' && array:
		return s.value(b, i+1)
	case b[i] == ',':
		return s.member(b, i+1)
	case b[i] == ']' && array, b[i] == '}' && !array:
		return s.close(i), nil
	}
	return i, errUnsound
}

// member passes over a name, its colon and its value.
func (s *sound) member(b []byte, i int) (int, error) {
	i = blank(b, i)
	if i == len(b) {
		return i, errShort
	}
	if b[i] != '"' {
		return i, errUnsound
	}
	end, escaped, err := quotedEnd(b, i+1)
	if err != nil {
		return end, err
	}
	if err := s.named(b[i:end], escaped); err != nil {
		return i, err
	}
	i = blank(b, end)
	if i == len(b) {
		return i, errShort
	}
	if b[i] != ':' {
		return i, errUnsound
	}
	return s.value(b, i+1)
}

// named notes a name, which must be new in its object.
func (s *sound) named(quoted []byte, escaped bool) error {
	text := quoted[1 : len(quoted)-1]
	if escaped {
		unescaped, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return errUnsound
		}
		text = unescaped
	}
	n := name{hash(text), text}
	first := s.levels[len(s.levels)-1].first
	for _, other := range s.names[first:] {
		if other.hash == n.hash && bytes.Equal(other.text, n.text) {
			return broken("it has a name twice in one object")
		}
	}
	if len(s.names)-first == mostNames {
		return broken("it has an object with more than %d names", mostNames)
	}
	s.names = append(s.names, n)
	return nil
}

// blank passes over white space.
func blank(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case ' ', '\n', '\t', '\r':
		default:
			return i
		}
	}
	return i
}

func word(b []byte, i int, want string) (int, error) {
	have := b[i:min(len(b), i+len(want))]
	switch {
	case string(have) == want:
		return i + len(want), nil
	case len(have) < len(want) && string(have) == want[:len(have)]:
		return i, errShort
	}
	return i, errUnsound
}

// number passes over a number, behind which something must stand.
func number(b []byte, i int) (int, error) {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	digits := func(i int) int {
		for '0' <= at(i) && at(i) <= '9' {
			i++
		}
		return i
	}
	if at(i) == '-' {
		i++
	}
	ends := digits(i)
	good := ends > i && (at(i) != '0' || ends == i+1)
	if at(ends) == '.' {
		fraction := digits(ends + 1)
		good, ends = good && fraction > ends+1, fraction
	}
	if at(ends)|0x20 == 'e' {
		sign := ends + 1
		if at(sign) == '+' || at(sign) == '-' {
			sign++
		}
		exponent := digits(sign)
		good, ends = good && exponent > sign, exponent
	}
	switch {
	case ends == len(b):
		return ends, errShort
	case !good:
		return ends, errUnsound
	}
	return ends, nil
}

// quotedEnd is where the text ends whose inside begins at i, past its quotation
// mark, and whether anything in it is escaped.
func quotedEnd(b []byte, i int) (end int, escaped bool, err error) {
	for {
		i = ordinary(b, i)
		switch {
		case i == len(b):
			return i, escaped, errShort
		case b[i] == '"':
			return i + 1, escaped, nil
		case b[i] != '\\':
			return i, escaped, errUnsound // a control character
		}
		escaped = true
		if i, err = escape(b, i); err != nil {
			return i, escaped, err
		}
	}
}

// ordinary passes over what stands for itself in a text, eight bytes at once:
// it stops at a quotation mark, a backslash, a control character or the end.
func ordinary(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		stops := (quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w
		if stops &= highs; stops != 0 {
			return i + bits.TrailingZeros64(stops)/8
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// escape passes over an escape sequence. Half of a surrogate pair is no text.
func escape(b []byte, i int) (int, error) {
	if i+1 == len(b) {
		return i, errShort
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
	default:
		return i, errUnsound
	}
	unit, err := utf16Unit(b, i)
	switch {
	case err != nil || unit < 0xd800 || unit > 0xdfff:
		return i + 6, err
	case unit > 0xdbff:
		return i, errUnsound
	}
	low, err := utf16Unit(b, i+6)
	if err == nil && (low < 0xdc00 || low > 0xdfff) {
		err = errUnsound
	}
	return i + 12, err
}

// utf16Unit is the number that an escape like \u00e9 stands for.
func utf16Unit(b []byte, i int) (unit uint16, err error) {
	for k, c := range b[i:min(len(b), i+6)] {
		switch {
		case k == 0 && c == '\\', k == 1 && c == 'u':
		case k > 1 && '0' <= c && c <= '9':
			unit = unit<<4 | uint16(c-'0')
		case k > 1 && 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | uint16(c|0x20-'a'+10)
		default:
			return 0, errUnsound
		}
	}
	if i+6 > len(b) {
		return 0, errShort
	}
	return unit, nil
}
