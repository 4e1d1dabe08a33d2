package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"example.org/icr/auth/keyset"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
)

// launchEntry is a local system that may open the viewer: a key of the
// programme file.
type launchEntry struct {
	ID            string   `yaml:"id"`
	Name          string   `yaml:"name"`
	Organisation  string   `yaml:"organisation"`
	Issuer        string   `yaml:"issuer"`
	Trusted       bool     `yaml:"trusted"`
	FHIR          string   `yaml:"fhir"`
	TLS           tlsEntry `yaml:"tls"`
	TokenIssuer   string   `yaml:"token_issuer"`
	TokenKeysFile string   `yaml:"token_keys_file"`
}

// launches reads the files that the launch entries name. Its error names every
// fault with its line.
func (p programme) launches() (launch.Desk, error) {
	c := checker{root: p.root}
	desk := launch.Desk{Key: c.launchKey(p)}
	for n, e := range p.Launches {
		at := []any{"launches", n}
		s := launch.System{
			ID: e.ID, Name: e.Name, Organisation: nhs.ODSCode(e.Organisation), Trusted: e.Trusted, IssuerID: e.Issuer,
			FHIR: e.FHIR, Sender: e.TokenIssuer, Keys: c.launchKeys(append(at, "token_keys_file"), e.TokenKeysFile),
		}
		if i := p.issuerOf(e.Issuer); i >= 0 {
			s.Issuer = p.Issuers[i].Issuer
		}
		if e.FHIR != "" {
			s.HTTP = c.client(at, e.TLS)
		}
		desk.Systems = append(desk.Systems, s)
	}
	return desk, errors.Join(c.faults...)
}

func (p programme) issuerOf(id string) int {
	return slices.IndexFunc(p.Issuers, func(i issuer) bool { return i.ID == id })
}

// launch finds what is wrong with an entry.
func (c *checker) launch(at []any, p programme, n int) {
	e := p.Launches[n]
	c.text(append(at, "id"), e.ID)
	c.text(append(at, "name"), e.Name)
	if err := odsCode(e.Organisation); err != nil {
		c.fault(append(at, "organisation"), "%v", err)
	}
	if p.issuerOf(e.Issuer) < 0 {
		c.fault(append(at, "issuer"), "issuer is the id of one of issuers: where the people of this system sign in")
	}
	if e.FHIR == "" && e.TokenIssuer == "" {
		c.fault(at, "nothing says how this system opens the viewer: by fhir (SMART App Launch), or by token_issuer and token_keys_file")
	}
	if e.FHIR != "" {
		c.address(append(at, "fhir"), e.FHIR)
	}
	if (e.TokenIssuer == "") != (e.TokenKeysFile == "") {
		c.fault(at, "token_issuer and token_keys_file go together")
	}
	if e.TokenIssuer != "" && p.Programme.LaunchKeyFile == "" {
		c.fault(append(at, "token_issuer"), "tokens are encrypted to a key of this service: programme needs launch_key_file")
	}
	same := func(o launchEntry) bool {
		return o.ID == e.ID || e.FHIR != "" && o.FHIR == e.FHIR || e.TokenIssuer != "" && o.TokenIssuer == e.TokenIssuer
	}
	if slices.ContainsFunc(p.Launches[:n], same) {
		c.fault(at, "another entry has the same id, fhir or token_issuer")
	}
}

func (c *checker) launchKeys(at []any, file string) *keyset.Set {
	if strings.TrimSpace(file) == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.fault(at, "%v", err)
		return nil
	}
	keys, err := keyset.Fixed(text)
	if err != nil {
		c.fault(at, "%s: %v", file, err)
	}
	return keys
}

func (c *checker) launchKey(p programme) *launch.Key {
	file, at := p.Programme.LaunchKeyFile, []any{"programme", "launch_key_file"}
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.fault(at, "%v", err)
		return nil
	}
	key, err := launch.ParseKey(string(text))
	if err != nil {
		c.fault(at, "%s: %v", file, err)
	}
	return key
}
