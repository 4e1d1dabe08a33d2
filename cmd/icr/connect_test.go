package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"example.org/icr/care/partner/source"
)

var sourceConfig source.Config

// with is the good programme, with other keys in its first partner's entry.
func with(keys string) string { return strings.Replace(good, "bearer_file: /token", keys, 1) }

func file(t *testing.T, text string) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func keyFile(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func curveKey(t *testing.T, curve elliptic.Curve) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return keyFile(t, key)
}

// Every fault of a file that a partner's entry names is reported at start,
// with its line and without its contents.
func TestP10_FaultsOfPartnersFiles(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	token, two, garbage := file(t, "abc\n"), file(t, "s3cret other"), file(t, "s3cret")
	p256, p521 := curveKey(t, elliptic.P256()), curveKey(t, elliptic.P521())
	const oauth = "oauth: {token_url: \"https://t.example\", client_id: icr, key_file: "
	for _, test := range []struct {
		name, keys string
		want       []string
	}{
		{"a token", "bearer_file: " + token, nil},
		{"no such token", "bearer_file: " + token + ".none", []string{"line 6: bearer_file: ", ".none"}},
		{"two tokens", "bearer_file: " + two, []string{"line 6: bearer_file: ", "holds not one bearer token"}},
		{"bad authorities", "bearer_file: " + token + ", tls: {ca_file: " + garbage + "}", []string{"line 6: tls: ", "holds no certificate"}},
		{"certificate without key", "tls: {cert_file: " + garbage + "}", []string{"line 6: tls: a certificate needs both"}},
		{"all at once", "bearer_file: " + two + ", tls: {cert_file: " + garbage + ", key_file: " + garbage + "}, assert: {key_file: " + p521 + ", audience: a}", []string{"line 6: tls: ", "line 6: bearer_file: ", "line 6: assert: "}},
		{"oauth", oauth + p256 + "}", nil},
		{"oauth and assert", oauth + p256 + "}, assert: {audience: a, key_file: " + p256 + ", key_id: one, algorithm: ES256}", nil},
		{"no key", oauth + garbage + "}", []string{"line 6: oauth: ", "holds no private key"}},
		{"a curve that is not taken", oauth + p521 + "}", []string{"line 6: oauth: ", "P-256 or P-384, or RSA"}},
		{"a weak key", oauth + keyFile(t, weak) + "}", []string{"line 6: oauth: ", "2048 bits"}},
		{"an algorithm that does not fit", oauth + p256 + ", algorithm: RS512}", []string{"line 6: oauth: ", "does not fit"}},
		{"no algorithm at all", oauth + p256 + ", algorithm: none}", []string{"line 6: oauth: ", "does not fit"}},
	} {
		p, err := parseProgramme(with(test.keys))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		_, err = p.connections("https://icr.example")
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v", test.name, err)
		}
		for _, want := range test.want {
			if err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
	}
}

// A partner elsewhere is not asked without proof of who asks, and keys that
// contradict each other or say too little are refused.
func TestP10_FaultsOfPartnersSecurity(t *testing.T) {
	const local = `"http://localhost:1/fhir"`
	for _, test := range []struct{ name, text, want string }{
		{"TLS of plain HTTP", strings.Replace(good, local, local+", tls: {server_name: a.example}", 1), "line 7: tls: is for https addresses only"},
		{"no proof", with("ask: search"), "line 6: nothing proves"},
		{"a name and no certificate is no proof", with("tls: {server_name: a.example}"), "line 6: nothing proves"},
		{"two tokens", with("bearer_file: /a, oauth: {token_url: \"https://t.example\", client_id: icr, key_file: /k}"), "line 6: bearer_file and oauth"},
		{"token over plain HTTP", with("oauth: {token_url: \"http://t.example\", client_id: icr, key_file: /k}"), "line 6: \"http://t.example\" must be https"},
		{"token service of each practice", with("oauth: {token_url: \"https://t.example/{ods}\", client_id: icr, key_file: /k}"), "line 6: one token service"},
		{"oauth says too little", with("oauth: {token_url: \"https://t.example\"}"), "line 6: client_id is missing\nline 6: key_file is missing"},
		{"oauth says nothing", with("oauth: {}"), "line 6: \"\" is not an http or https address"},
		{"assert says too little", with("assert: {key_file: /k}"), "line 6: audience is missing"},
		{"unknown key", with("assert: {key: /k}"), "line 6: field key is not a key that is known here"},
	} {
		if _, err := parseProgramme(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for _, keys := range []string{"assert: {key_file: /k, audience: a}", "tls: {cert_file: /c, key_file: /k}", "oauth: {token_url: \"http://localhost:1\", client_id: icr, key_file: /k}"} {
		if _, err := parseProgramme(with(keys)); err != nil {
			t.Errorf("%s: %v", keys, err)
		}
	}
}

// Each practice's own code is in its address and in its audience.
func TestPracticesAreReachedByTheirCode(t *testing.T) {
	e := partnerEntry{URL: "https://gp.example/{ods}/fhir", SearchBy: "get"}
	shared := source.Config{Assertion: &source.Assertion{Audience: "https://gp.example/{ods}"}}
	for _, code := range []string{"Y99001", "Y99002"} {
		c := e.connect(shared, organisation{Code: code})
		if c.Base != "https://gp.example/"+code+"/fhir" || c.Assertion.Audience != "https://gp.example/"+code || !c.ByGet || c.Everything {
			t.Errorf("%s: %+v, %+v", code, c, c.Assertion)
		}
	}
}
