package caller

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth/keyset"
)

const (
	assertionKind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	mostAssertion = 16 << 10
	lasts         = 5 * time.Minute  // the longest that an assertion may, and each token does
	leeway        = 30 * time.Second // that clocks may differ
)

// Token is a caller's leave to call for a while.
type Token struct {
	Value  string
	Lasts  time.Duration
	Scopes []Scope
}

// Grant gives a token for a signed assertion, which serves once. Its error is
// a Refusal, or else no token can be given at present. The caller is who
// asked.
func (g *Gate) Grant(ctx context.Context, form url.Values) (Token, Caller, error) {
	if one(form, "grant_type") != "client_credentials" {
		return Token{}, Caller{}, &Refusal{Code: "unsupported_grant_type", Told: "the grant_type must be client_credentials", Why: "it asked for another grant than client_credentials"}
	}
	raw := one(form, "client_assertion")
	if raw == "" || len(raw) > mostAssertion || one(form, "client_assertion_type") != assertionKind {
		return Token{}, Caller{}, &Refusal{Code: "invalid_request", Told: "a client_assertion and its client_assertion_type are wanted", Why: "it sent no assertion"}
	}
	c, err := g.asserted(ctx, raw, one(form, "client_id"))
	if err != nil {
		return Token{}, Caller{}, err
	}
	t := Token{Value: rand.Text(), Lasts: lasts, Scopes: granted(c, one(form, "scope"))}
	if len(t.Scopes) == 0 {
		return Token{}, c, &Refusal{"invalid_scope", "none of these scopes is for this caller", "it asked for scopes that it has not", c}
	}
	var names []string
	for _, s := range t.Scopes {
		names = append(names, string(s))
	}
	return t, c, g.Rows.KeepToken(ctx, hash(t.Value), c.ID, names, g.Now().Add(lasts))
}

// one is the value of a parameter that is there once.
func one(form url.Values, name string) string {
	if len(form[name]) != 1 {
		return ""
	}
	return form[name][0]
}

// granted are those of the scopes asked for that c has, or all where none is.
func granted(c Caller, asked string) []Scope {
	if strings.TrimSpace(asked) == "" {
		return c.Scopes
	}
	var all []Scope
	for _, s := range strings.Fields(asked) {
		if slices.Contains(c.Scopes, Scope(s)) && !slices.Contains(all, Scope(s)) {
			all = append(all, Scope(s))
		}
	}
	return all
}

// claims of an assertion. Times are numbers, with a fraction perhaps.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	ID       string   `json:"jti"`
	Expires  *float64 `json:"exp"`
	Issued   *float64 `json:"iat"`
	Before   *float64 `json:"nbf"`
}

// audience is one: an assertion for several could be used at another of them.
type audience string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience(one)
		return nil
	}
	var all []string
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 1 {
		return errors.New("not one audience")
	}
	*a = audience(all[0])
	return nil
}

// asserted is who signed an assertion, the first time that it is used.
func (g *Gate) asserted(ctx context.Context, raw, id string) (Caller, error) {
	claimed := claimedBy(raw)
	c, known := g.known(claimed)
	refuse := func(why, told string) error {
		return &Refusal{Code: "invalid_client", Told: told, Why: why, Caller: c}
	}
	const stranger = "the caller is not known, or did not sign this assertion"
	if !known || c.Keys == nil {
		return Caller{}, refuse("nobody who may sign an assertion is known by its name", stranger)
	}
	payload, err := c.Keys.VerifySignature(ctx, raw)
	switch {
	case errors.Is(err, keyset.ErrNoKeys):
		return Caller{}, refuse("its keys cannot be had from where it publishes them", "its keys cannot be had from where it publishes them")
	case errors.Is(err, keyset.ErrForm):
		return Caller{}, refuse("its assertion is signed with an algorithm that is not allowed, or with none", stranger)
	case err != nil:
		return Caller{}, refuse("its assertion is not signed by a key of its", stranger)
	}
	var a claims
	if err := json.Unmarshal(payload, &a); err != nil {
		return Caller{}, refuse("the claims of its assertion cannot be read", "the claims cannot be read")
	}
	if fault := g.fault(a, c, id); fault != "" {
		return Caller{}, refuse("its assertion will not do: "+fault, fault)
	}
	first, err := g.Rows.UseAssertion(ctx, c.ID, hash(a.ID), moment(*a.Expires).Add(leeway))
	if err != nil {
		return Caller{}, fmt.Errorf("assertions: %w", err)
	}
	if !first {
		return Caller{}, refuse("its assertion was used before", "the assertion was used before")
	}
	return c, nil
}

// claimedBy says only whose keys to try.
func claimedBy(raw string) string {
	payload, ok := keyset.Unverified(raw)
	var a struct {
		Issuer string `json:"iss"`
	}
	if !ok || json.Unmarshal(payload, &a) != nil {
		return ""
	}
	return a.Issuer
}

// fault is what is wrong with claims that c signed, or empty. id is the
// client_id of the form, which may be left out.
func (g *Gate) fault(a claims, c Caller, id string) string {
	now := g.Now()
	switch {
	case a.Issuer != c.ID || a.Subject != c.ID || id != "" && id != c.ID:
		return "iss, sub and client_id must be the caller's"
	case string(a.Audience) != g.TokenURL:
		return "aud must be " + g.TokenURL
	case a.ID == "" || len(a.ID) > 300:
		return "jti is missing, or too long"
	case a.Expires == nil || !now.Before(moment(*a.Expires).Add(leeway)):
		return "exp is missing, or has passed"
	case moment(*a.Expires).After(now.Add(lasts + leeway)):
		return "exp is more than five minutes ahead"
	case a.Issued != nil && moment(*a.Issued).After(now.Add(leeway)), a.Before != nil && moment(*a.Before).After(now.Add(leeway)):
		return "it is not good yet"
	}
	return ""
}

// moment reads seconds since 1970, bounded to times that can be reckoned with.
func moment(seconds float64) time.Time {
	const far = 1 << 40
	return time.UnixMicro(int64(min(max(seconds, -far), far) * 1e6))
}

// Configuration tells software how to get a token, as SMART has it
// (.well-known/smart-configuration).
func (g *Gate) Configuration() map[string]any {
	return map[string]any{
		"token_endpoint": g.TokenURL, "grant_types_supported": []string{"client_credentials"},
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": keyset.Algorithms,
		"scopes_supported":                                 slices.Sorted(maps.Keys(Scopes)),
		"capabilities":                                     []string{"client-confidential-asymmetric", "permission-v2"},
	}
}
