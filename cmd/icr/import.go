package main

import (
	"context"
	"encoding/csv"
	"errors"
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
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/store"
)

// importFile adds a whole CSV file, or, where any line is refused, nothing.
func importFile(ctx context.Context, kind, path string, getenv func(string) string, out io.Writer) error {
	e := &environment{getenv: getenv}
	config := store.Config{URL: e.database("ICR_DATABASE_URL"), Secret: e.secret("ICR_SECRET_FILE"), Idle: signin.MaxIdle, Conns: 2}
	if err := e.err(); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	db, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		return err
	}
	event := audit.NewEvent(audit.Imported, auth.User{Name: "icr import"}, time.Now())
	var n int
	switch kind {
	case "relationships":
		n, err = importRelationships(ctx, db, file, filepath.Base(path), event)
	case "objections":
		n, err = importObjections(ctx, db, file, filepath.Base(path), event)
	default:
		return fmt.Errorf("cannot import %q: only relationships or objections", kind)
	}
	if err != nil {
		return fmt.Errorf("%s: nothing was imported:\n%w", filepath.Base(path), err)
	}
	fmt.Fprintf(out, "imported %d %s\n", n, kind)
	return nil
}

func importRelationships(ctx context.Context, db *store.Store, file io.Reader, name string, e audit.Event) (int, error) {
	all, err := readLines(file, []string{"nhs_number", "organisation", "kind", "source_id", "starts", "ends"}, relationship)
	if err != nil {
		return 0, err
	}
	for i := range all {
		all[i].Evidence = name
	}
	e.Words = fmt.Sprintf("%s: %d relationships", name, len(all))
	return len(all), db.SaveRelationships(ctx, all, e)
}

func relationship(f map[string]string) (store.Relationship, error) {
	patient, err := nhs.ParseNumber(f["nhs_number"])
	org, orgErr := nhs.ParseODSCode(f["organisation"])
	starts, startErr := instant("starts", f["starts"])
	ends, endErr := instant("ends", f["ends"])
	kind := access.RelationshipKind(f["kind"])
	if _, ok := access.RelationshipKinds[kind]; !ok {
		err = errors.Join(err, fmt.Errorf("there is no kind of relationship %q", f["kind"]))
	}
	if starts.IsZero() && startErr == nil {
		err = errors.Join(err, errors.New("starts is missing"))
	}
	if f["source_id"] == "" {
		err = errors.Join(err, errors.New("source_id is missing"))
	}
	return store.Relationship{
		Patient: patient, SourceID: f["source_id"],
		Relationship: access.Relationship{Kind: kind, Organisation: org, Starts: starts, Ends: ends},
	}, errors.Join(err, orgErr, startErr, endErr)
}

func importObjections(ctx context.Context, db *store.Store, file io.Reader, name string, e audit.Event) (int, error) {
	all, err := readLines(file, []string{"nhs_number", "family_name", "given_name", "birth_date", "state", "at"}, objectionOf)
	if err != nil {
		return 0, err
	}
	e.Words = fmt.Sprintf("%s: %d objections", name, len(all))
	return len(all), db.RecordObjections(ctx, all, e)
}

func objectionOf(f map[string]string) (objection.Objection, error) {
	patient, err := nhs.ParseNumber(f["nhs_number"])
	at, atErr := instant("at", f["at"])
	state := objection.State(f["state"])
	if _, ok := objection.States[state]; !ok {
		err = errors.Join(err, fmt.Errorf("there is no state %q", f["state"]))
	}
	if record.ParseDate(f["birth_date"]).Precision() != record.Day {
		err = errors.Join(err, errors.New("birth_date must be like 1980-02-03"))
	}
	if at.IsZero() && atErr == nil {
		err = errors.Join(err, errors.New("at is missing"))
	}
	return objection.Objection{
		Patient: patient, Family: f["family_name"], Given: f["given_name"], Born: f["birth_date"],
		Route: "register", State: state, At: at,
	}, errors.Join(err, atErr)
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
		v, err := read(fields)
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		all = append(all, v)
	}
}
