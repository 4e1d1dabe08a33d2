package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// token redeems a code for an ID token and an access token.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, ok := p.authenticate(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="demonstration"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", "the client is not known, or its secret is wrong")
		return
	}
	if r.PostFormValue("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "only authorization_code is offered")
		return
	}
	g, ok := p.memory.redeem(r.PostFormValue("code"), func(g grant) bool {
		return g.client == client.ID && g.redirectURI == r.PostFormValue("redirect_uri") && proves(r.PostFormValue("code_verifier"), g.challenge)
	})
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code was used, has lapsed, or does not fit the client, redirect_uri or code_verifier")
		return
	}
	id, err := p.idToken(g)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "the ID token could not be signed")
		return
	}
	said := map[string]any{
		"access_token": g.token, "token_type": "Bearer", "expires_in": int(tokenLasts.Seconds()), "id_token": id,
	}
	if g.patient != "" {
		said["patient"] = g.patient
	}
	writeJSON(w, http.StatusOK, said)
}

// authenticate finds the client that proves itself with its key, or that knows
// its secret, sent in the header or in the form but not in both.
func (p *Provider) authenticate(r *http.Request) (Client, bool) {
	if r.PostFormValue("client_assertion") != "" {
		return p.asserted(r)
	}
	id, secret, basic := r.BasicAuth()
	if basic {
		var idErr, secretErr error
		id, idErr = url.QueryUnescape(id)
		secret, secretErr = url.QueryUnescape(secret)
		if idErr != nil || secretErr != nil || r.PostFormValue("client_secret") != "" {
			return Client{}, false
		}
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	c, ok := p.client(id)
	return c, ok && c.Secret != "" && same(secret, c.Secret)
}

// proves reports whether the verifier is the one that a challenge was made of.
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && same(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, known := p.memory.bearer(token)
	if !ok || !known {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, "invalid_token", "the access token is not known, or has lapsed")
		return
	}
	writeJSON(w, http.StatusOK, p.userClaims(g))
}
