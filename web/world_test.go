package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/care/viewing"
	"example.org/icr/demo/provider"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"example.org/icr/views"
	"example.org/icr/web"
	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// world is the whole application but for its main function: a real database,
// a real OpenID provider, a real demographics service, real partners.
type world struct {
	*store.Store
	t        *testing.T
	db       storetest.Database
	url      string
	server   *httptest.Server
	web      *web.Server // the one made last
	tamper   func(provider http.Handler, rw http.ResponseWriter, r *http.Request)
	staff    signin.Issuer
	health   []views.PartnerHealth // as the page for the service administrator has it
	app      atomic.Pointer[http.Handler]
	partners map[nhs.ODSCode]*partnertest.Server
	gathers  *partner.Network
	more     []partner.Partner
	launches launch.Desk // of local systems
	live     bool        // the hospital RKB is asked by its own people whether it cares for a patient
	pds      *httptest.Server
	spine    atomic.Pointer[http.Handler] // behind pds
	log      *safeBuffer
	urls     *safeBuffer // every URL that the browser was sent to
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// play puts other partners in the place of those that there were.
func (w *world) play(modes ...partnertest.Mode) {
	h := w.handler(modes)
	w.app.Store(&h)
}

// deadline is a partner's in a mode. Only who never answers is waited for so
// long: a slow machine has time for the others.
func deadline(mode partnertest.Mode) time.Duration {
	if mode == partnertest.Hangs || mode == partnertest.Drips {
		return time.Second
	}
	return 10 * time.Second
}

var patient = record.Person{
	Number: mustNumber("9990000018"), Family: "Canarybird", Given: []string{"Ottoline"}, Gender: "female",
	Born: record.ParseDate("1980-02-03"), Practice: "Y99001",
}

// former is a number that the patient had before.
var former = mustNumber("9990000034")

func mustNumber(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// newWorld starts everything. The modes are those of the partners at RKB and
// after it.
func newWorld(t *testing.T, modes ...partnertest.Mode) *world {
	t.Helper()
	return newWorldWith(t, nil, modes...)
}

// newWorldWith is newWorld with more partners.
func newWorldWith(t *testing.T, more []partner.Partner, modes ...partnertest.Mode) *world {
	t.Helper()
	s, db := storetest.Open(t)
	w := &world{more: more, Store: s, t: t, db: db, partners: map[nhs.ODSCode]*partnertest.Server{}, log: &safeBuffer{}, urls: &safeBuffer{}}
	w.people(spine.New(&town.Town{
		Demographics: map[string]json.RawMessage{patient.Number.Digits(): demographics(patient)},
		Superseded:   map[string]string{former.Digits(): patient.Number.Digits()},
	}))
	w.pds = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*w.spine.Load()).ServeHTTP(rw, r) }))
	t.Cleanup(w.pds.Close)
	w.server = httptest.NewUnstartedServer(nil)
	w.url = "http://localhost:" + strings.Split(w.server.Listener.Addr().String(), ":")[1]
	w.play(modes...)
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*w.app.Load()).ServeHTTP(rw, r) })
	w.server.Start()
	t.Cleanup(w.server.Close)
	return w
}

// people makes h the demographics service.
func (w *world) people(h http.Handler) { w.spine.Store(&h) }

