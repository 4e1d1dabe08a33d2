package signin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth/keyset"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

const (
	skew        = time.Minute
	maxTokenAge = 10 * time.Minute
)

// expectation is what a token is judged against.
type expectation struct {
	issuer   Issuer
	attempt  attempt
	absolute time.Duration
	now      time.Time
}

type check struct {
	reason string
	passes func(claims, expectation) bool
}

// everyToken is what any token from a provider must be.
var everyToken = []check{
	{"issuer", func(c claims, x expectation) bool { return c.text("iss") == x.issuer.URL }},
	{"audience", func(c claims, x expectation) bool { return slices.Contains(c.texts("aud"), x.issuer.ClientID) }},
	{"expired", func(c claims, x expectation) bool { t, ok := c.time("exp"); return ok && x.now.Before(t.Add(skew)) }},
	{"too-early", func(c claims, x expectation) bool { return !c.has("nbf") || notAhead(c, "nbf", x) }},
	{"issued-in-future", func(c claims, x expectation) bool { return notAhead(c, "iat", x) }},
}

// idToken is what an ID token must be besides.
var idToken = []check{
	{"logout-token", func(c claims, _ expectation) bool { return !c.has("events") }},
	{"nonce", func(c claims, x expectation) bool { n := c.text("nonce"); return n != "" && n == x.attempt.Nonce }},
	{"no-subject", func(c claims, _ expectation) bool { s := c.text("sub"); return s != "" && len(s) <= 255 }},
	{"authorised-party", authorisedParty},
	{"issued-long-ago", func(c claims, x expectation) bool { return youngerThan(maxTokenAge, c, "iat", x) }},
	{"assurance", func(c claims, x expectation) bool {
		return len(x.issuer.ACR) == 0 || slices.Contains(x.issuer.ACR, c.text("acr"))
	}},
	{"authentication-level", func(c claims, x expectation) bool {
		return c.level("authentication_assurance_level") >= x.issuer.AAL
	}},
	{"identity-level", func(c claims, x expectation) bool { return c.level("id_assurance_level") >= x.issuer.IAL }},
	{"authentication-time-missing", func(c claims, x expectation) bool { return c.has("auth_time") || untimed(c, x) }},
	{"authentication-in-future", func(c claims, x expectation) bool { return untimed(c, x) || notAhead(c, "auth_time", x) }},
	{"authentication-too-old", func(c claims, x expectation) bool {
		return untimed(c, x) || youngerThan(x.absolute, c, "auth_time", x)
	}},
	{"authentication-not-fresh", fresh},
}

// tooWeak are the reasons that the user can do something about.
var tooWeak = []string{"assurance", "authentication-level", "identity-level"}

// authorisedParty demands azp where the token is for others too, and that it
// is us wherever it is there.
func authorisedParty(c claims, x expectation) bool {
	if !c.has("azp") {
		return len(c.texts("aud")) == 1
	}
	return c.text("azp") == x.issuer.ClientID
}

// untimed reports whether a token need not say when its user signed in, and does
// not. To a sign-in with max_age, which all of ours are, it must (OpenID Connect
// Core 1.0, section 2); local systems, which have the user signed in already,
// know of no max_age (SMART App Launch 2).
func untimed(c claims, x expectation) bool {
	return x.attempt.Launch.FHIR != "" && !c.has("auth_time")
}

func fresh(c claims, x expectation) bool {
	t, ok := c.time("auth_time")
	return !x.attempt.Fresh || ok && !t.Before(x.attempt.Begun.Add(-skew))
}

func notAhead(c claims, name string, x expectation) bool {
	t, ok := c.time(name)
	return ok && !t.After(x.now.Add(skew))
}

func youngerThan(age time.Duration, c claims, name string, x expectation) bool {
	t, ok := c.time(name)
	return ok && x.now.Sub(t) <= age
}

// firstFault returns the reason of the first check that fails, or "".
func firstFault(c claims, x expectation, checks []check) string {
	i := slices.IndexFunc(checks, func(ch check) bool { return !ch.passes(c, x) })
	if i < 0 {
		return ""
	}
	return checks[i].reason
}

// verify returns the claims of the ID token that came with an access token.
func (p *provider) verify(ctx context.Context, m *metadata, t *oauth2.Token, a attempt) (claims, error) {
	raw, _ := t.Extra("id_token").(string)
	c, err := p.signed(ctx, m, raw, "JWT", "")
	if err != nil {
		return nil, err
	}
	x := expectation{p.Issuer, a, p.absolute, p.now()}
	if reason := firstFault(c, x, slices.Concat(everyToken, idToken)); reason != "" {
		if slices.Contains(tooWeak, reason) {
			return nil, refuse(ErrTooWeak, reason)
		}
		return nil, refuse(ErrToken, reason)
	}
	// go-oidc judges the same token with the same keys, as a second opinion.
	// It knows no leeway, so expiry stays with the checks above.
	second, err := oidc.NewVerifier(p.URL, m.keys, &oidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: algorithmNames(), SkipExpiryCheck: true,
	}).Verify(ctx, raw)
	if err != nil {
		return nil, refuse(ErrToken, "second-opinion")
	}
	if c.has("at_hash") && second.VerifyAccessToken(t.AccessToken) != nil {
		return nil, refuse(ErrToken, "access-token-hash")
	}
	return c, nil
}

// signed returns the claims of a token of one of the given types that the
// provider signed. Type "" stands for a token that names none.
func (p *provider) signed(ctx context.Context, m *metadata, raw string, types ...string) (claims, error) {
	payload, err := m.keys.VerifySignature(ctx, raw)
	switch {
	case errors.Is(err, keyset.ErrNoKeys):
		return nil, refuse(ErrProvider, "keys")
	case errors.Is(err, keyset.ErrForm):
		return nil, refuse(ErrToken, "algorithm-or-form")
	case err != nil:
		return nil, refuse(ErrToken, "signature")
	}
	typ := tokenType(raw)
	if !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, typ) }) {
		return nil, refuse(ErrToken, "type")
	}
	c := parseClaims(payload)
	if c == nil {
		return nil, refuse(ErrToken, "not-an-object")
	}
	return c, nil
}

func tokenType(raw string) string {
	jws, err := jose.ParseSignedCompact(raw, keyset.Algorithms)
	if err != nil {
		return "unreadable"
	}
	typ, there := jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]
	if !there {
		return ""
	}
	name, ok := typ.(string)
	if !ok || name == "" {
		return "unreadable"
	}
	return strings.TrimPrefix(strings.ToLower(name), "application/")
}

func algorithmNames() []string {
	var names []string
	for _, a := range keyset.Algorithms {
		names = append(names, string(a))
	}
	return names
}
