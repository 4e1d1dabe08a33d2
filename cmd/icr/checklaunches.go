package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"example.org/icr/care/launch"
)

// checkLaunches asks the local systems that open the viewer by SMART App Launch
// how they do. Nobody is launched.
func (s settings) checkLaunches(ctx context.Context) []*checking {
	var all []*checking
	for _, system := range s.launches.Systems {
		if system.FHIR == "" {
			continue
		}
		c := &checking{code: "SMART", name: system.Name, connected: "NO", statement: "–", ways: "launch", patient: "–"}
		c.tryLaunch(ctx, system)
		all = append(all, c)
	}
	return all
}

const longestConfiguration = 1 << 20

func (c *checking) tryLaunch(ctx context.Context, system launch.System) {
	ctx, cancel := context.WithTimeout(ctx, connectTakes)
	defer cancel()
	if c.reach(ctx, system.HTTP, system.FHIR); c.connected == "NO" {
		return
	}
	address := strings.TrimSuffix(system.FHIR, "/") + "/.well-known/smart-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		c.fault(err, address)
		return
	}
	req.Header.Set("Accept", "application/json")
	res, err := system.HTTP.Do(req)
	if err != nil {
		c.fault(err, address)
		return
	}
	defer res.Body.Close()
	var said struct {
		Issuer       string   `json:"issuer"`
		Capabilities []string `json:"capabilities"`
		Challenges   []string `json:"code_challenge_methods_supported"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, longestConfiguration))
	switch {
	case err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(text, &said) != nil:
		c.wrong = append(c.wrong, "what it sends under /.well-known/smart-configuration is no configuration of SMART App Launch: correct fhir, or tell those who run it")
		return
	case said.Issuer != "" && said.Issuer != system.Issuer:
		c.wrong = append(c.wrong, "its people sign in at another issuer than the entry’s: correct issuer")
	case !slices.Contains(said.Capabilities, "launch-ehr"), !slices.Contains(said.Challenges, "S256"):
		c.wrong = append(c.wrong, "it does not offer launch-ehr with PKCE (S256), without which nobody is launched: tell those who run it")
	}
	c.statement = "SMART App Launch"
}
