package static

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestBuiltAssets(t *testing.T) {
	if err := Built(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app.css", "app.js", "enhanced.js", "favicon.svg"} {
		if w := get(t, Handler(), http.MethodGet, URL(name), ""); w.Code != http.StatusOK {
			t.Errorf("%s: %d", URL(name), w.Code)
		}
	}
}

func TestStyleSheetStaysHere(t *testing.T) {
	if err := Built(); err != nil {
		t.Fatal(err)
	}
	css := get(t, Handler(), http.MethodGet, URL("app.css"), "").Body.String()
	for _, link := range regexp.MustCompile(`url\("?([^")]*)"?\)`).FindAllStringSubmatch(css, -1) {
		if w := get(t, Handler(), http.MethodGet, URL(link[1]), ""); w.Code != http.StatusOK {
			t.Errorf("app.css names %s, which is not served: %d", link[1], w.Code)
		}
	}
	for _, word := range []string{"http:", "https:", "@font-face", "@import", "Frutiger"} {
		if strings.Contains(css, word) {
			t.Errorf("app.css has %s", word)
		}
	}
	if !strings.Contains(css, "html{font-family:arial,sans-serif}") {
		t.Error("app.css gives the page no font")
	}
}

func TestServe(t *testing.T) {
	b := bundle{hash: "ab", files: map[string]asset{"app.css": {kind: "text/css; charset=utf-8", body: []byte("plain"), gzipped: []byte("gz")}}}
	const forGood, forNobody = "public, max-age=31536000, immutable", "no-store"
	tests := []struct {
		name, method, path, accept string
		status                     int
		keep, body                 string
	}{
		{"this build", "GET", "/static/ab/app.css", "", 200, forGood, "plain"},
		{"compressed", "GET", "/static/ab/app.css", "br, gzip;q=0.8", 200, forGood, "gz"},
		{"compression refused", "GET", "/static/ab/app.css", "gzip; q=0", 200, forGood, "plain"},
		{"head", "HEAD", "/static/ab/app.css", "", 200, forGood, ""},
		{"another build", "GET", "/static/cd/app.css", "", 200, forNobody, "plain"},
		{"no such asset", "GET", "/static/ab/none.css", "", 404, forNobody, "404 page not found\n"},
		{"no listing", "GET", "/static/ab/", "", 404, forNobody, "404 page not found\n"},
		{"no listing above", "GET", "/static/", "", 404, forNobody, "404 page not found\n"},
		{"no climbing", "GET", "/static/ab/../app.css", "", 404, forNobody, "404 page not found\n"},
		{"elsewhere", "GET", "/ab/app.css", "", 404, forNobody, "404 page not found\n"},
		{"read only", "POST", "/static/ab/app.css", "", 405, forNobody, "Method Not Allowed\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := get(t, b, test.method, test.path, test.accept)
			if w.Code != test.status || w.Body.String() != test.body || w.Header().Get("Cache-Control") != test.keep {
				t.Errorf("got %d, %q, %q", w.Code, w.Body, w.Header().Get("Cache-Control"))
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("sniffing is allowed")
			}
		})
	}
}

func TestHashFollowsContent(t *testing.T) {
	first, second := hash(t, "a{}"), hash(t, "b{}")
	if first == second || first != hash(t, "a{}") || len(first) != 16 {
		t.Errorf("%q, %q", first, second)
	}
}

func TestUnknownKindIsAnError(t *testing.T) {
	if _, err := load(fstest.MapFS{"page.html": {}}); err == nil {
		t.Error("a file without a content type was taken")
	}
}

func TestNothingBuilt(t *testing.T) {
	b, err := load(fstest.MapFS{".gitkeep": {}})
	if err != nil || len(b.files) != 0 {
		t.Errorf("%v, %v", b.files, err)
	}
}

func hash(t *testing.T, css string) string {
	t.Helper()
	b, err := load(fstest.MapFS{"app.css": {Data: []byte(css)}, ".gitkeep": {}})
	if err != nil {
		t.Fatal(err)
	}
	return b.hash
}

func get(t *testing.T, h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	h.ServeHTTP(w, r)
	return w
}
