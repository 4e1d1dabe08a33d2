package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth/keyset"
	"github.com/go-jose/go-jose/v4"
)

// Key proves to a provider that it is this service that asks
// (private_key_jwt, RFC 7523). It cannot be printed.
type Key struct {
	signer jose.Signer
	public jose.JSONWebKey
}

// String is a fixed word.
func (*Key) String() string { return "[key]" }

// GoString is a fixed word.
func (*Key) GoString() string { return "[key]" }

// ParseKey reads a private key in PEM form, not encrypted: on the curve P-256
// for ES256, on P-384 for ES384, or RSA of at least 2048 bits for RS256, or, if
// algorithm says so, RS384, RS512 or PS256. Its id is its thumbprint (RFC 7638).
func ParseKey(text, algorithm string) (*Key, error) {
	private, err := parsePrivate(text)
	if err != nil {
		return nil, err
	}
	fits := fitting(private)
	if len(fits) == 0 {
		return nil, errors.New("the key must be on the curve P-256 or P-384, or RSA of at least 2048 bits")
	}
	if algorithm == "" {
		algorithm = string(fits[0])
	}
	if !slices.Contains(fits, jose.SignatureAlgorithm(algorithm)) {
		return nil, fmt.Errorf("the key does not fit the algorithm %q", algorithm)
	}
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: algorithm, Use: "sig"}
	sum, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("thumbprint: %w", err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: private, KeyID: public.KeyID},
	}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	return &Key{signer, public}, nil
}

func parsePrivate(text string) (crypto.Signer, error) {
	block, rest := pem.Decode([]byte(text))
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("there is no private key in PEM form")
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if private, ok := key.(crypto.Signer); ok {
			return private, nil
		}
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	return nil, errors.New("the private key cannot be read; it must not be encrypted")
}

// fitting are the algorithms that a key fits, the one to use first.
func fitting(private crypto.Signer) []jose.SignatureAlgorithm {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return []jose.SignatureAlgorithm{jose.ES256}
		case 384:
			return []jose.SignatureAlgorithm{jose.ES384}
		}
	case *rsa.PrivateKey:
		if key.N.BitLen() >= keyset.MinRSABits {
			return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256}
		}
	}
	return nil
}

const assertionLasts = time.Minute

// assertion says, signed, that the client asks the token endpoint, now and once.
func (k *Key) assertion(client, endpoint string, now time.Time) (string, error) {
	text, err := json.Marshal(map[string]any{
		"iss": client, "sub": client, "aud": endpoint, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(assertionLasts).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed, err := k.signer.Sign(text)
	if err != nil {
		return "", errors.New("signing failed")
	}
	return signed.CompactSerialize()
}

// ServeKeys answers with the public half of every key by which this service
// proves itself to a provider, as a JSON Web Key Set.
func (s *SignIn) ServeKeys(w http.ResponseWriter, _ *http.Request) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, p := range s.providers {
		have := func(k jose.JSONWebKey) bool { return p.ClientKey != nil && k.KeyID == p.ClientKey.public.KeyID }
		if p.ClientKey != nil && !slices.ContainsFunc(set.Keys, have) {
			set.Keys = append(set.Keys, p.ClientKey.public)
		}
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_ = json.NewEncoder(w).Encode(set) // whoever asked has gone: there is nobody to tell
}
