package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
	"github.com/jackc/pgx/v5"
)

// ehr is a local system: a FHIR server, whose authorisation server is the
// issuer of the world.
type ehr struct {
	*httptest.Server
	w       *world
	user    string               // who is signed in there
	config  func(map[string]any) // changes its smart-configuration
	patient string               // in context, as the token says
	sends   string               // the Patient, in place of the world's
	status  int                  // of the Patient
	asked   []string             // tokens that the Patient was asked for with
}

const verifiedNumber = `{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"code":"number-present-and-verified"}]}}`

func ehrPatient(number, family, born, extension string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":"p7","identifier":[{"system":"urn:mrn","value":"1"},{"system":%q,"value":%q,"extension":[%s]}],"name":[{"family":%q}],"gender":"female","birthDate":%q}`,
		nhs.NumberSystem, number, extension, family, born)
}

// launching is a world with a local system.
func launching(t *testing.T, modes ...partnertest.Mode) (*world, *ehr) {
	t.Helper()
	w := newWorld(t, modes...)
	e := &ehr{w: w}
	e.well()
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	w.tamper = e.authorise
	w.launches.Systems = []launch.System{{
		ID: "epr", Name: "Hospital EPR", Organisation: "RKB", Trusted: true, Issuer: w.staff.URL, IssuerID: "cis2", FHIR: e.URL + "/fhir", HTTP: e.Client(),
	}}
	return w, e
}

// well makes it behave.
func (e *ehr) well() {
	e.user, e.config, e.patient, e.status, e.sends = "ed.nurse", nil, "p7", http.StatusOK, ehrPatient(patient.Number.Digits(), patient.Family, patient.Born.ISO(), verifiedNumber)
}

func (e *ehr) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/fhir/.well-known/smart-configuration":
		said := map[string]any{
			"issuer": e.w.staff.URL, "authorization_endpoint": e.w.staff.URL + "/authorize", "token_endpoint": e.w.staff.URL + "/access_token",
			"capabilities": []string{"launch-ehr", "client-confidential-symmetric"}, "code_challenge_methods_supported": []string{"S256"},
		}
		if e.config != nil {
			e.config(said)
		}
		json.NewEncoder(rw).Encode(said)
	case "/fhir/Patient/" + e.patient:
		e.asked = append(e.asked, r.Header.Get("Authorization"))
		rw.Header().Set("Content-Type", "application/fhir+json")
		rw.WriteHeader(e.status)
		fmt.Fprint(rw, e.sends)
	default:
		http.NotFound(rw, r)
	}
}

// authorise is the issuer, which knows who launched, and of whom.
func (e *ehr) authorise(p http.Handler, rw http.ResponseWriter, r *http.Request) {
	if q := r.URL.Query(); q.Get("launch") != "" {
		if q.Get("aud") != e.URL+"/fhir" || !strings.Contains(q.Get("scope"), "launch") || q.Get("code_challenge_method") != "S256" {
			e.w.t.Errorf("asked with %v", q)
		}
		q.Set("login_hint", e.user)
		r.URL.RawQuery = q.Encode()
	}
	if r.URL.Path != "/access_token" {
		p.ServeHTTP(rw, r)
		return
	}
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, r)
	said := map[string]any{}
	if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
		e.w.t.Error(err)
	}
	if e.patient != "" {
		said["patient"] = e.patient
	}
	maps.Copy(rw.Header(), answer.Header())
	rw.Header().Del("Content-Length")
	rw.WriteHeader(answer.Code)
	json.NewEncoder(rw).Encode(said)
}

func (e *ehr) path() string {
	return "/launch?" + url.Values{"iss": {e.URL + "/fhir"}, "launch": {"h4nd13"}}.Encode()
}

// lastURL is the last address with this in it that a browser was sent to.
func (w *world) lastURL(with string) string {
	w.t.Helper()
	lines := strings.Split(w.urls.String(), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], with) {
			return strings.TrimPrefix(lines[i], w.url)
		}
	}
	w.t.Fatalf("nobody was sent to %s", with)
	return ""
}

