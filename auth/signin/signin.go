// Package signin signs members of staff in at OpenID Connect providers and
// remembers them in a server-side session. It trusts a provider as far as the
// standard makes it prove itself, and no further: what go-oidc leaves to its
// caller is checked here.
package signin

import (
	"crypto/cipher"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

// The limits of a session, and of an attempt to sign in. Configuration may
// shorten the first two.
const (
	MaxIdle     = 15 * time.Minute
	MaxAbsolute = 10 * time.Hour
	attemptLife = 10 * time.Minute
)

// Issuer is one provider, as configured.
type Issuer struct {
	ID           string // names the callback: /signin/callback/{ID}
	Name         string // what the sign-in page calls it
	For          string // whose it is, in words for the sign-in page; may be empty
	URL          string // the exact iss of its tokens
	ClientID     string
	ClientSecret string // this or ClientKey
	ClientKey    *Key
	Scopes       []string
	Mapping      string               // how its claims become posts: "cis2", "entra", "keycloak"
	Roles        map[string]auth.Role // its role codes; one that is not here is no role

	Organisation      nhs.ODSCode   // where all its people work, if it is one organisation's
	OrganisationClaim string        // or else the claim that says where
	Organisations     []nhs.ODSCode // the only ones that it may speak for; none means any
	TeamsClaim        string        // the claim that lists somebody's teams, where the mapping has none of its own
	NHSNumberClaim    string        // the claim with somebody's own NHS number; may be empty, and then nobody's is known

	ACR         []string // the acr values that suffice; none means any
	AAL, IAL    int      // the least level of assurance of authentication and identity
	Hints       []string // login hints that mean this provider: a name, or "@" and a domain
	LocalLogout bool     // signing out here leaves people signed in there
	PlainLogout bool     // its logout tokens have no type of their own; one that only says JWT will do
}

// Config is what New needs. Idle and Absolute, when zero, are MaxIdle and
// MaxAbsolute; HTTPClient, Log, Now, TakesPart and OrganisationName may be nil.
type Config struct {
	PublicURL        string
	Issuers          []Issuer
	Rows             Rows
	Secret           []byte // at least 32 random bytes
	Idle, Absolute   time.Duration
	HTTPClient       *http.Client
	Log              *slog.Logger // gets what a provider said that cannot be used, without its words
	Now              func() time.Time
	TakesPart        func(nhs.ODSCode) bool // whether an organisation's people may do anything here; nil for all
	OrganisationName func(nhs.ODSCode) string
	Arrived          Arrived // needed where people are launched from local systems
}

// SignIn signs people in and out, and knows who is signed in.
type SignIn struct {
	publicURL        string
	providers        []*provider
	rows             Rows
	touching         *store // loads a session and counts it as used
	looking          *store // loads it and does not
	seal             cipher.AEAD
	absolute         time.Duration
	now              func() time.Time
	organisationName func(nhs.ODSCode) string
	arrived          Arrived
}

// New makes a SignIn. It asks no provider anything, so that the server starts
// while one is down; its error names every fault of the configuration.
func New(c Config) (*SignIn, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	keys, err := deriveKeys(c.Secret)
	if err != nil {
		return nil, err
	}
	s := &SignIn{
		publicURL: c.PublicURL, rows: c.Rows, seal: keys.seal,
		absolute: c.Absolute, now: c.Now, organisationName: c.OrganisationName, arrived: c.Arrived,
		touching: &store{rows: c.Rows, load: c.Rows.LoadSession, cookies: keys.cookies, idle: c.Idle},
		looking:  &store{rows: c.Rows, load: c.Rows.PeekSession, cookies: keys.cookies, idle: c.Idle},
	}
	client := guarded(c.HTTPClient)
	for _, i := range c.Issuers {
		s.providers = append(s.providers, &provider{
			Issuer: i, takesPart: c.TakesPart, client: client, log: c.Log, now: c.Now, absolute: c.Absolute,
			redirect: c.PublicURL + "/signin/callback/" + i.ID,
			posts:    mappings[i.Mapping],
		})
	}
	return s, nil
}

// Choice is a provider that a user may sign in with.
type Choice struct{ ID, Name, For string }

// Issuers lists the providers in configured order.
func (s *SignIn) Issuers() []Choice {
	var all []Choice
	for _, p := range s.providers {
		all = append(all, Choice{p.ID, p.Name, p.For})
	}
	return all
}

// Knows reports whether there is a provider with an id.
func (s *SignIn) Knows(id string) bool {
	_, err := s.provider(withID(id))
	return err == nil
}

// Hinted returns the id of the provider that a login hint means: one that
// lists it, or its domain, and else the first.
func (s *SignIn) Hinted(hint string) string {
	_, domain, _ := strings.Cut(hint, "@")
	for _, p := range s.providers {
		if slices.Contains(p.Hints, hint) || domain != "" && slices.Contains(p.Hints, "@"+strings.ToLower(domain)) {
			return p.ID
		}
	}
	return s.providers[0].ID
}

func (s *SignIn) provider(match func(*provider) bool) (*provider, error) {
	i := slices.IndexFunc(s.providers, match)
	if i < 0 {
		return nil, ErrIssuer
	}
	return s.providers[i], nil
}

func withID(id string) func(*provider) bool { return func(p *provider) bool { return p.ID == id } }

func withURL(url string) func(*provider) bool { return func(p *provider) bool { return p.URL == url } }
