package source_test

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"github.com/go-jose/go-jose/v4"
)

// The token service can check who asks, whatever the kind of key.
func TestClientAssertion(t *testing.T) {
	for _, test := range []struct {
		name            string
		make            func() (crypto.Signer, error)
		id, ask, expect string
	}{
		{"P-256", p256, "", "", "ES256"},
		{"P-384", p384, "mine", "", "ES384"},
		{"RSA", rsa2048, "", "", "RS256"},
		{"RSA, RS512", rsa2048, "", "RS512", "RS512"},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, service := newKey(t, test.make), newTokenService(t)
			from := openWith(t, source.Config{Base: newGuarded(t, "t1").URL, Tokens: tokensOf(service, key.read(t, test.id, test.ask))})
			if _, err := from.Fetch(t.Context(), query(t)); err != nil {
				t.Fatal(err)
			}
			form := service.asked()[0]
			if form["grant_type"] != "client_credentials" || form["scope"] != "system/*.read" || form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
				t.Errorf("asked %v", form)
			}
			claims, header, err := key.verify(form["client_assertion"], test.expect)
			if err != nil {
				t.Fatal(err)
			}
			lasts := claims["exp"].(float64) - claims["iat"].(float64)
			if claims["iss"] != "icr" || claims["sub"] != "icr" || claims["aud"] != service.URL+"/token" || claims["jti"] == "" || lasts != 300 {
				t.Errorf("claims %v", claims)
			}
			if header.ExtraHeaders[jose.HeaderType] != "JWT" || header.KeyID == "" || test.id != "" && header.KeyID != test.id {
				t.Errorf("header %+v", header)
			}
		})
	}
}

