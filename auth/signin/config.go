package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/securecookie"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.Idle == 0 {
		c.Idle = MaxIdle
	}
	if c.Absolute == 0 {
		c.Absolute = MaxAbsolute
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Transport: &http.Transport{
			TLSHandshakeTimeout: 3 * time.Second, ResponseHeaderTimeout: 5 * time.Second, IdleConnTimeout: time.Minute,
		}}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.TakesPart == nil {
		c.TakesPart = func(nhs.ODSCode) bool { return true }
	}
	if c.OrganisationName == nil {
		c.OrganisationName = func(nhs.ODSCode) string { return "" }
	}
	return c
}

func (c Config) validate() error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("sign-in: "+format, args...))
		}
	}
	fault(!private(c.PublicURL) || strings.ContainsAny(c.PublicURL, "?#"), "the public URL must be https, or http on this machine")
	fault(len(c.Secret) < 32, "the secret must be at least 32 bytes")
	fault(c.Idle < 0 || c.Idle > MaxIdle, "the idle limit may be at most %v", MaxIdle)
	fault(c.Absolute < 0 || c.Absolute > MaxAbsolute, "the limit of a session may be at most %v", MaxAbsolute)
	fault(c.Rows == nil, "no place for sessions")
	fault(len(c.Issuers) == 0, "no issuer")
	for n, i := range c.Issuers {
		faults = append(faults, i.faults()...)
		same := func(other Issuer) bool { return other.ID == i.ID || other.URL == i.URL }
		fault(slices.ContainsFunc(c.Issuers[:n], same), "two issuers have the id %q or its address", i.ID)
	}
	return errors.Join(faults...)
}

var issuerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (i Issuer) faults() []error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("issuer %q: "+format, append([]any{i.ID}, args...)...))
		}
	}
	fault(!issuerID.MatchString(i.ID), "the id must be of lower-case letters, digits and dashes")
	fault(i.Name == "", "no name")
	fault(!private(i.URL) || strings.ContainsAny(i.URL, "?#"), "the address must be https, or http on this machine")
	fault(i.ClientID == "", "no client id")
	fault((i.ClientSecret == "") == (i.ClientKey == nil), "the client needs either a secret or a key")
	fault(!slices.Contains(i.Scopes, "openid"), "the scopes must include openid")
	fault(mappings[i.Mapping] == nil, "there is no mapping %q", i.Mapping)
	fault(len(i.Roles) == 0, "no roles")
	fault(i.Organisation != "" && i.OrganisationClaim != "", "the organisation comes from the configuration or from a claim, not from both")
	fault(slices.Contains(needsOrganisation, i.Mapping) && i.Organisation == "" && i.OrganisationClaim == "", "nothing says at which organisation its people work")
	fault(i.Mapping == "cis2" && (i.OrganisationClaim != "" || i.TeamsClaim != ""), "the mapping cis2 has organisations and teams of its own")
	for code, role := range i.Roles {
		fault(auth.Roles[role] == "", "role code %q: there is no role %q", code, role)
	}
	return faults
}

// private reports whether nobody on the way can read or change what goes to
// the address: https, or http that does not leave this machine.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

type keys struct {
	cookies *securecookie.SecureCookie
	seal    cipher.AEAD
}

// deriveKeys makes one key for each use from the configured secret.
func deriveKeys(secret []byte) (keys, error) {
	signing, err := hkdf.Key(sha256.New, secret, nil, "icr cookie signature", 32)
	if err != nil {
		return keys{}, fmt.Errorf("cookie key: %w", err)
	}
	sealing, err := hkdf.Key(sha256.New, secret, nil, "icr session seal", 32)
	if err != nil {
		return keys{}, fmt.Errorf("session key: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return keys{}, fmt.Errorf("session key: %w", err)
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return keys{}, fmt.Errorf("session key: %w", err)
	}
	return keys{securecookie.New(signing, nil).SetSerializer(securecookie.NopEncoder{}), seal}, nil
}
