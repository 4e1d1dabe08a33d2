package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
)

// staffLine is a line of a staff list, as it is in the file: names and
// addresses go no further than this program's memory.
type staffLine struct {
	staff                          privacy.Staff
	number                         nhs.Number
	family, postcode, addressFirst string
}

// readStaff reads a staff list. What is kept of it are marks.
func readStaff(file io.Reader, _, _ string) (batch, error) {
	lines, err := readLines(file, []string{"organisation", "staff_id", "family_name", "postcode"}, staffOf)
	if err != nil {
		return batch{}, err
	}
	seen := map[string]bool{}
	for _, l := range lines {
		key := string(l.staff.Organisation) + " " + l.staff.ID
		if seen[key] {
			return batch{}, errors.New("two lines have the same organisation and staff_id: which of them holds cannot be told")
		}
		seen[key] = true
	}
	if len(lines) == 0 {
		return batch{}, errors.New("the file lists nobody")
	}
	return batch{rows: len(lines), save: func(ctx context.Context, db *store.Store, e audit.Event) error {
		marker, err := db.Marker()
		if err != nil {
			return err
		}
		list := make([]privacy.Staff, len(lines))
		for i, l := range lines {
			list[i] = l.staff
			list[i].Marks, list[i].Number = marker.Marks(l.family, l.postcode, l.addressFirst), marker.Number(l.number)
		}
		return db.SaveStaff(ctx, list, e)
	}}, nil
}

func staffOf(f map[string]string) (staffLine, error) {
	of, err := nhs.ParseODSCode(f["organisation"])
	l := staffLine{
		staff:  privacy.Staff{Organisation: of, ID: f["staff_id"], Team: f["team"], Manager: f["manager"]},
		family: f["family_name"], postcode: f["postcode"], addressFirst: f["address"],
	}
	for _, column := range []string{"staff_id", "family_name"} {
		if f[column] == "" {
			err = errors.Join(err, fmt.Errorf("%s is missing", column))
		}
	}
	if f["nhs_number"] != "" {
		var wrong error
		l.number, wrong = nhs.ParseNumber(f["nhs_number"])
		err = errors.Join(err, wrong)
	}
	if l.staff.Manager != "" && l.staff.Manager == l.staff.ID {
		err = errors.Join(err, errors.New("manager is the member of staff: nobody answers for themselves"))
	}
	return l, err
}

// readWatchList reads patients to be put on the watch list.
func readWatchList(file io.Reader, _, _ string) (batch, error) {
	all, err := readLines(file, []string{"nhs_number", "kind", "reason", "until"}, watchOf)
	return batch{rows: len(all), save: func(ctx context.Context, db *store.Store, e audit.Event) error {
		for i := range all {
			all[i].Since = e.At
		}
		return db.SaveWatches(ctx, all, e)
	}}, err
}

func watchOf(f map[string]string) (privacy.Watch, error) {
	n, err := nhs.ParseNumber(f["nhs_number"])
	w := privacy.Watch{Patient: n, Kind: privacy.WatchKind(f["kind"]), Reason: f["reason"]}
	if w.Kind.Words() == "" {
		err = errors.Join(err, fmt.Errorf("there is no kind %q: public-figure, colleague or incident", f["kind"]))
	}
	if strings.TrimSpace(w.Reason) == "" {
		err = errors.Join(err, errors.New("reason is missing"))
	}
	until, wrong := time.Parse(time.DateOnly, f["until"])
	if wrong != nil {
		err = errors.Join(err, errors.New("until must be a day like 2026-12-31"))
	} else if w.Until = until.AddDate(0, 0, 1); w.Until.Before(time.Now()) {
		err = errors.Join(err, errors.New("until is over"))
	}
	if f["organisation"] != "" {
		var wrong error
		w.Organisation, wrong = nhs.ParseODSCode(f["organisation"])
		err = errors.Join(err, wrong)
	}
	return w, err
}
