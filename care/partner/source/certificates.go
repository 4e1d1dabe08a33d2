package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.org/icr/care/partner"
)

// transport is that of one partner's client. It remembers what its dialer saw.
type transport struct {
	*http.Transport
	dialer *dialer
}

// endings are when the certificates end that partners have shown, by address.
type endings struct {
	mu  sync.Mutex
	all map[string]time.Time
}

func (e *endings) note(address string, chain []*x509.Certificate) {
	if len(chain) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all == nil {
		e.all = map[string]time.Time{}
	}
	e.all[address] = chain[0].NotAfter
}

func (e *endings) of(address string) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all[address]
}

// noteFailed keeps when a certificate ends, or ended, that was not taken.
func (e *endings) noteFailed(address string, err error) {
	if failed, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.note(address, failed.UnverifiedCertificates)
	}
}

var _ partner.Certified = (*Source)(nil)

// Certificates are when those end that secure the partner's connections: its
// own, once it has been connected to, and the one that it is shown.
func (s *Source) Certificates() partner.Certificates { return CertificatesOf(s.HTTP, s.base) }

// Certificates are those of the practice's connections.
func (s *Structured) Certificates() partner.Certificates { return s.source.Certificates() }

// CertificatesOf are when those end that secure a client's connections to an
// address.
func CertificatesOf(client *http.Client, address *url.URL) partner.Certificates {
	t, ok := client.Transport.(*transport)
	if !ok || address.Scheme != "https" {
		return partner.Certificates{}
	}
	return partner.Certificates{Client: t.dialer.clientEnds(), Server: t.dialer.ends.of(hostPort(address))}
}

// clientEnds is when the certificate ends that is shown to the partner.
func (d *dialer) clientEnds() time.Time {
	if d.shown == nil {
		return time.Time{}
	}
	pair, err := d.shown.current()
	if err != nil || pair.Leaf == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}
