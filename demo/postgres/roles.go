package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// Roles are the login roles that icr needs: the owner of the schema, the
// server, the desk, the sequencer, the auditor and the monitor.
var Roles = []string{"icr_owner", "icr_server", "icr_desk", "icr_sequencer", "icr_auditor", "icr_monitor"}

// CreateRoles makes Roles, each with a password of its own that URL then
// knows. Roles that are there already stay as they are.
func (s *Server) CreateRoles(ctx context.Context) error {
	for _, role := range Roles {
		if s.passwords[role] != "" {
			continue
		}
		password := newPassword()
		if err := s.exec(ctx, "CREATE ROLE "+role+" LOGIN PASSWORD '"+password+"'"); err != nil {
			return fmt.Errorf("create role %s: %w", role, err)
		}
		s.passwords[role] = password
	}
	return s.writePasswords()
}

// CreateDatabase makes an empty database that icr_owner owns.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	if err := s.exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" OWNER icr_owner"); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL(superuser, "postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// newPassword is letters and digits, so that it can stand in SQL and in a URL.
func newPassword() string { return rand.Text() }

func (s *Server) passwordFile() string { return filepath.Join(s.dir, "passwords.json") }

func (s *Server) readPasswords() error {
	text, err := os.ReadFile(s.passwordFile())
	if err != nil {
		return fmt.Errorf("a data folder that another program made: %w", err)
	}
	return json.Unmarshal(text, &s.passwords)
}

func (s *Server) writePasswords() error {
	text, err := json.Marshal(s.passwords)
	if err != nil {
		return err
	}
	return os.WriteFile(s.passwordFile(), text, 0o600)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
