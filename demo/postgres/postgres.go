// Package postgres starts a private PostgreSQL, for the demonstration and for
// tests: on loopback, with passwords made at random, and gone without a trace
// when it is stopped or its parent dies.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.org/icr/demo/child"
	"github.com/jackc/pgx/v5"
)

// Config says what to start. The zero Config is a durable server with its data
// in a temporary folder, on a free port.
type Config struct {
	Dir      string            // keeps the data, also after Stop; a temporary folder, which Stop removes, where empty
	Port     int               // on 127.0.0.1; a free one where 0
	Volatile bool              // faster, and lost if the machine crashes: fsync is off
	Settings map[string]string // further settings, as in postgresql.conf
}

// Server is a running PostgreSQL.
type Server struct {
	Port    int
	Version string // "18.4"

	account   account
	bin       string
	dir       string
	temporary bool
	passwords map[string]string // by user
	child     *child.Child
}

const superuser = "postgres"

// Start starts a PostgreSQL and returns when it answers. It takes the one that
// npm installed for this module or else one of the machine's own.
func Start(ctx context.Context, c Config) (*Server, error) {
	as, err := serverAccount()
	if err != nil {
		return nil, err
	}
	found, err := find(ctx, as)
	if err != nil {
		return nil, err
	}
	s := &Server{Version: found.version, account: as, bin: found.bin, passwords: map[string]string{}}
	if err := s.start(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL from %s: %w", s.bin, err), s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, c Config) error {
	if err := s.makeDir(c); err != nil {
		return err
	}
	if err := s.initialise(ctx); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := s.launch(ctx, c)
		if c.Port != 0 || attempt == 5 || !errors.Is(err, errPortTaken) {
			return err
		}
	}
}

// initialise makes the cluster, unless the folder holds one.
func (s *Server) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.dir, "data", "PG_VERSION")); err == nil {
		return s.readPasswords()
	}
	s.passwords[superuser] = newPassword()
	file := filepath.Join(s.dir, "superuser")
	if err := s.account.writeFile(file, s.passwords[superuser]); err != nil {
		return err
	}
	defer os.Remove(file)
	out, err := s.run(ctx, "initdb", "-D", filepath.Join(s.dir, "data"), "-U", superuser, "--pwfile="+file,
		"--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLines(out, 3))
	}
	return s.writePasswords()
}

// run runs one of PostgreSQL's programs to its end.
func (s *Server) run(ctx context.Context, name string, args ...string) (string, error) {
	var out strings.Builder
	cmd := s.command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	running, err := child.Start(cmd, syscall.SIGTERM, s.wipe())
	if err != nil {
		return "", err
	}
	select {
	case <-running.Done():
		return out.String(), running.Err()
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), running.Stop(5*time.Second))
	}
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account.credential}
	return cmd
}

// wipe is the folder that must go when this process dies.
func (s *Server) wipe() string {
	if s.temporary {
		return s.dir
	}
	return ""
}

var errPortTaken = errors.New("the port is taken")

func (s *Server) launch(ctx context.Context, c Config) (err error) {
	if s.Port = c.Port; s.Port == 0 {
		if s.Port, err = freePort(); err != nil {
			return err
		}
	}
	log, err := os.Create(filepath.Join(s.dir, "postgres.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command("postgres", s.arguments(c)...)
	cmd.Stdout, cmd.Stderr = log, log
	if s.child, err = child.Start(cmd, syscall.SIGINT, s.wipe()); err != nil {
		return err
	}
	return s.await(ctx)
}

func (s *Server) arguments(c Config) []string {
	settings := map[string]string{"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
	if c.Volatile {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	maps.Copy(settings, c.Settings)
	args := []string{"-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.Port)}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// await returns when the server lets the superuser in, which nobody else's
// server on the same port would do.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	go func() {
		defer cancel() // whoever else has the port may never answer
		select {
		case <-s.child.Done():
		case <-ctx.Done():
		}
	}()
	for {
		conn, err := pgx.Connect(ctx, s.URL(superuser, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.child.Done():
			return s.whyEnded()
		case <-time.After(10 * time.Millisecond):
		}
		if ctx.Err() != nil {
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}

func (s *Server) whyEnded() error {
	log, err := os.ReadFile(filepath.Join(s.dir, "postgres.log"))
	if strings.Contains(string(log), "could not bind") {
		return fmt.Errorf("port %d: %w", s.Port, errPortTaken)
	}
	return errors.Join(fmt.Errorf("it ended with %v: %s", s.child.Err(), lastLines(string(log), 5)), err)
}

// URL is the address of a database for a user: the superuser "postgres" or one
// of Roles, once they were made.
func (s *Server) URL(user, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, s.passwords[user]),
		Host: "127.0.0.1:" + strconv.Itoa(s.Port), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Done is closed when the server has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.child.Done() }

// Stop ends the server and every session with it, and returns when nothing is
// left running. Data in a temporary folder is gone then. Stopping twice is no
// fault.
func (s *Server) Stop() error {
	var err error
	if s.child != nil {
		err = s.child.Stop(20 * time.Second)
	}
	if s.temporary {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
