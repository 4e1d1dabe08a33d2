package main

import (
	"errors"
	"net/http"
	"os"
	"strings"

	"example.org/icr/care/partner/source"
)

// How each partner is connected to: the keys of the programme file, and the
// files that they name.

type tlsEntry struct {
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
}

// security finds what is wrong with how a partner is to be connected to, as
// far as the programme file alone tells.
func (c *checker) security(at []any, e partnerEntry) {
	if e.TLS != (tlsEntry{}) && !strings.HasPrefix(e.URL, "https:") {
		c.fault(append(at, "tls"), "tls: is for https addresses only")
	}
}

// connections reads the files that the partners' entries name, and returns how
// each is reached, but for its address. Its error names every fault with its
// line.
func (p programme) connections() ([]source.Config, error) {
	c := checker{root: p.root}
	var all []source.Config
	for i, e := range p.Partners {
		at := []any{"partners", i}
		all = append(all, source.Config{HTTP: c.client(at, e), Bearer: c.secretFile(append(at, "bearer_file"), e.BearerFile)})
	}
	return all, errors.Join(c.faults...)
}

func (c *checker) client(at []any, e partnerEntry) *http.Client {
	client, err := source.NewTLSClient(source.TLS(e.TLS))
	if err != nil {
		c.fault(append(at, "tls"), "tls: %v", err)
	}
	return client
}

// secretFile is the text of a file that may not be named, but not be empty.
func (c *checker) secretFile(path []any, file string) string {
	if file == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	secret := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		c.fault(path, "%s: %v", path[len(path)-1], err)
	case secret == "" || strings.ContainsAny(secret, " \t\r\n"):
		c.fault(path, "%s: the file must hold one token and nothing else", path[len(path)-1])
	}
	return secret
}

// connect is how one member of an entry is reached.
func (e partnerEntry) connect(c source.Config, m organisation) source.Config {
	c.Base = strings.ReplaceAll(e.URL, "{ods}", m.Code)
	c.Everything, c.ByGet = e.Ask == "everything", e.SearchBy == "get"
	return c
}
