package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// sealer encrypts what identifies patients before it is kept (AES-256-GCM).
type sealer struct {
	aead  cipher.AEAD
	marks []byte // keys the hashes of who was shown what
}

// ErrSecret means that the secret is too short to protect anything.
var ErrSecret = errors.New("the secret must be at least 32 bytes")

func newSealer(secret []byte) (sealer, error) {
	if len(secret) < 32 {
		return sealer{}, ErrSecret
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "icr store seal", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("sealing: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("sealing: %w", err)
	}
	marks, err := hkdf.Key(sha256.New, secret, nil, "icr store marks", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the key of marks: %w", err)
	}
	return sealer{aead, marks}, nil
}

// seal encrypts v, bound to the row whose key is label.
func (s sealer) seal(v any, label string) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return s.aead.Seal(nil, nil, plain, []byte(label)), nil
}

func (s sealer) open(sealed []byte, label string, v any) error {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(label))
	if err != nil {
		return errors.New("a sealed row cannot be opened: it was changed, moved, or sealed with another secret")
	}
	return json.Unmarshal(plain, v)
}

// newRef makes a random stand-in for a URL: 130 bits.
func newRef() string { return rand.Text() }
