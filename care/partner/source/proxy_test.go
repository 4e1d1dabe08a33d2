package source_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"example.org/icr/care/partner/source"
)

// proxy passes on what is sent to it by CONNECT, or answers with a status.
func proxy(t *testing.T, status int) (*httptest.Server, *atomic.Int32) {
	var used atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used.Add(1)
		if r.Method != http.MethodConnect || status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		w.WriteHeader(http.StatusOK)
		here, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() { io.Copy(there, buffered); there.Close() }()
		go func() { io.Copy(here, there); here.Close() }()
	}))
	t.Cleanup(s.Close)
	return s, &used
}

// A proxy only passes on: the certificate is still the partner's, and without
// the proxy's help nothing is sent.
func TestProxy(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	ca, _ := write(t, dir, "ca", ours.cert, ours.key)
	wrong, _ := write(t, dir, "wrong", theirs.cert, theirs.key)
	s := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{serverCert(t, ours, nil)}}, holder(t))
	through, used := proxy(t, http.StatusOK)
	if answer, err := fetchTLS(t, s.URL, source.TLS{CAFile: ca, Proxy: through.URL}); err != nil || len(answer.Entries) == 0 || used.Load() == 0 {
		t.Errorf("%d entries, %v, the proxy was used %d times", len(answer.Entries), err, used.Load())
	}
	if _, err := fetchTLS(t, s.URL, source.TLS{CAFile: wrong, Proxy: through.URL}); err == nil {
		t.Error("behind a proxy any certificate is taken")
	}
	refusing, _ := proxy(t, http.StatusForbidden)
	if _, err := fetchTLS(t, s.URL, source.TLS{CAFile: ca, Proxy: refusing.URL}); err == nil || !strings.Contains(err.Error(), "the proxy refused with status 403") {
		t.Errorf("a proxy that refuses: %v", err)
	}
	for _, address := range []string{"proxy.example", "https://proxy.example:1", "http://proxy.example", "http://u:p@proxy.example:1"} {
		if _, err := source.NewTLSClient(source.TLS{Proxy: address}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
