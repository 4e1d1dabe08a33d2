package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/demo/postgres"
	"example.org/icr/demo/provider"
	"example.org/icr/store"
	"example.org/icr/views"
	"example.org/icr/web"
)

// app is the viewer as `icr serve` puts it together, in this process, with a
// PostgreSQL whose commits last.
type app struct {
	database *postgres.Server
	store    *store.Store
	desk     *store.Desk
	address  string // of the viewer
	bare     string // of one without a trail
	searcher string // of one that asks its partners for one type after the other
	issuer   string
	in       *signin.SignIn
	cookies  []string
	refs     []string
}

var secret = []byte(strings.Repeat("bench", 8))

var organisations = []record.Source{
	{Code: "Y99001", Name: "Spon End Surgery", Kind: record.Practice, Lag: "live"},
	{Code: "RKB", Name: "University Hospitals Coventry and Warwickshire", Kind: record.Acute, Lag: "live"},
	{Code: "RLT", Name: "George Eliot Hospital", Kind: record.Acute, Lag: "live"},
	{Code: "RJC", Name: "South Warwickshire", Kind: record.Acute, Lag: "live"},
	{Code: "RYG", Name: "Coventry and Warwickshire Partnership", Kind: record.MentalHealth, Lag: "nightly"},
	{Code: "RYA", Name: "West Midlands Ambulance", Kind: record.Ambulance, Lag: "live"},
	{Code: "E08000026", Name: "Coventry City Council", Kind: record.Council, Lag: "live"},
	{Code: "E10000031", Name: "Warwickshire County Council", Kind: record.Council, Lag: "nightly"},
}

// start starts the viewer over partners, with everybody signed in.
func start(ctx context.Context, partners []string) (*app, error) {
	a := &app{}
	if err := a.openStore(ctx); err != nil {
		return a, err
	}
	network, err := networkOf(ctx, partners, true)
	if err != nil {
		return a, err
	}
	searching, err := networkOf(ctx, partners, false)
	if err != nil {
		return a, err
	}
	viewer, address, err := listen()
	if err != nil {
		return a, err
	}
	a.address = address
	staff, err := newProvider(a.address)
	if err != nil {
		return a, err
	}
	defer staff.Close()
	a.issuer = staff.URL
	in, err := a.signIn()
	if err != nil {
		return a, err
	}
	a.in = in
	go http.Serve(viewer, a.handler(a.server(in, network, a.store))) // they end with the process
	if a.bare, err = serve(a.handler(a.server(in, network, noTrail{a.store}))); err != nil {
		return a, err
	}
	if a.searcher, err = serve(a.handler(a.server(in, searching, a.store))); err != nil {
		return a, err
	}
	return a, a.populate(ctx)
}

func (a *app) openStore(ctx context.Context) (err error) {
	if a.database, err = postgres.Start(ctx, postgres.Config{Settings: map[string]string{"track_commit_timestamp": "on"}}); err != nil {
		return err
	}
	if err := errors.Join(a.database.CreateRoles(ctx), a.database.CreateDatabase(ctx, "icr")); err != nil {
		return err
	}
	if _, err := store.Migrate(ctx, a.database.URL("icr_owner", "icr")); err != nil {
		return err
	}
	a.store, err = store.Open(ctx, store.Config{URL: a.database.URL("icr_server", "icr"), Secret: secret, Idle: signin.MaxIdle, Conns: 16})
	if err != nil {
		return err
	}
	if a.desk, err = store.OpenDesk(ctx, a.database.URL("icr_desk", "icr")); err != nil {
		return err
	}
	return errors.Join(a.store.Check(ctx), a.store.MakeMonths(ctx))
}

func (a *app) stop() error {
	if a.store != nil {
		a.store.Close()
	}
	if a.database == nil {
		return nil
	}
	return a.database.Stop()
}

func networkOf(ctx context.Context, addresses []string, everything bool) (*partner.Network, error) {
	client := source.NewHTTPClient()
	var partners []partner.Partner
	for i, address := range addresses {
		from, err := learnt(ctx, source.Config{Base: address, HTTP: client, Learn: source.Learn{Ask: everything, Types: true, Newest: true}})
		if err != nil {
			return nil, err
		}
		partners = append(partners, partner.Partner{Source: organisations[i], Supplies: record.Sections, Deadline: 4 * time.Second, From: from})
	}
	network, err := partner.NewNetwork(time.Now, partners...)
	if err == nil {
		network.SoftDeadline(1500 * time.Millisecond)
	}
	return network, err
}

// learnt is a partner that has been asked what it can do, as `icr serve` asks.
func learnt(ctx context.Context, c source.Config) (*source.Source, error) {
	from, err := source.New(c)
	if err != nil {
		return nil, err
	}
	return from, from.Probe(ctx)
}