func TestALaunchFromATrustedSystemIsAGroundUntilItsSessionEnds(t *testing.T) {
	w, e := launching(t, partnertest.Holds)
	b := w.arrive()
	p := b.get(e.path())
	if p.status != http.StatusOK || p.name() != "summary" || !strings.Contains(p.Find("[data-ground=launched]").Text(), "Hospital EPR") {
		t.Fatalf("%d %s %s", p.status, p.name(), p.text())
	}
	if k := w.kinds(); k[audit.Launched] != 1 || k[audit.SignedIn] != 1 || k[audit.Disclosed] != 1 {
		t.Errorf("on the trail: %v", k)
	}
	if len(e.asked) != 1 || !strings.HasPrefix(e.asked[0], "Bearer ") {
		t.Errorf("the system was asked %d times", len(e.asked))
	}
	ref, taken := p.url.Path, w.lastURL("/launched/")
	if p := b.get(taken); p.status != http.StatusBadRequest || p.name() != "problem" {
		t.Errorf("the context was had twice: %d", p.status)
	}
	if p := b.get(w.lastURL("/signin/callback/")); p.status != http.StatusBadRequest {
		t.Errorf("the state was had twice: %d", p.status)
	}
	if p := b.get(ref); p.name() != "summary" {
		t.Errorf("in the same session: %s", p.name())
	}
	if p := w.as("ed.nurse").get(ref); p.name() != "reason" {
		t.Errorf("in another session: %s", p.name())
	}
	b.post("/signout", url.Values{})
	if p := b.get(ref); p.status != http.StatusUnauthorized {
		t.Errorf("signed out: %d", p.status)
	}
	w.logSaysNothing(t)
}

// Everything but the ground is as ever.
func TestALaunchLiftsNothing(t *testing.T) {
	w, e := launching(t, partnertest.Holds)
	b := w.arrive()
	w.launches.Systems[0].Trusted = false
	if p := b.get(e.path()); p.name() != "reason" || w.asked() != 0 {
		t.Errorf("from a system that is not trusted: %d %s", p.status, p.name())
	}
	w.launches.Systems[0].Trusted, w.launches.Systems[0].Organisation = true, "RLT"
	if p := b.get(e.path()); p.name() != "reason" || w.asked() != 0 {
		t.Errorf("from another organisation's system: %d %s", p.status, p.name())
	}
	w.launches.Systems[0].Organisation, e.user = "RKB", "privacy.officer"
	if p := b.get(e.path()); p.name() != "refused" || w.asked() != 0 || w.count(audit.Launched) != 2 {
		t.Errorf("by a role that sees no record: %d %s", p.status, p.name())
	}
	e.user = "ed.nurse"
	w.object()
	p := b.get(e.path())
	if p.status != http.StatusForbidden || p.name() != "unavailable" || w.asked() != 0 {
		t.Errorf("P3: with an objection: %d %s", p.status, p.name())
	}
	p.nothingOf(t)
}

