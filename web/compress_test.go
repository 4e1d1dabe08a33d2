package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesAreCompressedAndDocumentsAreNot(t *testing.T) {
	page := strings.Repeat("<p>Penicillin</p>", 200)
	for kind, coding := range map[string]string{"text/html; charset=UTF-8": "gzip", "application/pdf": "", "text/plain; charset=utf-8": ""} {
		h := Compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			io.WriteString(w, page)
		}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != coding {
			t.Errorf("%s: %q, want %q", kind, got, coding)
		}
		var body io.Reader = w.Body
		if coding != "" {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != page {
			t.Errorf("%s: %v, another page came out", kind, err)
		}
	}
}
