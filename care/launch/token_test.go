package launch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/keyset"
	"example.org/icr/auth/signin"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/go-jose/go-jose/v4"
)

// memory keeps what waits, as the store does: what is taken is gone.
type memory struct {
	mu   sync.Mutex
	kept map[string]any
	used map[string]bool
}

func (m *memory) KeepSearch(_ context.Context, issuer, subject, kind string, v any) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[issuer+subject+kind+"R"] = v
	return "R", nil
}

func (m *memory) TakeSearch(_ context.Context, issuer, subject, kind, ref string, v any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	said, ok := m.kept[issuer+subject+kind+ref]
	if !ok {
		return auth.ErrNoRef
	}
	delete(m.kept, issuer+subject+kind+ref)
	*v.(*launch.Context) = said.(launch.Context)
	return nil
}

func (m *memory) SaveSession(_ context.Context, r signin.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used[string(r.Hash)] {
		return signin.ErrTaken
	}
	m.used[string(r.Hash)] = true
	return nil
}

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

type object = map[string]any

// sender makes tokens as a local system does, or wrongly.
type sender struct {
	key, other *ecdsa.PrivateKey
	to         jose.JSONWebKey
	outer      jose.KeyAlgorithm
	content    jose.ContentEncryption
	signer     func(s *sender) jose.SigningKey
	raw        func(signed string) string // in place of encrypting
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (s *sender) token(t *testing.T, c object) string {
	t.Helper()
	signer, err := jose.NewSigner(s.signer(s), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	if s.raw != nil {
		return s.raw(signed)
	}
	encrypter, err := jose.NewEncrypter(s.content, jose.Recipient{Algorithm: s.outer, Key: s.to.Key, KeyID: s.to.KeyID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := encrypter.Encrypt([]byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwe.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// world is a desk that knows one system, and that system.
func world(t *testing.T) (*launch.Desk, *sender) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	key, err := launch.ParseKey(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	published, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 1 || !set.Keys[0].IsPublic() {
		t.Fatalf("published: %s", published)
	}
	s := &sender{key: newKey(t), other: newKey(t), to: set.Keys[0], outer: jose.ECDH_ES, content: jose.A256GCM}
	s.signer = func(s *sender) jose.SigningKey {
		return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: "k1"}}
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "k1", Use: "sig", Algorithm: "ES256"}}})
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := keyset.Fixed(keys)
	if err != nil {
		t.Fatal(err)
	}
	return &launch.Desk{
		Key: key, Audience: "https://icr.example/launch", Keeper: &memory{kept: map[string]any{}, used: map[string]bool{}}, Now: func() time.Time { return now },
		Systems: []launch.System{{ID: "epr", Name: "EPR", Organisation: "RKB", Trusted: true, Issuer: "https://id.example", IssuerID: "cis2", Sender: "https://epr.example", Keys: fixed}},
	}, s
}

func sound() object {
	return object{
		"iss": "https://epr.example", "aud": "https://icr.example/launch", "sub": "u1", "jti": "j1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"nhs_number": "9990000018", "birth_date": "1980-02-03", "family_name": "Canarybird", "reason": "direct care",
	}
}

var user = auth.User{Identity: auth.Identity{Issuer: "https://id.example", Subject: "u1"}, Post: auth.Post{Organisation: "RKB"}}

func TestATokenIsTakenOnceByItsUser(t *testing.T) {
	d, s := world(t)
	token := s.token(t, sound())
	path, err := d.Receive(t.Context(), token)
	if err != nil || path != "/launched/R" {
		t.Fatal(path, err)
	}
	other := user
	other.Subject = "u2"
	if _, _, err := d.Take(t.Context(), other, "R"); code(err) != "used-before-or-for-another" {
		t.Errorf("taken by another: %v", err)
	}
	said, system, err := d.Take(t.Context(), user, "R")
	if err != nil || said.Number != "9990000018" || said.Reason != "direct care" || !system.Grounds(user) {
		t.Errorf("%+v, %v", said, err)
	}
	if _, _, err := d.Take(t.Context(), user, "R"); code(err) != "used-before-or-for-another" {
		t.Errorf("taken twice: %v", err)
	}
	if _, err := d.Receive(t.Context(), token); code(err) != "used-before" {
		t.Errorf("received twice: %v", err)
	}
	again := sound()
	again["jti"] = "j2"
	if _, err := d.Receive(t.Context(), s.token(t, again)); err != nil {
		t.Fatal(err)
	}
	d.Now = func() time.Time { return now.Add(launch.Waits + time.Second) }
	if _, _, err := d.Take(t.Context(), user, "R"); code(err) != "too-late" {
		t.Errorf("taken too late: %v", err)
	}
}

func code(err error) string {
	if f, ok := errors.AsType[*launch.Failure](err); ok {
		return f.Code
	}
	return "none"
}

// Each row is a token with one thing wrong. None is taken, and none uses up
// the sound one.
func TestP10_BadTokens(t *testing.T) {
	claim := func(name string, value any) func(*sender, object) {
		return func(_ *sender, c object) { c[name] = value }
	}
	without := func(name string) func(*sender, object) { return func(_ *sender, c object) { delete(c, name) } }
	at := func(name string, after time.Duration) func(*sender, object) {
		return claim(name, now.Add(after).Unix())
	}
	both := func(a, b func(*sender, object)) func(*sender, object) {
		return func(s *sender, c object) { a(s, c); b(s, c) }
	}
	signs := func(key func(*sender) jose.SigningKey) func(*sender, object) {
		return func(s *sender, _ object) { s.signer = key }
	}
	raw := func(f func(string) string) func(*sender, object) { return func(s *sender, _ object) { s.raw = f } }
	for _, test := range []struct {
		name, code string
		wrong      func(*sender, object)
	}{
		{"nothing", "encryption", raw(func(string) string { return "" })},
		{"not encrypted", "encryption", raw(func(signed string) string { return signed })},
		{"cut off", "encryption", raw(func(string) string { return "eyJ.a.b.c.d" })},
		{"encrypted to another", "encryption", func(s *sender, _ object) { s.to = jose.JSONWebKey{Key: s.other.Public()} }},
		{"another key agreement", "encryption", func(s *sender, _ object) { s.outer = jose.ECDH_ES_A256KW }},
		{"another cipher", "encryption", func(s *sender, _ object) { s.content = jose.A128CBC_HS256 }},
		{"another's signature", "signature", signs(func(s *sender) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.other, KeyID: "k1"}}
		})},
		{"an unknown key", "signature", signs(func(s *sender) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.other, KeyID: "k2"}}
		})},
		{"HS256", "unknown-sender", signs(func(*sender) jose.SigningKey {
			return jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat("k", 32))}
		})},
		{"another sender", "unknown-sender", claim("iss", "https://other.example")},
		{"no sender", "unknown-sender", without("iss")},
		{"for another service", "audience", claim("aud", "https://other.example/launch")},
		{"for several", "unknown-sender", claim("aud", []string{"https://icr.example/launch", "https://other.example"})},
		{"no user", "no-user", without("sub")},
		{"a user too long", "no-user", claim("sub", strings.Repeat("u", 256))},
		{"no id", "no-id", without("jti")},
		{"an id too long", "no-id", claim("jti", strings.Repeat("j", 256))},
		{"expired", "expired", both(at("iat", -2*time.Minute), at("exp", -time.Minute))},
		{"just expired", "expired", both(at("iat", -65*time.Second), at("exp", -5*time.Second))},
		{"from the future", "issued-in-future", both(at("iat", 10*time.Second), at("exp", 20*time.Second))},
		{"for longer than a minute", "lasts-too-long", at("exp", 61*time.Second)},
		{"ends before it begins", "lasts-too-long", at("exp", -time.Second)},
		{"no end", "lasts-too-long", without("exp")},
		{"no beginning", "lasts-too-long", without("iat")},
		{"milliseconds", "issued-in-future", both(claim("iat", now.UnixMilli()), claim("exp", now.UnixMilli()+1000))},
		{"times as text", "unknown-sender", claim("iat", "now")},
		{"no NHS number", "no-nhs-number", without("nhs_number")},
		{"a mistyped NHS number", "no-nhs-number", claim("nhs_number", "9990000019")},
		{"a birth date that is none", "birth-date", claim("birth_date", "1980")},
		{"no reason", "reason", without("reason")},
		{"a reason too long", "reason", claim("reason", strings.Repeat("r", 201))},
		{"a reason with a line break", "reason", claim("reason", "a\nb")},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := world(t)
			bad, c := *s, maps.Clone(sound())
			test.wrong(&bad, c)
			if path, err := d.Receive(t.Context(), bad.token(t, c)); path != "" || code(err) != test.code {
				t.Errorf("%q, %v", path, err)
			}
			if _, err := d.Receive(t.Context(), s.token(t, sound())); err != nil {
				t.Errorf("the sound one: %v", err)
			}
		})
	}
	d, s := world(t)
	d.Key = nil
	if _, err := d.Receive(t.Context(), s.token(t, sound())); code(err) != "not-taken" {
		t.Errorf("without a key: %v", err)
	}
}

