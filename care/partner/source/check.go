package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// Checked is what came of connecting to a partner and asking what it can do.
// Nobody's record is asked for.
type Checked struct {
	Connected bool
	Statement string   // what it says that it is
	Ways      string   // how it is asked
	Wrong     []string // what is wrong, and what to change
	Soon      []string // what will be
}

// Check connects to the partner and reads its CapabilityStatement. Sections
// are those that configuration says it supplies, or none where it says
// nothing.
func (s *Source) Check(ctx context.Context, sections []record.Section, kind record.Kind) Checked {
	c, err := s.describe(ctx)
	out := Checked{Connected: reached(err)}
	if ends := s.Certificates(); !ends.Client.IsZero() {
		out.ending("the certificate of tls.cert_file", ends.Client)
	}
	if err != nil {
		out.Wrong = append(out.Wrong, Advise(err, s.base))
		out.Ways = s.Ways()
		return out
	}
	if ends := s.Certificates(); !ends.Server.IsZero() {
		out.ending("its certificate", ends.Server)
	}
	s.learnt.set(c)
	out.Statement, out.Ways = strings.TrimSpace("FHIR "+c.Version+" "+c.Software), s.Ways()
	out.Wrong = append(out.Wrong, s.disagreements(c, sections, kind)...)
	return out
}

// reached reports whether the partner was connected to, for all that went
// wrong.
func reached(err error) bool {
	_, said := errors.AsType[*partner.StatusError](err)
	_, busy := errors.AsType[*partner.BusyError](err)
	return err == nil || said || busy || errors.Is(err, partner.ErrNoCapability) || errors.Is(err, partner.ErrRefused) || errors.Is(err, partner.ErrUnreadable)
}

const soon = 30 * 24 * time.Hour

func (c *Checked) ending(whose string, ends time.Time) {
	on := record.DateOf(ends).DayOnly().String()
	switch left := time.Until(ends); {
	case left < 0:
		c.Wrong = append(c.Wrong, whose+" ended on "+on+": renew it")
	case left < soon:
		c.Soon = append(c.Soon, fmt.Sprintf("%s ends on %s, in %.0f days: renew it", whose, on, left.Hours()/24))
	}
}

// disagreements are where configuration asks for what the partner does not
// offer.
func (s *Source) disagreements(c *fhir.Capability, sections []record.Section, kind record.Kind) []string {
	var wrong []string
	fault := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	release, known := c.Release()
	asks := s.as()
	switch {
	case !known:
		fault("it speaks FHIR %q, and only 4.0 and 3.0 are read here: ask the partner for another address", c.Version)
	case release != asks.Release && release == fhir.STU3:
		fault("it speaks FHIR %s: set fhir: stu3, or leave it out", c.Version)
	case release != asks.Release:
		fault("it speaks FHIR %s: take fhir: stu3 out", c.Version)
	}
	if !c.Searches("Patient") {
		fault("it offers no search for Patient, without which nobody is found there: ask the partner for it")
	}
	if asks.Everything && !c.Everything {
		fault("it does not offer $everything: set ask: search, or leave it out")
	}
	byNumber := c.ByNumber("AllergyIntolerance") || c.ByNumber("Condition")
	if byNumber && !s.ByNumber {
		fault("it searches by the patient's NHS number alone (patient.identifier): set by_number: true")
	}
	if c.ByGet() && !asks.ByGet {
		fault("it is searched by GET alone: set search_by: get, or leave it out")
	}
	for _, section := range c.Lacks(asks.Release, sections, kind) {
		fault("sections names %s, of which it has no type of resource: take it out", section)
	}
	return wrong
}

// Reach connects to an address and asks for nothing.
func Reach(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return reason(ctx, err)
	}
	leave(res)
	return nil
}

