package source

import (
	"crypto/tls"
	"errors"
	"os"
	"sync"
	"time"
)

// certificate is the one that is shown to a partner. It is read again when its
// files have changed, so that it can be renewed without a restart.
type certificate struct {
	certFile, keyFile string

	mu    sync.Mutex
	read  *tls.Certificate
	stamp [2]fileStamp // of the files that were read
}

type fileStamp struct {
	changed time.Time
	size    int64
}

// current is the certificate as its files have it now. While they do not fit
// together, as when only one is replaced yet, it stays what it was.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stamp, err := stampOf(c.certFile, c.keyFile)
	if err == nil && c.read != nil && stamp == c.stamp {
		return c.read, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile)
	}
	switch {
	case err == nil:
		c.read, c.stamp = &pair, stamp
	case c.read == nil:
		return nil, err
	}
	return c.read, nil
}

func stampOf(certFile, keyFile string) (stamp [2]fileStamp, err error) {
	for i, file := range []string{certFile, keyFile} {
		if file == "" {
			return stamp, errors.New("a certificate needs both cert_file and key_file")
		}
		if stamp[i], err = stampOne(file); err != nil {
			return stamp, err
		}
	}
	return stamp, nil
}

func stampOne(file string) (fileStamp, error) {
	info, err := os.Stat(file)
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{info.ModTime(), info.Size()}, nil
}
