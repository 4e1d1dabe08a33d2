package nhs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.org/icr/care/nhs"
)

func TestParseNumber(t *testing.T) {
	for _, test := range []struct {
		typed string
		want  error
	}{
		{"9990000018", nil},
		{"999 000 0018", nil},
		{" 999-000-0018 ", nil},
		{"999\u00a0000\u00a00018", nil},
		{"", nhs.ErrNumberMissing},
		{"   ", nhs.ErrNumberMissing},
		{"QQ 12 34 56 C", nhs.ErrNumberNationalInsurance},
		{"ab123456", nhs.ErrNumberNationalInsurance},
		{"999 000 O018", nhs.ErrNumberLetters},
		{"999٠000018", nhs.ErrNumberLetters},
		{"999 000 001", nhs.ErrNumberLength},
		{"999 000 00189", nhs.ErrNumberLength},
		{"999 000 0019", nhs.ErrNumberCheckDigit},
		{"999 123 4567", nhs.ErrNumberCheckDigit},
		{"9990000000", nhs.ErrNumberCheckDigit},
	} {
		n, err := nhs.ParseNumber(test.typed)
		if !errors.Is(err, test.want) {
			t.Errorf("%q: %v, want %v", test.typed, err, test.want)
		}
		if test.want != nil && (!errors.Is(err, nhs.ErrNumber) || !n.IsZero()) {
			t.Errorf("%q: error does not wrap ErrNumber, or a number came with it", test.typed)
		}
		if test.want == nil && n.Spaced() != "999 000 0018" {
			t.Errorf("%q: reads %s", test.typed, n.Spaced())
		}
	}
}

// A single mistyped digit, or two neighbours swapped, is always noticed.
func TestCheckDigitFindsSlips(t *testing.T) {
	const good = "9990000018"
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			slip := good[:i] + string(d) + good[i+1:]
			if _, err := nhs.ParseNumber(slip); slip != good && err == nil {
				t.Errorf("%s was taken", slip)
			}
		}
	}
}

func TestP9_NumberNeverPrints(t *testing.T) {
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	untimed := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // it may have any digits
		}
		return a
	}}
	slog.New(slog.NewJSONHandler(&log, untimed)).Info("x", "n", n, "in", struct{ N nhs.Number }{n})
	slog.New(slog.NewTextHandler(&log, untimed)).Info("x", "n", n, "in", struct{ N nhs.Number }{n})
	marshalled, err := json.Marshal(map[string]any{"n": n, "p": &n})
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprintf("%v %+v %#v %s %q %d %x %v", n, n, n, n, n, n, n, struct{ N nhs.Number }{n}) + log.String() + string(marshalled)
	if strings.Contains(out, "9990") || strings.Contains(out, "999 0") || strings.Contains(out, "39393930") {
		t.Errorf("printed: %s", out)
	}
}

func TestParseODSCode(t *testing.T) {
	if c, err := nhs.ParseODSCode(" rkb "); c != "RKB" || err != nil {
		t.Errorf("%q %v", c, err)
	}
	for _, bad := range []string{"", "R", "R-B", "../RKB", "ABCDEFGHIJKLM"} {
		if _, err := nhs.ParseODSCode(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