func TestP5_WhoIsInContext(t *testing.T) {
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	p := record.Person{Number: number, Family: "O'Keefe", Born: record.ParseDate("1980-02-03"), Gender: "female"}
	for _, test := range []struct {
		said launch.Context
		is   bool
	}{
		{launch.Context{Family: []string{"OKEEFE"}, Born: "1980-02-03", Gender: "female"}, true},
		{launch.Context{Family: []string{"Shah", "O’Keefe"}, Born: "1980-02-03", Gender: "male"}, true},
		{launch.Context{Family: []string{"Shah"}, Born: "1980-02-03", Gender: "male"}, false},
		{launch.Context{Family: []string{"Shah"}, Born: "1980-02-03"}, false},
		{launch.Context{Born: "1980-02-03"}, true},
		{launch.Context{Born: "1980-03-02"}, false},
		{launch.Context{Born: "1980", Gender: "female"}, false},
		{launch.Context{}, true},
	} {
		if test.said.Is(p) != test.is {
			t.Errorf("%+v: %v", test.said, !test.is)
		}
	}
}

func TestKeysThatWillNotDo(t *testing.T) {
	big, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(big)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "no key", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := launch.ParseKey(text); err == nil {
			t.Errorf("it was taken: %.30q", text)
		}
	}
}
