package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.org/icr/auth"
)

// attempt is what is remembered between the browser's leaving for the provider
// and its return: a row that only this browser's cookie and the state that the
// provider brings back lead to together.
type attempt struct {
	Issuer, Nonce, Verifier, ReturnTo, Hint string
	Fresh                                   bool
	Begun                                   time.Time
	Launch                                  Launch // zero where it is none
}

const longestHint = 256

// BeginOptions shape an attempt to sign in.
type BeginOptions struct {
	LoginHint string // who it will be, for the provider's page
	ReturnTo  string // a path of ours to come back to
	Fresh     bool   // the provider must ask again, even if it knows the user
	Launch    Launch // from a local system; zero where it is none
}

// Begin sends the browser to the provider. Nothing is written to w when it
// returns an error.
func (s *SignIn) Begin(w http.ResponseWriter, r *http.Request, issuer string, opt BeginOptions) error {
	p, err := s.provider(withID(issuer))
	if err != nil {
		return err
	}
	m, err := p.metadata(r.Context())
	if err != nil {
		return err
	}
	if opt.Launch.FHIR != "" {
		if s.arrived == nil || opt.Launch.Handle == "" || len(opt.Launch.Handle) > longestHandle {
			return refuse(ErrState, "launch-handle")
		}
		if err := p.offers(r.Context(), m, opt.Launch); err != nil {
			return err
		}
	}
	if len(opt.LoginHint) > longestHint {
		opt.LoginHint = ""
	}
	state := secret()
	a := attempt{
		Issuer: p.URL, Nonce: secret(), Verifier: secret(), ReturnTo: returnTo(opt.ReturnTo),
		Fresh: opt.Fresh, Begun: s.now(), Hint: opt.LoginHint, Launch: opt.Launch,
	}
	if err := s.keep(w, r, state, a); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, p.authorizeURL(m, state, a), http.StatusSeeOther)
	return nil
}

// keep writes the attempt down. The browser keeps its cookie from attempt to
// attempt, so that two tabs can sign in side by side.
func (s *SignIn) keep(w http.ResponseWriter, r *http.Request, state string, a attempt) error {
	browser, ok := s.looking.id(r, browserCookie)
	if !ok {
		browser = random()
	}
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("begin sign-in: %w", err)
	}
	row := Row{Hash: hash(browser, []byte(state)), Data: data, Created: a.Begun, Seen: a.Begun, Expires: a.Begun.Add(attemptLife)}
	if err := s.rows.SaveSession(r.Context(), row); err != nil {
		return fmt.Errorf("begin sign-in: %w", err)
	}
	return s.looking.set(w, browserCookie, browser, cookieOptions(attemptLife))
}

// take finds the attempt that an answer belongs to and uses it up.
func (s *SignIn) take(r *http.Request, p *provider, state string) (attempt, error) {
	browser, ok := s.looking.id(r, browserCookie)
	if !ok {
		return attempt{}, refuse(ErrState, "no-browser-cookie")
	}
	if state == "" {
		return attempt{}, refuse(ErrState, "no-state")
	}
	row, err := s.rows.EndSession(r.Context(), hash(browser, []byte(state)))
	if errors.Is(err, auth.ErrNoSession) {
		return attempt{}, refuse(ErrState, "unknown-state")
	}
	if err != nil {
		return attempt{}, fmt.Errorf("find sign-in: %w", err)
	}
	var a attempt
	if err := json.Unmarshal(row.Data, &a); err != nil {
		return attempt{}, refuse(ErrState, "unreadable")
	}
	if !s.now().Before(row.Expires) {
		return attempt{}, refuse(ErrState, "too-late")
	}
	if a.Issuer != p.URL {
		return attempt{}, refuse(ErrState, "other-issuer")
	}
	return a, nil
}

// secret is 256 random bits, as state, nonce or verifier.
func secret() string { return base64.RawURLEncoding.EncodeToString(random()) }
