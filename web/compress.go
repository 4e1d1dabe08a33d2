package web

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// Compressed sends pages compressed to browsers that take it. Assets are
// compressed beforehand, documents as their partner sent them. The length is
// jittered, so that it does not tell what a page holds (BREACH).
func Compressed(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.ContentTypes([]string{"text/html"}), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false), gzhttp.RandomJitter(64, 0, false))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(h)
}
