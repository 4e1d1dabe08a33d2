package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"github.com/labstack/echo/v4"
)

// documentNames returns what stands for documents of the record at ref in their
// URLs. It tells nothing of the partner's ids, and is of no use with another
// ref. That of a report says that it is one: the partners are then asked for
// results.
func (s *Server) documentNames(ref string) func(*record.Entry) string {
	name := s.standIns()
	return func(e *record.Entry) string {
		doc := name(20, "document", ref, string(e.From), e.Item.Type, e.Item.ID)
		if e.Section == record.Results {
			doc += ofReport
		}
		return doc
	}
}

// ofReport ends what stands for a report's file.
const ofReport = "-report"

// documentSection is the section that a document stands in.
func documentSection(doc string) record.Section {
	if strings.HasSuffix(doc, ofReport) {
		return record.Results
	}
	return record.Documents
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

// documentRefs names the documents of the record at ref that can be opened, and
// the files of its reports, and anything else "".
func (s *Server) documentRefs(ref string) func(*record.Entry) string {
	named := s.documentNames(ref)
	return func(e *record.Entry) string {
		opens := e.Document != nil && (e.Document.URL != "" || e.Document.Inline != nil)
		if !opens || e.Section != record.Documents && e.Section != record.Results {
			return ""
		}
		return named(e)
	}
}

// showDocument answers GET /record/:ref/documents/:doc with the document.
func (s *Server) showDocument(c echo.Context, u auth.User) error {
	ctx, ref, doc := c.Request().Context(), c.Param("ref"), c.Param("doc")
	section := documentSection(doc)
	if !slices.Contains(s.Viewing.Access.ScopeOf(u.Role).Sections(), section) {
		return errNotFound
	}
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, ref)
	if err != nil {
		return err
	}
	if err := s.spend(c, u, patient); err != nil {
		return err
	}
	named := s.documentNames(ref)
	is := func(e record.Entry) bool { return e.Section == section && named(&e) == doc }
	content, err := s.Viewing.Document(ctx, viewing.AskDocument{User: u, Patient: patient, Section: section, Is: is})
	if refusal, ok := errors.AsType[*viewing.Refusal](err); ok {
		return s.explain(c, u, refusal.Explanation)
	}
	if err != nil {
		return err
	}
	return sendDocument(c, content)
}