func TestP10_LaunchesThatAreNotAsTheyShouldBe(t *testing.T) {
	w, e := launching(t, partnertest.Holds)
	b := w.as("ed.nurse")
	set := func(name string, value any) func() {
		return func() { e.config = func(said map[string]any) { said[name] = value } }
	}
	sends := func(text string) func() { return func() { e.sends = text } }
	digits, born := patient.Number.Digits(), patient.Born.ISO()
	for _, test := range []struct {
		name, path, code string
		do               func()
	}{
		{"foreign iss", "/launch?launch=x&iss=https://ehr.example/fhir", "unknown-system", nil},
		{"iss with a slash more", "/launch?launch=x&iss=" + e.URL + "/fhir/", "unknown-system", nil},
		{"no iss", "/launch?launch=x", "not-as-agreed", nil},
		{"iss twice", e.path() + "&iss=https://ehr.example", "not-as-agreed", nil},
		{"no launch", "/launch?iss=" + e.URL + "/fhir", "not-as-agreed", nil},
		{"empty launch", "/launch?launch=&iss=" + e.URL + "/fhir", "launch-handle", nil},
		{"another token endpoint", "", "launch-mixed-up", set("token_endpoint", "https://evil.example/token")},
		{"another authorisation endpoint", "", "launch-mixed-up", set("authorization_endpoint", "https://evil.example/authorize")},
		{"another issuer", "", "launch-mixed-up", set("issuer", "https://evil.example")},
		{"no PKCE", "", "launch-not-offered", set("code_challenge_methods_supported", []string{"plain"})},
		{"no launches", "", "launch-not-offered", set("capabilities", []string{"launch-standalone"})},
		{"no patient", "", "no-patient", func() { e.patient = "" }},
		{"a patient that is no id", "", "no-patient", func() { e.patient = "../Patient?x=1" }},
		{"the system refuses", "", "patient-not-read", func() { e.status = http.StatusForbidden }},
		{"no FHIR", "", "patient-not-read", sends("<html>")},
		{"another Patient", "", "wrong-patient", sends(strings.Replace(ehrPatient(digits, "Canarybird", born, verifiedNumber), `"p7"`, `"p8"`, 1))},
		{"a Patient no longer in use", "", "wrong-patient", sends(strings.Replace(e.sends, `"id"`, `"active":false,"id"`, 1))},
		{"no NHS number", "", "no-nhs-number", sends(strings.Replace(e.sends, nhs.NumberSystem, "urn:other", 1))},
		{"mistyped NHS number", "", "no-nhs-number", sends(ehrPatient("9990000019", "Canarybird", born, verifiedNumber))},
		{"a number that nobody has", "", "nobody-of-that-number", sends(ehrPatient("9990000433", "Canarybird", born, verifiedNumber))},
		{"unverified", "", "unverified-nhs-number", sends(ehrPatient(digits, "Canarybird", born, ""))},
		{"traced and not verified", "", "unverified-nhs-number", sends(ehrPatient(digits, "Canarybird", born, strings.Replace(verifiedNumber, "present-and-verified", "present-but-not-traced", 1)))},
		{"somebody else of that number", "", "another-person", sends(ehrPatient(digits, "Other", "1931-01-01", verifiedNumber))},
	} {
		e.well()
		if test.do != nil {
			test.do()
		}
		path := test.path
		if path == "" {
			path = e.path()
		}
		p := b.get(path)
		if p.name() != "problem" || p.status != http.StatusBadRequest || !strings.Contains(p.text(), "could not be opened from your system") {
			t.Errorf("%s: %d %s", test.name, p.status, p.text())
		}
		p.nothingOf(t)
		events := w.trail()
		if e := events[len(events)-1]; e.Kind != audit.LaunchFailed || e.Words != test.code || e.Actor.Subject == "" {
			t.Errorf("%s: on the trail %s %q", test.name, e.Kind, e.Words)
		}
	}
	if w.asked() != 0 || w.count(audit.Launched) != 0 {
		t.Error("a partner was asked")
	}
	if p := w.arrive().get("/launch?launch=x&iss=https://ehr.example/fhir"); p.status != http.StatusBadRequest || !strings.Contains(w.log.String(), `"unknown-system"`) {
		t.Errorf("by nobody: %d", p.status)
	}
	w.logSaysNothing(t)
}

// What waits for one person is not for another.
func TestALaunchIsForItsUserAlone(t *testing.T) {
	w, e := launching(t, partnertest.Holds)
	path, err := w.launches.Receive(t.Context(), "no token")
	if path != "" || err == nil {
		t.Error("a token that is none was taken")
	}
	e.user = "two.jobs"
	if p := w.arrive().get(e.path()); p.name() != "role" {
		t.Fatalf("%d %s", p.status, p.name())
	}
	var ref string
	w.superRow(`SELECT ref FROM searches WHERE kind = 'launch'`, &ref)
	if p := w.as("ed.nurse").get("/launched/" + ref); p.status != http.StatusBadRequest || w.count(audit.LaunchFailed) != 1 || w.asked() != 0 {
		t.Errorf("%d %s", p.status, p.text())
	}
}

func TestALaunchedGroundWithoutASessionIsNone(t *testing.T) {
	w := newWorld(t)
	b := w.as("ed.nurse")
	ref := b.ref()
	err := w.SaveLaunched(t.Context(), patient.Number, access.Relationship{Kind: access.Launched, Organisation: "RKB", Starts: patient.Born.Time(), Ends: patient.Born.Time().AddDate(200, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if p := b.get(ref); p.name() != "reason" {
		t.Errorf("it opens: %s", p.name())
	}
}

// superRow reads one value as the database's administrator.
func (w *world) superRow(sql string, into any) {
	w.t.Helper()
	c, err := pgx.Connect(w.t.Context(), w.db.Super)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(w.t.Context()))
	if err := c.QueryRow(w.t.Context(), sql).Scan(into); err != nil {
		w.t.Fatal(err)
	}
}
