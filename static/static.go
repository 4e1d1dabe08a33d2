// Package static embeds the built style sheet, scripts and icons, and serves them under URLs that change with their content.
package static

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"sync"
)

//go:embed all:dist
var dist embed.FS

var errNotBuilt = errors.New("static assets are not built: run `make build`")

var built = sync.OnceValues(func() (bundle, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return bundle{}, err
	}
	return load(files)
})

// URL is where the browser finds the named asset: /static/<hash>/app.css for "app.css". The hash is of all assets
// together, so that a relative URL in the style sheet leads to the icon it was built with.
func URL(name string) string {
	b, _ := built()
	return b.url(name)
}

// Handler serves what URL names, to be kept by browsers for good. It belongs at /static/, with nothing stripped.
func Handler() http.Handler {
	b, _ := built()
	return b
}

// Built says whether the assets were there when this program was compiled. Without them it compiles, but no page has a style.
func Built() error {
	b, err := built()
	if err != nil {
		return err
	}
	if _, ok := b.files["app.css"]; !ok {
		return errNotBuilt
	}
	return nil
}
