package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/pds"
)

// demographics is how the demographics service is reached, and by whose leave
// it is asked.
type demographics struct {
	URL    string      `yaml:"url"`
	Access string      `yaml:"access"`
	Issuer string      `yaml:"issuer"`
	OAuth  *oauthEntry `yaml:"oauth"`
	TLS    tlsEntry    `yaml:"tls"`
}

// The ways in which the Personal Demographics Service gives leave.
const (
	applicationRestricted = "application-restricted"
	userRestricted        = "user-restricted"
)

func (c *checker) demographics(p programme) {
	at, d := []any{"demographics"}, p.Demographics
	c.address(append(at, "url"), d.URL)
	address, err := url.Parse(d.URL)
	if err != nil {
		return // said already
	}
	c.oneOf(append(at, "access"), d.Access, "", applicationRestricted, userRestricted)
	switch {
	case d.Access == "" && d.OAuth != nil:
		c.fault(append(at, "oauth"), "oauth goes with access: %s, or %s", applicationRestricted, userRestricted)
	case d.Access == "" && address.Host != "" && !onThisMachine(address):
		c.fault(append(at, "url"), "access is missing: %s, or %s; only a service on this machine may do without", applicationRestricted, userRestricted)
	case d.Access != "" && d.OAuth == nil:
		c.fault(append(at, "access"), "access: %s needs oauth", d.Access)
	}
	if d.OAuth != nil {
		c.oauth(append(at, "oauth"), *d.OAuth)
	}
	if d.TLS != (tlsEntry{}) && address.Scheme != "https" {
		c.fault(append(at, "tls"), "tls: is for https addresses only")
	}
	known := slices.ContainsFunc(p.Issuers, func(i issuer) bool { return i.ID == d.Issuer })
	switch {
	case d.Access == userRestricted && !known:
		c.fault(append(at, "issuer"), "issuer must be the id of the issuer whose users sign in with what the demographics service knows: %q is none", d.Issuer)
	case d.Access != userRestricted && d.Issuer != "":
		c.fault(append(at, "issuer"), "issuer goes with access: %s", userRestricted)
	}
}

// asking is how the demographics service is asked, made from the files that
// the programme file names.
type asking struct {
	client *http.Client
	own    *source.Tokens     // of this service; nil where none are needed
	users  *source.UserTokens // in exchange for users' sign-ins; nil where they are not
}

// demographicsFiles reads the files that the demographics entry names. Its
// error names every fault with its line.
func (p programme) demographicsFiles() (asking, error) {
	c, d := checker{root: p.root}, p.Demographics
	at := []any{"demographics"}
	a := asking{client: c.client(at, d.TLS)}
	if d.OAuth != nil {
		t := d.TLS
		if host(d.URL) != host(d.OAuth.TokenURL) {
			t.ServerName = ""
		}
		client, err := source.NewTLSClient(source.TLS(t))
		if err != nil {
			return a, errors.Join(c.faults...) // said already
		}
		o := source.OAuth{
			URL: d.OAuth.TokenURL, ClientID: d.OAuth.ClientID, Scope: d.OAuth.Scope,
			Key: c.key(append(at, "oauth"), d.OAuth.keyEntry), HTTP: client,
		}
		a.own = source.NewTokens(o)
		if d.Access == userRestricted {
			a.users = source.NewUserTokens(o)
		}
	}
	return a, errors.Join(c.faults...)
}

// signIns knows what people signed in with. *signin.SignIn does.
type signIns interface {
	IDToken(ctx context.Context, u auth.User) (string, error)
}

// people is the client of the demographics service. A user of the issuer that
// it knows asks by their own leave; everybody else, by this service's.
func (s settings) people(in signIns) *pds.Client {
	c := &pds.Client{Base: s.programme.Demographics.URL, HTTP: s.demographics.client, Now: time.Now}
	if s.demographics.own == nil {
		return c
	}
	known := s.issuerURL(s.programme.Demographics.Issuer)
	c.Grant = func(ctx context.Context, leave *audit.Tracing, refused string) (pds.Grant, error) {
		u := leave.User()
		if s.demographics.users == nil || u.Issuer != known {
			token, err := s.demographics.own.Bearer(ctx, refused)
			return pds.Grant{Token: token}, err
		}
		id, err := in.IDToken(ctx, u)
		if err != nil {
			return pds.Grant{}, err
		}
		token, err := s.demographics.users.Bearer(ctx, u.Session, id, refused)
		return pds.Grant{Token: token, Own: true}, err
	}
	return c
}

func (s settings) issuerURL(id string) string {
	for _, i := range s.programme.Issuers {
		if i.ID == id {
			return i.Issuer
		}
	}
	return ""
}
