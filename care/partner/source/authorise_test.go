package source_test

import (
	"testing"

	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// A document is asked for as the record is: with a token, renewed if need be,
// and with the assertion.
func TestDocumentsAreAskedForInTheSameWay(t *testing.T) {
	service, g := newTokenService(t), newGuarded(t, "t2")
	letters := partnertest.New(t, partnertest.Holds, person(t))
	letters.Letter = partnertest.Document{Type: "text/plain", Content: "A letter"}
	g.inner = letters.Config.Handler
	key := newKey(t, p256)
	from := openWith(t, source.Config{
		Base: g.URL, Tokens: tokensOf(service, key.read(t, "", "")), Assertion: &source.Assertion{Key: key.read(t, "", ""), Issuer: "i", Audience: "a"},
	})
	content, err := from.Document(t.Context(), asking(t), record.Document{URL: "Binary/b1"})
	if err != nil || string(content.Bytes) != "A letter" || g.refusals != 1 || len(service.asked()) != 2 {
		t.Errorf("%q, %v, %d refusals, %d tokens", content.Bytes, err, g.refusals, len(service.asked()))
	}
	for _, header := range g.seen {
		if _, _, err := key.verify(header.Get("ICR-Assertion"), "ES256"); err != nil {
			t.Error(err)
		}
	}
}
