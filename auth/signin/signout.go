package signin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"example.org/icr/auth"
	"example.org/icr/auth/keyset"
)

// Where the browser goes that is not sent to the provider: signedOutHere where
// it should have been, and the provider does not answer.
const (
	signedOut     = "/signed-out"
	signedOutHere = "/signed-out?only=here"
)

// SignOut ends the session before anything else, and returns where the browser
// goes next: to the provider, to sign out there too, or to our own page. The
// user is the one who was signed in, without a post if none was chosen. With
// auth.ErrNoSession there was nobody, and with any error the session may still
// stand; the cookie is gone in every case.
func (s *SignIn) SignOut(w http.ResponseWriter, r *http.Request) (redirect string, user auth.User, err error) {
	http.SetCookie(w, sessions.NewCookie(sessionCookie, "", cookieOptions(-time.Second)))
	forgetFormer(w)
	ss, held, err := s.held(s.looking, r)
	if err != nil {
		return signedOut, auth.User{}, err
	}
	if err := s.endWhole(r.Context(), ss, held); err != nil {
		return signedOut, auth.User{}, err
	}
	user = s.somebody(held)
	if held.Chosen != nil {
		user = s.acting(held)
	}
	return s.goodbye(r.Context(), held), user, nil
}

// endWhole ends a session, even if it has changed its id since it was loaded.
func (s *SignIn) endWhole(ctx context.Context, ss *sessions.Session, held session) error {
	n, err := s.rows.EndBegunSession(ctx, held.Issuer, held.Subject, held.Created)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if ss.ID = ""; n == 0 {
		return auth.ErrNoSession
	}
	return nil
}

// answers reports whether the provider is there: a browser that is sent to one
// that is not would be stranded.
func (p *provider) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.URL, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return false
	}
	res, err := p.client.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// goodbye is the provider's address for signing out, where it has one.
func (s *SignIn) goodbye(ctx context.Context, held session) string {
	p, err := s.provider(withURL(held.Issuer))
	if err != nil || p.LocalLogout {
		return signedOut
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return signedOutHere
	}
	if m.EndSession == "" {
		return signedOut
	}
	if !p.answers(ctx) {
		return signedOutHere
	}
	u, err := url.Parse(m.EndSession)
	if err != nil {
		return signedOut
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", s.publicURL+signedOut)
	if hint, err := s.seal.Open(nil, nil, held.IDToken, []byte(held.Subject)); err == nil && !p.tellsNumber(string(hint)) {
		q.Set("id_token_hint", string(hint))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// tellsNumber reports whether an ID token holds the person's own NHS number,
// which must stand in no address.
func (p *provider) tellsNumber(raw string) bool {
	payload, ok := keyset.Unverified(raw)
	return !ok || p.NHSNumberClaim != "" && parseClaims(payload).has(p.NHSNumberClaim)
}
