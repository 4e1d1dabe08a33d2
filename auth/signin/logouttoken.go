package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"example.org/icr/auth/keyset"
	"github.com/go-jose/go-jose/v4"

	"example.org/icr/auth"
)

const (
	maxLogoutBody = 16 << 10
	maxLogoutAge  = 2*time.Minute + skew
	logoutEvent   = "http://schemas.openid.net/event/backchannel-logout"
)

// logoutToken is what a logout token must be besides what every token must be.
var logoutToken = []check{
	{"no-logout-event", func(c claims, _ expectation) bool { return parseClaims(c["events"]).objects(logoutEvent) != nil }},
	{"nonce-in-logout", func(c claims, _ expectation) bool { _, there := c["nonce"]; return !there }},
	{"issued-long-ago", func(c claims, x expectation) bool { return youngerThan(maxLogoutAge, c, "iat", x) }},
	{"no-token-id", func(c claims, _ expectation) bool { id := c.text("jti"); return id != "" && len(id) <= 255 }},
	{"nobody-named", func(c claims, _ expectation) bool { return c.text("sid") != "" || !c.has("sid") && c.text("sub") != "" }},
}

// Logout is what a provider's logout token did: it ended so many sessions of a
// person, who is named where the token names them.
type Logout struct {
	Identity auth.Identity
	Ended    int
}

// BackchannelLogout ends the sessions that a provider's logout token names, on
// every replica: those of one sign-in there, or, where it names none, all of a
// person. A token works once.
func (s *SignIn) BackchannelLogout(r *http.Request) (Logout, error) {
	raw, err := logoutBody(r)
	if err != nil {
		return Logout{}, err
	}
	p, err := s.provider(withURL(claimedIssuer(raw)))
	if err != nil {
		return Logout{}, refuse(ErrToken, "issuer")
	}
	c, err := p.verifyLogout(r.Context(), raw)
	if err != nil {
		return Logout{}, err
	}
	return s.logOut(r.Context(), p, c)
}

// logOut does what a token says that is believed.
func (s *SignIn) logOut(ctx context.Context, p *provider, c claims) (Logout, error) {
	done := Logout{Identity: auth.Identity{Issuer: p.URL, Subject: c.text("sub")}}
	seen := s.seenToken(p.URL, c.text("jti"))
	err := s.rows.SaveSession(ctx, seen)
	if errors.Is(err, ErrTaken) {
		return Logout{}, refuse(ErrToken, "used-before")
	}
	if err != nil {
		return Logout{}, fmt.Errorf("note logout token: %w", err)
	}
	done.Ended, err = s.endNamed(ctx, p.URL, c.text("sid"), c.text("sub"))
	if err != nil {
		_, undone := s.rows.EndSession(ctx, seen.Hash) // the provider may try again
		return Logout{}, errors.Join(fmt.Errorf("end sessions: %w", err), undone)
	}
	return done, nil
}

// endNamed ends the sessions of one sign-in at a provider, and of its person
// those of which the provider did not say which sign-in they are of; or, where
// none is named, all of the person.
func (s *SignIn) endNamed(ctx context.Context, issuer, sid, subject string) (int, error) {
	if sid == "" {
		return s.rows.EndPersonSessions(ctx, issuer, subject, nil)
	}
	err := s.rows.SaveSession(ctx, s.mark("logged out", issuer, sid, 2*attemptLife))
	if err != nil && !errors.Is(err, ErrTaken) {
		return 0, err
	}
	ended, err := s.rows.EndProviderSession(ctx, issuer, sid)
	if err != nil || subject == "" {
		return ended, err
	}
	rows, err := s.rows.PersonSessions(ctx, issuer, subject, s.looking.idle)
	for _, row := range rows {
		if row.ProviderSession != "" {
			continue
		}
		n, fault := s.rows.EndBegunSession(ctx, issuer, subject, row.Created)
		ended, err = ended+n, errors.Join(err, fault)
	}
	return ended, err
}

// overAlready reports whether a provider has ended the sign-in that a session
// rests on, which may be while the browser is on its way back from there.
func (s *SignIn) overAlready(ctx context.Context, held session) (bool, error) {
	if held.ProviderSession == "" {
		return false, nil
	}
	_, err := s.rows.PeekSession(ctx, s.mark("logged out", held.Issuer, held.ProviderSession, 0).Hash, MaxAbsolute)
	if errors.Is(err, auth.ErrNoSession) {
		return false, nil
	}
	return err == nil, err
}

// seenToken notes a token for longer than it is good for.
func (s *SignIn) seenToken(issuer, id string) Row {
	return s.mark("logout token", issuer, id, 2*maxLogoutAge)
}

// mark is a row that says something of a name that an issuer gave, for a while.
func (s *SignIn) mark(what, issuer, name string, lasts time.Duration) Row {
	now := s.now()
	return Row{
		Hash: hash([]byte(what+"\x00"+issuer+"\x00"), []byte(name)), Data: []byte("{}"),
		Created: now, Seen: now, Expires: now.Add(lasts),
	}
}

func logoutBody(r *http.Request) (string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxLogoutBody))
	if err != nil {
		return "", refuse(ErrToken, "logout-body")
	}
	form, err := url.ParseQuery(string(body))
	raw := one(form, "logout_token")
	if r.Method != http.MethodPost || err != nil || raw == "" {
		return "", refuse(ErrToken, "logout-body")
	}
	return raw, nil
}

// claimedIssuer says only whose keys to try.
func claimedIssuer(raw string) string {
	jws, err := jose.ParseSignedCompact(raw, keyset.Algorithms)
	if err != nil {
		return ""
	}
	return parseClaims(jws.UnsafePayloadWithoutVerification()).text("iss")
}

func (p *provider) verifyLogout(ctx context.Context, raw string) (claims, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	types := []string{"logout+jwt"}
	if p.PlainLogout {
		types = append(types, "JWT", "")
	}
	c, err := p.signed(ctx, m, raw, types...)
	if err != nil {
		return nil, err
	}
	x := expectation{issuer: p.Issuer, now: p.now()}
	for _, checks := range [][]check{everyToken, logoutToken} {
		if reason := firstFault(c, x, checks); reason != "" {
			return nil, refuse(ErrToken, reason)
		}
	}
	return c, nil
}
