package source_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	a := authority{}
	a.cert, a.key = certify(t, a, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// certify fills in what cert leaves open and signs it; an empty authority
// makes it sign itself.
func certify(t testing.TB, by authority, cert *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	if cert.Subject.CommonName == "" {
		cert.Subject = pkix.Name{CommonName: "test"}
	}
	if cert.NotAfter.IsZero() {
		cert.NotAfter = time.Now().Add(time.Hour)
	}
	cert.NotBefore = time.Now().Add(-48 * time.Hour)
	if by.cert == nil {
		by = authority{cert, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func pair(cert *x509.Certificate, key *ecdsa.PrivateKey) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// write puts PEM files into dir: name.crt and name.key.
func write(t testing.TB, dir, name string, cert *x509.Certificate, key *ecdsa.PrivateKey) (certFile, keyFile string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert.Raw}, keyFile: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// secureServer is a partner behind TLS. It counts what reaches its FHIR server
// and notes whose certificate it was shown.
type secureServer struct {
	*httptest.Server
	hits  atomic.Int32
	shown atomic.Value // common name
}

func listenTLS(t testing.TB, config *tls.Config, handler http.Handler) *secureServer {
	s := &secureServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		if certs := r.TLS.PeerCertificates; len(certs) > 0 {
			s.shown.Store(certs[0].Subject.CommonName)
		}
		handler.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func holder(t testing.TB) http.Handler {
	return partnertest.New(t, partnertest.Holds, person(t)).Config.Handler
}

func clientCert(t testing.TB, by authority, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	return certify(t, by, &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

func serverCert(t testing.TB, by authority, change func(*x509.Certificate)) tls.Certificate {
	cert := &x509.Certificate{
		DNSNames: []string{"fhir.example.nhs.uk"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(cert)
	}
	return pair(certify(t, by, cert))
}

func query(t testing.TB) partner.Query {
	return partner.Query{
		Viewing: "v1", Person: person(t), Source: record.Source{Code: "RKB", Kind: record.Acute},
		Scope: record.Scope{record.Allergies: record.Everything},
	}
}

func fetchTLS(t testing.TB, url string, c source.TLS) (partner.Answer, error) {
	t.Helper()
	client, err := source.NewTLSClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	from, err := source.New(source.Config{Base: url, HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return from.Fetch(ctx, query(t))
}

// Everything that is wrong with a connection's security fails it before a
// question is sent, and no other way is tried.
func TestSecureConnections(t *testing.T) {
	dir := t.TempDir()
	ca, stranger := newAuthority(t), newAuthority(t)
	caFile, _ := write(t, dir, "ca", ca.cert, ca.key)
	cert, key := clientCert(t, ca, "icr")
	certFile, keyFile := write(t, dir, "icr", cert, key)
	strangeCert, strangeKey := clientCert(t, stranger, "nobody")
	strangeCertFile, strangeKeyFile := write(t, dir, "nobody", strangeCert, strangeKey)
	clients := x509.NewCertPool()
	clients.AddCert(ca.cert)

	mutual := source.TLS{CAFile: caFile, CertFile: certFile, KeyFile: keyFile, ServerName: "fhir.example.nhs.uk"}
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }
	for _, test := range []struct {
		name   string
		shows  tls.Certificate
		max    uint16
		use    source.TLS
		secure bool
	}{
		{"mutual", serverCert(t, ca, nil), 0, mutual, true},
		{"mutual, TLS 1.2", serverCert(t, ca, nil), tls.VersionTLS12, mutual, true},
		{"TLS 1.1", serverCert(t, ca, nil), tls.VersionTLS11, mutual, false},
		{"name of its address", serverCert(t, ca, nil), 0, source.TLS{CAFile: caFile, CertFile: certFile, KeyFile: keyFile}, true},
		{"expired", serverCert(t, ca, expired), 0, mutual, false},
		{"wrong name", serverCert(t, ca, func(c *x509.Certificate) { c.DNSNames = []string{"other.example.nhs.uk"} }), 0, mutual, false},
		{"not a server's", serverCert(t, ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), 0, mutual, false},
		{"self-signed", serverCert(t, authority{}, nil), 0, mutual, false},
		{"of another authority", serverCert(t, stranger, nil), 0, mutual, false},
		{"authority of this machine's only", serverCert(t, ca, nil), 0, source.TLS{CertFile: certFile, KeyFile: keyFile, ServerName: "fhir.example.nhs.uk"}, false},
		{"no client certificate", serverCert(t, ca, nil), 0, source.TLS{CAFile: caFile}, false},
		{"no client certificate, TLS 1.2", serverCert(t, ca, nil), tls.VersionTLS12, source.TLS{CAFile: caFile}, false},
		{"a stranger's client certificate", serverCert(t, ca, nil), 0, source.TLS{CAFile: caFile, CertFile: strangeCertFile, KeyFile: strangeKeyFile}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			least := uint16(tls.VersionTLS10)
			s := listenTLS(t, &tls.Config{
				Certificates: []tls.Certificate{test.shows}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, MinVersion: least, MaxVersion: test.max,
			}, holder(t))
			answer, err := fetchTLS(t, s.URL, test.use)
			switch {
			case test.secure && (err != nil || len(answer.Entries) != 1 || s.shown.Load() != "icr"):
				t.Errorf("%d entries, %v shown, %v", len(answer.Entries), s.shown.Load(), err)
			case !test.secure && (!errors.Is(err, partner.ErrInsecure) || s.hits.Load() > 0):
				t.Errorf("%d requests, %v", s.hits.Load(), err)
			}
		})
	}
}

// A partner that speaks plain HTTP, or hangs up, where TLS is expected is told
// nothing.
func TestNoDowngrade(t *testing.T) {
	caFile, _ := write(t, t.TempDir(), "ca", newAuthority(t).cert, newAuthority(t).key)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked in plain text") }))
	defer plain.Close()
	hangsUp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hangsUp.Close()
	go func() {
		for {
			c, err := hangsUp.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for _, address := range []string{plain.Listener.Addr().String(), hangsUp.Addr().String()} {
		if _, err := fetchTLS(t, "https://"+address, source.TLS{CAFile: caFile}); !errors.Is(err, partner.ErrInsecure) {
			t.Errorf("%v", err)
		}
	}
	if _, err := fetchTLS(t, "https://127.0.0.1:1", source.TLS{}); err == nil || errors.Is(err, partner.ErrInsecure) {
		t.Errorf("nobody listening is no matter of security: %v", err)
	}
}

// A renewed certificate is shown without a restart; one that is half replaced
// is not.
func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t)
	caFile, _ := write(t, dir, "ca", ca.cert, ca.key)
	clients := x509.NewCertPool()
	clients.AddCert(ca.cert)
	s := listenTLS(t, &tls.Config{
		Certificates: []tls.Certificate{serverCert(t, ca, nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
	}, holder(t))
	first, firstKey := clientCert(t, ca, "first")
	certFile, keyFile := write(t, dir, "icr", first, firstKey)
	client, err := source.NewTLSClient(source.TLS{CAFile: caFile, CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	from, err := source.New(source.Config{Base: s.URL, HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	shown := func() any {
		t.Helper()
		client.CloseIdleConnections()
		if _, err := from.Fetch(t.Context(), query(t)); err != nil {
			t.Fatal(err)
		}
		return s.shown.Load()
	}
	if got := shown(); got != "first" {
		t.Errorf("at first %v", got)
	}
	old, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	second, secondKey := clientCert(t, ca, "second")
	write(t, dir, "icr", second, secondKey)
	renewed, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(key []byte, at time.Time) {
		if err := errors.Join(os.WriteFile(keyFile, key, 0o600), os.Chtimes(keyFile, at, at), os.Chtimes(certFile, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	replace(old, time.Now().Add(time.Second))
	if got := shown(); got != "first" {
		t.Errorf("half replaced: %v", got)
	}
	replace(renewed, time.Now().Add(2*time.Second))
	if got := shown(); got != "second" {
		t.Errorf("replaced: %v", got)
	}
}

// Another authority is trusted, and the former no more, without a restart; one
// that is half written changes nothing.
func TestAuthoritiesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir, first, second := t.TempDir(), newAuthority(t), newAuthority(t)
	caFile, _ := write(t, dir, "ca", first.cert, first.key)
	client, err := source.NewTLSClient(source.TLS{CAFile: caFile})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	handler := holder(t)
	of := func(by authority) string {
		return listenTLS(t, &tls.Config{Certificates: []tls.Certificate{serverCert(t, by, nil)}}, handler).URL
	}
	former, latter := of(first), of(second)
	trusts := func(address string) bool {
		t.Helper()
		client.CloseIdleConnections()
		from, err := source.New(source.Config{Base: address, HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		_, err = from.Fetch(t.Context(), query(t))
		if err != nil && !errors.Is(err, partner.ErrInsecure) {
			t.Fatal(err)
		}
		return err == nil
	}
	is := func(what string, wantFormer, wantLatter bool) {
		t.Helper()
		if trusts(former) != wantFormer || trusts(latter) != wantLatter {
			t.Errorf("%s: not (the former %t, the latter %t)", what, wantFormer, wantLatter)
		}
	}
	replace := func(text []byte, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(caFile, text, 0o600), os.Chtimes(caFile, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	is("at first", true, false)
	replace([]byte("-----BEGIN CERT"), time.Now().Add(time.Second))
	is("half written", true, false)
	replace(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: second.cert.Raw}), time.Now().Add(2*time.Second))
	is("replaced", false, true)
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t)
	certFile, keyFile := write(t, dir, "a", ca.cert, ca.key)
	other := newAuthority(t)
	_, otherKey := write(t, dir, "b", other.cert, other.key)
	for _, test := range []struct {
		c    source.TLS
		want string
	}{
		{source.TLS{CAFile: filepath.Join(dir, "none")}, "none"},
		{source.TLS{CAFile: keyFile}, "holds no certificate"},
		{source.TLS{CertFile: certFile}, "both cert_file and key_file"},
		{source.TLS{CertFile: certFile, KeyFile: otherKey}, "does not match"},
		{source.TLS{CertFile: keyFile, KeyFile: certFile}, "failed to find"},
	} {
		if _, err := source.NewTLSClient(test.c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test.c, err)
		}
	}
}
