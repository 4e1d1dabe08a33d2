package signin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/sessions"

	"example.org/icr/auth"
)

const signedOut = "/signed-out"

// SignOut ends the session before anything else, and returns where the browser
// goes next: to the provider, to sign out there too, or to our own page. The
// user is the one who was signed in, without a post if none was chosen. With
// auth.ErrNoSession there was nobody, and with any error the session may still
// stand; the cookie is gone in every case.
func (s *SignIn) SignOut(w http.ResponseWriter, r *http.Request) (redirect string, user auth.User, err error) {
	http.SetCookie(w, sessions.NewCookie(sessionCookie, "", cookieOptions(-time.Second)))
	ss, held, err := s.held(s.looking, r)
	if err != nil {
		return signedOut, auth.User{}, err
	}
	if err := s.looking.end(r.Context(), ss); err != nil {
		return signedOut, auth.User{}, err
	}
	user = s.somebody(held)
	if held.Chosen != nil {
		user = s.acting(held)
	}
	return s.goodbye(r.Context(), held), user, nil
}

// goodbye is the provider's address for signing out, where it has one.
func (s *SignIn) goodbye(ctx context.Context, held session) string {
	p, err := s.provider(withURL(held.Issuer))
	if err != nil || p.LocalLogout {
		return signedOut
	}
	m, err := p.metadata(ctx)
	if err != nil || m.EndSession == "" {
		return signedOut
	}
	u, err := url.Parse(m.EndSession)
	if err != nil {
		return signedOut
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", s.publicURL+signedOut)
	if hint, err := s.seal.Open(nil, nil, held.IDToken, []byte(held.Subject)); err == nil {
		q.Set("id_token_hint", string(hint))
	}
	u.RawQuery = q.Encode()
	return u.String()
}
