package source

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.org/icr/care/partner"
)

// OAuth is how access tokens for one partner are had: OAuth 2 client
// credentials, the client proving itself with a signed assertion (SMART
// Backend Services).
type OAuth struct {
	URL      string // of the token service
	ClientID string
	Scope    string // may be empty
	Key      *Key
	HTTP     *http.Client

	subject Secret // the user's ID token, for which the access token is exchanged; none for the client's own
}

// Tokens are the access tokens of one partner, of which one is held at a time.
type Tokens struct {
	OAuth
	turn chan struct{} // held by the one that fetches

	mu     sync.Mutex
	held   Secret
	renew  Secret // a refresh token, or none
	until  time.Time
	failed failure
}

type failure struct {
	err error
	at  time.Time
}

// NewTokens returns the tokens that o gives. None is fetched before the first
// is needed.
func NewTokens(o OAuth) *Tokens { return &Tokens{OAuth: o, turn: make(chan struct{}, 1)} }

const (
	assertionLasts = 5 * time.Minute
	longestHeld    = time.Hour
	renewBefore    = 30 * time.Second // its end, or half its life, if that is shorter
	noLifeGiven    = time.Minute      // how long a token serves whose answer does not say
	mostTokenBytes = 64 << 10
)

// token returns the token that is held, or fetches one. Of many callers one
// fetches, and the others share what comes of it.
func (t *Tokens) token(ctx context.Context) (Secret, error) {
	asked := time.Now()
	if held, ok := t.current(); ok {
		return held, nil
	}
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return Secret{}, ctx.Err()
	}
	defer func() { <-t.turn }()
	if held, ok := t.current(); ok {
		return held, nil
	}
	if err := t.failedSince(asked); err != nil {
		return Secret{}, err
	}
	got, err := t.fetch(ctx)
	if t.renewing() && errors.Is(err, partner.ErrTokenRefused) {
		t.forget()
		got, err = t.fetch(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.held, t.renew, t.until = got.access, got.refresh, time.Now().Add(got.lasts-min(renewBefore, got.lasts/2))
	case ctx.Err() == nil:
		t.failed = failure{err, time.Now()}
	}
	return got.access, err
}

func (t *Tokens) renewing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.renew.none()
}

func (t *Tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew = Secret{}
}

func (t *Tokens) current() (Secret, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held, !t.held.none() && time.Now().Before(t.until)
}

func (t *Tokens) failedSince(asked time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed.at.After(asked) {
		return t.failed.err
	}
	return nil
}

// drop forgets a token that the partner did not take, and reports whether
// another is worth trying. Each question renews once.
func (t *Tokens) drop(refused Secret, renewed *atomic.Bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held != refused {
		return true // somebody else has dropped it
	}
	if renewed.Swap(true) {
		return false
	}
	t.held = Secret{}
	return true
}

// fetch asks the token service. Its errors hold nothing of what was sent.
func (t *Tokens) fetch(ctx context.Context) (gotten, error) {
	req, err := t.request(ctx)
	if err != nil {
		return gotten{}, err
	}
	res, err := t.HTTP.Do(req)
	if err != nil {
		err = reason(ctx, err)
		if errors.Is(err, partner.ErrInsecure) || ctx.Err() != nil {
			return gotten{}, err
		}
		return gotten{}, fmt.Errorf("%w: %s", partner.ErrNoToken, err.Error())
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostTokenBytes))
	switch status := res.StatusCode; {
	case status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden:
		return gotten{}, fmt.Errorf("%w: status %d", partner.ErrTokenRefused, status)
	case ctx.Err() != nil:
		return gotten{}, ctx.Err()
	case status != http.StatusOK || err != nil:
		return gotten{}, fmt.Errorf("%w: status %d", partner.ErrNoToken, status)
	}
	return readToken(body)
}

// request is made anew each time: an assertion serves once.
func (t *Tokens) request(ctx context.Context) (*http.Request, error) {
	now := time.Now()
	assertion, err := t.Key.sign(map[string]any{
		"iss": t.ClientID, "sub": t.ClientID, "aud": t.URL, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(assertionLasts).Unix(),
	})
	if err != nil {
		return nil, err
	}
	form := t.wanted()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion.text)
	if t.Scope != "" {
		form.Set("scope", t.Scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the token service's address is wrong")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// gotten is what a token service gave.
type gotten struct {
	access, refresh Secret
	lasts           time.Duration
}

func readToken(body []byte) (gotten, error) {
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		TokenType    string `json:"token_type"`
		ExpiresIn    number `json:"expires_in"`
	}
	if json.Unmarshal(body, &answer) != nil || !strings.EqualFold(answer.TokenType, "bearer") || answer.ExpiresIn < 0 {
		return gotten{}, fmt.Errorf("%w: its answer cannot be read", partner.ErrNoToken)
	}
	token, err := ParseSecret(answer.AccessToken)
	if err != nil {
		return gotten{}, fmt.Errorf("%w: its answer holds none", partner.ErrNoToken)
	}
	lasts := noLifeGiven
	if answer.ExpiresIn > 0 {
		lasts = time.Duration(min(float64(answer.ExpiresIn), longestHeld.Seconds()) * float64(time.Second))
	}
	refresh, _ := ParseSecret(answer.RefreshToken) // without one, the token is asked for anew
	return gotten{token, refresh, lasts}, nil
}

// wanted is what is asked of the token service: a token of this service's own,
// one in exchange for the user's sign-in (RFC 8693), or the last one renewed.
func (t *Tokens) wanted() url.Values {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.renew.none():
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.renew.text}}
	case !t.subject.none():
		return url.Values{
			"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
			"subject_token_type": {"urn:ietf:params:oauth:token-type:id_token"},
			"subject_token":      {t.subject.text},
		}
	}
	return url.Values{"grant_type": {"client_credentials"}}
}

// number is a JSON number, which some services send as text.
type number float64

// UnmarshalJSON reads a number, quoted or not.
func (n *number) UnmarshalJSON(text []byte) error {
	return json.Unmarshal([]byte(strings.Trim(string(text), `"`)), (*float64)(n))
}
