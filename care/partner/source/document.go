package source

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// mostDocument is the largest document that is fetched, in bytes.
const mostDocument = 20 << 20

// Document returns a document's content: what was sent along, or what its
// address leads to, which must be the partner's own.
func (s *Source) Document(ctx context.Context, q partner.Query, d record.Document) (partner.Content, error) {
	if d.Inline != nil {
		return partner.Content{Type: d.ContentType, Bytes: d.Inline}, nil
	}
	at, err := s.documentURL(d.URL)
	if err != nil {
		return partner.Content{}, err
	}
	res, err := s.send(ctx, q, request{method: http.MethodGet, url: at, accept: "application/fhir+json, */*"})
	if err != nil {
		return partner.Content{}, err
	}
	defer res.Body.Close()
	if err := statusError(res.StatusCode); err != nil {
		return partner.Content{}, err
	}
	body, err := decompressed(res)
	if err != nil {
		return partner.Content{}, err
	}
	defer body.Close()
	return content(res.Header.Get("Content-Type"), io.LimitReader(body, 2*mostDocument))
}

// documentURL is the address of a document, if it is on the partner's own
// server: a document may not lead this service anywhere else.
func (s *Source) documentURL(sent string) (string, error) {
	under, err := url.Parse(s.base.String() + "/")
	if err != nil {
		return "", err
	}
	to, err := under.Parse(sent)
	if err != nil || sent == "" || to.Scheme != s.base.Scheme || to.Host != s.base.Host || to.User != nil || !strings.HasPrefix(to.Path, under.Path) {
		return "", fmt.Errorf("%w: the document is elsewhere", partner.ErrRefused)
	}
	return to.String(), nil
}

// content reads a document as such, or out of a FHIR Binary.
func content(declared string, body io.Reader) (partner.Content, error) {
	kind, _, err := mime.ParseMediaType(declared)
	if err != nil {
		kind = "application/octet-stream"
	}
	if strings.HasSuffix(kind, "json") {
		sent, data, err := fhir.DecodeBinary(body)
		if err != nil {
			return partner.Content{}, fmt.Errorf("%w: %w", partner.ErrUnreadable, err)
		}
		kind, body = sent, base64.NewDecoder(base64.StdEncoding, strings.NewReader(data))
	}
	bytes, err := io.ReadAll(io.LimitReader(body, mostDocument+1))
	switch {
	case err != nil:
		return partner.Content{}, fmt.Errorf("%w: the document breaks off", partner.ErrUnreadable)
	case len(bytes) > mostDocument:
		return partner.Content{}, partner.ErrTooLarge
	}
	return partner.Content{Type: kind, Bytes: bytes}, nil
}
