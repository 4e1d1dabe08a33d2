package main

import (
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/record"
)

// GP Connect is asked with each practice's ASID, over a connection that proves
// who asks, for what it has.
func TestGPConnect(t *testing.T) {
	const keys = `, url: "https://ssp.example/https://gp.example/{ods}/FHIR", ask: gpconnect, gpconnect: {asid: "111"}, tls: {cert_file: /c, key_file: /k}`
	p, err := routed(t, "p.csv", "code,name,asid\nY99001,A,222\n", keys)
	if err != nil {
		t.Fatal(err)
	}
	e := p.Partners[2]
	g := e.structured(e.members()[0], "https://icr.example")
	if g.From != "111" || g.To != "222" || g.Issuer != "https://icr.example" {
		t.Errorf("%+v", g)
	}
	if s := e.supplies(); slices.Contains(s, record.Documents) || !slices.Contains(s, record.Allergies) {
		t.Errorf("supplies %v", s)
	}
	if base := e.connect(sourceConfig, e.members()[0]).Base; base != "https://ssp.example/https://gp.example/Y99001/FHIR" {
		t.Error(base)
	}
	if _, err := routed(t, "p.csv", "code,name,asid\nY99001,A,\n", keys); err == nil || !strings.Contains(err.Error(), "line 2: asid: ") {
		t.Error(err)
	}
}

func TestP10_FaultsOfGPConnect(t *testing.T) {
	entry := func(keys string) string {
		return good + "  - {kind: gp, name: GP practices, directory_file: /p.csv, url: \"https://ssp.example/{ods}\", tls: {cert_file: /c, key_file: /k}, " + keys + "}\n"
	}
	for _, test := range []struct{ name, text, want string }{
		{"no ASID", entry("ask: gpconnect"), "line 8: gpconnect: asid is missing"},
		{"an ASID that is none", entry("ask: gpconnect, gpconnect: {asid: x}"), "line 8: gpconnect: asid is missing"},
		{"for nothing", entry("gpconnect: {asid: '1'}"), "line 8: gpconnect goes with ask: gpconnect"},
		{"two tokens", entry("ask: gpconnect, gpconnect: {asid: '1'}, bearer_file: /t"), "line 8: ask: gpconnect has its own token"},
		{"a section that it has not", entry("ask: gpconnect, gpconnect: {asid: '1'}, sections: [documents]"), "line 8: GP Connect has no section \"documents\""},
		{"no certificate", strings.Replace(entry("ask: gpconnect, gpconnect: {asid: '1'}"), "tls: {cert_file: /c, key_file: /k}, ", "", 1), "line 8: nothing proves"},
		{"no directory", strings.Replace(entry("ask: gpconnect, gpconnect: {asid: '1'}"), "directory_file: /p.csv, ", "", 1), "line 8: ask: gpconnect needs a directory_file"},
		{"no practice", with("bearer_file: /t, ask: gpconnect, gpconnect: {asid: '1'}"), "line 6: ask: gpconnect is for GP practices"},
	} {
		if _, err := parseProgramme(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
