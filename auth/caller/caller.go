// Package caller says which other system calls: by its certificate (mutual
// TLS), or by a token of ours that it got for a signed assertion
// (private_key_jwt, as SMART Backend Services has it).
package caller

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/keyset"
	"example.org/icr/care/nhs"
)

// Scope is what a caller may do: one for each endpoint, in the words of SMART.
type Scope string

// The scopes.
const (
	ReadTrail         Scope = "system/AuditEvent.rs"
	ReadObjections    Scope = "system/Consent.rs"
	SendRelationships Scope = "system/Bundle.c"
)

// Scopes are all scopes, with the words that name them.
var Scopes = map[Scope]string{
	ReadTrail: "read the trail", ReadObjections: "read objections", SendRelationships: "send care relationships",
}

// Caller is another system that may call.
type Caller struct {
	ID           string // client_id, and its name on the trail
	Name         string
	Organisation nhs.ODSCode // for which it speaks, and no other
	Certificate  string      // the name that its certificate bears; empty where it has none
	Keys         *keyset.Set // that judge its assertions; nil where it signs none
	Scopes       []Scope
}

// User is the caller as the trail names it. It has no role.
func (c Caller) User(address string) auth.User {
	return auth.User{
		Identity: auth.Identity{Issuer: issuer, Subject: c.ID}, Name: c.Name, Address: address,
		Post: auth.Post{Organisation: c.Organisation},
	}
}

// issuer stands on the trail where people have their identity provider.
const issuer = "callers of this service"

// Rows keep what every replica must know. *store.Store is one.
type Rows interface {
	// UseAssertion keeps until a time that a caller used an assertion, named by
	// a hash. It reports whether that was the first time.
	UseAssertion(ctx context.Context, caller string, id []byte, until time.Time) (bool, error)
	// KeepToken keeps a token, by its hash, until it ends.
	KeepToken(ctx context.Context, hash []byte, caller string, scopes []string, until time.Time) error
	// Token returns whose a token is and for what. An unknown or ended one is
	// nobody's.
	Token(ctx context.Context, hash []byte) (caller string, scopes []string, err error)
}

// Gate knows the callers.
type Gate struct {
	Callers  []Caller
	TokenURL string // the audience of assertions
	Rows     Rows
	Now      func() time.Time
}

// Refusal says why a caller is not let in.
type Refusal struct {
	Code   string // of OAuth: invalid_client, invalid_scope, …
	Told   string // to the caller: nothing that helps somebody who is none
	Why    string // for the trail
	Caller Caller // who it is, or says to be; zero where that is nobody known
}

// Error is why, for the trail.
func (r *Refusal) Error() string { return r.Code + ": " + r.Why }

// Admit returns who calls, if their token or certificate is for scope. Its
// error is a Refusal, or else nobody can be let in at present.
func (g *Gate) Admit(r *http.Request, scope Scope) (Caller, error) {
	c, scopes, err := g.who(r)
	if err != nil {
		return Caller{}, err
	}
	if !slices.Contains(scopes, scope) || !slices.Contains(c.Scopes, scope) {
		return Caller{}, &Refusal{"insufficient_scope", "the scope " + string(scope) + " is wanted", "it may not " + Scopes[scope], c}
	}
	return c, nil
}

func (g *Gate) who(r *http.Request) (Caller, []Scope, error) {
	if given := r.Header.Values("Authorization"); len(given) > 0 {
		return g.bearer(r.Context(), given)
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		for _, c := range g.Callers {
			if c.Certificate != "" && bears(r.TLS.VerifiedChains[0][0], c.Certificate) {
				return c, c.Scopes, nil
			}
		}
		return Caller{}, nil, &Refusal{Code: "invalid_client", Told: "the certificate is no caller's", Why: "its certificate is no caller's"}
	}
	return Caller{}, nil, &Refusal{Code: "invalid_client", Told: "a certificate or a token is wanted", Why: "it showed neither certificate nor token"}
}

// bears reports whether a certificate is for the name.
func bears(c *x509.Certificate, name string) bool {
	if len(c.DNSNames) > 0 {
		return slices.ContainsFunc(c.DNSNames, func(n string) bool { return strings.EqualFold(n, name) })
	}
	return strings.EqualFold(c.Subject.CommonName, name)
}

func (g *Gate) bearer(ctx context.Context, given []string) (Caller, []Scope, error) {
	unknown := &Refusal{Code: "invalid_token", Told: "the token is not known, or has ended", Why: "its token is not known, or has ended"}
	kind, token, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(kind, "Bearer") || len(token) > 200 {
		return Caller{}, nil, unknown
	}
	id, names, err := g.Rows.Token(ctx, hash(token))
	if err != nil {
		return Caller{}, nil, err
	}
	c, ok := g.known(id)
	if !ok {
		return Caller{}, nil, unknown
	}
	var scopes []Scope
	for _, n := range names {
		scopes = append(scopes, Scope(n))
	}
	return c, scopes, nil
}

func (g *Gate) known(id string) (Caller, bool) {
	i := slices.IndexFunc(g.Callers, func(c Caller) bool { return c.ID == id })
	if i < 0 || id == "" {
		return Caller{}, false
	}
	return g.Callers[i], true
}

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// Address is where a request comes from, without its port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// AsRefusal is the Refusal in err, or nil.
func AsRefusal(err error) *Refusal {
	r, _ := errors.AsType[*Refusal](err)
	return r
}
