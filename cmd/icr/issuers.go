package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
)

// issuer is an identity provider: the keys of the programme file.
type issuer struct {
	ID                string               `yaml:"id"`
	Name              string               `yaml:"name"`
	For               string               `yaml:"for"`
	Issuer            string               `yaml:"issuer"`
	ClientID          string               `yaml:"client_id"`
	ClientSecretFile  string               `yaml:"client_secret_file"`
	ClientKeyFile     string               `yaml:"client_key_file"`
	ClientAlgorithm   string               `yaml:"client_key_algorithm"`
	Mapping           string               `yaml:"mapping"`
	Scopes            []string             `yaml:"scopes"`
	Roles             map[string]auth.Role `yaml:"roles"`
	Organisation      string               `yaml:"organisation"`
	OrganisationClaim string               `yaml:"organisation_claim"`
	Organisations     []string             `yaml:"organisations"`
	TeamsClaim        string               `yaml:"teams_claim"`
	NHSNumberClaim    string               `yaml:"nhs_number_claim"`
	ACR               []string             `yaml:"acr"`
	AAL               int                  `yaml:"aal"`
	IAL               int                  `yaml:"ial"`
	AssuredBy         string               `yaml:"assured_by"`
	Hints             []string             `yaml:"hints"`
	Logout            string               `yaml:"logout"`
	PlainLogout       bool                 `yaml:"plain_logout_tokens"`
}

// issuer finds what is wrong with how people are to sign in, as far as the
// programme file alone tells.
func (c *checker) issuer(at []any, i issuer) {
	c.address(append(at, "issuer"), i.Issuer)
	c.oneOf(append(at, "logout"), i.Logout, "", "provider", "here")
	if (i.ClientSecretFile == "") == (i.ClientKeyFile == "") {
		c.fault(at, "the client proves itself either by client_secret_file or by client_key_file")
	}
	if len(i.ACR) == 0 && i.AAL < 1 && strings.TrimSpace(i.AssuredBy) == "" {
		c.fault(at, "nothing says how surely people are known: demand acr or aal, or, where the provider tells neither, write in assured_by what makes it sure")
	}
	if slices.Contains(i.ACR, "") {
		c.fault(append(at, "acr"), "an empty value demands nothing")
	}
	if i.Organisations != nil && len(i.Organisations) == 0 {
		c.fault(append(at, "organisations"), "an empty list would let it speak for every organisation: leave it out, or take the issuer away")
	}
	if _, ok := i.Roles[""]; ok {
		c.fault(append(at, "roles"), "a role of the issuer has no code")
	}
	codes := i.Organisations
	if i.Organisation != "" {
		codes = append(codes, i.Organisation)
	}
	for _, code := range codes {
		if err := odsCode(code); err != nil {
			c.fault(append(at, "organisations"), "%v", err)
		}
	}
}

// issuers reads the files that the issuers' entries name, after the directories
// of practices were read. Its error names every fault with its line.
func (p programme) issuers() ([]signin.Issuer, error) {
	c := checker{root: p.root}
	var all []signin.Issuer
	viewers := p.mayView()
	for n, i := range p.Issuers {
		at := []any{"issuers", n}
		c.viewing(append(at, "organisation"), viewers, i.Organisation)
		for m, code := range i.Organisations {
			c.viewing(append(at, "organisations", m), viewers, code)
		}
		all = append(all, signin.Issuer{
			ID: i.ID, Name: i.Name, For: i.For, URL: i.Issuer, ClientID: i.ClientID, Scopes: i.Scopes, Mapping: i.Mapping, Roles: i.Roles,
			ClientSecret: c.clientSecret(append(at, "client_secret_file"), i.ClientSecretFile), ClientKey: c.clientKey(append(at, "client_key_file"), i),
			Organisation: nhs.ODSCode(i.Organisation), OrganisationClaim: i.OrganisationClaim, Organisations: odsCodes(i.Organisations), TeamsClaim: i.TeamsClaim, NHSNumberClaim: i.NHSNumberClaim,
			ACR: i.ACR, AAL: i.AAL, IAL: i.IAL, Hints: i.Hints, LocalLogout: i.Logout == "here", PlainLogout: i.PlainLogout,
		})
	}
	return all, errors.Join(c.faults...)
}

// viewing finds an organisation whose people could sign in nowhere.
func (c *checker) viewing(at []any, viewers map[nhs.ODSCode]bool, code string) {
	if code != "" && !viewers[nhs.ODSCode(code)] {
		c.fault(at, "the people of %s may not view: name it under organisations, or among the partners without views: false", code)
	}
}

func (c *checker) clientSecret(at []any, file string) string {
	if file == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		c.fault(at, "%v", err)
	}
	return strings.TrimSpace(string(text))
}

func (c *checker) clientKey(at []any, i issuer) *signin.Key {
	if i.ClientKeyFile == "" {
		return nil
	}
	text, err := os.ReadFile(i.ClientKeyFile)
	if err != nil {
		c.fault(at, "%v", err)
		return nil
	}
	key, err := signin.ParseKey(string(text), i.ClientAlgorithm)
	if err != nil {
		c.fault(at, "%s: %v", i.ClientKeyFile, err)
	}
	return key
}

func odsCodes(codes []string) []nhs.ODSCode {
	var all []nhs.ODSCode
	for _, code := range codes {
		all = append(all, nhs.ODSCode(code))
	}
	return all
}
