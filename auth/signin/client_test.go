package signin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.org/icr/auth/signin"
)

// No answer sends a code, a secret or a token on to somewhere else.
func TestNoRedirects(t *testing.T) {
	for path, reason := range map[string]string{
		"/.well-known/openid-configuration": "discovery", "/keys": "keys", "/token": "token-endpoint-other", "/userinfo": "userinfo",
	} {
		t.Run(reason, func(t *testing.T) {
			visited := false
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited = true }))
			defer elsewhere.Close()
			w := newWorld(t)
			w.provider.redirect = map[string]string{path: elsewhere.URL}
			_, err := w.signIn(newBrowser(), signin.BeginOptions{})
			refused(t, err, signin.ErrProvider, reason)
			if visited {
				t.Error("the redirect was followed")
			}
		})
	}
}

type watched struct{ t *testing.T }

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	deadline, ok := r.Context().Deadline()
	if left := time.Until(deadline); !ok || left > 5*time.Second {
		w.t.Errorf("%s may take %v", r.URL.Path, left)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Every question to a provider has an end, whatever client was configured.
func TestEveryQuestionEnds(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Hour} {
		w := newWorld(t, func(c *signin.Config) { c.HTTPClient = &http.Client{Transport: watched{t}, Timeout: timeout} })
		w.mustSignIn(newBrowser(), signin.BeginOptions{})
	}
}

// A provider that accepts and then says nothing is one that is down.
func TestSilentProvider(t *testing.T) {
	w := newWorld(t, func(c *signin.Config) { c.HTTPClient = &http.Client{Timeout: 50 * time.Millisecond} })
	stop := make(chan struct{})
	w.provider.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop })
	defer close(stop)
	_, err := w.begin(newBrowser(), signin.BeginOptions{})
	refused(t, err, signin.ErrProvider, "discovery")
}