func demographics(p record.Person) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"use":"usual","family":%q,"given":[%q]}],
		"gender":%q,"birthDate":%q,"generalPractitioner":[{"identifier":{"system":%q,"value":%q}}],"address":[{"use":"home","line":["1 Aviary Lane"],"postalCode":"CV99 9ZZ"}]}`,
		p.Number.Digits(), nhs.NumberSystem, p.Number.Digits(), p.Family, p.Given[0], p.Gender, p.Born.ISO(), nhs.ODSSystem, p.Practice))
}

func (w *world) handler(modes []partnertest.Mode) http.Handler {
	policy := &access.Policy{Facts: w, Now: time.Now, Programme: access.Programme{
		MinimumAge: 18, DeceasedFor: 28 * 24 * time.Hour, Practices: map[nhs.ODSCode]bool{"Y99001": true},
	}}
	trail := &audit.Trail{Log: w, Policy: policy, Now: time.Now}
	people := &pds.Client{Base: w.pds.URL, HTTP: &http.Client{Timeout: 10 * time.Second}, Now: time.Now}
	w.launches.Keeper, w.launches.Now, w.launches.Audience = w, time.Now, w.url+"/launch"
	in, err := signin.New(signin.Config{PublicURL: w.url, Rows: w, Secret: storetest.Secret, Issuers: []signin.Issuer{w.issuer()}, Arrived: w.launches.Arrive})
	if err != nil {
		w.t.Fatal(err)
	}
	desk := storetest.Desk(w.t, w.db)
	s := &web.Server{
		SignIn: in, Launches: &w.launches, Trail: trail, People: people, Kept: w, Desk: desk, Safety: desk, Suppliers: suppliers, Reports: w, Forms: w, Possible: w, Drafts: w, Requests: w, Rules: objection.Rules{TwoToWithdraw: true}, Spending: w, Now: time.Now, Secret: storetest.Secret,
		Partners: func() []views.PartnerHealth { return w.health },
		Log:      slog.New(slog.NewJSONHandler(w.log, nil)),
		Viewing:  &viewing.Service{Access: policy, Trail: trail, Partners: w.network(modes), Demographics: people, Keeper: w, Now: time.Now},
		Site:     web.Site{Programme: "Test ICR", Code: "QWU", PublicURL: w.url, Telephones: []views.OrganisationPhone{{Name: "Some Hospital", Phone: "024 7600 0000"}}},
	}
	w.web = s
	return s.Handler()
}

func (w *world) issuer() signin.Issuer {
	if w.staff.URL != "" {
		return w.staff
	}
	op := httptest.NewUnstartedServer(nil)
	issuer := "http://" + op.Listener.Addr().String()
	p, err := provider.New(provider.Config{Issuer: issuer, Users: provider.Staff, Clients: []provider.Client{
		{ID: "icr", Secret: "secret", RedirectURIs: []string{w.url + "/signin/callback/cis2"}, BackChannelSignOut: w.url + "/backchannel-logout", AfterSignOut: []string{w.url + "/signed-out"}},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	op.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.tamper != nil {
			w.tamper(p, rw, r)
			return
		}
		p.ServeHTTP(rw, r)
	})
	op.Start()
	w.t.Cleanup(op.Close)
	w.staff = signin.Issuer{
		ID: "cis2", Name: "Test", URL: issuer, ClientID: "icr", ClientSecret: "secret", Mapping: "cis2",
		Scopes: []string{"openid", "profile", "nhsperson", "nationalrbacaccess", "associatedorgs"},
		Roles: map[string]auth.Role{
			"R8000": auth.Clinician, "R8001": auth.Clinician, "R8003": auth.Clinician, "R8014": auth.SocialCare, "R8010": auth.CareAdmin,
			"R0001": auth.PrivacyOfficer, "R5105": auth.CaldicottGuardian, "R8013": auth.ObjectionsOfficer, "R8012": auth.SafetyOfficer, "R8015": auth.ServiceAdmin,
		},
	}
	return w.staff
}

func (w *world) network(modes []partnertest.Mode) *partner.Network {
	codes := []nhs.ODSCode{"RKB", "RLT", "RJC", "RYG"}
	var partners []partner.Partner
	for i, mode := range modes {
		s := partnertest.New(w.t, mode, patient)
		w.partners[codes[i]] = s
		client, err := source.NewTLSClient(source.TLS{CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile})
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(client.CloseIdleConnections)
		from, err := source.New(source.Config{Base: s.URL, HTTP: client, Exchange: codes[i] == "RKB", Newest: true, Learn: source.Learn{Ask: true, SearchBy: true, Types: true, Release: true}})
		if err != nil {
			w.t.Fatal(err)
		}
		partners = append(partners, partner.Partner{
			Source: record.Source{Code: codes[i], Name: "Hospital " + string(codes[i]), Kind: record.Acute, NameTells: codes[i] == "RYG"}, Supplies: record.Sections, Deadline: deadline(mode), From: from, LiveQuestion: w.live && codes[i] == "RKB",
		})
	}
	n, err := partner.NewNetwork(time.Now, append(partners, w.more...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	n.Report(slog.New(slog.NewJSONHandler(w.log, nil)))
	n.RaiseTo(safety.Raiser{Keeper: w, Log: slog.New(slog.NewJSONHandler(w.log, nil))}.Raise)
	w.gathers = n
	return n
}

// relate gives organisations a current relationship with the patient.
func (w *world) relate(orgs ...nhs.ODSCode) {
	w.t.Helper()
	for _, org := range orgs {
		_, err := w.SaveRelationships(w.t.Context(), []store.Relationship{{Patient: patient.Number, SourceID: string(org), Relationship: access.Relationship{
			Kind: access.Episode, Organisation: org, Evidence: "test feed", Starts: time.Now().Add(-time.Hour),
		}}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) object() { w.objectAs(patient.Number) }

func (w *world) objectAs(number nhs.Number) {
	e := audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())
	o := objection.Objection{Patient: number, Family: patient.Family, State: objection.IdentityConfirmed, At: time.Now()}
	if err := w.RecordObjection(w.t.Context(), o, e); err != nil {
		w.t.Error(err)
	}
}

// browser is one person's browser.
type browser struct {
	*http.Client
	w *world
}

// as signs somebody in.
func (w *world) as(user string) *browser {
	w.t.Helper()
	b := w.arrive()
	if page := b.get("/signin?login_hint=" + user); page.status != http.StatusOK {
		w.t.Fatalf("%s could not sign in: %d %s", user, page.status, page.text())
	}
	return b
}

// arrive is a browser at which nobody is signed in.
func (w *world) arrive() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		fmt.Fprintln(w.urls, r.URL)
		return nil
	}}, w}
}

// render is what a browser makes of a page of views.
func render(t *testing.T, c templ.Component) page {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return page{Document: doc}
}

// page is an answer.
type page struct {
	status int
	header http.Header
	url    *url.URL
	body   string
	*goquery.Document
}

func (p page) name() string { return p.Find("main").AttrOr("data-page", "") }

// names reports whether the page, its markup included, has a word, in letters of
// either case. A ref may hold any three letters by chance.
func (p page) names(word string) bool {
	return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(word) + `\b`).MatchString(p.body)
}

func (p page) text() string { return strings.Join(strings.Fields(p.Find("main").Text()), " ") }

func (b *browser) get(path string) page {
	b.w.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) page {
	b.w.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) page {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.url + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	fmt.Fprintln(b.w.urls, req.URL)
	res, err := b.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		b.w.t.Fatal(err)
	}
	p := page{res.StatusCode, res.Header, res.Request.URL, string(body), doc}
	if to, onward := strings.CutPrefix(p.Find(`meta[http-equiv="refresh"]`).AttrOr("content", ""), "0;url="); onward {
		return b.get(to)
	}
	return p
}

// ref finds the patient, and returns the address of the record.
func (b *browser) ref() string {
	b.w.t.Helper()
	p := b.post("/search", url.Values{"nhs_number": {patient.Number.Spaced()}})
	href, ok := p.Find(`a[href^="/record/"]`).Attr("href")
	if !ok {
		b.w.t.Fatalf("the patient was not found: %d %s", p.status, p.text())
	}
	return href
}

// record finds the patient and opens the record.
func (b *browser) record() page {
	b.w.t.Helper()
	return b.get(b.ref())
}

// trail is what stands on it, oldest first.
func (w *world) trail() []audit.Event {
	w.t.Helper()
	desk, err := store.OpenDesk(w.t.Context(), w.db.Desk)
	if err != nil {
		w.t.Fatal(err)
	}
	defer desk.Close()
	events, err := desk.Events(w.t.Context(), audit.Reach{Programme: true}, audit.Query{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	return events
}

// kinds counts the trail's events about the patient's record.
func (w *world) kinds() map[audit.Kind]int {
	count := map[audit.Kind]int{}
	for _, e := range w.trail() {
		count[e.Kind]++
	}
	return count
}

// meanwhile looks, and has something happen once a partner was asked and
// before any has answered.
func (w *world) meanwhile(look func() page, happens func()) page {
	w.t.Helper()
	before, done := w.asked(), make(chan page, 1)
	for _, s := range w.partners {
		s.Hold()
		defer s.Release()
	}
	go func() { done <- look() }()
	for w.asked() == before {
		select {
		case p := <-done:
			w.t.Error("no partner was asked")
			return p
		case <-time.After(time.Millisecond):
		}
	}
	happens()
	for _, s := range w.partners {
		s.Release()
	}
	return <-done
}

// asked reports how often any partner was asked for anything clinical.
func (w *world) asked() (n int) {
	for _, s := range w.partners {
		n += len(s.Asked())
	}
	return n
}
