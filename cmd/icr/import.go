package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/store"
)

// batch is what one file holds, read and found good.
type batch struct {
	rows int
	save func(ctx context.Context, db *store.Store, e audit.Event) error
	look func(ctx context.Context, db *store.Store) error // says what saving would do; nil where the file alone tells
	said fmt.Stringer                                     // what came of it, once saved or looked at; or nil
}

// readers read each kind of file. An error names every refused line.
var readers = map[string]func(file io.Reader, name, source string) (batch, error){
	"relationships": readRelationships, "objections": readObjections, "staff": readStaff, "watch-list": readWatchList,
}

// importFile adds all that a file holds, or, where any of it is refused,
// nothing.
func importFile(ctx context.Context, kind string, args []string, getenv func(string) string, out io.Writer) error {
	read, ok := readers[kind]
	if !ok {
		return fmt.Errorf("cannot import %q: only relationships, objections, staff or watch-list", kind)
	}
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	dry := flags.Bool("dry-run", false, "")
	source := flags.String("source", "", "")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		return fmt.Errorf("import needs one file\n\n%s", usage)
	}
	name := filepath.Base(flags.Arg(0))
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	b, err := read(file, name, *source)
	if err != nil {
		return fmt.Errorf("%s: nothing was imported:\n%w", name, err)
	}
	if *dry && (b.look == nil || getenv("ICR_DATABASE_URL") == "") {
		fmt.Fprintf(out, "%s is good: %d %s; nothing was imported\n", name, b.rows, kind)
		return nil
	}
	db, err := openForImport(ctx, getenv)
	if err != nil {
		return err
	}
	defer db.Close()
	if *dry {
		if err := b.look(ctx, db); err != nil {
			return fmt.Errorf("%s: nothing would be imported:\n%w", name, err)
		}
		fmt.Fprintf(out, "%s is good: %d %s: %s; nothing was imported\n", name, b.rows, kind, b.said)
		return nil
	}
	e := audit.NewEvent(audit.Imported, auth.User{Name: "icr import"}, time.Now())
	e.Words = fmt.Sprintf("%s: %d %s", name, b.rows, kind)
	if err := b.save(ctx, db, e); err != nil {
		return fmt.Errorf("%s: nothing was imported:\n%w", name, err)
	}
	if b.said != nil && b.said.String() != "" {
		fmt.Fprintf(out, "imported %d %s: %s\n", b.rows, kind, b.said)
	} else {
		fmt.Fprintf(out, "imported %d %s\n", b.rows, kind)
	}
	return db.State(ctx, audit.NewEvent(audit.Heartbeat, auth.User{Name: "icr import"}, time.Now()))
}

func openForImport(ctx context.Context, getenv func(string) string) (*store.Store, error) {
	e := &environment{getenv: getenv}
	config := store.Config{URL: e.database("ICR_DATABASE_URL"), Secret: e.secret("ICR_SECRET_FILE"), Idle: signin.MaxIdle, Conns: 2}
	if err := e.err(); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := db.Check(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// readRelationships reads a CSV file, or a FHIR Bundle where the name says so.
func readRelationships(file io.Reader, name, source string) (batch, error) {
	read := relationshipLines
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		read = relationshipResources
	}
	all, err := read(file)
	if err != nil {
		return batch{}, err
	}
	ids := map[string]bool{}
	for i := range all {
		all[i].Evidence = cmp.Or(source, name)
		if ids[all[i].SourceID] {
			return batch{}, errors.New("two relationships have the same source id: which of them holds cannot be told")
		}
		ids[all[i].SourceID] = true
	}
	var older overtaken
	return batch{rows: len(all), said: &older, save: func(ctx context.Context, db *store.Store, e audit.Event) error {
		n, err := db.SaveRelationships(ctx, all, e)
		older = overtaken(n)
		return err
	}}, nil
}

// overtaken is how many of what was imported is older than what is known.
type overtaken int

// String says so, where there are any.
func (o *overtaken) String() string {
	if *o == 0 {
		return ""
	}
	return fmt.Sprintf("%d of them are older than what is known, and change nothing", *o)
}

func relationshipResources(file io.Reader) ([]store.Relationship, error) {
	told, err := fhir.ReadRelationships(file)
	return relationshipsTold(told, ""), err
}

func relationshipLines(file io.Reader) ([]store.Relationship, error) {
	return readLines(file, []string{"nhs_number", "organisation", "kind", "source_id", "starts", "ends"}, relationship)
}

func relationship(f map[string]string) (store.Relationship, error) {
	patient, err := nhs.ParseNumber(f["nhs_number"])
	org, orgErr := nhs.ParseODSCode(f["organisation"])
	starts, startErr := instant("starts", f["starts"])
	ends, endErr := instant("ends", f["ends"])
	told, toldErr := instant("updated", f["updated"])
	kind := access.RelationshipKind(f["kind"])
	if !kind.Fed() && kind != access.Void {
		err = errors.Join(err, fmt.Errorf("there is no kind of relationship %q", f["kind"]))
	}
	if starts.IsZero() && startErr == nil {
		err = errors.Join(err, errors.New("starts is missing"))
	}
	if f["source_id"] == "" {
		err = errors.Join(err, errors.New("source_id is missing"))
	}
	if kind == access.Caseload && f["team"] == "" {
		err = errors.Join(err, errors.New("team is missing: a caseload is a team's"))
	}
	if !ends.IsZero() && ends.Before(starts) {
		err = errors.Join(err, errors.New("ends is before starts"))
	}
	return store.Relationship{
		Patient: patient, SourceID: f["source_id"], Told: told,
		Relationship: access.Relationship{Kind: kind, Organisation: org, Team: f["team"], Starts: starts, Ends: ends},
	}, errors.Join(err, orgErr, startErr, endErr, toldErr)
}

func instant(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%s must be like 2026-01-31T09:00:00Z", name)
	}
	return t, nil
}

// readLines reads a CSV file with the given columns, in any order. Its error
// names every refused line; it never quotes a value that may name a patient.
func readLines[T any](file io.Reader, columns []string, read func(map[string]string) (T, error)) ([]T, error) {
	return readNumbered(file, columns, func(_ int, fields map[string]string) (T, error) { return read(fields) })
}

// readNumbered is readLines for what has to know its line's number.
func readNumbered[T any](file io.Reader, columns []string, read func(int, map[string]string) (T, error)) ([]T, error) {
	r := csv.NewReader(file)
	header, err := r.Read()
	if err != nil {
		return nil, errors.New("the file has no header line")
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	for _, c := range columns {
		if !slices.Contains(header, c) {
			return nil, fmt.Errorf("line 1: the column %s is missing; the columns are %s", c, strings.Join(columns, ", "))
		}
	}
	var all []T
	var faults []error
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, errors.Join(faults...)
		}
		if parseErr, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, errors.Join(append(faults, fmt.Errorf("line %d: %w", parseErr.Line, parseErr.Err))...)
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		fields := map[string]string{}
		for i, cell := range cells {
			fields[header[i]] = strings.TrimSpace(cell)
		}
		v, err := read(line, fields)
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		all = append(all, v)
	}
}
