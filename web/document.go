package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"

	"example.org/icr/auth"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// documentRef stands for a document of the record at ref in its URL. It tells
// nothing of the partner's ids, and is of no use with another ref.
func (s *Server) documentRef(ref string, e record.Entry) string {
	return s.standIns()(20, "document", ref, string(e.From), e.Item.Type, e.Item.ID)
}

// lowerBase32 goes well in a URL.
var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// standIns returns how something is named in a URL by so many bytes, which tell
// nothing of the parts that they stand for.
func (s *Server) standIns() func(bytes int, parts ...string) string {
	mac := hmac.New(sha256.New, s.Secret)
	var b []byte
	return func(bytes int, parts ...string) string {
		b = b[:0]
		for _, part := range parts {
			b = append(append(b, part...), 0)
		}
		mac.Reset()
		mac.Write(b)
		b = mac.Sum(b[:0])
		return lowerBase32.EncodeToString(b[:bytes])
	}
}

// documentRefs names the documents of a record that can be opened.
func (s *Server) documentRefs(ref string, r record.Record) map[views.DocumentKey]string {
	refs := map[views.DocumentKey]string{}
	for _, l := range r.Lines[record.Documents] {
		for _, e := range slices.Concat(l.Entries, l.Earlier) {
			if e.Document != nil && (e.Document.URL != "" || e.Document.Inline != nil) {
				refs[views.DocumentKey{From: e.From, Item: e.Item}] = s.documentRef(ref, *e)
			}
		}
	}
	return refs
}

// showDocument answers GET /record/:ref/documents/:doc with the document.
func (s *Server) showDocument(c echo.Context, u auth.User) error {
	if !slices.Contains(s.Viewing.Access.ScopeOf(u.Role).Sections(), record.Documents) {
		return errNotFound
	}
	ctx, ref, doc := c.Request().Context(), c.Param("ref"), c.Param("doc")
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, ref)
	if err != nil {
		return err
	}
	if err := s.spend(c, u, patient); err != nil {
		return err
	}
	is := func(e record.Entry) bool { return e.Section == record.Documents && s.documentRef(ref, e) == doc }
	content, err := s.Viewing.Document(ctx, viewing.AskDocument{User: u, Patient: patient, Is: is})
	if refusal, ok := errors.AsType[*viewing.Refusal](err); ok {
		return s.explain(c, u, refusal.Explanation)
	}
	if err != nil {
		return err
	}
	return sendDocument(c, content)
}
