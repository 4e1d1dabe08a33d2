// Package keyset judges signatures by the keys that somebody publishes, or that
// a file holds.
package keyset

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keyRefresh = 30 * time.Second
	maxKeyAge  = time.Hour
	maxSet     = 256 << 10
)

// MinRSABits is the least length of an RSA key.
const MinRSABits = 2048

// Algorithms are those that a token may be signed with, whatever its provider
// says. There is no none here, and nothing that a public key could forge.
var Algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Why a signature is not good.
var (
	ErrNoKeys    = errors.New("no usable keys of the signer")
	ErrForm      = errors.New("not a compact JWS of an allowed algorithm")
	ErrSignature = errors.New("not signed by a key of the signer")
)

// Set is the keys of somebody who signs. It is an oidc.KeySet in the place of go-oidc's
// own, which never forgets a withdrawn key and lets anybody make it fetch. This
// one forgets after maxKeyAge, fetches at most once in keyRefresh whatever
// arrives, and lives through an outage for as long as its keys may.
type Set struct {
	url    string // empty where the keys came from a file and stay
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time
	tried   time.Time
}

// New returns the keys that are published at an address. The client must give up
// in time, and bound what it reads.
func New(url string, client *http.Client, now func() time.Time) *Set {
	return &Set{url: url, client: client, now: now}
}

// Fixed returns the keys of a JSON Web Key Set, of which every one must be fit
// to judge signatures.
func Fixed(set []byte) (*Set, error) {
	keys, err := parseKeys(set)
	if err != nil {
		return nil, errors.New("it is no JSON Web Key Set")
	}
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(set, &all) != nil || len(keys) == 0 || len(keys) != len(all.Keys) {
		return nil, errors.New("it needs keys for signing, every one a public key on a NIST curve, Ed25519, or RSA of at least 2048 bits")
	}
	return &Set{keys: keys}, nil
}

// URL is where the keys are published.
func (k *Set) URL() string { return k.url }

// VerifySignature returns the payload of a token that one of the keys signed.
func (k *Set) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, Algorithms)
	if err != nil {
		return nil, ErrForm
	}
	for _, again := range []bool{false, true} {
		keys, err := k.usable(ctx, again)
		if err != nil {
			return nil, err
		}
		if payload, ok := verifyWith(keys, jws); ok {
			return payload, nil
		}
	}
	return nil, ErrSignature
}

func verifyWith(keys []jose.JSONWebKey, jws *jose.JSONWebSignature) ([]byte, bool) {
	header := jws.Signatures[0].Protected
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// usable returns the keys that may judge a signature now. again asks for newer
// ones than those that did not fit.
func (k *Set) usable(ctx context.Context, again bool) ([]jose.JSONWebKey, error) {
	if k.url == "" {
		return k.keys, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	stale := now.Sub(k.fetched) >= maxKeyAge
	if (stale || again) && now.Sub(k.tried) >= keyRefresh {
		k.tried = now
		if keys, err := k.fetch(context.WithoutCancel(ctx)); err == nil {
			k.keys, k.fetched, stale = keys, now, false
		}
	}
	if stale {
		return nil, ErrNoKeys
	}
	return k.keys, nil
}

func (k *Set) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	res, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxSet+1))
	if err == nil && len(body) > maxSet {
		err = errors.New("more than a set of keys has")
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("keys: status %d", res.StatusCode)
	}
	return parseKeys(body)
}

// parseKeys leaves out what it cannot use, so that one new kind of key does
// not make the others useless.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys := []jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && signs(key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func signs(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= MinRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return key.Valid()
	}
	return false
}

// Unverified is what a token says, whoever signed it: good for finding out
// whose keys to try, and for nothing else.
func Unverified(token string) ([]byte, bool) {
	jws, err := jose.ParseSignedCompact(token, Algorithms)
	if err != nil {
		return nil, false
	}
	return jws.UnsafePayloadWithoutVerification(), true
}
