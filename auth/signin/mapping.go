package signin

import (
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

// mapping makes posts of the claims of an ID token and of userinfo, by the
// role codes of the issuer that mean something here. Every other code means
// nothing, and a claim of another shape than it should have says nothing.
type mapping func(i Issuer, id, info claims) []auth.Post

// mappings are those that an issuer's configuration may name.
var mappings = map[string]mapping{"cis2": cis2, "entra": entra, "keycloak": keycloak}

// needsOrganisation are the mappings whose providers say which role somebody
// has and not where.
var needsOrganisation = []string{"entra", "keycloak"}

// entra reads Microsoft Entra ID: the values of app roles, which stand in the
// ID token alone.
func entra(i Issuer, id, _ claims) []auth.Post {
	return i.postsOf(id.texts("roles"), func(string) claims { return id })
}

// keycloak reads Keycloak: this client's own roles by their names, and roles of
// the whole realm by their names after "realm:". They stand in the ID token or
// in userinfo, as the realm's mappers have it; where both have the claim, the
// ID token counts, for it is signed.
func keycloak(i Issuer, id, info claims) []auth.Post {
	from := func(name string) claims {
		if id.has(name) {
			return id
		}
		return info
	}
	const realm = "realm:"
	codes := from("resource_access").object("resource_access").object(i.ClientID).texts("roles")
	codes = slices.DeleteFunc(codes, func(role string) bool { return strings.HasPrefix(role, realm) }) // it may not pose as one
	for _, role := range from("realm_access").object("realm_access").texts("roles") {
		codes = append(codes, realm+role)
	}
	return i.postsOf(codes, from)
}

// postsOf makes a post of each code that means something, at the issuer's
// organisation. from is where a claim is to be read.
func (i Issuer) postsOf(codes []string, from func(name string) claims) []auth.Post {
	organisation, ok := i.organisation(from(i.OrganisationClaim))
	if !ok {
		return nil
	}
	var teams []string
	if i.TeamsClaim != "" {
		teams = from(i.TeamsClaim).texts(i.TeamsClaim)
	}
	var posts []auth.Post
	for _, code := range codes {
		again := func(p auth.Post) bool { return p.RoleCode == code }
		if role, known := i.Roles[code]; known && !slices.ContainsFunc(posts, again) {
			posts = append(posts, auth.Post{Role: role, RoleCode: code, RoleName: strings.TrimPrefix(code, "realm:"), Organisation: organisation, Teams: teams})
		}
	}
	return posts
}

// organisation is the issuer's own, or the one that a claim names. A claim that
// names several does not say which role is where, and so none counts.
func (i Issuer) organisation(from claims) (nhs.ODSCode, bool) {
	if i.OrganisationClaim == "" {
		return i.Organisation, true
	}
	named := from.texts(i.OrganisationClaim)
	slices.Sort(named)
	if named = slices.Compact(named); len(named) != 1 {
		return "", false
	}
	code, err := nhs.ParseODSCode(named[0])
	return code, err == nil
}

// speaksFor reports whether the issuer may say of somebody that they work at an
// organisation.
func (i Issuer) speaksFor(code nhs.ODSCode) bool {
	switch {
	case i.Organisation != "":
		return code == i.Organisation
	case len(i.Organisations) > 0:
		return slices.Contains(i.Organisations, code)
	}
	return true
}

// speaksFor reports whether the provider may say so of an organisation that
// takes part here at all.
func (p *provider) speaksFor(code nhs.ODSCode) bool {
	return p.takesPart(code) && p.Issuer.speaksFor(code)
}
