package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

const prefix = "/static/"

// kinds are the assets there are. The machine's own table of types is not asked: a bare container has none.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

type asset struct {
	kind          string
	body, gzipped []byte
}

type bundle struct {
	hash  string
	files map[string]asset
}

// load reads every asset, compresses it once, and takes the hash of all.
func load(files fs.FS) (bundle, error) {
	b, sum := bundle{files: map[string]asset{}}, sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		a, err := read(files, name)
		if err != nil {
			return fmt.Errorf("static asset %s: %w", name, err)
		}
		b.files[name] = a
		fmt.Fprintf(sum, "%s %d\n", name, len(a.body))
		sum.Write(a.body)
		return nil
	})
	b.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	return b, err
}

func read(files fs.FS, name string) (asset, error) {
	kind, ok := kinds[path.Ext(name)]
	if !ok {
		return asset{}, fmt.Errorf("no content type is known for %q", path.Ext(name))
	}
	body, err := fs.ReadFile(files, name)
	if err != nil {
		return asset{}, err
	}
	gzipped, err := compress(body)
	return asset{kind: kind, body: body, gzipped: gzipped}, err
}

func compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func (b bundle) url(name string) string { return prefix + b.hash + "/" + name }

// ServeHTTP answers an asset under this build's hash for good. Under another hash it answers what it has, to be kept by
// nobody: while replicas are being replaced, a page of one may ask the other for its style.
func (b bundle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
	a, ok := b.files[name]
	if !ok || !strings.HasPrefix(r.URL.Path, prefix) {
		http.NotFound(w, r)
		return
	}
	if hash == b.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	a.send(w, r)
}

func (a asset) send(w http.ResponseWriter, r *http.Request) {
	body := a.body
	w.Header().Add("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body = a.gzipped
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser has gone: there is nobody to tell
	}
}

func takesGzip(accepted string) bool {
	for coding := range strings.SplitSeq(accepted, ",") {
		name, parameter, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if name != "gzip" {
			continue
		}
		weight, given := strings.CutPrefix(parameter, "q=")
		q, err := strconv.ParseFloat(weight, 32)
		return !given || (err == nil && q > 0)
	}
	return false
}
