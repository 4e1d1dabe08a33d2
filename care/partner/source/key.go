package source

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Secret is a bearer token. It cannot be printed.
type Secret struct{ text string }

var oneToken = regexp.MustCompile(`^[A-Za-z0-9\-._~+/]+=*$`)

const longestToken = 8 << 10

// ParseSecret returns the one token that text is, but for space around it. Its
// error does not quote it.
func ParseSecret(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	if len(text) > longestToken || !oneToken.MatchString(text) {
		return Secret{}, errors.New("not one bearer token and nothing else")
	}
	return Secret{text}, nil
}

// String is a fixed word.
func (Secret) String() string { return "[secret]" }

// GoString is a fixed word.
func (Secret) GoString() string { return "[secret]" }

func (s Secret) none() bool { return s.text == "" }

// Key signs what this service says of itself to a partner.
type Key struct{ signer jose.Signer }

// String is a fixed word.
func (*Key) String() string { return "[key]" }

// GoString is a fixed word.
func (*Key) GoString() string { return "[key]" }

const leastRSA = 2048

// ReadKey reads a private key in PEM form: on the curve P-256 for ES256, on
// P-384 for ES384, or RSA for RS256. For an RSA key algorithm may also be
// RS384 or RS512. Without an id, the key's is its thumbprint (RFC 7638).
func ReadKey(file, id, algorithm string) (*Key, error) {
	private, err := readPrivate(file)
	if err != nil {
		return nil, err
	}
	fits, err := algorithms(private)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if algorithm == "" {
		algorithm = string(fits[0])
	}
	if !slices.Contains(fits, jose.SignatureAlgorithm(algorithm)) {
		return nil, fmt.Errorf("%s: the key does not fit the algorithm %s", file, algorithm)
	}
	if id == "" {
		sum, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, err
		}
		id = base64.RawURLEncoding.EncodeToString(sum)
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: private, KeyID: id},
	}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, err
	}
	return &Key{signer}, nil
}

func readPrivate(file string) (crypto.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, fmt.Errorf("%s holds no private key in PEM form", file)
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
	return nil, fmt.Errorf("the private key in %s cannot be read; it must not be encrypted", file)
}

// algorithms are those that a key fits, the one to use first.
func algorithms(private crypto.Signer) ([]jose.SignatureAlgorithm, error) {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return []jose.SignatureAlgorithm{jose.ES256}, nil
		case 384:
			return []jose.SignatureAlgorithm{jose.ES384}, nil
		}
	case *rsa.PrivateKey:
		if key.N.BitLen() < leastRSA {
			return nil, fmt.Errorf("an RSA key needs at least %d bits", leastRSA)
		}
		return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}, nil
	}
	return nil, errors.New("the key must be on the curve P-256 or P-384, or RSA")
}

// sign returns claims as a signed JWT.
func (k *Key) sign(claims any) (Secret, error) {
	text, err := json.Marshal(claims)
	if err != nil {
		return Secret{}, err
	}
	signed, err := k.signer.Sign(text)
	if err != nil {
		return Secret{}, errors.New("signing failed")
	}
	token, err := signed.CompactSerialize()
	return Secret{token}, err
}
