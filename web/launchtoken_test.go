package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth/keyset"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/partner/partnertest"
	"github.com/go-jose/go-jose/v4"
)

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// posting is a world with a local system that posts tokens, and makes one.
func posting(t *testing.T) (w *world, token func(subject, id string) string) {
	t.Helper()
	w = newWorld(t, partnertest.Holds)
	der, err := x509.MarshalECPrivateKey(ecKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if w.launches.Key, err = launch.ParseKey(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))); err != nil {
		t.Fatal(err)
	}
	theirs := ecKey(t)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: theirs.Public(), KeyID: "k1"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.Fixed(set)
	if err != nil {
		t.Fatal(err)
	}
	w.launches.Systems = []launch.System{{ID: "old", Name: "Older system", Organisation: "RKB", Trusted: true, Issuer: w.staff.URL, IssuerID: "cis2", Sender: "https://old.example", Keys: keys}}
	var ours jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.arrive().get("/launch/keys").body), &ours); err != nil || len(ours.Keys) != 1 {
		t.Fatal("no key is published")
	}
	return w, func(subject, id string) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: theirs, KeyID: "k1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		jws, err := signer.Sign(fmt.Appendf(nil, `{"iss":"https://old.example","aud":%q,"sub":%q,"jti":%q,"iat":%d,"exp":%d,"nhs_number":%q,"birth_date":%q,"reason":"direct care"}`,
			w.url+"/launch", subject, id, now.Unix(), now.Add(time.Minute).Unix(), patient.Number.Digits(), patient.Born.ISO()))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jws.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: ours.Keys[0].Key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		jwe, err := encrypter.Encrypt([]byte(signed))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwe.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// crossSite posts a form as a page of another site makes a browser do: without
// our cookies. It returns the status and where the browser is sent.
func (w *world) crossSite(path string, form url.Values) (status int, to string) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://old.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || strings.Contains(string(body), patient.Family) || len(res.Cookies()) > 0 {
		w.t.Errorf("the answer: %s %v", body, err)
	}
	return res.StatusCode, res.Header.Get("Location")
}

// A system without SMART posts a token. What it says waits until its user is
// signed in, and is had once.
func TestATokenOpensTheRecordForItsUser(t *testing.T) {
	w, token := posting(t)
	b := w.as("ed.nurse")
	events := w.trail()
	nurse := events[len(events)-1].Actor.Subject
	posted := url.Values{"token": {token(nurse, "j1")}}
	status, to := w.crossSite("/launch", posted)
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/launched/") {
		t.Fatal(status, to)
	}
	if status, _ := w.crossSite("/launch", posted); status != http.StatusBadRequest || !strings.Contains(w.log.String(), "used-before") {
		t.Errorf("the token was taken twice: %d", status)
	}
	stranger := w.arrive()
	if p := stranger.get(to); p.status != http.StatusUnauthorized || p.name() != "signin" || !strings.Contains(p.body, url.QueryEscape(to)) && !strings.Contains(p.body, to) {
		t.Errorf("nobody is signed in: %d %s", p.status, p.name())
	}
	if p := w.as("pharmacist").get(to); p.status != http.StatusBadRequest || p.name() != "problem" || w.count(audit.LaunchFailed) != 1 {
		t.Errorf("somebody else: %d %s", p.status, p.name())
	}
	p := b.get(to)
	if p.name() != "summary" || !strings.Contains(p.Find("[data-ground=launched]").Text(), "Older system") {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if p := b.get(to); p.status != http.StatusBadRequest {
		t.Errorf("had twice: %d", p.status)
	}
	status, to = w.crossSite("/launch", url.Values{"token": {token(nurse, "j2")}})
	if p := stranger.get("/signin?login_hint=ed.nurse&return=" + url.QueryEscape(to)); p.name() != "summary" || status != http.StatusSeeOther {
		t.Errorf("after signing in: %d %s", p.status, p.name())
	}
	var launched audit.Event
	for _, e := range w.trail() {
		if e.Kind == audit.Launched {
			launched = e
		}
	}
	if launched.Words != "direct care" || launched.Page != "Older system" || launched.Patient != patient.Number {
		t.Errorf("on the trail: %+v", launched)
	}
	for _, path := range []string{"/search", "/signout", "/launched/x"} { // nothing else is open to other sites
		if status, _ := w.crossSite(path, posted); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := w.crossSite("/launch", url.Values{"token": {strings.Repeat("x", 1<<20)}}); status != http.StatusBadRequest {
		t.Errorf("a token of a megabyte: %d", status)
	}
	w.logSaysNothing(t)
}