func listen() (net.Listener, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	return l, "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// newProvider is an identity provider of invented staff.
func newProvider(viewer string) (*httptest.Server, error) {
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	p, err := provider.New(provider.Config{Issuer: issuer, Users: provider.Staff, Clients: []provider.Client{
		{ID: "icr", Secret: "bench", RedirectURIs: []string{viewer + "/signin/callback/cis2"}},
	}})
	if err != nil {
		return nil, err
	}
	server.Config.Handler = p
	server.Start()
	return server, nil
}

func (a *app) signIn() (*signin.SignIn, error) {
	return signin.New(signin.Config{PublicURL: a.address, Rows: a.store, Secret: secret, Issuers: []signin.Issuer{{
		ID: "cis2", Name: "NHS staff", URL: a.issuer, ClientID: "icr", ClientSecret: "bench", Mapping: "cis2",
		Scopes: []string{"openid", "profile", "nhsperson", "nationalrbacaccess", "associatedorgs"},
		Roles:  map[string]auth.Role{"R8000": auth.Clinician},
	}}})
}

func (a *app) server(in *signin.SignIn, network *partner.Network, log audit.Log) *web.Server {
	policy := &access.Policy{Facts: a.store, Now: time.Now, Programme: access.Programme{
		MinimumAge: 18, DeceasedFor: 28 * 24 * time.Hour, Practices: map[nhs.ODSCode]bool{"Y99001": true},
	}}
	trail := &audit.Trail{Log: log, Policy: policy, Now: time.Now}
	people := &pds.Client{Base: "http://localhost:9", HTTP: http.DefaultClient, Now: time.Now} // everybody is known already
	return &web.Server{
		SignIn: in, Trail: trail, People: people, Kept: a.store, Desk: a.desk, Secret: secret, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: time.Now,
		Viewing: &viewing.Service{Access: policy, Trail: trail, Partners: network, Demographics: people, Keeper: a.store, Now: time.Now},
		Site:    web.Site{Programme: "Benchmark", Code: "QWU", PublicURL: a.address},
	}
}

// handler serves the viewer, and besides a page with the sections alone that
// matter first, compressed as its own are.
func (a *app) handler(s *web.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.Handle("GET /key/{ref}", web.Compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := keySections(s, r)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})))
	return mux
}

// keySections goes the way of the viewer's pages and shows allergies,
// medications and problems alone.
func keySections(s *web.Server, r *http.Request) ([]byte, error) {
	u, err := s.SignIn.User(r)
	if err != nil {
		return nil, err
	}
	patient, err := s.Kept.Referred(r.Context(), u.Issuer, u.Subject, r.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	only := []record.Section{record.Allergies, record.Medications, record.Problems}
	return s.Viewing.View(r.Context(), viewing.Ask{User: u, Patient: patient, Page: "key", Only: only, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := views.RecordPage{
			Frame: views.Frame{Programme: s.Site.Programme, User: &u, Now: time.Now()}, Ref: r.PathValue("ref"), Person: shown.Person, Record: shown.Record,
			Scope: shown.Scope, Ground: shown.Ground, Reference: shown.Reference, OpenedAt: shown.OpenedAt,
		}
		var b bytes.Buffer
		err := views.Summary(p).Render(r.Context(), &b)
		return viewing.Rendered{Bytes: b.Bytes(), Entries: p.Entries()}, err
	}})
}

// noTrail is a trail that nothing is written on, to tell what the trail costs.
// It decides as the viewer did without one: once.
type noTrail struct{ facts access.FactFinder }

func (noTrail) Append(context.Context, ...audit.Event) error { return nil }

func (noTrail) AppendClaim(context.Context, audit.Event, time.Time, int) error { return nil }

func (n noTrail) AppendIf(ctx context.Context, req access.Request, write func(access.Facts) (audit.Ready, error), seen *audit.Sight) error {
	if seen != nil {
		return nil // a disclosure
	}
	f, err := n.facts.Facts(ctx, req)
	if err == nil {
		_, err = write(f)
	}
	return err
}

// populate makes every patient known and registered with the practice, and
// signs a general practitioner in for each.
func (a *app) populate(ctx context.Context) error {
	for _, n := range patients {
		p := record.Person{
			Number: n, Family: "Typical", Given: []string{"Mary"}, Gender: "female", Born: record.ParseDate("1951-03-09"),
			Address: []string{"1 Example Street", "Coventry"}, Postcode: "CV1 1AA", Practice: "Y99001", FetchedAt: time.Now(),
		}
		if err := errors.Join(a.store.SavePerson(ctx, p), a.store.SaveRegistration(ctx, p, time.Now().Add(12*time.Hour))); err != nil {
			return err
		}
		if err := a.signInAs(ctx, provider.Staff[0], n); err != nil {
			return err
		}
	}
	return nil
}

// signInAs signs in as a browser does, and finds the ref of the patient.
func (a *app) signInAs(ctx context.Context, who provider.User, n nhs.Number) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Jar: jar}).Get(a.address + "/signin?login_hint=" + who.Name)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("signing in: status %d at %s", res.StatusCode, res.Request.URL.Path)
	}
	home, err := url.Parse(a.address)
	if err != nil {
		return err
	}
	var cookies []string
	for _, c := range jar.Cookies(home) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	a.cookies = append(a.cookies, strings.Join(cookies, "; "))
	ref, err := a.store.Refer(ctx, a.issuer, who.UID, n)
	a.refs = append(a.refs, ref)
	return err
}

// pages are the patients' pages at an address, each at path with its ref.
func (a *app) pages(address, path string) []page {
	all := make([]page, len(a.refs))
	for i := range all {
		all[i] = page{URL: address + fmt.Sprintf(path, a.refs[i]), Cookie: a.cookies[i]}
	}
	return all
}
