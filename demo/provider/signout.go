package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// signOut ends the session that an ID token names, or else the browser's, tells
// the clients that take part in it, and sends the browser where it may go.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request) {
	clientID, sessionID := r.FormValue("client_id"), ""
	if hint := r.FormValue("id_token_hint"); hint != "" {
		var err error
		if clientID, sessionID, err = p.readHint(hint); err != nil {
			p.fault(w, "The sign-out request names a sign-in that is not from here.")
			return
		}
	}
	if s, ok := p.memory.end(sessionID, p.cookie(r)); ok {
		for id := range s.clients {
			p.tell(r.Context(), id, s)
		}
	}
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(), Path: "/", MaxAge: -1})
	after := r.FormValue("post_logout_redirect_uri")
	if after == "" {
		p.show(w, http.StatusOK, page{Title: "You have signed out"})
		return
	}
	if client, ok := p.client(clientID); !ok || !slices.Contains(client.AfterSignOut, after) {
		p.fault(w, "You have signed out. The application wants you to go on to an address that is not registered for it.")
		return
	}
	if state := r.FormValue("state"); state != "" {
		after = withState(after, state)
	}
	http.Redirect(w, r, after, http.StatusSeeOther)
}

func withState(address, state string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	query.Set("state", state)
	u.RawQuery = query.Encode()
	return u.String()
}

// readHint reads an ID token of ours. It may have lapsed: one may sign out late.
func (p *Provider) readHint(hint string) (client, session string, err error) {
	token, err := jwt.ParseSigned(hint, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", "", err
	}
	var claims struct {
		jwt.Claims
		Session string `json:"sid"`
	}
	if err := token.Claims(p.public, &claims); err != nil {
		return "", "", err
	}
	if claims.Issuer != p.Issuer || len(claims.Audience) != 1 {
		return "", "", fmt.Errorf("an ID token of %s for %q", claims.Issuer, claims.Audience)
	}
	return claims.Audience[0], claims.Session, nil
}

// tell lets a client know that a session has ended.
func (p *Provider) tell(ctx context.Context, clientID string, s session) {
	client, ok := p.client(clientID)
	if !ok || client.BackChannelSignOut == "" {
		return
	}
	if err := p.post(ctx, client, s); err != nil && p.Log != nil {
		p.Log.Printf("back-channel sign-out at %s: %v", client.ID, err)
	}
}

func (p *Provider) post(ctx context.Context, client Client, s session) error {
	now := time.Now()
	token, err := jwt.Signed(p.logout).Claims(map[string]any{
		"iss": p.Issuer, "sub": s.user.UID, "aud": client.ID, "sid": s.id, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}},
	}).Serialize()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	form := url.Values{"logout_token": {token}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, client.BackChannelSignOut, strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	if res.StatusCode >= 300 {
		return fmt.Errorf("answered %s", res.Status)
	}
	return nil
}
