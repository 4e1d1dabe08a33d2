// Package ehr is a hospital's own patient record in a demonstration, as little
// of it as is needed to open the viewer from there: a list of patients, and
// SMART App Launch 2, whose authorisation server is the identity provider, or
// the token of systems without SMART.
package ehr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

//go:embed page.css
var style string

//go:embed page.html
var layout string

var document = template.Must(template.New("page").Parse(layout))

var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
}()

// Patient is somebody in the hospital's record.
type Patient struct {
	Name, Born, Story string
	Number, BirthDate string          // as tokens tell them
	Resource          json.RawMessage // a FHIR Patient
}

// Config is what the record needs to know.
type Config struct {
	URL      string // its own address, without a slash at the end
	Name     string // of the hospital
	User     string // who works at it
	Subject  string // the same, as the authorisation server knows them
	Viewer   string // the viewer's address
	Issuer   string // of the authorisation server
	Patients []Patient
	Key      *ecdsa.PrivateKey                            // that it signs tokens with
	Bearer   func(token string) (patient string, ok bool) // what an access token is for
}

// FHIRPath is where its FHIR server is.
const FHIRPath = "/fhir"

// launchLasts is how long a launch waits for its viewer.
const launchLasts = time.Minute

// Record is the hospital's record.
type Record struct {
	Config
	routes *http.ServeMux

	mu       sync.Mutex
	launches map[string]launched
}

type launched struct {
	patient string
	at      time.Time
}

// New returns the record that c describes.
func New(c Config) *Record {
	r := &Record{Config: c, routes: http.NewServeMux(), launches: map[string]launched{}}
	r.routes.HandleFunc("GET /{$}", r.list)
	r.routes.HandleFunc("GET /open/{n}", r.open)
	r.routes.HandleFunc("GET /post/{n}", r.post)
	r.routes.HandleFunc("GET "+FHIRPath+"/.well-known/smart-configuration", r.configuration)
	r.routes.HandleFunc("GET "+FHIRPath+"/Patient/{id}", r.patient)
	return r
}

// ServeHTTP answers.
func (r *Record) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	r.routes.ServeHTTP(w, req)
}

// Launched returns who launched with a handle, and of whom, once.
func (r *Record) Launched(handle string) (user, patient string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.launches[handle]
	delete(r.launches, handle)
	return r.User, l.patient, ok && time.Since(l.at) < launchLasts
}

func (r *Record) list(w http.ResponseWriter, _ *http.Request) {
	r.send(w, document, struct {
		*Record
		Style template.CSS
	}{r, template.CSS(style)})
}

func (r *Record) send(w http.ResponseWriter, page *template.Template, of any) {
	var body bytes.Buffer
	if err := page.Execute(&body, of); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	body.WriteTo(w)
}

// open launches the viewer with a patient in context.
func (r *Record) open(w http.ResponseWriter, req *http.Request) {
	n, ok := r.numbered(req)
	if !ok {
		http.NotFound(w, req)
		return
	}
	handle := rand.Text()
	r.mu.Lock()
	for h, l := range r.launches {
		if time.Since(l.at) > launchLasts {
			delete(r.launches, h)
		}
	}
	r.launches[handle] = launched{idOf(n), time.Now()}
	r.mu.Unlock()
	http.Redirect(w, req, r.Viewer+"/launch?"+url.Values{"iss": {r.URL + FHIRPath}, "launch": {handle}}.Encode(), http.StatusSeeOther)
}

func idOf(n int) string { return fmt.Sprintf("patient-%d", n) }

// configuration says how the authorisation server is spoken to: as it says
// itself.
func (r *Record) configuration(w http.ResponseWriter, req *http.Request) {
	said, err := r.discover(req)
	if err != nil {
		http.Error(w, "the identity provider does not answer", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"issuer": r.Issuer, "jwks_uri": said["jwks_uri"], "authorization_endpoint": said["authorization_endpoint"], "token_endpoint": said["token_endpoint"],
		"grant_types_supported": []string{"authorization_code"}, "code_challenge_methods_supported": []string{"S256"},
		"capabilities": []string{"launch-ehr", "client-confidential-symmetric", "context-ehr-patient", "sso-openid-connect", "permission-patient", "permission-v2"},
	})
}

func (r *Record) discover(req *http.Request) (said map[string]any, err error) {
	asking, err := http.NewRequestWithContext(req.Context(), http.MethodGet, r.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(asking)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return said, json.NewDecoder(res.Body).Decode(&said)
}

// patient sends the Patient that an access token is for, under the hospital's
// own id.
func (r *Record) patient(w http.ResponseWriter, req *http.Request) {
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	id, ok := r.Bearer(token)
	if !ok || id != req.PathValue("id") {
		http.Error(w, "the access token is not for this patient", http.StatusForbidden)
		return
	}
	for n, p := range r.Patients {
		var resource map[string]any
		if idOf(n) != id || json.Unmarshal(p.Resource, &resource) != nil {
			continue
		}
		resource["id"] = id
		w.Header().Set("Content-Type", "application/fhir+json")
		json.NewEncoder(w).Encode(resource)
		return
	}
	http.NotFound(w, req)
}
