package signin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

// person is who a provider says has signed in.
type person struct {
	auth.Identity
	Name, StaffID, ProviderSession string
	NHSNumber                      nhs.Number // their own, where known
	IDToken                        string
	AuthTime                       time.Time // zero where the provider does not say
	Posts                          []auth.Post
	launched                       *Launched // nil where it was no launch
	launchedTo                     string    // where they go on then
}

// identify turns the provider's answer in the callback into a person.
func (p *provider) identify(ctx context.Context, query url.Values, a attempt) (person, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return person{}, err
	}
	code, err := p.code(query, m)
	if err != nil {
		return person{}, err
	}
	options, err := p.proof(m)
	if err != nil {
		return person{}, err
	}
	token, err := p.oauth(m).Exchange(p.asking(ctx), code, append(options, oauth2.VerifierOption(a.Verifier))...)
	if err != nil {
		return person{}, refuse(ErrProvider, exchangeFault(err))
	}
	id, err := p.verify(ctx, m, token, a)
	if err != nil {
		return person{}, err
	}
	info, err := p.userinfo(ctx, m.UserInfo, token)
	if err != nil {
		return person{}, err
	}
	if info.text("sub") != id.text("sub") {
		return person{}, refuse(ErrToken, "userinfo-subject")
	}
	who := p.person(id, info, token)
	who.launched = a.Launch.launched(token)
	return who, nil
}

// code takes the code from the callback's query, once it is sure that the
// answer, be it a refusal, is this provider's.
func (p *provider) code(query url.Values, m *metadata) (string, error) {
	if issuers := query["iss"]; len(issuers) > 0 || m.AnswersISS {
		if one(query, "iss") != p.URL {
			return "", refuse(ErrToken, "callback-issuer")
		}
	}
	if query.Has("error") {
		fault := oauthFault(one(query, "error"))
		if fault == "access_denied" {
			return "", refuse(ErrCancelled, fault)
		}
		return "", refuse(ErrProvider, fault)
	}
	code := one(query, "code")
	if code == "" {
		return "", refuse(ErrState, "no-code")
	}
	return code, nil
}

// one is the parameter's value if it is there exactly once.
func one(query url.Values, name string) string {
	if all := query[name]; len(all) == 1 {
		return all[0]
	}
	return ""
}

// oauthFaults are the codes that OAuth 2.0 and OpenID Connect define, which are
// the only words of a provider that may enter the log.
var oauthFaults = []string{
	"access_denied", "account_selection_required", "consent_required", "interaction_required", "invalid_client",
	"invalid_grant", "invalid_request", "invalid_scope", "login_required", "server_error", "temporarily_unavailable",
	"unauthorized_client", "unmet_authentication_requirements", "unsupported_grant_type", "unsupported_response_type",
}

func oauthFault(code string) string {
	if slices.Contains(oauthFaults, code) {
		return code
	}
	return "other"
}

func exchangeFault(err error) string {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		return "token-endpoint-" + oauthFault(answer.ErrorCode)
	}
	return "token-endpoint"
}

func (p *provider) userinfo(ctx context.Context, address string, t *oauth2.Token) (claims, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, refuse(ErrProvider, "userinfo")
	}
	req.Header.Set("Authorization", "Bearer "+t.AccessToken)
	req.Header.Set("Accept", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		return nil, refuse(ErrProvider, "userinfo")
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	info := parseClaims(body)
	if err != nil || res.StatusCode != http.StatusOK || info == nil {
		return nil, refuse(ErrProvider, "userinfo")
	}
	return info, nil
}

func (p *provider) person(id, info claims, t *oauth2.Token) person {
	who := person{
		Identity: auth.Identity{Issuer: p.URL, Subject: id.text("sub")},
		Name:     info.words("name"), ProviderSession: id.text("sid"),
		Posts: slices.DeleteFunc(p.posts(p.Issuer, id, info), func(post auth.Post) bool { return !p.speaksFor(post.Organisation) }),
	}
	if p.Mapping == "cis2" { // nobody else gives out national ids
		who.StaffID = info.words("nhsid_useruid")
	}
	who.NHSNumber = p.ownNumber(id, info)
	if who.Name == "" {
		who.Name = id.words("name")
	}
	who.IDToken, _ = t.Extra("id_token").(string)
	who.AuthTime, _ = id.time("auth_time")
	return who
}

// ownNumber is the person's own NHS number, of the ID token or, where it has
// none, of userinfo. One that is not valid is as none.
func (p *provider) ownNumber(id, info claims) nhs.Number {
	from := info
	if id.has(p.NHSNumberClaim) {
		from = id
	}
	if p.NHSNumberClaim == "" || !from.has(p.NHSNumberClaim) {
		return nhs.Number{}
	}
	n, err := nhs.ParseNumber(from.text(p.NHSNumberClaim))
	if err != nil {
		p.log.Warn("somebody's own NHS number is not valid and was ignored: they are not kept from their own record", "issuer", p.ID, "claim", p.NHSNumberClaim)
		return nhs.Number{}
	}
	return n
}
