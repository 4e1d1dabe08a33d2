package launch

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"time"
	"unicode"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/go-jose/go-jose/v4"
)

// A token lasts this long at most; clocks may differ by skew.
const (
	tokenLasts = 60 * time.Second
	skew       = 5 * time.Second
)

// MostToken is the length of the longest token that is read, in bytes.
const MostToken = 16 << 10

const longestReason = 200

// Key is what tokens are encrypted to. It cannot be printed.
type Key struct {
	private *ecdsa.PrivateKey
	public  jose.JSONWebKey
}

// String is a fixed word.
func (*Key) String() string { return "[key]" }

// GoString is a fixed word.
func (*Key) GoString() string { return "[key]" }

// ParseKey reads a private key on the curve P-256 in PEM form, not encrypted.
// Its id is its thumbprint (RFC 7638).
func ParseKey(text string) (*Key, error) {
	block, rest := pem.Decode([]byte(text))
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("there is no private key in PEM form")
	}
	private, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		any, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
		private, _ = any.(*ecdsa.PrivateKey)
	}
	if private == nil || private.Params().BitSize != 256 {
		return nil, errors.New("the key must be on the curve P-256, and not encrypted")
	}
	public := jose.JSONWebKey{Key: private.Public(), Use: "enc", Algorithm: string(jose.ECDH_ES)}
	sum, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	return &Key{private, public}, nil
}

// Public is the public half as a JSON Web Key Set: what systems encrypt to.
func (k *Key) Public() ([]byte, error) {
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public}})
}

// claims are all that a token says.
type claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"` // the user, as the issuer at which they sign in here knows them
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	Number   string `json:"nhs_number"`
	Born     string `json:"birth_date"`
	Family   string `json:"family_name"`
	Reason   string `json:"reason"`
}

// Receive takes a token that a system posts, once, keeps what it says for the
// user that it names, and returns the path where that is taken up. A Failure
// says what is wrong with it.
func (d *Desk) Receive(ctx context.Context, token string) (string, error) {
	signed, err := d.decrypt(token)
	if err != nil {
		return "", err
	}
	s, ok := d.sender(signed)
	if !ok {
		return "", fail("unknown-sender")
	}
	payload, err := s.Keys.VerifySignature(ctx, signed)
	if err != nil {
		return "", fail("signature")
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return "", fail("not-as-agreed")
	}
	number, code := d.judge(c, s)
	if code != "" {
		return "", fail(code)
	}
	if err := d.once(ctx, c); err != nil {
		return "", err
	}
	said := Context{System: s.ID, Number: number.Digits(), Born: c.Born, Reason: c.Reason}
	if c.Family != "" {
		said.Family = []string{c.Family}
	}
	return d.keep(ctx, auth.Identity{Issuer: s.Issuer, Subject: c.Subject}, said)
}

// decrypt takes off the outer layer, of the only algorithms that are agreed.
func (d *Desk) decrypt(token string) (string, error) {
	if d.Key == nil {
		return "", fail("not-taken")
	}
	sealed, err := jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return "", fail("encryption")
	}
	signed, err := sealed.Decrypt(d.Key.private)
	if err != nil {
		return "", fail("encryption")
	}
	return string(signed), nil
}

// sender is the system that a token says that it comes from, and so whose keys
// are to judge it. Only ES256 will do.
func (d *Desk) sender(signed string) (System, bool) {
	jws, err := jose.ParseSignedCompact(signed, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return System{}, false
	}
	var c claims
	if json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &c) != nil {
		return System{}, false
	}
	return d.system(func(s System) bool { return s.Keys != nil && s.Sender != "" && s.Sender == c.Issuer })
}

// judge returns the patient's number, or the code of the first thing that is
// wrong.
func (d *Desk) judge(c claims, s System) (nhs.Number, string) {
	now, issued, expires := d.Now(), time.Unix(c.Issued, 0), time.Unix(c.Expires, 0)
	number, err := nhs.ParseNumber(c.Number)
	for _, check := range []struct {
		wrong bool
		code  string
	}{
		{c.Issuer != s.Sender, "sender"},
		{c.Audience != d.Audience, "audience"},
		{c.Subject == "" || len(c.Subject) > 255, "no-user"},
		{c.ID == "" || len(c.ID) > 255, "no-id"},
		{issued.After(now.Add(skew)), "issued-in-future"},
		{expires.Sub(issued) > tokenLasts || !expires.After(issued), "lasts-too-long"},
		{!now.Before(expires.Add(skew)), "expired"},
		{err != nil, "no-nhs-number"},
		{c.Born != "" && record.ParseDate(c.Born).Precision() != record.Day, "birth-date"},
		{c.Reason == "" || len(c.Reason) > longestReason || strings.ContainsFunc(c.Reason, unprintable), "reason"},
	} {
		if check.wrong {
			return nhs.Number{}, check.code
		}
	}
	return number, ""
}

// once notes a token as used, for longer than it lasts, on every replica.
func (d *Desk) once(ctx context.Context, c claims) error {
	now := d.Now()
	sum := sha256.Sum256([]byte("launch token\x00" + c.Issuer + "\x00" + c.ID))
	err := d.Keeper.SaveSession(ctx, signin.Row{Hash: sum[:], Data: []byte("{}"), Created: now, Seen: now, Expires: now.Add(10 * tokenLasts)})
	if errors.Is(err, signin.ErrTaken) {
		return fail("used-before")
	}
	return err
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
