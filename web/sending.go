package web

import (
	"bytes"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"example.org/icr/care/viewing"
	"github.com/labstack/echo/v4"
)

// shownAs are the types that a browser shows, each with what its content must
// look like and the policy it is shown under. A sandbox breaks the browser's
// PDF viewer; everything else has one. Whatever is not here is a download.
var shownAs = map[string]struct{ sniffed, policy, ending string }{
	"application/pdf": {"application/pdf", "default-src 'none'; frame-ancestors 'none'", ".pdf"},
	"image/png":       {"image/png", sandbox, ".png"},
	"image/jpeg":      {"image/jpeg", sandbox, ".jpg"},
	"image/gif":       {"image/gif", sandbox, ".gif"},
	"text/plain":      {"text/plain", sandbox, ".txt"},
}

const sandbox = "default-src 'none'; frame-ancestors 'none'; sandbox"

// savedAs are the endings of files that can be saved for another program, each
// with how its content begins. Any other is saved without an ending, so that no
// program runs it; what a browser would run is saved as text.
var savedAs = map[string]struct{ begins, ending string }{
	"text/rtf": {`{\rtf`, ".rtf"}, "application/rtf": {`{\rtf`, ".rtf"},
	"application/msword": {"\xd0\xcf\x11\xe0", ".doc"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {"PK\x03\x04", ".docx"},
	"application/vnd.oasis.opendocument.text":                                 {"PK\x03\x04", ".odt"},
	"image/tiff": {"II*\x00", ".tif"},
	"text/html":  {"", ".txt"}, "application/xhtml+xml": {"", ".txt"}, "image/svg+xml": {"", ".txt"}, "text/xml": {"", ".txt"}, "application/xml": {"", ".txt"},
}

// sendDocument sends a document for showing if it is what it says it is and
// of a type that can do no harm, and else for saving. Its name is ours.
func sendDocument(c echo.Context, content viewing.Document) error {
	h := c.Response().Header()
	kind, parameters, err := mime.ParseMediaType(content.Type)
	if err != nil {
		kind = ""
	}
	sniffed, _, _ := strings.Cut(http.DetectContentType(content.Bytes), ";")
	as, ok := shownAs[kind]
	if !ok || sniffed != as.sniffed {
		h.Set("Content-Disposition", `attachment; filename="document`+ending(kind, content.Bytes)+`"`)
		h.Set("Content-Security-Policy", sandbox)
		return c.Blob(http.StatusOK, "application/octet-stream", content.Bytes)
	}
	if kind == "text/plain" {
		sniffed += "; charset=" + charset(parameters["charset"], content.Bytes)
	}
	h.Set("Content-Disposition", `inline; filename="document`+as.ending+`"`)
	h.Set("Content-Security-Policy", as.policy)
	return c.Blob(http.StatusOK, sniffed, content.Bytes)
}

func ending(kind string, content []byte) string {
	if as, ok := savedAs[kind]; ok && bytes.HasPrefix(content, []byte(as.begins)) {
		return as.ending
	}
	return ""
}

var latin = regexp.MustCompile(`^(?i)iso-8859-[0-9]{1,2}$`)

// charset is the character set that a text is shown in: as its first bytes
// tell, or as its bytes can only be, or else as declared. Old systems send
// Windows' own.
func charset(declared string, text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		return "utf-16le"
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return "utf-16be"
	case utf8.Valid(text):
		return "utf-8"
	case latin.MatchString(declared):
		return strings.ToLower(declared)
	}
	return "windows-1252"
}
