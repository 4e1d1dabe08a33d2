package source_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/partner/source"
	"github.com/go-jose/go-jose/v4"
)

// signingKey is a key in its file, and its public half.
type signingKey struct {
	file   string
	public crypto.PublicKey
}

func newKey(t testing.TB, make func() (crypto.Signer, error)) signingKey {
	t.Helper()
	key, err := make()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return signingKey{file, key.Public()}
}

func p256() (crypto.Signer, error)    { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
func p384() (crypto.Signer, error)    { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }
func rsa2048() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }

func (k signingKey) read(t testing.TB, id, algorithm string) *source.Key {
	t.Helper()
	key, err := source.ReadKey(k.file, id, algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// verify returns the claims of a JWT that the key signed with algorithm.
func (k signingKey) verify(token, algorithm string) (map[string]any, jose.Header, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		return nil, jose.Header{}, err
	}
	text, err := jws.Verify(k.public)
	if err != nil {
		return nil, jose.Header{}, err
	}
	claims := map[string]any{}
	return claims, jws.Signatures[0].Protected, json.Unmarshal(text, &claims)
}

// tokenService gives tokens t1, t2, and so on.
type tokenService struct {
	*httptest.Server
	lasts  int
	answer func(w http.ResponseWriter, r *http.Request) // in place of a token

	mu    sync.Mutex
	forms []map[string]string
}

func newTokenService(t testing.TB) *tokenService {
	s := &tokenService{lasts: 300}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form := map[string]string{}
		if err := r.ParseForm(); err == nil && r.Method == http.MethodPost {
			for name := range r.PostForm {
				form[name] = r.PostForm.Get(name)
			}
		}
		s.mu.Lock()
		s.forms = append(s.forms, form)
		n := len(s.forms)
		s.mu.Unlock()
		if s.answer != nil {
			s.answer(w, r)
			return
		}
		time.Sleep(20 * time.Millisecond) // so that many wait for it
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":%d}`, n, s.lasts)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *tokenService) asked() []map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]map[string]string(nil), s.forms...)
}

// guarded is a partner that takes the token that takes names, and counts its
// refusals.
type guarded struct {
	*httptest.Server
	inner    http.Handler
	mu       sync.Mutex
	takes    string // empty for any
	seen     []http.Header
	refusals int
}

func newGuarded(t testing.TB, takes string) *guarded {
	g := &guarded{takes: takes, inner: holder(t)}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.seen = append(g.seen, r.Header.Clone())
		refused := g.takes != "" && r.Header.Get("Authorization") != "Bearer "+g.takes
		if refused {
			g.refusals++
		}
		g.mu.Unlock()
		if refused {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		g.inner.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *guarded) take(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.takes = token
}

func openWith(t testing.TB, c source.Config) *source.Source {
	t.Helper()
	c.HTTP = source.NewHTTPClient()
	t.Cleanup(c.HTTP.CloseIdleConnections)
	from, err := source.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func tokensOf(s *tokenService, key *source.Key) *source.Tokens {
	return source.NewTokens(source.OAuth{URL: s.URL + "/token", ClientID: "icr", Scope: "system/*.read", Key: key, HTTP: source.NewHTTPClient()})
}
