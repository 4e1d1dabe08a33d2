package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// documentRef stands for a document of the record at ref in its URL. It tells
// nothing of the partner's ids, and is of no use with another ref.
func (s *Server) documentRef(ref string, e record.Entry) string {
	mac := hmac.New(sha256.New, s.Secret)
	for _, part := range []string{"document", ref, string(e.From), e.Item.Type, e.Item.ID} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:20]))
}

// documentRefs names the documents of a record that can be opened.
func (s *Server) documentRefs(ref string, r record.Record) map[views.DocumentKey]string {
	refs := map[views.DocumentKey]string{}
	for _, l := range r.Lines[record.Documents] {
		for _, e := range l.Entries {
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

// shownAs are the types that a browser shows, each with what its content must
// look like and the policy it is shown under. A sandbox breaks the browser's
// PDF viewer; everything else has one. Whatever is not here is a download.
var shownAs = map[string]struct{ sniffed, policy, ending string }{
	"application/pdf": {"application/pdf", "default-src 'none'; frame-ancestors 'none'", ".pdf"},
	"image/png":       {"image/png", sandbox, ".png"},
	"image/jpeg":      {"image/jpeg", sandbox, ".jpg"},
	"image/gif":       {"image/gif", sandbox, ".gif"},
	"text/plain":      {"text/plain; charset=utf-8", sandbox, ".txt"},
}

const sandbox = "default-src 'none'; frame-ancestors 'none'; sandbox"

// sendDocument sends a document for showing if it is what it says it is and
// of a type that can do no harm, and else for saving. Its name is ours.
func sendDocument(c echo.Context, content viewing.Document) error {
	h := c.Response().Header()
	kind, _, err := mime.ParseMediaType(content.Type)
	if err != nil {
		kind = ""
	}
	as, ok := shownAs[kind]
	if !ok || http.DetectContentType(content.Bytes) != as.sniffed {
		h.Set("Content-Disposition", `attachment; filename="document"`)
		h.Set("Content-Security-Policy", sandbox)
		return c.Blob(http.StatusOK, "application/octet-stream", content.Bytes)
	}
	h.Set("Content-Disposition", `inline; filename="document`+as.ending+`"`)
	h.Set("Content-Security-Policy", as.policy)
	return c.Blob(http.StatusOK, as.sniffed, content.Bytes)
}
