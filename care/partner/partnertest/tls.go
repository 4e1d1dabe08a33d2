package partnertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// secure makes s speak TLS with a certificate that has something wrong with
// it, and writes the authority's own to s.CAFile.
func (s *Server) secure(t testing.TB) {
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour)}
	authorityKey := sign(t, authority, authority, nil)
	server := &x509.Certificate{
		Subject: pkix.Name{CommonName: "test partner"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
	}
	switch s.Mode {
	case ExpiredTLS:
		server.NotAfter = time.Now().Add(-time.Hour)
	case WrongName:
		server.IPAddresses, server.DNSNames = nil, []string{"another.example.nhs.uk"}
	}
	key := sign(t, server, authority, authorityKey)
	dir := t.TempDir()
	s.CAFile = writePEM(t, dir, "authority.pem", "CERTIFICATE", authority.Raw)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw}, PrivateKey: key}}}
	if s.Mode == OursEnded {
		s.askForOurs(t, dir, authority, authorityKey)
	}
}

// askForOurs makes s ask for a certificate, and writes one that has ended to
// s.CertFile and s.KeyFile.
func (s *Server) askForOurs(t testing.TB, dir string, authority *x509.Certificate, authorityKey *ecdsa.PrivateKey) {
	ours := &x509.Certificate{Subject: pkix.Name{CommonName: "test viewer"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, NotAfter: time.Now().Add(-time.Hour)}
	key, err := x509.MarshalPKCS8PrivateKey(sign(t, ours, authority, authorityKey))
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := x509.ParseCertificate(authority.Raw)
	if err != nil {
		t.Fatal(err)
	}
	s.CertFile, s.KeyFile = writePEM(t, dir, "ours.pem", "CERTIFICATE", ours.Raw), writePEM(t, dir, "ours.key", "PRIVATE KEY", key)
	s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	s.TLS.ClientCAs.AddCert(trusted)
}

func writePEM(t testing.TB, dir, name, kind string, der []byte) (file string) {
	t.Helper()
	file = filepath.Join(dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// sign completes cert with a new key, which it returns. Without a key of by's,
// it signs itself.
func sign(t testing.TB, cert, by *x509.Certificate, byKey *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if byKey == nil {
		byKey = key
	}
	cert.SerialNumber, cert.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-48*time.Hour)
	if cert.Raw, err = x509.CreateCertificate(rand.Reader, cert, by, &key.PublicKey, byKey); err != nil {
		t.Fatal(err)
	}
	return key
}
