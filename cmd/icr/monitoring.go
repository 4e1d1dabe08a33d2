package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/store"
	"example.org/icr/web"
	"example.org/icr/web/fhirapi"
)

// monitoring is where the programme's security monitoring reads the trail, if
// it does.
type monitoring struct {
	address string
	tls     *tls.Config
}

// monitoring reads the settings of the FHIR listener, which is there only if
// its address is.
func (e *environment) monitoring() *monitoring {
	at := e.getenv("ICR_FHIR_ADDRESS")
	if at == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(at); err != nil {
		e.fault("ICR_FHIR_ADDRESS", "must be host:port, like :8443")
	}
	cert, key, callers := e.required("ICR_FHIR_CERT_FILE"), e.required("ICR_FHIR_KEY_FILE"), e.required("ICR_FHIR_CLIENT_CA_FILE")
	if cert == "" || key == "" || callers == "" {
		return nil
	}
	config, err := fhirapi.TLS(cert, key, callers)
	if err != nil {
		e.fault("ICR_FHIR_CERT_FILE, ICR_FHIR_KEY_FILE, ICR_FHIR_CLIENT_CA_FILE", "%v", err)
	}
	return &monitoring{at, config}
}

// listener serves AuditEvents.
func (m *monitoring) listener(s settings, server *web.Server, db *store.Store, events fhirapi.Reader) *http.Server {
	return &http.Server{Addr: m.address, TLSConfig: m.tls, Handler: &fhirapi.Server{
		Trail: &audit.Trail{Log: db, Now: time.Now}, Events: events, Log: server.Log, Now: time.Now,
		Site: fhir.AuditSite{Name: s.programme.Programme.Name, URL: s.publicURL},
	}}
}
