package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/icr/care/launch"
)

// Each system from which the viewer is opened by SMART is tried, and what is
// wrong with it is said with what to change.
func TestP10_CheckLaunches(t *testing.T) {
	const offers = `"capabilities":["launch-ehr"],"code_challenge_methods_supported":["S256"]`
	for name, test := range map[string]struct{ sends, wrong string }{
		"well":             {`{"issuer":"https://id.example",` + offers + `}`, ""},
		"no issuer":        {`{` + offers + `}`, ""},
		"another issuer":   {`{"issuer":"https://other.example",` + offers + `}`, "correct issuer"},
		"no launch":        {`{"capabilities":[],"code_challenge_methods_supported":["S256"]}`, "does not offer launch-ehr"},
		"no PKCE":          {`{"capabilities":["launch-ehr"],"code_challenge_methods_supported":["plain"]}`, "does not offer launch-ehr"},
		"a page":           {`<html>`, "is no configuration"},
		"nothing is there": {"", "is no configuration"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/fhir/.well-known/smart-configuration" || test.sends == "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Write([]byte(test.sends))
		}))
		all := settings{launches: launch.Desk{Systems: []launch.System{
			{Name: "Hospital EPR", Issuer: "https://id.example", FHIR: server.URL + "/fhir", HTTP: server.Client()}, {Name: "By token"},
		}}}.checkLaunches(t.Context())
		if len(all) != 1 || all[0].connected != "yes" || (test.wrong == "") != (len(all[0].wrong) == 0) || !strings.Contains(strings.Join(all[0].wrong, ""), test.wrong) {
			t.Errorf("%s: %+v", name, all)
		}
		server.Close()
	}
	down := settings{launches: launch.Desk{Systems: []launch.System{{FHIR: "http://127.0.0.1:1/fhir", HTTP: http.DefaultClient}}}}.checkLaunches(t.Context())
	if down[0].connected != "NO" || len(down[0].wrong) != 1 {
		t.Errorf("down: %+v", down[0])
	}
}