// Advise says what is wrong where connecting to an address failed with err, and
// what to change.
func Advise(err error, address *url.URL) string {
	if insecure, ok := errors.AsType[*insecureError](err); ok {
		return adviseTLS(insecure.cause, address.Hostname())
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "the name " + address.Hostname() + " is not known: correct url, or the name service of this machine"
		}
		return "the name service does not answer for " + address.Hostname()
	}
	if status, ok := errors.AsType[*partner.StatusError](err); ok {
		if status.Status >= 300 && status.Status < 400 {
			return fmt.Sprintf("it redirects (status %d), which is never followed: set url to where its FHIR server is", status.Status)
		}
		return fmt.Sprintf("it answers with status %d: tell the partner", status.Status)
	}
	for _, a := range advice {
		if errors.Is(err, a.err) {
			return a.words
		}
	}
	return partner.Cause(err)
}

var advice = []struct {
	err   error
	words string
}{
	{errUnauthorised, "it does not accept who asks (401): check bearer_file, oauth or assert, and that the partner has our key and our name"},
	{partner.ErrRefused, "it knows who asks and refuses (403): ask the partner for leave to read"},
	{partner.ErrTokenRefused, "its token service refuses us: check oauth's client_id, scope and token_url, and that the partner has the public half of oauth's key_file"},
	{partner.ErrNoToken, "its token service gives no token: check oauth's token_url, or tell the partner"},
	{partner.ErrNotAllowed, "its name leads to an address that is never connected to (docs/configuration.md, Where connections go): correct url or the name service"},
	{errNothingThere, "there is no FHIR server at this address (404): url must be its base, under which /metadata is"},
	{partner.ErrNoCapability, "what it sends under /metadata is no CapabilityStatement of a FHIR server that knows Patient: correct url, or tell the partner"},
	{context.DeadlineExceeded, "no answer in time: a firewall may be in between, or the partner is down"},
	{syscall.ECONNREFUSED, "nothing listens at its address: correct url, or tell the partner that it is down"},
}

// adviseTLS is about a connection that could not be made secure.
func adviseTLS(cause error, host string) string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		notTLS    tls.RecordHeaderError
	)
	switch {
	case errors.As(cause, &authority):
		return "its certificate is from an authority that is not trusted here: name the authority's file as tls.ca_file"
	case errors.As(cause, &name):
		return "its certificate is for " + namesOf(name.Certificate) + ", and not for " + name.Host + ": correct url, or set tls.server_name to the name that was agreed"
	case errors.As(cause, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate is valid from " + day(invalid.Cert.NotBefore) + " until " + day(invalid.Cert.NotAfter) + " only: the partner must renew it (or this machine's clock is wrong)"
	case errors.As(cause, &invalid):
		return "its certificate is not one for a server: the partner must replace it"
	case errors.As(cause, &notTLS):
		return "it does not speak TLS at this address: correct the port in url"
	}
	for _, a := range alerts {
		if strings.Contains(cause.Error(), a.says) {
			return a.words
		}
	}
	return "the connection to " + host + " cannot be made secure: " + cause.Error()
}

// alerts are what partners say of our half of a connection.
var alerts = []struct{ says, words string }{
	{"certificate required", "it asks for our certificate: set tls.cert_file and tls.key_file"},
	{"expired certificate", "our certificate has ended: renew tls.cert_file and tls.key_file"},
	{"unknown certificate authority", "it does not trust the authority of our certificate: give the partner that authority, or use a certificate from one that it trusts"},
	{"bad certificate", "it does not accept our certificate, or asks for one: check tls.cert_file and tls.key_file, and what the partner expects"},
	{"protocol version", "it speaks no TLS of version 1.2 or later: the partner must allow it"},
	{"handshake failure", "it accepts none of the secure ciphers, or misses our certificate: check tls.cert_file, and ask the partner which ciphers it allows"},
	{"EOF", "it broke the connection off while it was made secure: it may want a certificate of ours (tls.cert_file) or be a plain-text port"},
	{"reset", "it broke the connection off while it was made secure: it may want a certificate of ours (tls.cert_file) or be a plain-text port"},
	{"deadline exceeded", "no answer while the connection was made secure: a firewall may be in between"},
}

func namesOf(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no name"
	}
	return strings.Join(names[:min(3, len(names))], ", ")
}

func day(t time.Time) string { return record.DateOf(t).DayOnly().String() }
