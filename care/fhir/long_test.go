package fhir_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
)

// inPieces gives little at a time, as a network does.
type inPieces struct{ io.Reader }

func (p inPieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), 512)]) }

// A text that never ends costs its length, and not the square of it.
func TestLongTextInSmallPieces(t *testing.T) {
	done := make(chan bool)
	go func() {
		defer close(done)
		sent := `{"resourceType":"Bundle","type":"searchset","x":"` + strings.Repeat(" ", 8<<20)
		if _, err := fhir.NewAnswer(hospital, everything(), fhir.Limit{Bytes: 16 << 20}).Read(inPieces{strings.NewReader(sent)}); err == nil {
			t.Error("a text without an end was read")
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it is still being read")
	}
}
