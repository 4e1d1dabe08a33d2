package main

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"

	"example.org/icr/care/fhir"

	"example.org/icr/care/partner/source"
)

// How each partner is connected to: the keys of the programme file, and the
// files that they name.

type tlsEntry struct {
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
	Proxy      string `yaml:"proxy"`
}

type keyEntry struct {
	KeyFile   string `yaml:"key_file"`
	KeyID     string `yaml:"key_id"`
	Algorithm string `yaml:"algorithm"`
}

type oauthEntry struct {
	keyEntry `yaml:",inline"`
	TokenURL string `yaml:"token_url"`
	ClientID string `yaml:"client_id"`
	Scope    string `yaml:"scope"`
}

type assertEntry struct {
	keyEntry `yaml:",inline"`
	Audience string `yaml:"audience"`
}

// security finds what is wrong with how a partner is to be connected to, as
// far as the programme file alone tells.
func (c *checker) security(at []any, e partnerEntry) {
	address, err := url.Parse(strings.ReplaceAll(e.URL, "{ods}", "ODS"))
	if err != nil {
		return // said already
	}
	switch {
	case e.TLS != (tlsEntry{}) && e.URL != "" && address.Scheme != "https":
		c.fault(append(at, "tls"), "tls: is for https addresses only")
	case !e.proves() && address.Host != "" && !onThisMachine(address):
		c.fault(append(at, "url"), "nothing proves to this partner who asks: it needs bearer_file, oauth, assert, or tls with cert_file; only a partner on this machine may do without")
	}
	if o := e.OAuth; o != nil {
		c.oauth(append(at, "oauth"), *o)
		if e.BearerFile != "" {
			c.fault(append(at, "bearer_file"), "bearer_file and oauth both give the token: only one of them may be there")
		}
	}
	if a := e.Assert; a != nil {
		c.text(append(at, "assert", "key_file"), a.KeyFile)
		c.text(append(at, "assert", "audience"), a.Audience)
	}
}

// proves reports whether something proves to the partner who asks.
func (e partnerEntry) proves() bool {
	return e.BearerFile != "" || e.OAuth != nil || e.Assert != nil || e.TLS.CertFile != ""
}

func (c *checker) oauth(at []any, o oauthEntry) {
	c.address(append(at, "token_url"), o.TokenURL)
	if strings.Contains(o.TokenURL, "{ods}") {
		c.fault(append(at, "token_url"), "one token service serves the whole entry: its address has no {ods}")
	}
	c.text(append(at, "client_id"), o.ClientID)
	c.text(append(at, "key_file"), o.KeyFile)
}

// connections reads the files that the partners' entries name, and returns how
// each is reached, but for its address. Its error names every fault with its
// line.
func (p programme) connections(publicURL string) ([]source.Config, error) {
	c := checker{root: p.root}
	var all []source.Config
	for i, e := range p.Partners {
		at := []any{"partners", i}
		config := source.Config{HTTP: c.client(at, e.TLS), Bearer: c.token(append(at, "bearer_file"), e.BearerFile)}
		if e.OAuth != nil {
			config.Tokens = c.tokens(at, e)
		}
		if e.Assert != nil {
			config.Assertion = &source.Assertion{Key: c.key(append(at, "assert"), e.Assert.keyEntry), Issuer: publicURL, Audience: e.Assert.Audience}
		}
		all = append(all, config)
	}
	return all, errors.Join(c.faults...)
}

func (c *checker) client(at []any, t tlsEntry) *http.Client {
	client, err := source.NewTLSClient(source.TLS(t))
	if err != nil {
		c.fault(append(at, "tls"), "tls: %v", err)
	}
	return client
}

// tokens come over a connection like the partner's own. Only its server name
// is not the token service's, unless both are at one address.
func (c *checker) tokens(at []any, e partnerEntry) *source.Tokens {
	key := c.key(append(at, "oauth"), e.OAuth.keyEntry)
	t := e.TLS
	if host(e.URL) != host(e.OAuth.TokenURL) {
		t.ServerName = ""
	}
	client, err := source.NewTLSClient(source.TLS(t))
	if err != nil {
		return nil // said already of the partner's
	}
	return source.NewTokens(source.OAuth{
		URL: e.OAuth.TokenURL, ClientID: e.OAuth.ClientID, Scope: e.OAuth.Scope,
		Key: key, HTTP: client,
	})
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (c *checker) key(at []any, k keyEntry) *source.Key {
	key, err := source.ReadKey(k.KeyFile, k.KeyID, k.Algorithm)
	if err != nil {
		c.fault(append(at, "key_file"), "%s: %v", at[len(at)-1], err)
	}
	return key
}

// token reads the file of a static token, if one is named.
func (c *checker) token(path []any, file string) source.Secret {
	if file == "" {
		return source.Secret{}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.fault(path, "bearer_file: %v", err)
		return source.Secret{}
	}
	token, err := source.ParseSecret(string(text))
	if err != nil {
		c.fault(path, "bearer_file: %s holds %v", file, err)
	}
	return token
}

// inOne is the way of asking in one request who the patient is and for all
// else.
const inOne = "in-one-request"

// connect is how one member of an entry is reached.
func (e partnerEntry) connect(c source.Config, m organisation) source.Config {
	named := strings.NewReplacer("{ods}", m.Code)
	c.Base = named.Replace(e.URL)
	if own := e.places[m.Code].url; own != "" {
		c.Base = own
	}
	c.Everything, c.ByGet, c.ByNumber, c.Exchange = e.Ask == "everything", e.SearchBy == "get", e.ByNumber, e.Exchange
	c.InOne = e.Ask == inOne
	c.Learn = source.Learn{Ask: e.Ask == "", SearchBy: e.SearchBy == "", Types: len(e.Sections) == 0, Release: e.FHIR == "", Newest: e.Summary != "whole"}
	c.Newest, c.AppliesConsents = e.Summary == "newest", e.Consents == "applied"
	if e.FHIR == "stu3" {
		c.Release = fhir.STU3
	}
	if c.Assertion != nil {
		own := *c.Assertion
		own.Audience = named.Replace(own.Audience)
		c.Assertion = &own
	}
	return c
}
