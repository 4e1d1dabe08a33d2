package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// idTokenLasts is as long as CIS2's.
const idTokenLasts = time.Hour

// idToken says who signed in, when and how surely.
func (p *Provider) idToken(g grant) (string, error) {
	now := time.Now()
	sum := sha256.Sum256([]byte(g.token))
	claims := map[string]any{
		"iss": p.Issuer, "sub": g.user.UID, "aud": g.client, "azp": g.client,
		"iat": now.Unix(), "exp": now.Add(idTokenLasts).Unix(), "auth_time": g.authTime.Unix(),
		"sid": g.session, "at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]),
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if p.Shape == Entra {
		maps.Copy(claims, entraClaims(g.user))
	} else {
		maps.Copy(claims, cis2Claims(g.user))
	}
	return jwt.Signed(p.signer).Claims(claims).Serialize()
}

// cis2Claims say how surely somebody is known, and the role where there is
// nothing to choose.
func cis2Claims(u User) map[string]any {
	claims := map[string]any{
		"acr": "AAL3_ANY", "amr": []string{"N3_SMARTCARD"},
		"id_assurance_level": 3, "authentication_assurance_level": 3,
	}
	if len(u.Posts) == 1 {
		claims["selected_roleid"] = u.Posts[0].RoleID
	}
	return claims
}

// tenant is the one that the council's people belong to.
const tenant = "99999999-0000-4000-8000-000000000001"

// entraClaims are a person, their app roles and their groups, as Entra ID puts
// them into an ID token.
func entraClaims(u User) map[string]any {
	claims := map[string]any{
		"oid": "99999999-0000-4000-8000-" + u.UID, "tid": tenant, "ver": "2.0",
		"name": strings.ToUpper(u.Family) + " " + u.Given, "preferred_username": u.Name + "@council.example",
	}
	var held, groups []string
	for _, post := range u.Posts {
		held = append(held, roles[post.Role].app)
		groups = append(groups, post.Workgroups...)
	}
	if len(held) > 0 {
		claims["roles"] = held
	}
	if len(groups) > 0 {
		claims["groups"] = groups
	}
	return claims
}

// userClaims are the claims that the scopes of a grant ask for.
func (p *Provider) userClaims(g grant) map[string]any {
	u := g.user
	claims := map[string]any{"sub": u.UID}
	if p.Shape == Entra {
		claims["name"] = strings.ToUpper(u.Family) + " " + u.Given
		return claims
	}
	if g.scope["profile"] || g.scope["nhsperson"] {
		maps.Copy(claims, map[string]any{
			"uid": u.UID, "name": strings.ToUpper(u.Family) + " " + u.Given + " (" + u.Title + ")",
			"title": u.Title, "given_name": u.Given, "family_name": u.Family,
		})
	}
	if g.scope["nhsperson"] || g.scope["nationalrbacaccess"] || g.scope["associatedorgs"] {
		claims["nhsid_useruid"], claims["idassurancelevel"] = u.UID, "3"
	}
	if g.scope["nationalrbacaccess"] && len(u.Posts) > 0 {
		claims["nhsid_nrbac_roles"] = roleClaims(u.Posts)
	}
	if g.scope["associatedorgs"] && len(u.Posts) > 0 {
		claims["nhsid_user_orgs"] = organisationClaims(u.Posts)
	}
	return claims
}

// roleClaims lists the posts as CIS2 does: some keys are there only where they
// have something to say.
func roleClaims(posts []Post) []map[string]any {
	var list []map[string]any
	for _, post := range posts {
		r := roles[post.Role]
		claim := map[string]any{
			"person_orgid": "1" + post.RoleID[1:], "person_roleid": post.RoleID, "org_code": post.Organisation,
			"role_code": r.code, "role_name": r.name,
		}
		if len(r.activities) > 0 {
			codes := slices.Sorted(maps.Keys(r.activities))
			names := make([]string, len(codes))
			for i, code := range codes {
				names[i] = r.activities[code]
			}
			claim["activity_codes"], claim["activities"] = codes, names
		}
		if len(post.Workgroups) > 0 {
			claim["workgroups"] = post.Workgroups
		}
		list = append(list, claim)
	}
	return list
}

func organisationClaims(posts []Post) []map[string]any {
	var list []map[string]any
	for _, post := range posts {
		list = append(list, map[string]any{"org_code": post.Organisation, "org_name": strings.ToUpper(post.OrganisationName)})
	}
	return list
}
