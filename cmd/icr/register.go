package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/store"
)

// defaultRegister is the register that a file is of, where nobody says which.
const defaultRegister = "register"

// readObjections reads a register of objections, or the part of one that has
// changed. Its error names lines by their numbers and never quotes them.
func readObjections(file io.Reader, name, source string) (batch, error) {
	sum := sha256.New()
	all, err := readNumbered(io.TeeReader(file, sum), []string{"nhs_number", "family_name", "given_name", "birth_date", "state", "at"}, registered)
	distinct, repeated, contradictions := objection.Distinct(all)
	if err := errors.Join(err, contradictions); err != nil {
		return batch{}, err
	}
	source = cmp.Or(source, defaultRegister)
	if len(source) > 100 || !objection.Printable(source) {
		return batch{}, errors.New("--source must be a name of at most 100 characters")
	}
	tally := &objection.Tally{}
	run := func(ctx context.Context, db *store.Store, e audit.Event, dry bool) (err error) {
		e.Words, e.Digest = "objections of "+source+", "+name, hex.EncodeToString(sum.Sum(nil))
		*tally, err = db.ImportRegister(ctx, source, name, distinct, e, dry)
		tally.Repeated = repeated
		return err
	}
	return batch{
		rows: len(all), said: tally,
		save: func(ctx context.Context, db *store.Store, e audit.Event) error { return run(ctx, db, e, false) },
		look: func(ctx context.Context, db *store.Store) error { return run(ctx, db, audit.Event{}, true) },
	}, nil
}

// registered is one line of a register. The columns ground and received may be
// missing.
func registered(line int, f map[string]string) (objection.Entry, error) {
	var faults []string
	fault := func(words string) { faults = append(faults, words) }
	patient, err := nhs.ParseNumber(f["nhs_number"])
	at, atErr := instant("at", f["at"])
	received, receivedErr := instant("received", f["received"])
	for _, err := range []error{err, atErr, receivedErr} {
		if err != nil {
			fault(err.Error())
		}
	}
	state, ground := objection.State(f["state"]), objection.Ground(f["ground"])
	if _, ok := objection.States[state]; !ok {
		fault("state is none of " + known(objection.States))
	}
	if _, ok := objection.GroundWords[ground]; !ok && ground != "" {
		fault("ground is none of " + known(objection.GroundWords))
	}
	born, err := objection.ParseDay(f["birth_date"])
	if err != nil {
		fault("birth_date must be like 1980-02-03")
	} else if objection.DayOf(time.Now()).Before(born) {
		fault("birth_date is in the future")
	}
	if f["family_name"] == "" {
		fault("family_name is missing")
	}
	for _, column := range []string{"family_name", "given_name"} {
		if utf8.RuneCountInString(f[column]) > objection.LongestName || !objection.Printable(f[column]) {
			fault(fmt.Sprintf("%s is longer than %d characters, or not text", column, objection.LongestName))
		}
	}
	switch {
	case at.IsZero() && atErr == nil:
		fault("at is missing")
	case at.After(time.Now()):
		fault("at is in the future")
	}
	return objection.Entry{Line: line, Objection: objection.Objection{
		Patient: patient, Family: f["family_name"], Given: f["given_name"], Born: f["birth_date"],
		Ground: ground, Received: received, State: state, At: at,
	}}, together(faults)
}

// together is all that is wrong with a line, on one line.
func together(faults []string) error {
	if faults == nil {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}

// known are the values that a column may have.
func known[K ~string](values map[K]string) string {
	var all []string
	for v := range values {
		all = append(all, string(v))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
