package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every fault of a file that a partner's entry names is reported at start,
// with its line and without its contents.
func TestP10_FaultsOfPartnersFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token, two, garbage := file("token", "abc\n"), file("two", "s3cret other"), file("garbage", "s3cret")
	for _, test := range []struct {
		name, keys string
		want       []string
	}{
		{"a token", "bearer_file: " + token, nil},
		{"no such token", "bearer_file: " + dir + "/none", []string{"line 6: bearer_file: ", "none"}},
		{"two tokens", "bearer_file: " + two, []string{"line 6: bearer_file: the file must hold one token"}},
		{"bad authorities", "bearer_file: " + token + ", tls: {ca_file: " + garbage + "}", []string{"line 6: tls: ", "holds no certificate"}},
		{"certificate without key", "tls: {cert_file: " + garbage + "}", []string{"line 6: tls: a certificate needs both"}},
		{"both at once", "bearer_file: " + two + ", tls: {cert_file: " + garbage + ", key_file: " + garbage + "}", []string{"line 6: tls: ", "line 6: bearer_file: "}},
	} {
		p, err := parseProgramme(strings.Replace(good, `"https://a.example/fhir"`, `"https://a.example/fhir", `+test.keys, 1))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		_, err = p.connections()
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

func TestP10_FaultsOfPartnersSecurity(t *testing.T) {
	for _, test := range []struct{ name, from, to, want string }{
		{"TLS of plain HTTP", `"http://localhost:1/fhir"`, `"http://localhost:1/fhir", tls: {server_name: a.example}`, "line 7: tls: is for https addresses only"},
	} {
		_, err := parseProgramme(strings.Replace(good, test.from, test.to, 1))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
