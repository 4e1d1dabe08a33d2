package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"example.org/icr/care/nhs"
)

// state is the private folder of the demonstration on one port.
type state string

func stateOf(dir string, port int) state {
	return state(filepath.Join(dir, ".demo", strconv.Itoa(port)))
}

func (s state) programme() string     { return filepath.Join(string(s), "programme.yaml") }
func (s state) directory() string     { return filepath.Join(string(s), "practices.csv") }
func (s state) secret() string        { return filepath.Join(string(s), "secret") }
func (s state) clientSecret() string  { return filepath.Join(string(s), "client-secret") }
func (s state) clientKey() string     { return filepath.Join(string(s), "client-key.pem") }
func (s state) launchKey() string     { return filepath.Join(string(s), "launch-key.pem") }
func (s state) tokenKeys() string     { return filepath.Join(string(s), "token-keys.json") }
func (s state) relationships() string { return filepath.Join(string(s), "relationships.csv") }
func (s state) objections() string    { return filepath.Join(string(s), "objections.csv") }
func (s state) people() string        { return filepath.Join(string(s), "people.json") }
func (s state) leftOut() string       { return filepath.Join(string(s), "left-out.txt") }
func (s state) viewerLog() string     { return filepath.Join(string(s), "icr.log") }
func (s state) sequencerLog() string  { return filepath.Join(string(s), "sequence.log") }
func (s state) logKey() string        { return filepath.Join(string(s), "trail.key") }
func (s state) logPublicKey() string  { return filepath.Join(string(s), "trail.pub") }
func (s state) auditSettings() string { return filepath.Join(string(s), "audit.env") }
func (s state) demographics() string  { return filepath.Join(string(s), "demographics.log") }
func (s state) logs() string          { return filepath.Join(string(s), "partners") }

func (s state) log(partner nhs.ODSCode) string {
	return filepath.Join(s.logs(), string(partner)+".log")
}

// stopped is there while a partner is stopped.
func (s state) stopped(partner nhs.ODSCode) string {
	return filepath.Join(string(s), "stopped-"+string(partner))
}

// wipe empties the folder of an earlier run, but for its logs.
func (s state) wipe() error {
	if err := os.MkdirAll(s.logs(), 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(s))
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(string(s), e.Name())
		if path != s.logs() && filepath.Ext(path) != ".log" {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(append(errs, os.Chmod(string(s), 0o700))...)
}

func write(path string, text []byte) error { return os.WriteFile(path, text, 0o600) }

func openLog(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// newSecret is 32 random bytes as text.
func newSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	return hex.EncodeToString(secret)
}

// newKey is a private key on the curve P-256, as PEM.
func newKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// lastLines returns what a log gained since it was so many bytes long, at most
// its last n lines.
func lastLines(path string, since int64, n int) string {
	text, err := os.ReadFile(path)
	if err != nil || int64(len(text)) <= since {
		return ""
	}
	return tail(string(text[since:]), n)
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return 0
	}
	return info.Size()
}
