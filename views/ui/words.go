package ui

import (
	"context"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// AppendWords appends somebody's words to dst as HTML. Words with letters that
// run from right to left are isolated, so that they turn nothing around beside
// them; marks that only steer the direction are left out.
func AppendWords(dst []byte, s string) []byte {
	if Plain(s) { // as most words are
		return append(dst, s...)
	}
	if !turns(s) {
		return AppendText(dst, s)
	}
	dst = append(dst, `<bdi>`...)
	dst = AppendText(dst, unsteered(s))
	return append(dst, `</bdi>`...)
}

// Plain reports whether AppendWords appends s as it is.
func Plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

// plain are the bytes that are neither escaped nor the beginning of anything
// that turns.
var plain = func() (is [256]bool) {
	for b := range is {
		is[b] = entities[b] == "" && b < mayTurn
	}
	return is
}()

// Words is AppendWords as a component.
func Words(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(AppendWords(nil, s))
		return err
	})
}

// mayTurn is the least byte with which, in UTF-8, anything begins that runs from
// right to left, or steers.
const mayTurn = 0xD6

// turns reports whether s holds anything that runs from right to left.
func turns(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < mayTurn {
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if rightToLeft(r) || steers(r) {
			return true
		}
		i += size - 1
	}
	return false
}

// scripts are those that run from right to left (Unicode, bidirectional
// classes R and AL).
var scripts = []*unicode.RangeTable{
	unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Samaritan, unicode.Mandaic, unicode.Adlam,
	unicode.Hanifi_Rohingya, unicode.Mende_Kikakui,
}

func rightToLeft(r rune) bool { return r >= 0x590 && unicode.In(r, scripts...) }

// steers reports whether r is a mark that only sets a direction.
func steers(r rune) bool {
	return r == 0x61C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func unsteered(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if !steers(r) {
			out = utf8.AppendRune(out, r)
		}
	}
	return string(out)
}
