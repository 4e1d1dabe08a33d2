package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/post"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/care/viewing"
	"example.org/icr/static"
	"example.org/icr/store"
	"example.org/icr/web"
)

// settings are all that serving needs, read once.
type settings struct {
	address, opsAddress, publicURL string
	database, desk, monitor        string
	hookKey                        []byte // signs webhooks; nil where there is none
	secret                         []byte
	banner                         string
	proxies                        []*net.IPNet
	mail                           *post.Config // nil where no e-mail is sent
	programme                      programme
	issuers                        []signin.Issuer
	launches                       launch.Desk
	partners                       []source.Config // without addresses, in the file's order
	demographics                   asking
	digest                         string // of the programme file: SHA-256, in hex
	labels                         *access.Labels
	calling                        *calling // nil where no other system calls
}

func readSettings(getenv func(string) string) (settings, error) {
	e := &environment{getenv: getenv}
	s := settings{
		address: e.address("ICR_ADDRESS"), opsAddress: e.address("ICR_OPS_ADDRESS"), publicURL: e.publicURL("ICR_PUBLIC_URL"),
		database: e.database("ICR_DATABASE_URL"), desk: e.database("ICR_DESK_DATABASE_URL"), monitor: e.database("ICR_MONITOR_DATABASE_URL"),
		secret: e.secret("ICR_SECRET_FILE"), banner: getenv("ICR_BANNER"), proxies: e.networks("ICR_TRUSTED_PROXIES"), mail: e.mail(),
	}
	text := e.file("ICR_PROGRAMME_FILE")
	if text == "" {
		return s, e.err()
	}
	sum := sha256.Sum256([]byte(text))
	s.digest = hex.EncodeToString(sum[:])
	var err error
	if s.programme, err = parseProgramme(text); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
		return s, e.err()
	}
	if s.mail == nil && len(s.programme.Monitoring.Contacts) > 0 {
		e.fault("ICR_SMTP_URL", "is not set: the contacts under monitoring could not be told of alerts")
	}
	if s.programme.Residents == nil {
		e.fault("ICR_PROGRAMME_FILE", "residents is missing: the law wants people to be told what is done with their data")
	}
	if err = s.programme.readPractices(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	if s.launches, err = s.programme.launches(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	if err = s.programme.readDirectories(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	if s.issuers, err = s.programme.issuers(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	if s.partners, err = s.programme.connections(s.publicURL); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	s.calling = e.calling(s.programme)
	if s.labels, err = s.programme.labels(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	if s.hookKey, err = s.programme.hookKey(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "monitoring: %v", err)
	}
	if s.demographics, err = s.programme.demographicsFiles(); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
	}
	return s, e.err()
}

func serve(ctx context.Context, getenv func(string) string, out io.Writer) error {
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	if err := static.Built(); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{URL: s.database, Secret: s.secret, Idle: s.programme.Programme.SessionIdle, Conns: 16, Severities: s.programme.Monitoring.severities()})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := errors.Join(db.Check(ctx), db.MakeMonths(ctx)); err != nil {
		return err
	}
	desk, err := store.OpenDesk(ctx, s.desk)
	if err != nil {
		return fmt.Errorf("ICR_DESK_DATABASE_URL: %w", err)
	}
	defer desk.Close()
	log := slog.New(slog.NewJSONHandler(out, nil))
	guard, err := s.guard(ctx, log)
	if err != nil {
		return fmt.Errorf("ICR_MONITOR_DATABASE_URL: %w", err)
	}
	defer guard.Close()
	network, err := newNetwork(s)
	if err != nil {
		return err
	}
	network.Report(log)
	network.RaiseTo(safety.Raiser{Keeper: db, Log: log}.Raise)
	health := healthOf(s.watchDemographics(), network)
	server, err := newServer(s, db, desk, network, log)
	if err != nil {
		return err
	}
	server.Partners = health.page
	go network.Watch(ctx)
	if s.mail != nil {
		office := post.Office{Config: *s.mail, Outbox: db, Programme: s.programme.Programme.Name, PublicURL: s.publicURL, Log: log, Every: 10 * time.Second}
		go office.Run(ctx)
	}
	go guard.run(ctx)
	return listen(ctx, s, server, web.Operations(db, metrics(health, db, guard)), db)
}

// newServer puts the parts together.
func newServer(s settings, db *store.Store, desk *store.Desk, network *partner.Network, log *slog.Logger) (*web.Server, error) {
	names, viewers := s.programme.names(), s.programme.mayView()
	table, err := s.programme.table()
	if err != nil {
		return nil, err
	}
	policy := &access.Policy{Programme: s.programme.inclusion(), Table: table, Labels: s.labels, Testing: s.programme.testing(), Facts: db, Now: time.Now}
	marker, err := audit.NewMarker(s.secret)
	if err != nil {
		return nil, err
	}
	trail := &audit.Trail{Log: db, Policy: policy, Now: time.Now, Marker: marker}
	launches := s.launches
	launches.Keeper, launches.Audience, launches.Now = db, s.publicURL+"/launch", time.Now
	in, err := signin.New(signin.Config{
		PublicURL: s.publicURL, Issuers: s.issuers, Rows: db, Secret: s.secret, Log: log,
		Idle: s.programme.Programme.SessionIdle, Absolute: s.programme.Programme.SessionLasts,
		TakesPart:        func(code nhs.ODSCode) bool { return viewers[code] },
		OrganisationName: func(code nhs.ODSCode) string { return names[code] }, Arrived: launches.Arrive,
	})
	if err != nil {
		return nil, err
	}
	people := s.people(in)
	return &web.Server{
		SignIn: in, Launches: &launches, Trail: trail, People: people, Kept: db, Desk: desk, Safety: desk, Suppliers: s.programme.suppliers(), Reports: db, Forms: db, Possible: db, Drafts: db, Requests: db, Rules: objection.Rules{TwoToWithdraw: !s.programme.Programme.OneWithdraws}, Mail: s.mail != nil, Secret: s.secret, Log: log, Now: time.Now,
		Monitoring: web.Monitoring{OrdinaryClaims: s.programme.Monitoring.ordinary(), Off: s.programme.Monitoring.off()},
		Proxies:    s.proxies, Spending: db, Budgets: s.programme.budgets(), Refusal: s.programme.Programme.RefusalTakes,
		Begun: &web.Limit{All: 3000, Each: 60}, Sent: &web.Limit{All: 600, Each: 20},
		Viewing: &viewing.Service{Access: policy, Trail: trail, Partners: network, Demographics: people, Keeper: db, Now: time.Now, Secret: s.secret},
		Site: web.Site{
			Programme: s.programme.Programme.Name, Code: nhs.ODSCode(s.programme.Programme.Code), Banner: s.banner,
			PublicURL: s.publicURL, Names: names, Telephones: s.programme.telephones(), OwnPatients: s.programme.ownPatients(), Kinds: s.programme.kinds(),
			Notice: *s.programme.Residents, Supply: s.programme.suppliersByKind(), View: s.programme.viewers(),
		},
	}, nil
}

func newNetwork(s settings) (*partner.Network, error) {
	var partners []partner.Partner
	for i, e := range s.programme.Partners {
		for _, m := range e.members() {
			from, err := e.open(s.partners[i], m, s.publicURL)
			if err != nil {
				return nil, err
			}
			partners = append(partners, partner.Partner{
				Source:   record.Source{Code: nhs.ODSCode(m.Code), Name: m.Name, Kind: record.Kind(e.Kind), Lag: e.Lag, NameTells: e.NameTells},
				Supplies: e.supplies(), Deadline: e.deadline(), AtOnce: e.AtOnce, From: from, LiveQuestion: e.LiveQuestion,
			})
		}
	}
	network, err := partner.NewNetwork(time.Now, partners...)
	if err != nil {
		return nil, err
	}
	network.SoftDeadline(s.programme.Programme.SoftDeadline)
	return network, nil
}

// listen serves the viewer and the operators' pages until ctx ends, then lets
// what is under way finish.
func listen(ctx context.Context, s settings, server *web.Server, operations http.Handler, db *store.Store) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	listeners := []*http.Server{
		{Addr: s.address, Handler: server.Handler()},
		{Addr: s.opsAddress, Handler: operations},
	}
	if s.calling != nil {
		s.calling.notify(ctx, server.Log, db)
		listeners = append(listeners, s.calling.listener(s, server.Log, db, server.Desk))
	}
	for _, l := range listeners {
		l.ReadHeaderTimeout, l.ReadTimeout, l.WriteTimeout, l.IdleTimeout = 5*time.Second, 15*time.Second, 45*time.Second, 2*time.Minute
		l.MaxHeaderBytes = 32 << 10
		go func() {
			serve := l.ListenAndServe
			if l.TLSConfig != nil {
				serve = func() error { return l.ListenAndServeTLS("", "") }
			}
			if err := serve(); !errors.Is(err, http.ErrServerClosed) {
				cancel(err)
			}
		}()
	}
	started := ofServer(audit.Started)
	started.Digest, started.Words = s.digest, "configuration"
	if err := db.Append(ctx, started); err != nil {
		return err
	}
	go housekeep(ctx, db, server.Log)
	go watch(ctx, db, server.Log)
	<-ctx.Done()
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer stop()
	var err error
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = cause
	}
	for _, l := range slices.Backward(listeners) {
		err = errors.Join(err, l.Shutdown(stopping))
	}
	return errors.Join(err, db.State(stopping, ofServer(audit.Stopped)))
}

// housekeep makes the trail's months ahead and deletes what has lapsed.
func housekeep(ctx context.Context, db *store.Store, log *slog.Logger) {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := errors.Join(db.MakeMonths(ctx), db.Sweep(ctx)); err != nil {
				log.Error("housekeeping failed", "err", err)
			}
		}
	}
}

func migrate(ctx context.Context, getenv func(string) string, out io.Writer) error {
	e := &environment{getenv: getenv}
	owner := e.database("ICR_OWNER_DATABASE_URL")
	if err := e.err(); err != nil {
		return err
	}
	ran, err := store.Migrate(ctx, owner)
	if err != nil {
		return err
	}
	for _, name := range ran {
		fmt.Fprintln(out, "applied", name)
	}
	if len(ran) == 0 {
		fmt.Fprintln(out, "the schema is up to date")
	}
	return nil
}
