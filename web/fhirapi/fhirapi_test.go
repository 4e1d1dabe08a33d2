package fhirapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"example.org/icr/web/fhirapi"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// certificate makes a certificate that signer signs, or that signs itself.
func certificate(t *testing.T, name string, signer *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: signer == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	parent, by := c, any(key)
	if signer != nil {
		if parent, err = x509.ParseCertificate(signer.Certificate[0]); err != nil {
			t.Fatal(err)
		}
		by = signer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func file(t *testing.T, kind string, der []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

type world struct {
	url       string
	authority tls.Certificate
	store     *store.Store
	desk      *store.Desk
}

func newWorld(t *testing.T) world {
	t.Helper()
	s, db := storetest.Open(t)
	w := world{authority: certificate(t, "authority", nil), store: s, desk: storetest.Desk(t, db)}
	own := certificate(t, "icr", &w.authority)
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	config, err := fhirapi.TLS(file(t, "CERTIFICATE", own.Certificate[0]), file(t, "PRIVATE KEY", key), file(t, "CERTIFICATE", w.authority.Certificate[0]))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(&fhirapi.Server{
		Trail: &audit.Trail{Log: s, Now: time.Now}, Events: w.desk, Site: fhir.AuditSite{Name: "ICR"}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	w.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return w
}

func (w world) get(t *testing.T, address string, as ...tls.Certificate) (int, string, error) {
	t.Helper()
	pool := x509.NewCertPool()
	authority, err := x509.ParseCertificate(w.authority.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: as}}}
	defer client.CloseIdleConnections()
	res, err := client.Get(address)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// Nobody without a certificate of the right authority gets an answer.
func TestOnlyKnownCallersAreAnswered(t *testing.T) {
	w := newWorld(t)
	stranger := certificate(t, "stranger", nil)
	for _, as := range [][]tls.Certificate{nil, {stranger}, {certificate(t, "siem", &stranger)}} {
		if status, _, err := w.get(t, w.url+"/AuditEvent", as...); err == nil && status == http.StatusOK {
			t.Errorf("%d certificates: answered", len(as))
		}
	}
	rec := httptest.NewRecorder()
	(&fhirapi.Server{}).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/AuditEvent", nil))
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("without TLS: %d", rec.Code)
	}
}

// T-AUD-10: the monitoring reads the trail page by page, and is on it.
func TestAUD10_MonitoringReadsAndIsRecorded(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		if err := w.store.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{Name: "Nurse"}, time.Now().Add(-time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	siem := certificate(t, "siem", &w.authority)
	until := time.Now().Add(-time.Second).UTC().Format(time.RFC3339)
	at, seen, pages := w.url+"/AuditEvent?_count=2&date=lt"+until, map[string]bool{}, 0
	for at != "" {
		status, text, err := w.get(t, at, siem)
		if err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
		var b struct {
			ResourceType string
			Link         []struct{ Relation, URL string }
			Entry        []struct {
				Resource struct{ ResourceType, ID string }
			}
		}
		if err := json.Unmarshal([]byte(text), &b); err != nil || b.ResourceType != "Bundle" {
			t.Fatal(text, err)
		}
		for _, e := range b.Entry {
			seen[e.Resource.ID] = true
		}
		at = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				at = l.URL
			}
		}
		pages++
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("%d events on %d pages", len(seen), pages)
	}
	events, err := w.desk.Events(t.Context(), audit.Reach{Programme: true}, audit.Query{Kind: audit.TrailRead, Limit: 10})
	if err != nil || len(events) != 3 || events[0].Actor.Name != "siem" {
		t.Errorf("%+v, %v", events, err)
	}
	for search, want := range map[string]int{
		"?patient=9990000018": 400, "?date=2026": 400, "?date=gt2026-01-01": 400, "?_count=0": 400, "?_count=1001": 400, "?cursor=x": 400, "?date=ge2026-01-01": 200,
	} {
		if status, text, err := w.get(t, w.url+"/AuditEvent"+search, siem); err != nil || status != want || want == 400 && !strings.Contains(text, "OperationOutcome") {
			t.Errorf("%s: %d %s %v", search, status, text, err)
		}
	}
	if status, _, err := w.get(t, w.url+"/Patient", siem); err != nil || status != http.StatusNotFound {
		t.Errorf("Patient: %d, %v", status, err)
	}
}
