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
	s.CAFile = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(s.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw}, PrivateKey: key}}}
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
