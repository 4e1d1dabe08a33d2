// Package demo runs the whole service on one machine for people to try: a
// private PostgreSQL, an identity provider, a demographics service and the
// partners around an icr that runs as it would anywhere. Everybody in it is
// invented.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"example.org/icr/care/audit/merkle"
	"example.org/icr/demo/ehr"
	"example.org/icr/demo/postgres"
	"example.org/icr/demo/provider"
	"example.org/icr/demo/town"
)

// Config says what to run.
type Config struct {
	Port        int      // the viewer's; the others follow it
	Dir         string   // the state goes to .demo/PORT in it
	Viewer      string   // the program icr
	Bundles     string   // a folder of FHIR bundles to add to the town; may be empty
	Environment []string // what the program icr inherits, like PATH
	Out         io.Writer
}

// demonstration is one that runs.
type demonstration struct {
	Config
	began    time.Time
	ports    Ports
	state    state
	town     *town.Town
	database *postgres.Server
	servers  servers
	provider *provider.Provider // the NHS's
	ehr      atomic.Pointer[ehr.Record]
	logs     []*os.File
	viewer   viewer

	sequencer viewer // the same program, as icr sequence
}

// Run starts a demonstration, tells how to use it, and runs it until ctx is
// done or a part of it ends. Nothing of it is left running when it returns.
func Run(ctx context.Context, c Config) (err error) {
	ports, err := PortsFrom(c.Port)
	if err != nil {
		return err
	}
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return err
	}
	d := &demonstration{Config: c, began: time.Now(), ports: ports, state: stateOf(c.Dir, c.Port)}
	d.viewer = viewer{program: c.Viewer, environment: c.Environment, log: d.state.viewerLog()}
	d.sequencer = viewer{program: c.Viewer, environment: c.Environment, log: d.state.sequencerLog()}
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // whoever interrupts it knows why it does not run
		}
		return err
	}
	d.welcome()
	select {
	case <-ctx.Done():
		fmt.Fprintln(d.Out, "\nStopping.")
		return nil
	case <-d.viewer.serving.Done():
		return d.viewer.ended()
	case <-d.database.Done():
		return errors.New("PostgreSQL has ended")
	}
}

// start starts each part and says so.
func (d *demonstration) start(ctx context.Context) error {
	if _, err := os.Stat(d.Viewer); err != nil {
		return fmt.Errorf("the program icr is not built: run «make build» (%w)", err)
	}
	if err := errors.Join(d.ports.check(), ctx.Err()); err != nil {
		return err
	}
	if err := d.state.wipe(); err != nil {
		return err
	}
	fmt.Fprintln(d.Out, "Starting a demonstration. Everybody in it is invented.")
	for _, together := range [][]step{
		{d.gather, d.startDatabase, d.startProvider, d.startCouncil}, {d.startDemographics, d.startEHR}, {d.startPartners, d.migrate}, {d.importTown}, {d.serve, d.sequence}, {d.fillDesk},
	} {
		if err := d.take(ctx, together); err != nil {
			return err
		}
	}
	return nil
}

// step starts a part and returns what to say of it.
type step func(context.Context) (string, error)

// take takes steps that do not need each other at the same time.
func (d *demonstration) take(ctx context.Context, together []step) error {
	var group sync.WaitGroup
	errs := make([]error, len(together))
	said := make(chan string, len(together))
	for i, do := range together {
		group.Go(func() {
			words, err := do(ctx)
			if errs[i] = err; err == nil {
				said <- fmt.Sprintf("  %4.1f s  %s\n", time.Since(d.began).Seconds(), words)
			}
		})
	}
	group.Wait()
	close(said)
	for line := range said {
		io.WriteString(d.Out, line)
	}
	return errors.Join(errs...)
}

// gather loads the town and writes down who lives in it.
func (d *demonstration) gather(context.Context) (string, error) {
	var err error
	if d.town, err = d.load(); err != nil {
		return "", err
	}
	people, err := json.Marshal(inhabitants(d.town.People))
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("a town of %d people", len(d.town.People))
	if d.Bundles != "" {
		said += fmt.Sprintf(", %d of them from the bundles in %s", d.town.Loaded, d.Bundles)
	}
	return said, write(d.state.people(), people)
}