// Many that ask at once share one token.
func TestTokenIsShared(t *testing.T) {
	t.Parallel()
	service := newTokenService(t)
	from := openWith(t, source.Config{Base: newGuarded(t, "t1").URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := from.Fetch(t.Context(), query(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(service.asked()); n != 1 {
		t.Errorf("%d tokens were fetched", n)
	}
}

// A token is renewed before it ends, and no assertion is used twice for it.
func TestTokenIsRenewedInTime(t *testing.T) {
	t.Parallel()
	service, g := newTokenService(t), newGuarded(t, "")
	service.lasts = 3600
	from := openWith(t, source.Config{Base: g.URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	fetch := func() {
		t.Helper()
		if _, err := from.Fetch(t.Context(), query(t)); err != nil {
			t.Error(err)
		}
	}
	fetch()
	fetch()
	if n := len(service.asked()); n != 1 {
		t.Errorf("%d tokens were fetched for an hour", n)
	}
	service.lasts = 2
	from = openWith(t, source.Config{Base: g.URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	fetch()
	first := len(service.asked())
	time.Sleep(1100 * time.Millisecond) // half of its life is over
	fetch()
	forms := service.asked()
	last := g.seen[len(g.seen)-1].Get("Authorization")
	if len(forms) == first || forms[first-1]["client_assertion"] == forms[first]["client_assertion"] || last == fmt.Sprintf("Bearer t%d", first) {
		t.Errorf("%d tokens were fetched and then %d, or an assertion was used twice; at last it was asked with %s", first, len(forms), last)
	}
}

// A token that the partner does not take any more is renewed once, and no more
// than once however many questions are refused.
func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	service, g := newTokenService(t), newGuarded(t, "t1")
	from := openWith(t, source.Config{Base: g.URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	q := query(t)
	if _, err := from.Fetch(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	g.take("t2")
	if answer, err := from.Fetch(t.Context(), q); err != nil || len(answer.Entries) != 1 || g.refusals != 1 || len(service.asked()) != 2 {
		t.Errorf("renewed: %v, %d refusals, %d tokens", err, g.refusals, len(service.asked()))
	}
	g.take("none of them")
	if _, err := from.Fetch(t.Context(), q); !errors.Is(err, partner.ErrRefused) || g.refusals != 3 || len(service.asked()) != 3 {
		t.Errorf("refused: %v, %d refusals, %d tokens", err, g.refusals, len(service.asked()))
	}
}

// A partner that says 401 where 403 is meant, type by type, costs no more.
func TestTypesRefusedRenewOnce(t *testing.T) {
	service, inner := newTokenService(t), holder(t)
	g := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/Patient/") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer g.Close()
	q := query(t)
	for _, section := range record.Sections {
		q.Scope[section] = record.Everything
	}
	from := openWith(t, source.Config{Base: g.URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	answer, err := from.Fetch(t.Context(), q)
	if err != nil || answer.States[record.Allergies] != record.Refused || len(service.asked()) != 2 {
		t.Errorf("%v, %v, %d tokens", err, answer.States, len(service.asked()))
	}
}

// Whatever the token service does, the partner is not asked without a token,
// and nothing secret is in the error.
func TestTokenServiceMisbehaves(t *testing.T) {
	says := func(status int, text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, text)
		}
	}
	key := newKey(t, p256).read(t, "", "")
	for _, test := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   error
	}{
		{"refuses the client", says(401, `{"error":"invalid_client","error_description":"s3cret"}`), partner.ErrTokenRefused},
		{"refuses the scope", says(400, `{"error":"invalid_scope"}`), partner.ErrTokenRefused},
		{"forbids", says(403, ""), partner.ErrTokenRefused},
		{"fails", says(500, "s3cret"), partner.ErrNoToken},
		{"is not there", says(404, ""), partner.ErrNoToken},
		{"sends HTML", says(200, "<html>s3cret</html>"), partner.ErrNoToken},
		{"sends no token", says(200, `{"token_type":"bearer","expires_in":300}`), partner.ErrNoToken},
		{"sends another kind of token", says(200, `{"access_token":"s3cret","token_type":"mac"}`), partner.ErrNoToken},
		{"sends a header with it", says(200, `{"access_token":"s3cret\r\nX: y","token_type":"bearer"}`), partner.ErrNoToken},
		{"sends a token that has ended", says(200, `{"access_token":"s3cret","token_type":"bearer","expires_in":-1}`), partner.ErrNoToken},
		{"sends very much", says(200, `{"access_token":"`+strings.Repeat("s3cret", 100_000)+`","token_type":"bearer"}`), partner.ErrNoToken},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, partner.ErrNoToken},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, partner.ErrNoToken},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, context.DeadlineExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			service, g := newTokenService(t), newGuarded(t, "")
			service.answer = test.answer
			deadline := 10 * time.Second
			if test.name == "hangs" {
				deadline = 500 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			_, err := openWith(t, source.Config{Base: g.URL, Tokens: tokensOf(service, key)}).Fetch(ctx, query(t))
			if !errors.Is(err, test.want) {
				t.Errorf("%v", err)
			}
			if len(g.seen) > 0 || len(service.asked()) != 1 {
				t.Errorf("the partner was asked %d times, the token service %d times", len(g.seen), len(service.asked()))
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), service.asked()[0]["client_assertion"]) {
				t.Errorf("it tells a secret: %v", err)
			}
		})
	}
}

// Those that wait for a token share its failure, in place of each asking.
func TestFailureIsShared(t *testing.T) {
	service := newTokenService(t)
	var all sync.WaitGroup
	all.Add(10)
	service.answer = func(w http.ResponseWriter, _ *http.Request) {
		all.Wait()
		time.Sleep(500 * time.Millisecond)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	from := openWith(t, source.Config{Base: newGuarded(t, "").URL, Tokens: tokensOf(service, newKey(t, p256).read(t, "", ""))})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			all.Done()
			if _, err := from.Fetch(t.Context(), query(t)); !errors.Is(err, partner.ErrNoToken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(service.asked()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestStaticToken(t *testing.T) {
	secret, err := source.ParseSecret(" s3cret\n")
	if err != nil {
		t.Fatal(err)
	}
	g := newGuarded(t, "s3cret")
	c := source.Config{Base: g.URL, Bearer: secret}
	if _, err := openWith(t, c).Fetch(t.Context(), query(t)); err != nil {
		t.Error(err)
	}
	g.take("another")
	if _, err := openWith(t, c).Fetch(t.Context(), query(t)); !errors.Is(err, partner.ErrRefused) || g.refusals != 1 {
		t.Errorf("%d refusals, %v", g.refusals, err)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "s3cret") {
		t.Error("it can be printed")
	}
	for _, text := range []string{"", "two tokens", "line\r\nX: y", "ü", strings.Repeat("a", 9000)} {
		if _, err := source.ParseSecret(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
