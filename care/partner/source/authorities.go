package source

import (
	"crypto/x509"
	"fmt"
	"os"
	"sync"
)

// authorities are those whose certificates are taken. They are read again when
// their file has changed, so that a partner may change its authority without a
// restart here.
type authorities struct {
	file string

	mu    sync.Mutex
	read  *x509.CertPool
	stamp fileStamp // of the file that was read
}

// current are the authorities as their file has them now. While it cannot be
// read, as when it is half written, they stay what they were.
func (a *authorities) current() (*x509.CertPool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	stamp, err := stampOne(a.file)
	if err == nil && a.read != nil && stamp == a.stamp {
		return a.read, nil
	}
	var pool *x509.CertPool
	if err == nil {
		pool, err = readAuthorities(a.file)
	}
	switch {
	case err == nil:
		a.read, a.stamp = pool, stamp
	case a.read == nil:
		return nil, err
	}
	return a.read, nil
}

func readAuthorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}
