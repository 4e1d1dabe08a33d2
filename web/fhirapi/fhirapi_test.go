package fhirapi_test

import (
	"context"
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
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/caller"
	"example.org/icr/auth/keyset"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"example.org/icr/web/fhirapi"
	"github.com/go-jose/go-jose/v4"
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
		DNSNames: []string{"localhost", name}, IsCA: signer == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
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

const base = "https://icr.example"

type world struct {
	url       string
	authority tls.Certificate
	store     *store.Store
	desk      *store.Desk
	db        storetest.Database
	key       *ecdsa.PrivateKey // of the caller "tie"
	now       *atomic.Int64     // what the gate's clock is ahead
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, db := storetest.Open(t)
	w := &world{authority: certificate(t, "authority", nil), store: s, desk: storetest.Desk(t, db), db: db, now: &atomic.Int64{}}
	own := certificate(t, "icr", &w.authority)
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	config, err := fhirapi.TLS(file(t, "CERTIFICATE", own.Certificate[0]), file(t, "PRIVATE KEY", key), file(t, "CERTIFICATE", w.authority.Certificate[0]))
	if err != nil {
		t.Fatal(err)
	}
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.Fixed(marshal(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: w.key.Public(), KeyID: "k1", Use: "sig"}}}))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().Add(time.Duration(w.now.Load())) }
	server := httptest.NewUnstartedServer(&fhirapi.Server{
		Gate: &caller.Gate{TokenURL: base + "/token", Rows: s, Now: now, Callers: []caller.Caller{
			{ID: "siem", Name: "Monitoring", Organisation: "QWU", Certificate: "siem", Scopes: []caller.Scope{caller.ReadTrail}},
			{ID: "rkb-siem", Name: "Monitoring of a partner", Organisation: "RKB", Certificate: "siem.rkb", Scopes: []caller.Scope{caller.ReadTrail}},
			{ID: "tie", Name: "Integration engine", Organisation: "RKB", Keys: keys, Scopes: []caller.Scope{caller.SendRelationships, caller.ReadObjections}},
		}},
		Trail: &audit.Trail{Log: s, Now: time.Now}, Events: w.desk, Programme: "QWU", Base: base, Objections: s, Consents: fhir.ConsentSite{URL: "https://icr.example", Programme: "QWU", Name: "ICR"},
		Receive: func(ctx context.Context, told []fhir.Relationship, from string, e audit.Event) (int, error) {
			var all []store.Relationship
			for _, r := range told {
				kind := access.RelationshipKind(r.Kind)
				if r.Void {
					kind = access.Void
				}
				all = append(all, store.Relationship{Patient: r.Patient, SourceID: r.ID, Told: r.Told, Relationship: access.Relationship{
					Kind: kind, Organisation: r.Organisation, Starts: r.Starts, Ends: r.Ends, Evidence: from,
				}})
			}
			return s.SaveRelationships(ctx, all, e)
		},
		Site: fhir.AuditSite{Name: "ICR"}, Log: slog.New(slog.DiscardHandler), Now: now,
	})
	server.TLS = config
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.StartTLS()
	t.Cleanup(server.Close)
	w.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return w
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) get(t *testing.T, address string, as ...tls.Certificate) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(address, base, w.url, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.do(t, req, as...)
}

func (w *world) do(t *testing.T, req *http.Request, as ...tls.Certificate) (int, string, error) {
	t.Helper()
	pool := x509.NewCertPool()
	authority, err := x509.ParseCertificate(w.authority.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: as}}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// events are those of a kind on the trail, newest first.
func (w *world) events(t *testing.T, kind audit.Kind) []audit.Event {
	t.Helper()
	events, err := w.desk.Events(t.Context(), audit.Reach{Programme: true}, audit.Query{Kind: kind, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// Nobody without a known certificate of the right authority, or a token, gets
// an answer, nor does anybody for what they have no scope for.
func TestOnlyKnownCallersAreAnswered(t *testing.T) {
	w := newWorld(t)
	stranger := certificate(t, "stranger", nil)
	for _, as := range []tls.Certificate{stranger, certificate(t, "siem", &stranger)} {
		if status, _, err := w.get(t, w.url+"/AuditEvent", as); err == nil && status != http.StatusUnauthorized {
			t.Errorf("a certificate of nobody: answered %d", status)
		}
	}
	before := len(w.events(t, audit.CallerRefused))
	siem, other := certificate(t, "siem", &w.authority), certificate(t, "somebody", &w.authority)
	for i, test := range []struct {
		path   string
		as     []tls.Certificate
		bearer string
		want   int
		why    string
	}{
		{"/AuditEvent", nil, "", 401, "neither certificate nor token"},
		{"/AuditEvent", []tls.Certificate{other}, "", 401, "its certificate is no caller's"},
		{"/AuditEvent", nil, "Bearer x", 401, "its token is not known"},
		{"/AuditEvent", []tls.Certificate{siem}, "Bearer x", 401, "its token is not known"},
		{"/AuditEvent", []tls.Certificate{siem}, "Basic x", 401, "its token is not known"},
		{"/AuditEvent", nil, "Bearer " + w.token(t), 403, "it may not read the trail"},
	} {
		req := httptest.NewRequestWithContext(t.Context(), "GET", w.url+test.path, nil)
		req.RequestURI = ""
		if test.bearer != "" {
			req.Header.Set("Authorization", test.bearer)
		}
		status, text, err := w.do(t, req, test.as...)
		if err != nil || status != test.want || !strings.Contains(text, "OperationOutcome") {
			t.Errorf("%d: %d %s %v", i, status, text, err)
		}
		if refused := w.events(t, audit.CallerRefused); len(refused) != before+i+1 || !strings.Contains(refused[0].Words, test.why) || refused[0].Actor.Address == "" {
			t.Errorf("%d: %d refusals, the last %+v", i, len(refused), refused[0])
		}
	}
	for i := range 40 {
		status, _, err := w.get(t, w.url+"/AuditEvent")
		if want := i >= 24-before; err != nil || (status == http.StatusTooManyRequests) != want {
			t.Fatalf("refusal %d: %d %v", i, status, err)
		}
	}
	w.now.Add(int64(time.Minute))
	if status, _, err := w.get(t, w.url+"/AuditEvent", siem); err != nil || status != http.StatusOK {
		t.Errorf("a minute later: %d %v", status, err)
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
	if err != nil || len(events) != 3 || events[0].Actor.Name != "Monitoring" || events[0].Actor.Subject != "siem" {
		t.Errorf("%+v, %v", events, err)
	}
	for search, want := range map[string]int{
		"?patient=9990000018": 400, "?date=2026": 400, "?date=gt2026-01-01": 400, "?_count=0": 400, "?_count=1001": 400, "?cursor=x": 400, "?date=ge2026-01-01": 200,
	} {
		if status, text, err := w.get(t, w.url+"/AuditEvent"+search, siem); err != nil || status != want || want == 400 && !strings.Contains(text, "OperationOutcome") {
			t.Errorf("%s: %d %s %v", search, status, text, err)
		}
	}
	if status, text, err := w.get(t, w.url+"/AuditEvent", certificate(t, "siem.rkb", &w.authority)); err != nil || status != http.StatusOK || strings.Contains(text, "Nurse") {
		t.Errorf("a partner reads what others' staff did: %d %s %v", status, text, err)
	}
	if status, _, err := w.get(t, w.url+"/Patient", siem); err != nil || status != http.StatusNotFound {
		t.Errorf("Patient: %d, %v", status, err)
	}
}
