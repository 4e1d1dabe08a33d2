package source

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"example.org/icr/care/partner"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// NoRedirect refuses redirects: a partner is where the configuration says, and
// no credential or NHS number leaves for anywhere else.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// NewHTTPClient returns the client for partners that nothing is configured
// for but an address. It keeps connections alive, follows no redirects, and
// uses no proxy. A partner's certificate must come from an authority that this
// machine trusts.
func NewHTTPClient() *http.Client {
	return newHTTPClient(&dialer{trust: trust()})
}

func newHTTPClient(d *dialer) *http.Client {
	return &http.Client{CheckRedirect: NoRedirect, Transport: &transport{dialer: d, Transport: &http.Transport{
		DialContext: d.plain, DialTLSContext: d.secure, DisableCompression: true,
		MaxIdleConns: 1024, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}}}
}

var (
	gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstds = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostBytes), zstd.WithDecoderMaxWindow(8<<20)) // RFC 9659
		if err != nil {
			panic(err) // the options are constants
		}
		return d
	}}
)

// pooled gives its reader back when it is closed.
type pooled struct {
	io.Reader
	release func()
}

func (p pooled) Close() error { p.release(); return nil }

// decompressed is the body of res as it was before compression. How much of it
// is read is for the reader to limit.
func decompressed(res *http.Response) (io.ReadCloser, error) {
	switch encoding := res.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return io.NopCloser(res.Body), nil
	case "gzip":
		r := gzips.Get().(*gzip.Reader)
		if err := r.Reset(res.Body); err != nil {
			return nil, fmt.Errorf("%w: its compression is broken", partner.ErrUnreadable)
		}
		return pooled{r, func() { gzips.Put(r) }}, nil
	case "zstd":
		d := zstds.Get().(*zstd.Decoder)
		if err := d.Reset(res.Body); err != nil {
			return nil, fmt.Errorf("%w: its compression is broken", partner.ErrUnreadable)
		}
		return pooled{d, func() { d.Reset(nil); zstds.Put(d) }}, nil
	}
	return nil, fmt.Errorf("%w: it is compressed in a way that was not asked for", partner.ErrUnreadable)
}
