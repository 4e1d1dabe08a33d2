package provider

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cookieName is unlike the viewer's, and unlike the other provider's: cookies
// do not heed ports.
func (p *Provider) cookieName() string { return "demo_provider_session" + string(p.Shape) }

// authorize answers a browser that a client sends: with the page of people to
// be, or, where the request or a click on that page names one, by sending it
// back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.fault(w, "The sign-in request cannot be read.")
		return
	}
	client, ok := p.client(r.Form.Get("client_id"))
	if !ok {
		p.fault(w, "The sign-in request comes from an application that is not known here.")
		return
	}
	if !slices.Contains(client.RedirectURIs, r.Form.Get("redirect_uri")) {
		p.fault(w, "The sign-in request wants its answer at an address that is not registered for the application.")
		return
	}
	if code, why := flaw(r.Form); code != "" {
		p.sendBack(w, r, url.Values{"error": {code}, "error_description": {why}})
		return
	}
	r.Form.Del(inContext)
	if handle := r.Form.Get("launch"); handle != "" && p.Launch != nil {
		p.launch(w, r, handle)
		return
	}
	p.signIn(w, r)
}

// flaw says what is wrong with a request, as OAuth names it.
func flaw(f url.Values) (code, why string) {
	switch {
	case f.Get("response_type") != "code":
		return "unsupported_response_type", "only the authorization code flow is offered"
	case !slices.Contains(strings.Fields(f.Get("scope")), "openid"):
		return "invalid_scope", "the scope openid is missing"
	case f.Get("code_challenge") == "" || f.Get("code_challenge_method") != "S256":
		return "invalid_request", "a code_challenge with the method S256 is required"
	}
	return "", ""
}

// signIn decides who it is. A click on the page signs in afresh; a hint goes on
// with the session that is there, unless the client asks for a fresh sign-in.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	prompt, hint := strings.Fields(r.Form.Get("prompt")), r.Form.Get("login_hint")
	silent := slices.Contains(prompt, "none")
	was, ok := p.memory.session(p.cookie(r))
	fresh := slices.Contains(prompt, "login") || tooOld(was, r.Form.Get("max_age"))
	if ok && !fresh && (hint == was.user.Name || hint == "" && silent) {
		p.allow(w, r, was)
		return
	}
	if silent {
		p.sendBack(w, r, url.Values{"error": {"login_required"}})
		return
	}
	name := cmp.Or(r.Form.Get("choose"), hint)
	user, known := p.user(name)
	if !known {
		p.choose(w, r, name)
		return
	}
	value, begun := p.memory.begin(p.cookie(r), user)
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	p.allow(w, r, begun)
}

func tooOld(s session, maxAge string) bool {
	seconds, err := strconv.Atoi(maxAge)
	return err == nil && time.Since(s.authTime) > time.Duration(seconds)*time.Second
}

func (p *Provider) cookie(r *http.Request) string {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// allow sends the browser back with a code for the person of the session.
func (p *Provider) allow(w http.ResponseWriter, r *http.Request, s session) {
	scope := map[string]bool{}
	for _, name := range strings.Fields(r.Form.Get("scope")) {
		scope[name] = true
	}
	code := p.memory.issue(grant{
		client: r.Form.Get("client_id"), user: s.user, session: s.id, authTime: s.authTime,
		redirectURI: r.Form.Get("redirect_uri"), nonce: r.Form.Get("nonce"), challenge: r.Form.Get("code_challenge"), scope: scope, patient: r.Form.Get(inContext),
	})
	p.sendBack(w, r, url.Values{"code": {code}})
}

func (p *Provider) sendBack(w http.ResponseWriter, r *http.Request, answer url.Values) {
	to, err := url.Parse(r.Form.Get("redirect_uri"))
	if err != nil {
		p.fault(w, "The sign-in request wants its answer at an address that cannot be read.")
		return
	}
	query := to.Query()
	for name, values := range answer {
		query[name] = values
	}
	if p.Shape != Entra {
		query.Set("iss", p.Issuer)
	}
	if state := r.Form.Get("state"); state != "" {
		query.Set("state", state)
	}
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}
