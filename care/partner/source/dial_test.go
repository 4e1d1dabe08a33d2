package source

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"example.org/icr/care/partner"
)

// Wherever a name leads, nothing is dialled that no partner can be at.
func TestOnlyPartnersAreDialled(t *testing.T) {
	for _, test := range []struct {
		host, addr string
		plain, ok  bool
	}{
		{"localhost", "127.0.0.1", true, true},
		{"localhost", "::1", true, true},
		{"localhost", "::ffff:127.0.0.1", true, true},
		{"127.0.0.1", "127.0.0.1", false, true},
		{"fhir.example.nhs.uk", "127.0.0.1", false, false}, // its name leads to this machine
		{"fhir.example.nhs.uk", "127.0.0.1", true, false},
		{"fhir.example.nhs.uk", "::ffff:127.0.0.1", false, false},
		{"fhir.example.nhs.uk", "64:ff9b::7f00:1", false, false},
		{"localhost", "192.168.1.1", true, false}, // nothing leaves this machine in plain text
		{"fhir.example.nhs.uk", "52.56.1.2", true, false},
		{"fhir.example.nhs.uk", "52.56.1.2", false, true},
		{"fhir.example.nhs.uk", "2a01:7e00::1", false, true},
		{"fhir.example.nhs.uk", "10.1.2.3", false, true}, // HSCN and hospital networks
		{"fhir.example.nhs.uk", "172.16.2.3", false, true},
		{"fhir.example.nhs.uk", "fd12:3456::1", false, true},
		{"fhir.example.nhs.uk", "169.254.169.254", false, false},
		{"fhir.example.nhs.uk", "::ffff:169.254.169.254", false, false},
		{"fhir.example.nhs.uk", "64:ff9b::a9fe:a9fe", false, false},
		{"fhir.example.nhs.uk", "fe80::1", false, false},
		{"fhir.example.nhs.uk", "fd00:ec2::254", false, false},
		{"fhir.example.nhs.uk", "100.100.100.200", false, false},
		{"fhir.example.nhs.uk", "168.63.129.16", false, false},
		{"fhir.example.nhs.uk", "0.0.0.0", false, false},
		{"fhir.example.nhs.uk", "::", false, false},
		{"fhir.example.nhs.uk", "224.0.0.1", false, false},
		{"fhir.example.nhs.uk", "ff02::1", false, false},
		{"fhir.example.nhs.uk", "255.255.255.255", false, false},
	} {
		if got := mayDial(test.host, netip.MustParseAddr(test.addr), test.plain); got != test.ok {
			t.Errorf("%s at %s, plain %v: %v", test.host, test.addr, test.plain, got)
		}
	}
}

// A name that resolves to this machine is not this machine's name.
func TestANameThatLeadsToThisMachineIsRefused(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer s.Close()
	for _, base := range []string{
		strings.Replace(s.URL, "127.0.0.1", "127.0.0.2", 1),
		strings.Replace(s.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
		strings.Replace(strings.Replace(s.URL, "http:", "https:", 1), "127.0.0.1", "127.0.0.2", 1),
	} {
		_, err := NewHTTPClient().Get(base)
		if !errors.Is(err, partner.ErrNotAllowed) {
			t.Errorf("%s: %v", base, err)
		}
	}
}
