package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/store"
)

const retainUsage = `usage: icr retain [-dry-run]
       icr retain hold -why WORDS [-patient-file FILE] [-organisation ODS] [-staff SUBJECT]
       icr retain release ID
       icr retain holds`

// retain removes the months of the trail whose retention is over, which none
// is unless the programme file says so. What events said goes; that they were,
// when, in which order and by which writer stays in the log, which goes on
// verifying.
func retain(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return holds(ctx, args, getenv, out)
	}
	flags := flag.NewFlagSet("icr retain", flag.ContinueOnError)
	flags.SetOutput(out)
	dry := flags.Bool("dry-run", false, "only say what would be removed")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errors.New(retainUsage)
	}
	e := &environment{getenv: getenv}
	owner, text := e.database("ICR_OWNER_DATABASE_URL"), e.file("ICR_PROGRAMME_FILE")
	config := store.Config{URL: e.database("ICR_DATABASE_URL"), Secret: e.secret("ICR_SECRET_FILE"), Idle: signin.MaxIdle, Conns: 2}
	if err := e.err(); err != nil {
		return err
	}
	p, err := parseProgramme(text)
	if err != nil {
		return fmt.Errorf("ICR_PROGRAMME_FILE: %w", err)
	}
	if p.Programme.RetentionMonths == 0 {
		fmt.Fprintln(out, "nothing is removed: the programme file does not set retention_months")
		return nil
	}
	keeper, err := store.OpenKeeper(ctx, owner)
	if err != nil {
		return fmt.Errorf("ICR_OWNER_DATABASE_URL: %w", err)
	}
	defer keeper.Close()
	months, err := keeper.Months(ctx, time.Now().UTC().AddDate(0, -p.Programme.RetentionMonths, 0))
	if err != nil {
		return err
	}
	if *dry {
		return wouldRemove(months, out)
	}
	return remove(ctx, keeper, config, months, out)
}

func wouldRemove(months []store.Month, out io.Writer) error {
	for _, m := range months {
		if why := m.Why(); why != "" {
			fmt.Fprintf(out, "%s would be kept, with its %d events: %s\n", m.Name(), m.Events, why)
		} else {
			fmt.Fprintf(out, "%s would be removed, with its %d events\n", m.Name(), m.Events)
		}
	}
	if len(months) == 0 {
		fmt.Fprintln(out, "no month is old enough")
	}
	return nil
}

// remove puts on the trail that a month is about to be removed, and removes
// it.
func remove(ctx context.Context, keeper *store.Keeper, config store.Config, months []store.Month, out io.Writer) error {
	db, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		return err
	}
	for _, m := range months {
		if why := m.Why(); why != "" {
			fmt.Fprintf(out, "%s is kept, with its %d events: %s\n", m.Name(), m.Events, why)
			continue
		}
		event := ofRetention(audit.BodiesRemoved)
		event.Month, event.Matches, event.Words = m.Name(), int(m.Events), "retention is over"
		if err := db.Append(ctx, event); err != nil {
			return fmt.Errorf("%w: %w", audit.ErrUnrecorded, err)
		}
		if err := keeper.Remove(ctx, m.First); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s is removed, with its %d events\n", m.Name(), m.Events)
	}
	return db.State(ctx, ofRetention(audit.Heartbeat))
}

func ofRetention(kind audit.Kind) audit.Event {
	return audit.NewEvent(kind, auth.User{Name: "icr retain"}, time.Now())
}

// holds makes, ends and lists legal holds.
func holds(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	e := &environment{getenv: getenv}
	owner := e.database("ICR_OWNER_DATABASE_URL")
	if err := e.err(); err != nil {
		return err
	}
	keeper, err := store.OpenKeeper(ctx, owner)
	if err != nil {
		return err
	}
	defer keeper.Close()
	switch {
	case args[0] == "hold":
		h, err := readHold(args[1:], out)
		if err != nil {
			return err
		}
		id, err := keeper.Hold(ctx, h)
		if err == nil {
			fmt.Fprintf(out, "hold %d is in force\n", id)
		}
		return err
	case args[0] == "release" && len(args) == 2:
		id, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return errors.New(retainUsage)
		}
		return keeper.Release(ctx, id)
	case args[0] == "holds" && len(args) == 1:
		all, err := keeper.Holds(ctx)
		for _, h := range all {
			fmt.Fprintf(out, "%d since %s: %s\n", h.ID, h.Since.Format(time.DateOnly), h.Why)
		}
		return err
	}
	return errors.New(retainUsage)
}

// readHold reads what to hold. The patient's number comes from a file: what is
// typed as an argument stays in the shell's history.
func readHold(args []string, out io.Writer) (store.Hold, error) {
	var h store.Hold
	flags := flag.NewFlagSet("icr retain hold", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&h.Why, "why", "", "why, in a few words")
	flags.StringVar(&h.Organisation, "organisation", "", "the ODS code of the staff's organisation")
	flags.StringVar(&h.Subject, "staff", "", "the id of a member of staff at their identity provider")
	file := flags.String("patient-file", "", "a file that holds a patient's NHS number")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 || strings.TrimSpace(h.Why) == "" {
		return h, errors.New(retainUsage)
	}
	if *file == "" {
		return h, nil
	}
	text, err := os.ReadFile(*file)
	if err != nil {
		return h, err
	}
	h.Patient, err = nhs.ParseNumber(strings.TrimSpace(string(text)))
	return h, err
}
