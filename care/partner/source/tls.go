package source

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"example.org/icr/care/partner"
)

// TLS is how the connection to one partner is secured. Its zero value trusts
// what this machine trusts, and shows no certificate.
type TLS struct {
	CAFile     string // PEM: the only authorities whose certificates are taken
	CertFile   string // PEM: the certificate shown to the partner, with its chain
	KeyFile    string // PEM: its key
	ServerName string // that the partner's certificate must bear, in place of its address
	Proxy      string // http://host:port through which the connection is made; empty for none
}

const (
	connectWithin   = 2 * time.Second
	handshakeWithin = 3 * time.Second
)

// NewTLSClient returns a client like NewHTTPClient for a partner with a
// security of its own. The authorities, the certificate and its key may be
// replaced while it runs.
func NewTLSClient(c TLS) (*http.Client, error) {
	t := trust()
	t.ServerName = c.ServerName
	d := &dialer{trust: t}
	if c.CAFile != "" {
		d.trusted = &authorities{file: c.CAFile}
		if _, err := d.trusted.current(); err != nil {
			return nil, err
		}
	}
	if c.Proxy != "" {
		var err error
		if d.proxy, err = proxyOf(c.Proxy); err != nil {
			return nil, err
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		d.shown = &certificate{certFile: c.CertFile, keyFile: c.KeyFile}
		if _, err := d.shown.current(); err != nil {
			return nil, err
		}
	}
	return newHTTPClient(d), nil
}

// trust is what every secure connection asks for: TLS 1.2 or later, and in
// TLS 1.2 nothing but authenticated encryption with forward secrecy.
func trust() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}}
}

// dialer connects to one partner.
type dialer struct {
	trust   *tls.Config
	trusted *authorities // nil for those that this machine trusts
	shown   *certificate // nil for none
	proxy   string       // host:port, or empty
	ends    endings
}

func (d *dialer) plain(ctx context.Context, network, address string) (net.Conn, error) {
	return dial(ctx, network, address, true)
}

// secure connects with TLS. Whatever the handshake fails of, besides the end
// of ctx, is ErrInsecure; there is no second way to connect.
func (d *dialer) secure(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.reach(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &secured{}
	config := d.trust.Clone()
	if d.trusted != nil {
		if config.RootCAs, err = d.trusted.current(); err != nil {
			raw.Close()
			return nil, insecure(err)
		}
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address) // an address that was just dialled
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.doubtful.Store(true)
		if d.shown == nil {
			return &tls.Certificate{}, nil
		}
		return d.shown.current()
	}
	c.Conn = tls.Client(raw, config)
	shaking, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	if err := c.Conn.HandshakeContext(shaking); err != nil {
		raw.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		d.ends.noteFailed(address, err)
		return nil, insecure(err)
	}
	d.ends.note(address, c.ConnectionState().PeerCertificates)
	return c, nil
}

// insecureError is a partner.ErrInsecure with its cause. The cause is no part
// of the chain: a handshake that took too long is not a partner that is late.
type insecureError struct{ cause error }

// Error says the cause.
func (e *insecureError) Error() string { return partner.ErrInsecure.Error() + ": " + e.cause.Error() }

// Is makes an insecureError a partner.ErrInsecure.
func (e *insecureError) Is(target error) bool { return target == partner.ErrInsecure }

func insecure(err error) error { return &insecureError{err} }

// secured is a connection whose handshake is done on this side. In TLS 1.3 a
// partner refuses a client's certificate only afterwards, by an alert or by
// hanging up: until it has said something, its end is read as that.
type secured struct {
	*tls.Conn
	doubtful atomic.Bool // a certificate was asked for, and nothing has been said since
}

// Read reads as net.Conn does.
func (c *secured) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.doubtful.Store(false)
		return n, err
	}
	return n, c.judge(err)
}

// Write writes as net.Conn does.
func (c *secured) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.judge(err)
}

func (c *secured) judge(err error) error {
	if err == nil || !c.doubtful.Load() || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return insecure(err)
}
