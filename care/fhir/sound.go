package fhir

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"
)

// errShort means that a value does not end within the bytes at hand.
var errShort = errors.New("the value goes on")

// sum is a number of 64 bits that tells names apart.
func sum(name []byte) uint64 {
	h := uint64(len(name)) << 56
	for ; len(name) >= 8; name = name[8:] {
		h = (h ^ binary.LittleEndian.Uint64(name)) * mixer
		h ^= h >> 32
	}
	return h ^ last(name)
}

// word passes over true, false or null.
func (c *cursor) word(want string) {
	have := c.b[c.i:min(len(c.b), c.i+len(want))]
	if string(have) != want[:len(have)] {
		c.fail(errUnsound)
		return
	}
	if c.i += len(have); len(have) < len(want) {
		c.fail(errShort)
	}
}

// number passes over a number, behind which something must stand.
func (c *cursor) number() {
	b, i := c.b, c.i
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
	if ends < len(b) && !good {
		c.fail(errUnsound)
		return
	}
	if c.i = ends; ends == len(b) {
		c.fail(errShort)
	}
}

// ordinary passes over what stands for itself in a text, eight bytes at once:
// it stops at a quotation mark, a backslash, a control character or the end.
func (c *cursor) ordinary(i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	b, high := c.b, uint64(0)
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		high |= w
		quote, slash := w^ones*'"', w^ones*'\\'
		stops := (quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w
		if stops &= highs; stops != 0 {
			c.high |= high
			return i + bits.TrailingZeros64(stops)/8
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
		high |= uint64(b[i])
		i++
	}
	c.high |= high
	return i
}

// utf8 reports whether what the cursor has passed is in UTF-8.
func (c *cursor) utf8() bool {
	return c.high&0x8080808080808080 == 0 || utf8.Valid(c.b[:c.i])
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
