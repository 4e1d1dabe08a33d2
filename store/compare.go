package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Compare holds each event's columns, by which officers search, against its
// body, which alone is proved, and looks for its entry and its alert. It calls
// report with each thing that is wrong: it names the entry's number or, where
// there is none, the event, and no value.
func (a *Auditor) Compare(ctx context.Context, report func(string)) error {
	err := pgx.BeginTxFunc(ctx, a.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT e.event_id, e.at, e.kind, reference, look, issuer, subject, staff_name, staff_id, role, e.organisation, patient,
				claim, ground, until, session, body, l.position,
				EXISTS (SELECT FROM audit.pending p WHERE p.event_id = e.event_id AND p.at = e.at),
				EXISTS (SELECT FROM audit.alert a WHERE a.event_id = e.event_id AND a.event_at = e.at AND a.rule = e.kind AND a.organisation = e.organisation)
			FROM audit.event e LEFT JOIN audit.leaf l ON l.event_id = e.event_id AND l.at = e.at
			ORDER BY e.at, e.event_id`)
		if err != nil {
			return err
		}
		var r row
		_, err = pgx.ForEachRow(rows, r.places(), func() error {
			for _, fault := range r.faults() {
				report(r.name() + ": " + fault)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("comparing the trail: %w", err)
	}
	return nil
}

// row is an event as its columns have it.
type row struct {
	id             [16]byte
	at             time.Time
	texts          [len(searched)]string
	until          *time.Time
	body           []byte
	position       *int64
	waits, alerted bool
}

// searched are the columns of text, in the order of row.places.
var searched = [...]string{
	"kind", "reference", "look", "issuer", "subject", "staff_name", "staff_id", "role", "organisation", "patient", "claim", "ground", "session",
}

func (r *row) places() []any {
	places := []any{&r.id, &r.at}
	for i := range searched {
		places = append(places, &r.texts[i])
	}
	session := len(places) - 1
	places = slices.Insert(places, session, any(&r.until))
	return append(places, &r.body, &r.position, &r.waits, &r.alerted)
}

func (r *row) name() string {
	if r.position == nil {
		return "event " + uuid.UUID(r.id).String()
	}
	return fmt.Sprintf("entry %d", *r.position)
}

func (r *row) faults() []string {
	var faults []string
	e, err := audit.ParseBody(r.body)
	if err != nil {
		faults = append(faults, "its body cannot be read")
	} else if differ := r.differ(e); len(differ) > 0 {
		faults = append(faults, "columns differ from the signed body: "+strings.Join(differ, ", "))
	}
	if r.position == nil && !r.waits {
		faults = append(faults, "it has no place in the log and waits for none")
	}
	if e.Kind.Alerts() && !r.alerted {
		faults = append(faults, "no officer is alerted of it")
	}
	return faults
}

// differ names the columns that are not what e was written with.
func (r *row) differ(e audit.Event) []string {
	var w eventRows
	w.add(e, nil, nil, merkle.Entry{})
	wrote := [len(searched)][]string{
		w.kind, w.reference, w.look, w.issuer, w.subject, w.name, w.staff, w.role, w.organisation, w.patient, w.claim, w.ground, w.session,
	}
	var differ []string
	for i, name := range searched {
		if r.texts[i] != wrote[i][0] {
			differ = append(differ, name)
		}
	}
	if r.id != w.id[0] {
		differ = append(differ, "event_id")
	}
	if !sameTime(&r.at, &w.at[0]) {
		differ = append(differ, "at")
	}
	if !sameTime(r.until, w.until[0]) {
		differ = append(differ, "until")
	}
	return differ
}

// sameTime compares to the microsecond, which is what a column keeps.
func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Truncate(time.Microsecond).Equal(b.Truncate(time.Microsecond))
}
