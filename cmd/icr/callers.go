package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth/caller"
	"example.org/icr/auth/keyset"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/post"
	"example.org/icr/store"
	"example.org/icr/web/fhirapi"
)

// callerEntry is another system that may call.
type callerEntry struct {
	ID           string         `yaml:"id"`
	Name         string         `yaml:"name"`
	Organisation string         `yaml:"organisation"`
	Certificate  string         `yaml:"certificate"`
	JWKSURL      string         `yaml:"jwks_url"`
	JWKSFile     string         `yaml:"jwks_file"`
	CAFile       string         `yaml:"ca_file"` // of whom jwks_url is taken
	Scopes       []caller.Scope `yaml:"scopes"`
	Notify       *notifyEntry   `yaml:"notify"`
}

// notifyEntry is where a caller is told that objections changed.
type notifyEntry struct {
	URL        string `yaml:"url"`
	SecretFile string `yaml:"secret_file"`
	CAFile     string `yaml:"ca_file"`
}

var callerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// caller finds what is wrong with a caller, as far as the programme file alone
// tells.
func (c *checker) caller(at []any, e callerEntry, before []callerEntry) {
	if !callerID.MatchString(e.ID) {
		c.fault(append(at, "id"), "id must be small letters, digits and hyphens")
	}
	c.text(append(at, "name"), e.Name)
	if err := odsCode(e.Organisation); err != nil {
		c.fault(append(at, "organisation"), "organisation: %v", err)
	}
	if e.JWKSURL != "" {
		c.address(append(at, "jwks_url"), e.JWKSURL)
	}
	if (e.Certificate == "") == (e.keys() == "") || e.JWKSURL != "" && e.JWKSFile != "" {
		c.fault(at, "a caller proves who it is in one way: certificate, jwks_url or jwks_file")
	}
	if e.CAFile != "" && e.JWKSURL == "" {
		c.fault(append(at, "ca_file"), "ca_file goes with jwks_url")
	}
	if len(e.Scopes) == 0 {
		c.fault(at, "scopes: none are named, so that it could do nothing")
	}
	for i, s := range e.Scopes {
		if _, ok := caller.Scopes[s]; !ok {
			c.fault(append(at, "scopes", i), "there is no scope %q", s)
		}
	}
	if n := e.Notify; n != nil {
		c.address(append(at, "notify", "url"), n.URL)
		c.text(append(at, "notify", "secret_file"), n.SecretFile)
		if !slices.Contains(e.Scopes, caller.ReadObjections) {
			c.fault(append(at, "notify"), "notify tells of objections, which the caller may not read: it needs the scope %s", caller.ReadObjections)
		}
	}
	for _, other := range before {
		if other.ID == e.ID {
			c.fault(append(at, "id"), "the id %s is used already", e.ID)
		}
		if e.Certificate != "" && strings.EqualFold(other.Certificate, e.Certificate) {
			c.fault(append(at, "certificate"), "the certificate %s is another caller's already", e.Certificate)
		}
	}
}

func (e callerEntry) keys() string { return cmp.Or(e.JWKSURL, e.JWKSFile) }

// callers reads the files that callers' entries name. Its error names every
// fault with its line.
func (p programme) callers() ([]caller.Caller, error) {
	c := checker{root: p.root}
	names := p.names()
	var all []caller.Caller
	for i, e := range p.Callers {
		at := []any{"callers", i}
		if names[nhs.ODSCode(e.Organisation)] == "" {
			c.fault(append(at, "organisation"), "the organisation %s is not in this file", e.Organisation)
		}
		keys, err := e.keySet()
		if err != nil {
			c.fault(at, "the keys of %s: %v", e.ID, err)
		}
		all = append(all, caller.Caller{
			ID: e.ID, Name: e.Name, Organisation: nhs.ODSCode(e.Organisation), Certificate: e.Certificate, Keys: keys, Scopes: e.Scopes,
		})
	}
	return all, errors.Join(c.faults...)
}

// keySet is nil where a caller has no keys.
func (e callerEntry) keySet() (*keyset.Set, error) {
	switch {
	case e.JWKSFile != "":
		text, err := os.ReadFile(e.JWKSFile)
		if err != nil {
			return nil, err
		}
		return keyset.Fixed(text)
	case e.JWKSURL != "":
		client, err := plainClient(e.CAFile)
		if err != nil {
			return nil, err
		}
		return keyset.New(e.JWKSURL, client, time.Now), nil
	}
	return nil, nil
}

// plainClient gives up in time and follows no redirect.
func plainClient(authorities string) (*http.Client, error) {
	client, err := source.NewTLSClient(source.TLS{CAFile: authorities})
	if err != nil {
		return nil, err
	}
	client.Timeout = 5 * time.Second
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

// hooks are how callers are told that objections changed. Its error names every
// fault with its line.
func (p programme) hooks() ([]post.Hook, error) {
	c := checker{root: p.root}
	var all []post.Hook
	for i, e := range p.Callers {
		if e.Notify == nil {
			continue
		}
		at := []any{"callers", i, "notify"}
		text, err := os.ReadFile(e.Notify.SecretFile)
		secret, secretErr := parseSecret(strings.TrimSpace(string(text)))
		if err = cmp.Or(err, secretErr); err != nil {
			c.fault(append(at, "secret_file"), "secret_file: %v", err)
		}
		client, err := plainClient(e.Notify.CAFile)
		if err != nil {
			c.fault(append(at, "ca_file"), "ca_file: %v", err)
		}
		all = append(all, post.Hook{Caller: e.ID, URL: e.Notify.URL, Secret: secret, Client: client, Every: 10 * time.Second})
	}
	return all, errors.Join(c.faults...)
}

// receive keeps what callers tell of relationships.
func receive(db *store.Store) fhirapi.Receive {
	return func(ctx context.Context, told []fhir.Relationship, from string, e audit.Event) (older int, err error) {
		all := relationshipsTold(told, from)
		// In one order, so that two bundles at once do not wait for each other.
		slices.SortFunc(all, func(a, b store.Relationship) int { return strings.Compare(a.SourceID, b.SourceID) })
		return db.SaveRelationships(ctx, all, e)
	}
}

func relationshipsTold(told []fhir.Relationship, from string) (all []store.Relationship) {
	for _, r := range told {
		kind := access.RelationshipKind(r.Kind)
		if r.Void {
			kind = access.Void
		}
		all = append(all, store.Relationship{Patient: r.Patient, SourceID: r.ID, Told: r.Told, Relationship: access.Relationship{
			Kind: kind, Organisation: r.Organisation, Team: r.Team, Starts: r.Starts, Ends: r.Ends, Evidence: from,
		}})
	}
	return all
}
