package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// asserted finds the client whose published key signed the request's assertion
// (RFC 7523).
func (p *Provider) asserted(r *http.Request) (Client, bool) {
	c, ok := p.client(r.PostFormValue("client_id"))
	if !ok || c.KeysURL == "" || r.PostFormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return Client{}, false
	}
	token, err := jwt.ParseSigned(r.PostFormValue("client_assertion"), []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return Client{}, false
	}
	keys, err := fetchKeys(r.Context(), c.KeysURL)
	if err != nil {
		if p.Log != nil {
			p.Log.Printf("the keys of %s: %v", c.ID, err)
		}
		return Client{}, false
	}
	var claims jwt.Claims
	if err := token.Claims(keys, &claims); err != nil {
		return Client{}, false
	}
	expected := jwt.Expected{Issuer: c.ID, Subject: c.ID, AnyAudience: jwt.Audience{p.Issuer, p.Issuer + tokenPath}, Time: time.Now()}
	return c, claims.ID != "" && claims.Expiry != nil && claims.Validate(expected) == nil
}

func fetchKeys(ctx context.Context, address string) (keys jose.JSONWebKeySet, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return keys, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return keys, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return keys, fmt.Errorf("answered %s", res.Status)
	}
	return keys, json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&keys)
}
