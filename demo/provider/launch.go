package provider

import (
	"net/http"
	"net/url"
)

// launch signs in whoever launched from a local system, with its patient in
// context. They are at work there, and are not asked again.
func (p *Provider) launch(w http.ResponseWriter, r *http.Request, handle string) {
	name, patient, ok := p.Launch(handle)
	user, known := p.user(name)
	if !ok || !known {
		p.sendBack(w, r, url.Values{"error": {"access_denied"}, "error_description": {"the launch is not known, was used, or has lapsed"}})
		return
	}
	value, begun := p.memory.begin(p.cookie(r), user)
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Form.Set(inContext, patient)
	p.allow(w, r, begun)
}

// inContext is where a request holds its patient, once the launch is known.
const inContext = "icr-demo-patient"

// Launched returns the patient that an access token is for.
func (p *Provider) Launched(token string) (patient string, ok bool) {
	g, ok := p.memory.bearer(token)
	return g.patient, ok && g.patient != ""
}
