package merkle

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The types of key (https://c2sp.org/signed-note): of logs and writers, and of
// witnesses.
const (
	plainKey   = 0x01
	witnessKey = 0x04
)

// ErrKey means that a text is no key.
var ErrKey = errors.New("not a key: it should be like name+hash+base64")

// Key is a private key of a log, a writer or a witness.
type Key struct {
	name string
	kind byte
	key  ed25519.PrivateKey
	now  func() time.Time // of a witness
}

// NewKey is the log's or writer's key that seed makes: 32 random bytes.
func NewKey(name string, seed []byte) *Key {
	return &Key{name: name, kind: plainKey, key: ed25519.NewKeyFromSeed(seed)}
}

// GenerateKey makes a new private key: of a witness, or of a log.
func GenerateKey(name string, witness bool) (*Key, error) {
	if !goodName(name) {
		return nil, errors.New("a key's name has no spaces and no plus, like icr.example.nhs.uk/trail")
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	k := NewKey(name, seed)
	if witness {
		k.kind, k.now = witnessKey, time.Now
	}
	return k, nil
}

// ParseKey reads a private key as Private writes it, which for a log is as
// golang.org/x/mod/sumdb/note does.
func ParseKey(s string) (*Key, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "PRIVATE+KEY+")
	if !ok {
		return nil, errors.New("not a private key: it should begin with PRIVATE+KEY+")
	}
	name, hash, kind, seed, err := split(rest)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("the private key cannot be read")
	}
	k := NewKey(name, seed)
	if k.kind = kind; kind == witnessKey {
		k.now = time.Now
	}
	if k.KeyHash() != hash {
		return nil, errors.New("the private key is damaged")
	}
	return k, nil
}

// Private is k as it is kept in a file.
func (k *Key) Private() string {
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", k.name, k.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{k.kind}, k.key.Seed()...)))
}

// Public is what others verify with: name+hash+base64.
func (k *Key) Public() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{k.kind}, k.public()...)))
}

func (k *Key) public() []byte { return k.key.Public().(ed25519.PublicKey) }

// Name is the name of the key's owner.
func (k *Key) Name() string { return k.name }

// KeyHash is the number by which signatures name the key.
func (k *Key) KeyHash() uint32 { return keyHash(k.name, k.kind, k.public()) }

// Sign signs a note's text, as a witness with the time at which it did.
func (k *Key) Sign(msg []byte) ([]byte, error) {
	if k.kind != witnessKey {
		return ed25519.Sign(k.key, msg), nil
	}
	at := uint64(k.now().Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(k.key, cosigned(at, msg))...), nil
}

// Verifier is the public half of k.
func (k *Key) Verifier() *Verifier { return &Verifier{k.name, k.kind, k.public()} }

// Verifier is a public key of a log, a writer or a witness.
type Verifier struct {
	name string
	kind byte
	key  ed25519.PublicKey
}

var (
	_ note.Signer   = (*Key)(nil)
	_ note.Verifier = (*Verifier)(nil)
)

// ParseVerifier reads a public key.
func ParseVerifier(s string) (*Verifier, error) {
	name, hash, kind, key, err := split(strings.TrimSpace(s))
	if err != nil || len(key) != ed25519.PublicKeySize || hash != keyHash(name, kind, key) {
		return nil, ErrKey
	}
	return &Verifier{name, kind, key}, nil
}

// Name is the name of the key's owner.
func (v *Verifier) Name() string { return v.name }

// KeyHash is the number by which signatures name the key.
func (v *Verifier) KeyHash() uint32 { return keyHash(v.name, v.kind, v.key) }

// Verify reports whether sig is the key's signature of a note's text.
func (v *Verifier) Verify(msg, sig []byte) bool {
	if v.kind != witnessKey {
		return ed25519.Verify(v.key, msg, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at < 1<<63 && ed25519.Verify(v.key, cosigned(at, msg), sig[8:])
}

// cosigned is what a witness signs (https://c2sp.org/tlog-cosignature).
func cosigned(at uint64, msg []byte) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatUint(at, 10)+"\n"), msg...)
}

func keyHash(name string, kind byte, public []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{kind})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func split(s string) (name string, hash uint32, kind byte, key []byte, err error) {
	name, rest, _ := strings.Cut(s, "+")
	hex, data, _ := strings.Cut(rest, "+")
	n, err := strconv.ParseUint(hex, 16, 32)
	raw, dataErr := base64.StdEncoding.DecodeString(data)
	if err != nil || dataErr != nil || len(hex) != 8 || !goodName(name) || len(raw) < 2 || raw[0] != plainKey && raw[0] != witnessKey {
		return "", 0, 0, nil, ErrKey
	}
	return name, uint32(n), raw[0], raw[1:], nil
}

func goodName(name string) bool { return name != "" && !strings.ContainsAny(name, "+ \t\r\n") }

// Witness reports whether k is a witness's key.
func (k *Key) Witness() bool { return k.kind == witnessKey }

// Line finds the key's own signature among lines that were sent for a signed
// note, verifies it, and returns it as a line of a note.
func (v *Verifier) Line(signed []byte, lines string) (string, error) {
	n, err := note.Open([]byte(string(signed)+lines), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 {
		return "", fmt.Errorf("no good signature of %s (%w)", v.name, err)
	}
	return fmt.Sprintf("— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