func (d *demonstration) startDatabase(ctx context.Context) (_ string, err error) {
	if d.database, err = postgres.Start(ctx, postgres.Config{Port: d.ports.Postgres}); err != nil {
		return "", err
	}
	if err := d.database.CreateRoles(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("PostgreSQL %s at 127.0.0.1:%d", d.database.Version, d.database.Port), d.database.CreateDatabase(ctx, databaseName)
}

const databaseName = "icr"

func (d *demonstration) migrate(ctx context.Context) (string, error) {
	viewable := deceasedDays
	if d.Bundles != "" {
		viewable = deceasedDaysLoaded
	}
	programme, err := writeProgramme(d.ports, d.state, viewable)
	if err != nil {
		return "", err
	}
	err = errors.Join(write(d.state.programme(), programme), write(d.state.directory(), writeDirectory(d.ports)), write(d.state.secret(), []byte(newSecret())))
	if err != nil {
		return "", err
	}
	return "icr migrate", d.viewer.run(ctx, d.ownerSettings(), "migrate")
}

func (d *demonstration) importTown(ctx context.Context) (string, error) {
	relationships, err := relationshipsCSV(d.town.Relationships)
	if err != nil {
		return "", err
	}
	objections, err := objectionsCSV(d.town.Objections)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("icr import: %d relationships, %d objections", len(d.town.Relationships), len(latest(d.town.Objections))), errors.Join(
		write(d.state.relationships(), relationships), write(d.state.objections(), objections),
		d.viewer.run(ctx, d.ownerSettings(), "import", "relationships", "-source", "care relationships feed", d.state.relationships()),
		d.viewer.run(ctx, d.ownerSettings(), "import", "objections", d.state.objections()))
}

func (d *demonstration) serve(ctx context.Context) (string, error) {
	return "icr serve: ready", d.viewer.serve(ctx, d.settings(), address(d.ports.Ops)+"/readyz")
}

// settings are what the viewer needs to serve.
func (d *demonstration) settings() map[string]string {
	return map[string]string{
		"ICR_ADDRESS": local(d.ports.Viewer), "ICR_OPS_ADDRESS": local(d.ports.Ops), "ICR_PUBLIC_URL": address(d.ports.Viewer),
		"ICR_DATABASE_URL": d.database.URL("icr_server", databaseName), "ICR_DESK_DATABASE_URL": d.database.URL("icr_desk", databaseName),
		"ICR_MONITOR_DATABASE_URL": d.database.URL("icr_monitor", databaseName),
		"ICR_SECRET_FILE":          d.state.secret(), "ICR_PROGRAMME_FILE": d.state.programme(),
		"ICR_BANNER": "Demonstration: every person here is invented",
	}
}

// sequence signs for the trail, in a process of its own.
func (d *demonstration) sequence(context.Context) (string, error) {
	key, err := merkle.GenerateKey("icr.demo/trail", false)
	if err != nil {
		return "", err
	}
	settings := map[string]string{
		"ICR_SEQUENCER_DATABASE_URL": d.database.URL("icr_sequencer", databaseName), "ICR_LOG_KEY_FILE": d.state.logKey(),
	}
	err = errors.Join(write(d.state.logKey(), []byte(key.Private())), write(d.state.logPublicKey(), []byte(key.Public()+"\n")), write(d.state.auditSettings(), d.auditSettings()))
	if err != nil {
		return "", err
	}
	d.sequencer.serving, err = d.sequencer.start(settings, "sequence")
	return "icr sequence: signing for the trail", err
}

// auditSettings are for icr audit, in a form that a shell reads.
func (d *demonstration) auditSettings() []byte {
	return fmt.Appendf(nil, "export ICR_DATABASE_URL='%s'\nexport ICR_AUDITOR_DATABASE_URL='%s'\nexport ICR_SECRET_FILE='%s'\n",
		d.database.URL("icr_server", databaseName), d.database.URL("icr_auditor", databaseName), d.state.secret())
}

// ownerSettings are for the commands that change the schema or import.
func (d *demonstration) ownerSettings() map[string]string {
	s := d.settings()
	s["ICR_OWNER_DATABASE_URL"] = d.database.URL("icr_owner", databaseName)
	return s
}

// stop stops everything, the last first.
func (d *demonstration) stop() error {
	errs := []error{d.viewer.stop(), d.sequencer.stop(), d.servers.stop()}
	if d.database != nil {
		errs = append(errs, d.database.Stop())
	}
	for _, l := range d.logs {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}
