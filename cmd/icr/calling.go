package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"example.org/icr/auth/caller"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/post"
	"example.org/icr/store"
	"example.org/icr/web/fhirapi"
)

// calling is where other systems call, if any does.
type calling struct {
	address, url string
	tls          *tls.Config
	callers      []caller.Caller
	hooks        []post.Hook
}

// calling reads the settings of the FHIR listener, which is there only if its
// address is.
func (e *environment) calling(p programme) *calling {
	callers, err := p.callers()
	if err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	hooks, err := p.hooks()
	if err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	at := e.getenv("ICR_FHIR_ADDRESS")
	switch {
	case at == "" && len(callers) > 0:
		e.fault("ICR_FHIR_ADDRESS", "is not set: the callers that the programme file names could not call")
		return nil
	case at == "":
		return nil
	case len(callers) == 0:
		e.fault("ICR_FHIR_ADDRESS", "is set, but the programme file names no callers: nobody could call")
	}
	if _, _, err := net.SplitHostPort(at); err != nil {
		e.fault("ICR_FHIR_ADDRESS", "must be host:port, like :8443")
	}
	public := e.publicURL("ICR_FHIR_URL")
	if u, err := url.Parse(public); err == nil && public != "" && u.Scheme != "https" {
		e.fault("ICR_FHIR_URL", "must be https")
	}
	cert, key, authorities := e.required("ICR_FHIR_CERT_FILE"), e.required("ICR_FHIR_KEY_FILE"), e.getenv("ICR_FHIR_CLIENT_CA_FILE")
	if authorities == "" && slices.ContainsFunc(callers, func(c caller.Caller) bool { return c.Certificate != "" }) {
		e.fault("ICR_FHIR_CLIENT_CA_FILE", "is not set: a caller has a certificate, and nothing says which authorities sign such")
	}
	if cert == "" || key == "" {
		return nil
	}
	config, err := fhirapi.TLS(cert, key, authorities)
	if err != nil {
		e.fault("ICR_FHIR_CERT_FILE, ICR_FHIR_KEY_FILE, ICR_FHIR_CLIENT_CA_FILE", "%v", err)
	}
	return &calling{at, public, config, callers, hooks}
}

// notify tells callers of changes until ctx ends.
func (c *calling) notify(ctx context.Context, log *slog.Logger, db *store.Store) {
	for _, h := range c.hooks {
		h.Changes, h.Log = db, log
		go h.Run(ctx)
	}
}

// listener serves the callers.
func (c *calling) listener(s settings, log *slog.Logger, db *store.Store, events fhirapi.Reader) *http.Server {
	return &http.Server{Addr: c.address, TLSConfig: c.tls, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), Handler: &fhirapi.Server{
		Gate:  &caller.Gate{Callers: c.callers, TokenURL: c.url + "/token", Rows: db, Now: time.Now},
		Trail: &audit.Trail{Log: db, Now: time.Now}, Events: events, Receive: receive(db), Log: log, Now: time.Now,
		Programme: nhs.ODSCode(s.programme.Programme.Code), Base: c.url,
		Site: fhir.AuditSite{Name: s.programme.Programme.Name, URL: s.publicURL}, Consents: s.consentSite(), Objections: db,
	}}
}

func (s settings) consentSite() fhir.ConsentSite {
	return fhir.ConsentSite{URL: s.publicURL, Programme: nhs.ODSCode(s.programme.Programme.Code), Name: s.programme.Programme.Name}
}
