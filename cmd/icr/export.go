package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/objection"
	"example.org/icr/store"
)

// exportObjections writes every objection that is or was in force to a new file
// that only its owner can read, once that is on the trail.
func exportObjections(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("export objections", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format := flags.String("format", "csv", "")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 || *format != "csv" && *format != "ndjson" {
		return fmt.Errorf("export objections needs one file, and -format csv or ndjson\n\n%s", usage)
	}
	e := &environment{getenv: getenv}
	s := settings{publicURL: e.publicURL("ICR_PUBLIC_URL"), database: e.database("ICR_DATABASE_URL"), secret: e.secret("ICR_SECRET_FILE")}
	if text := e.file("ICR_PROGRAMME_FILE"); text != "" {
		var err error
		if s.programme, err = parseProgramme(text); err != nil {
			e.fault("ICR_PROGRAMME_FILE", "%v", err)
		}
	}
	if err := e.err(); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{URL: s.database, Secret: s.secret, Idle: signin.MaxIdle, Conns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		return err
	}
	n, err := writeObjections(ctx, db, flags.Arg(0), *format, s.consentSite())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "wrote %d objections\n", n)
	return db.State(ctx, audit.NewEvent(audit.Heartbeat, auth.User{Name: "icr export"}, time.Now()))
}

// writeObjections leaves no half of a file behind.
func writeObjections(ctx context.Context, db *store.Store, path, format string, site fhir.ConsentSite) (n int, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		file.Close()
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	e := audit.NewEvent(audit.ObjectionsRead, auth.User{Name: "icr export"}, time.Now())
	e.Page = filepath.Base(path)
	if _, err := db.CountObjections(ctx, e); err != nil {
		return 0, err
	}
	buffered := bufio.NewWriter(file)
	var list fhir.ObjectionList
	if format == "ndjson" {
		list = fhir.NewConsents(buffered, site)
	} else {
		list = fhir.NewObjectionTable(buffered)
	}
	err = db.Told(ctx, objection.Asked{}, func(o objection.Told) error { n++; return list.Add(o) })
	return n, errors.Join(err, list.Close(), buffered.Flush(), file.Sync())
}
