package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/fhir"
	"example.org/icr/store"
)

// auditCommand runs what concerns the trail from outside: its export, and the
// key that vouches for what was written.
func auditCommand(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "key":
		e := &environment{getenv: getenv}
		secret := e.secret("ICR_SECRET_FILE")
		if err := e.err(); err != nil {
			return err
		}
		key, err := store.WriterKey(secret)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, key.Public())
		return nil
	case len(args) > 0 && args[0] == "export":
		return export(ctx, args[1:], getenv, out)
	}
	return errors.New("icr audit: only key and export")
}

// export writes the trail and its proof to a folder. That it does, for whom
// and why, is on the trail before anything is read.
func export(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("icr audit export", flag.ContinueOnError)
	flags.SetOutput(out)
	who, why := flags.String("who", "", "who exports: a name"), flags.String("why", "", "why, in a few words")
	all := flags.Bool("unwitnessed", false, "go beyond the last checkpoint that a witness cosigned")
	format := flags.String("format", "bundle", "bundle, for icr-audit; fhir, AuditEvents as NDJSON; csv, for spreadsheets")
	from, until := flags.String("from", "", "the first day, like 2026-01-31, of fhir and csv"), flags.String("until", "", "the day after the last")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || strings.TrimSpace(*who) == "" || strings.TrimSpace(*why) == "" {
		return errors.New("usage: icr audit export -who NAME -why WORDS [-format fhir|csv] FOLDER or FILE")
	}
	e := &environment{getenv: getenv}
	first, last := e.day("-from", *from), e.day("-until", *until)
	if !slices.Contains([]string{"bundle", "fhir", "csv"}, *format) {
		e.fault("-format", "must be bundle, fhir or csv")
	}
	auditor := e.database("ICR_AUDITOR_DATABASE_URL")
	if err := e.err(); err != nil {
		return err
	}
	server, err := openForImport(ctx, getenv)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := recordExport(ctx, server, *who, *why); err != nil {
		return err
	}
	db, err := store.OpenAuditor(ctx, auditor)
	if err != nil {
		return err
	}
	defer db.Close()
	if *format != "bundle" {
		n, err := list(ctx, db, flags.Arg(0), *format, first, last, fhir.AuditSite{Name: "ICR", URL: getenv("ICR_PUBLIC_URL")})
		if err == nil {
			fmt.Fprintf(out, "exported %d events to %s\n", n, flags.Arg(0))
		}
		return err
	}
	bundle, err := merkle.NewBundler(flags.Arg(0))
	if err != nil {
		return err
	}
	x, err := db.Export(ctx, bundle, *all)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "exported %d entries to %s\n", x.Entries, flags.Arg(0))
	if x.Entries < x.Signed {
		fmt.Fprintf(out, "%d later ones are signed for and not witnessed yet: -unwitnessed includes them\n", x.Signed-x.Entries)
	}
	return compare(ctx, db, out)
}

// compare says what of the database is not as the events' bodies have it, and
// fails where anything is.
func compare(ctx context.Context, db *store.Auditor, out io.Writer) error {
	faults := 0
	err := db.Compare(ctx, func(fault string) { faults++; fmt.Fprintln(out, fault) })
	if err == nil && faults > 0 {
		return fmt.Errorf("the bundle is written, but %d things are wrong with the events in the database: what officers find by searching may not be all", faults)
	}
	return err
}

// day reads a day of UTC; none is the zero time.
func (e *environment) day(name, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		e.fault(name, "must be a day like 2026-01-31")
	}
	return t
}

func recordExport(ctx context.Context, db *store.Store, who, why string) error {
	event := audit.NewEvent(audit.Exported, auth.User{Name: who}, time.Now())
	event.Words = why
	if err := db.Append(ctx, event); err != nil {
		return fmt.Errorf("%w: %w", audit.ErrUnrecorded, err)
	}
	return db.State(ctx, audit.NewEvent(audit.Heartbeat, auth.User{Name: "icr audit export"}, time.Now()))
}
