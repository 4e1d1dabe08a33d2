package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/icr/auth/signin"
)

func privatePEM(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func curve(c elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

// published is what the service says of its own keys.
func (w *world) published() string {
	rec := httptest.NewRecorder()
	w.ServeKeys(rec, httptest.NewRequest("GET", home+"/signin/jwks", nil))
	return rec.Body.String()
}

// The client proves itself with a key whose public half is published, and sends
// no secret.
func TestPrivateKeyJWT(t *testing.T) {
	for name, test := range map[string]struct {
		key       any
		algorithm string
	}{
		"RSA": {key2, ""}, "RS512, as CIS2 may want": {key2, "RS512"}, "P-256": {curve(elliptic.P256()), ""}, "P-384": {curve(elliptic.P384()), "ES384"},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := signin.ParseKey(privatePEM(test.key), test.algorithm)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(c *signin.Config) { c.Issuers[0].ClientSecret, c.Issuers[0].ClientKey = "", key })
			w.provider.clientKeys = w.published()
			w.mustSignIn(newBrowser(), signin.BeginOptions{})
			if keys := w.provider.clientKeys; strings.Contains(keys, `"d"`) || !strings.Contains(keys, `"kid"`) || !strings.Contains(keys, `"use":"sig"`) {
				t.Errorf("published: %s", keys)
			}
			if s := fmt.Sprintf("%v %+v %#v", key, key, key); s != "[key] [key] [key]" {
				t.Errorf("the key prints: %s", s)
			}

			w.provider.clientKeys = string(keySet(public(key1, "other")))
			_, err = w.signIn(newBrowser(), signin.BeginOptions{})
			refused(t, err, signin.ErrProvider, "token-endpoint-invalid_client")
		})
	}
}

func TestNoKeysArePublishedWithoutAny(t *testing.T) {
	if keys := newWorld(t).published(); strings.TrimSpace(keys) != `{"keys":[]}` {
		t.Error(keys)
	}
}

func TestKeysThatWillNotDo(t *testing.T) {
	for name, test := range map[string]struct{ text, algorithm, want string }{
		"no PEM":        {"hello", "", "no private key in PEM form"},
		"public":        {string(publicPEM()), "", "no private key in PEM form"},
		"rubbish":       {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "cannot be read"},
		"weak":          {privatePEM(weakKey), "", "at least 2048 bits"},
		"other curve":   {privatePEM(curve(elliptic.P521())), "", "P-256 or P-384"},
		"wrong for key": {privatePEM(key1), "ES256", `does not fit the algorithm "ES256"`},
		"symmetric":     {privatePEM(key1), "HS256", `does not fit the algorithm "HS256"`},
	} {
		_, err := signin.ParseKey(test.text, test.algorithm)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
