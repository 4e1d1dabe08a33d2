package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/icr/auth/keyset"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"example.org/icr/care/nhs"
)

const (
	discoveryAge   = time.Hour
	discoveryRetry = 5 * time.Second
)

// provider is one issuer and what is known of it.
type provider struct {
	Issuer
	takesPart func(nhs.ODSCode) bool
	redirect  string
	posts     mapping
	absolute  time.Duration
	client    *http.Client
	log       *slog.Logger
	now       func() time.Time

	asks   sync.Mutex // who holds it asks the provider, and alone sets what follows
	mu     sync.Mutex
	known  *metadata // the last discovery that succeeded
	found  time.Time // when that was
	tried  time.Time // when the last one ended
	failed error     // why it failed, if it did
}

// metadata is what a provider's discovery document says.
type metadata struct {
	Endpoint    oauth2.Endpoint `json:"-"`
	UserInfo    string          `json:"-"`
	JWKS        string          `json:"jwks_uri"`
	EndSession  string          `json:"end_session_endpoint"`
	AnswersISS  bool            `json:"authorization_response_iss_parameter_supported"`
	AuthMethods []string        `json:"token_endpoint_auth_methods_supported"`
	keys        *keyset.Set
}

// metadata discovers the provider when it is first needed and once an hour. A
// provider that cannot be reached is asked again after a few seconds, and
// meanwhile what is known of it stands. One asks, and nobody else waits for the
// answer who can do without.
func (p *provider) metadata(ctx context.Context) (*metadata, error) {
	known, due := p.state()
	switch {
	case !due:
	case known == nil:
		p.asks.Lock()
		defer p.asks.Unlock()
		p.refresh(ctx)
	case p.asks.TryLock():
		defer p.asks.Unlock()
		p.refresh(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		return nil, p.failed
	}
	return p.known, nil
}

// state is what is known, and whether it is time to ask.
func (p *provider) state() (known *metadata, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	return p.known, now.Sub(p.found) >= discoveryAge && now.Sub(p.tried) >= discoveryRetry
}

// refresh asks the provider, unless somebody has just done so.
func (p *provider) refresh(ctx context.Context) {
	if _, due := p.state(); !due {
		return
	}
	m, err := p.discover(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried, p.failed = p.now(), err
	if err == nil {
		p.known, p.found = m, p.now()
	}
}

// discover does not end with the request that it happens to serve: others wait
// for it.
func (p *provider) discover(ctx context.Context) (*metadata, error) {
	found, err := oidc.NewProvider(p.asking(context.WithoutCancel(ctx)), p.URL)
	var mismatch *oidc.IssuerMismatchError
	if errors.As(err, &mismatch) {
		return nil, refuse(ErrProvider, "discovery-issuer")
	}
	if err != nil {
		return nil, refuse(ErrProvider, "discovery")
	}
	m := &metadata{}
	if found.Claims(m) != nil {
		return nil, refuse(ErrProvider, "discovery-unreadable")
	}
	m.Endpoint, m.UserInfo = found.Endpoint(), found.UserInfoEndpoint()
	m.Endpoint.AuthStyle = m.authStyle(p.ClientKey)
	for _, address := range []string{m.Endpoint.AuthURL, m.Endpoint.TokenURL, m.UserInfo, m.JWKS, cmp.Or(m.EndSession, m.JWKS)} {
		if !private(address) {
			return nil, refuse(ErrProvider, "discovery-endpoint")
		}
	}
	m.keys = p.keySet(m.JWKS)
	return m, nil
}

// keySet keeps the known keys, and with them the limit on fetching, as long as
// they are published at the same address.
func (p *provider) keySet(address string) *keyset.Set {
	if p.known != nil && p.known.keys.URL() == address {
		return p.known.keys
	}
	return keyset.New(address, p.client, p.now)
}

// authStyle never leaves the choice to x/oauth2, which would try one way and
// then the other with a code that works once.
func (m *metadata) authStyle(key *Key) oauth2.AuthStyle {
	if key != nil || slices.Contains(m.AuthMethods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// proof is how a client that has a key proves itself to the token endpoint.
func (p *provider) proof(m *metadata) ([]oauth2.AuthCodeOption, error) {
	if p.ClientKey == nil {
		return nil, nil
	}
	signed, err := p.ClientKey.assertion(p.ClientID, m.Endpoint.TokenURL, p.now())
	if err != nil {
		return nil, fmt.Errorf("client assertion: %w", err)
	}
	return []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
		oauth2.SetAuthURLParam("client_assertion", signed),
	}, nil
}

func (p *provider) asking(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

func (p *provider) oauth(m *metadata) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: m.Endpoint,
		RedirectURL: p.redirect, Scopes: p.Scopes,
	}
}

// authorizeURL asks for a sign-in no older than a session may become, or for a
// new one.
func (p *provider) authorizeURL(m *metadata, state string, a attempt) string {
	age := p.absolute
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	set := func(name, value string) { options = append(options, oauth2.SetAuthURLParam(name, value)) }
	if a.Fresh {
		age = 0
		set("prompt", "login")
	}
	set("max_age", strconv.Itoa(int(age.Seconds())))
	if len(p.ACR) > 0 {
		set("acr_values", strings.Join(p.ACR, " "))
	}
	if a.Hint != "" {
		set("login_hint", a.Hint)
	}
	c := p.oauth(m)
	a.Launch.ask(c, set)
	return c.AuthCodeURL(state, options...)
}
