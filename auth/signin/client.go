package signin

import (
	"net/http"
	"time"
)

const (
	maxAnswer   = 256 << 10
	askDeadline = 5 * time.Second
)

// guarded returns a client that gives up in time, follows no redirect and
// reads no answer longer than maxAnswer.
func guarded(c *http.Client) *http.Client {
	g := *c
	if g.Timeout == 0 || g.Timeout > askDeadline {
		g.Timeout = askDeadline
	}
	if g.Transport == nil {
		g.Transport = http.DefaultTransport
	}
	g.Transport = capped{g.Transport}
	g.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &g
}

type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	}
	return res, err
}
