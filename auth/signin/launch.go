package signin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"example.org/icr/auth"
)

// Launch is a local system's wish that somebody sign in with a patient in
// context (SMART App Launch 2, EHR launch). The system's authorisation server is
// the issuer that they sign in at; its claims are mapped like anybody's.
type Launch struct {
	FHIR   string // the system's FHIR server, exactly as it is allowed: iss
	Handle string // what the system knows the launch by; means nothing here

	Client *http.Client `json:"-"` // to reach the system with; nil for the one that reaches providers
}

// Launched is the context that came with a sign-in.
type Launched struct {
	FHIR        string // as in Launch
	Patient     string // the id of the patient there; empty where none was given
	AccessToken string // to read the patient with
}

// Arrived is told of who was launched, before any session of theirs is made,
// and returns the path of ours where they go on.
type Arrived func(ctx context.Context, who auth.Identity, what Launched) (path string, err error)

const longestHandle = 2048

// launchScopes are asked for besides those of the issuer.
var launchScopes = []string{"launch", "fhirUser", "patient/Patient.rs"}

// offers makes sure that a FHIR server's authorisation server is this provider,
// and that it does launches with PKCE: a code must not go to the token endpoint
// of anybody else.
func (p *provider) offers(ctx context.Context, m *metadata, l Launch) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(l.FHIR, "/")+"/.well-known/smart-configuration", nil)
	if err != nil {
		return refuse(ErrProvider, "launch-discovery")
	}
	req.Header.Set("Accept", "application/json")
	client := p.client
	if l.Client != nil {
		client = guarded(l.Client)
	}
	res, err := client.Do(req)
	if err != nil {
		return refuse(ErrProvider, "launch-discovery")
	}
	defer res.Body.Close()
	var said struct {
		Issuer       string   `json:"issuer"`
		Authorize    string   `json:"authorization_endpoint"`
		Token        string   `json:"token_endpoint"`
		Capabilities []string `json:"capabilities"`
		Challenges   []string `json:"code_challenge_methods_supported"`
	}
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &said) != nil:
		return refuse(ErrProvider, "launch-discovery")
	case said.Issuer != "" && said.Issuer != p.URL, said.Authorize != m.Endpoint.AuthURL, said.Token != m.Endpoint.TokenURL:
		return refuse(ErrToken, "launch-mixed-up")
	case !slices.Contains(said.Capabilities, "launch-ehr"), !slices.Contains(said.Challenges, "S256"):
		return refuse(ErrProvider, "launch-not-offered")
	}
	return nil
}

// ask adds to a request for a sign-in what makes it a launch.
func (l Launch) ask(c *oauth2.Config, set func(name, value string)) {
	if l.FHIR == "" {
		return
	}
	for _, scope := range launchScopes {
		if !slices.Contains(c.Scopes, scope) {
			c.Scopes = append(slices.Clip(c.Scopes), scope)
		}
	}
	set("aud", l.FHIR)
	set("launch", l.Handle)
}

// launched is the context that came with a token.
func (l Launch) launched(t *oauth2.Token) *Launched {
	if l.FHIR == "" {
		return nil
	}
	patient, _ := t.Extra("patient").(string)
	return &Launched{FHIR: l.FHIR, Patient: patient, AccessToken: t.AccessToken}
}
