// Package provider is the demonstration's OpenID provider, in the shape of NHS
// CIS2 or, for councils, of Microsoft Entra ID. Whoever comes may choose who to
// be: it is for invented people only.
package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// Config is what a provider needs to know.
type Config struct {
	Issuer  string // its own address, without a slash at the end
	Name    string // whose it is, for its pages
	Shape   Shape
	Clients []Client
	Users   []User
	Launch  func(handle string) (user, patient string, ok bool) // who launched from a local system, and of whom; may be nil
	Log     *log.Logger                                         // for back-channel logouts that fail; may be nil
}

// Shape is whose claims the provider's are like.
type Shape string

// The shapes. The zero Shape is CIS2's.
const (
	CIS2  Shape = ""
	Entra Shape = "entra"
)

// Client is an application that people sign in to.
type Client struct {
	ID                 string
	Secret             string
	KeysURL            string // of the keys with which it proves itself, in place of a secret
	RedirectURIs       []string
	AfterSignOut       []string // where a browser may be sent after signing out
	BackChannelSignOut string   // told when a session ends; may be empty
}

// Provider is an http.Handler.
type Provider struct {
	Config
	routes *http.ServeMux
	signer jose.Signer
	logout jose.Signer // of logout tokens, which have a type of their own
	public jose.JSONWebKey
	memory memory
}

// New makes a provider with a signing key of its own.
func New(c Config) (*Provider, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	key := jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.RS256), Use: "sig"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		return nil, err
	}
	logout, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("logout+jwt"))
	if err != nil {
		return nil, err
	}
	p := &Provider{Config: c, routes: http.NewServeMux(), signer: signer, logout: logout, public: key.Public()}
	p.route()
	return p, nil
}

// The paths are those of CIS2.
const (
	authorizePath = "/authorize"
	tokenPath     = "/access_token"
	userinfoPath  = "/userinfo"
	keysPath      = "/connect/jwk_uri"
	signOutPath   = "/connect/endSession"
)

func (p *Provider) route() {
	p.routes.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	p.routes.HandleFunc("GET "+keysPath, p.keys)
	p.routes.HandleFunc("GET "+authorizePath, p.authorize)
	p.routes.HandleFunc("POST "+authorizePath, p.authorize)
	p.routes.HandleFunc("POST "+tokenPath, p.token)
	p.routes.HandleFunc("GET "+userinfoPath, p.userinfo)
	p.routes.HandleFunc("POST "+userinfoPath, p.userinfo)
	p.routes.HandleFunc("GET "+signOutPath, p.signOut)
	p.routes.HandleFunc("POST "+signOutPath, p.signOut)
	p.routes.HandleFunc("GET /{$}", p.front)
}

// ServeHTTP answers r.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.routes.ServeHTTP(w, r)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	found := map[string]any{
		"issuer":                                         p.Issuer,
		"authorization_endpoint":                         p.Issuer + authorizePath,
		"token_endpoint":                                 p.Issuer + tokenPath,
		"userinfo_endpoint":                              p.Issuer + userinfoPath,
		"jwks_uri":                                       p.Issuer + keysPath,
		"end_session_endpoint":                           p.Issuer + signOutPath,
		"response_types_supported":                       []string{"code"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"scopes_supported":                               []string{"openid", "profile", "nhsperson", "nationalrbacaccess", "associatedorgs"},
		"acr_values_supported":                           []string{"AAL3_ANY", "AAL2_OR_AAL3_ANY"},
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
		"authorization_response_iss_parameter_supported": true,
	}
	if p.Shape == Entra {
		found["token_endpoint_auth_methods_supported"] = []string{"private_key_jwt", "client_secret_post"}
		for _, name := range []string{"acr_values_supported", "backchannel_logout_supported", "backchannel_logout_session_supported", "authorization_response_iss_parameter_supported"} {
			delete(found, name)
		}
	}
	writeJSON(w, http.StatusOK, found)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.public}})
}

func (p *Provider) client(id string) (Client, bool) {
	for _, c := range p.Clients {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

func (p *Provider) user(name string) (User, bool) {
	for _, u := range p.Users {
		if u.Name == name {
			return u, true
		}
	}
	return User{}, false
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code, why string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": why})
}
