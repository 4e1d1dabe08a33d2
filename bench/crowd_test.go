package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/demo/postgres"
	"example.org/icr/store"
	"github.com/jackc/pgx/v5"
)

// A made-up trail: 400 days of 5,000 staff of eight organisations and 200,000
// patients. Four events are a look: opened, two pages shown, and one of the
// other kinds. One member of staff and one patient have so many looks that
// there is a page 400 of them too; another patient has 500.
const (
	crowdStaff    = 5_000
	crowdPatients = 200_000
	crowdDays     = 400
	eventsOfLook  = 4
	pagedLooks    = 25_000 // at one patient, and as many by one member of staff
	reported      = 500    // at the patient of the access report
	pagedStaff    = 7
)

// crowdOf is a database with a made-up trail, loaded as the owner into the
// tables and indexes of the migrations.
type crowdOf struct {
	database *postgres.Server
	numbers  []nhs.Number
	staff    []audit.Actor
	began    time.Time
	looks    int
}

// newCrowd loads so many events. Where ICR_BENCH_DATA names a folder, the
// database stays there, and is taken as it is by the next that asks for as many.
func newCrowd(b *testing.B, events int) *crowdOf {
	b.Helper()
	ctx := b.Context()
	dir := os.Getenv("ICR_BENCH_DATA")
	_, err := os.Stat(filepath.Join(dir, "loaded"))
	loaded := dir != "" && err == nil
	db, err := postgres.Start(ctx, postgres.Config{Dir: dir, Settings: map[string]string{
		"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "4GB",
		"shared_buffers": "1GB", "maintenance_work_mem": "512MB", "autovacuum": "off",
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Stop() })
	c := &crowdOf{database: db, began: time.Now().AddDate(0, 0, -crowdDays).UTC().Truncate(24 * time.Hour), looks: events / eventsOfLook}
	c.people()
	if !loaded {
		if err := errors.Join(db.CreateRoles(ctx), db.CreateDatabase(ctx, "icr")); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := store.Migrate(ctx, db.URL("icr_owner", "icr")); err != nil {
		b.Fatal(err)
	}
	if loaded {
		return c
	}
	if err := c.load(ctx); err != nil {
		b.Fatal(err)
	}
	if dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "loaded"), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

func (c *crowdOf) people() {
	for stem := 999000000; len(c.numbers) < crowdPatients; stem++ {
		for check := range 10 {
			if n, err := nhs.ParseNumber(fmt.Sprintf("%d%d", stem, check)); err == nil {
				c.numbers = append(c.numbers, n)
			}
		}
	}
	organisations := []nhs.ODSCode{"RKB", "RLT", "RJC", "RYG", "RYA", "E08000026", "E10000031", "RR8"}
	for i := range crowdStaff {
		role := auth.Clinician
		switch i % 10 {
		case 8:
			role = auth.SocialCare
		case 9:
			role = auth.CareAdmin
		}
		c.staff = append(c.staff, audit.Actor{
			Issuer: "https://id", Subject: fmt.Sprint("subject", i), Name: fmt.Sprintf("CALLED%02d, Ann %d", i/100, i), StaffID: fmt.Sprint(500000000000 + i),
			Role: role, RoleCode: "R8001", Organisation: organisations[i%len(organisations)], Session: "s", Address: "10.1.2.3",
		})
	}
}

// mixed is a number that looks random, and is the same for the same n.
func mixed(n int) int {
	z := uint64(n) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	return int((z ^ z>>27) >> 1)
}

// fourth is what the last event of a look may be, and how often in a hundred.
var fourth = []struct {
	below int
	kind  audit.Kind
}{
	{40, audit.Listed},
	{60, audit.Searched},
	{75, audit.Denied},
	{80, audit.Printed},
	{84, audit.DocumentShown},
	{88, audit.IdentityFailed},
	{93, audit.SignedIn},
	{97, audit.TrailRead},
	{100, audit.Failed},
}

// event is the n-th of the trail.
func (c *crowdOf) event(n int) audit.Event {
	look, slot := n/eventsOfLook, n%eventsOfLook
	random := mixed(look)
	staff, patient := random%crowdStaff, 2+random/crowdStaff%(crowdPatients-2)
	switch every := max(3, c.looks/pagedLooks); {
	case look%every == 0:
		staff = pagedStaff
	case look%every == 1:
		patient = 0
	case look%(c.looks/reported) == 2:
		patient = 1
	}
	step := crowdDays * 24 * time.Hour / time.Duration(c.looks)
	e := audit.Event{Kind: audit.Disclosed, Look: "LOOK-" + strconv.Itoa(look), At: c.began.Add(time.Duration(look)*step + time.Duration(slot)*time.Second), Actor: c.staff[staff]}
	e.At = e.At.Truncate(time.Microsecond)
	e.ID = identity(e.At, n)
	e.Reference = "REF-" + strconv.Itoa(n)
	if slot == 0 {
		e.Kind = audit.Opened
	} else if slot == eventsOfLook-1 {
		for i := len(fourth) - 1; i >= 0 && mixed(n)%100 < fourth[i].below; i-- {
			e.Kind = fourth[i].kind
		}
	}
	if e.Kind != audit.Searched && e.Kind != audit.SignedIn && e.Kind != audit.TrailRead {
		e.Patient = c.numbers[patient]
	}
	if e.Kind.Looked() || e.Kind == audit.Opened {
		e.Rule, e.Ground.Kind = access.HasGround, groundOf(mixed(look+1)%100)
	}
	return e
}

// body is the canonical form of an event of ours, made without JSON's help: of
// twenty million that is most of the time.
func body(b []byte, e audit.Event) []byte {
	member := func(before, value, after string) {
		if value != "" {
			b = append(append(append(b, before...), value...), after...)
		}
	}
	a := e.Actor
	member(`{"schema":1,"id":"`, e.ID.String(), `"`)
	member(`,"reference":"`, e.Reference, `"`)
	member(`,"look":"`, e.Look, `"`)
	member(`,"kind":"`, string(e.Kind), `"`)
	b = append(e.At.AppendFormat(append(b, `,"at":"`...), time.RFC3339Nano), '"')
	member(`,"actor":{"issuer":"`, a.Issuer, `"`)
	member(`,"subject":"`, a.Subject, `"`)
	member(`,"name":"`, a.Name, `"`)
	member(`,"role":"`, string(a.Role), `"`)
	member(`,"role_code":"`, a.RoleCode, `"`)
	member(`,"organisation":"`, string(a.Organisation), `"`)
	member(`,"staff_id":"`, a.StaffID, `"`)
	member(`,"session":"`, a.Session, `"`)
	member(`,"address":"`, a.Address, `"}`)
	member(`,"patient":"`, e.Patient.Digits(), `"`)
	member(`,"rule":"`, string(e.Rule), `"`)
	member(`,"ground":{"kind":"`, e.Ground.Kind, `"}`)
	if e.Kind == audit.Disclosed {
		b = append(b, `,"page":"summary","sections":["alerts","allergies","medications"],"partners":[{"code":"RKB","state":"answered","ms":120,"entries":3,"shown":{"AllergyIntolerance":["a1/1"]}}]`...)
	}
	return append(b, '}')
}

func groundOf(random int) string {
	switch {
	case random < 60:
		return string(access.Encounter)
	case random < 85:
		return string(access.Registered)
	case random < 95:
		return string(access.Referral)
	}
	return string(access.SelfClaimed)
}

// identity is a version 7 id as an event of that time has.
func identity(at time.Time, n int) (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(mixed(n))&0xFFF)
	binary.BigEndian.PutUint64(id[8:], uint64(n)|1<<63)
	return id
}

// load puts the trail into the database, a quarter at a time in each of four
// connections. Only while it does so there are no indexes but the primary key:
// sorting them in one go takes a fraction of the time.
func (c *crowdOf) load(ctx context.Context) error {
	indexes, err := c.dropIndexes(ctx)
	if err != nil {
		return err
	}
	const quarters = 4
	var parts, sorts [quarters]func() error
	all := c.looks * eventsOfLook
	for i := range parts {
		parts[i] = func() error { return c.copy(ctx, all/quarters*i, all/quarters*(i+1)) }
		sorts[i] = func() error {
			var mine []string
			for j := i; j < len(indexes); j += quarters {
				mine = append(mine, indexes[j])
			}
			return c.owner(ctx, mine...)
		}
	}
	if err := together(parts[:]); err != nil {
		return err
	}
	return errors.Join(together(sorts[:]), c.owner(ctx, leaves(all, c.numbers[1]), cared(c.numbers), `ANALYZE`))
}

func together(all []func() error) error {
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	for i, f := range all {
		wg.Go(func() { errs[i] = f() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// leaves are the places in the log of a million events, and of all that
// concern the patient of the access report; and the names of staff.
func leaves(events int, patient nhs.Number) string {
	return fmt.Sprintf(`
	INSERT INTO audit.leaf (position, event_id, at, writer, number, digest) SELECT number, event_id, at, writer, number, salt FROM audit.event
		WHERE number %% %d = 0 OR patient = '%s' ORDER BY at, event_id;
	UPDATE audit.head SET size = %d;
	INSERT INTO audit.staff SELECT DISTINCT issuer, subject, staff_name, staff_id, organisation FROM (SELECT * FROM audit.event ORDER BY at DESC LIMIT 200000) e;`,
		max(1, events/1_000_000), patient.Digits(), events)
}

// cared has RKB care for an eighth of the patients, and RYA for two hundred.
func cared(patients []nhs.Number) string {
	var rows []string
	for i := 0; i < len(patients); i += 8 {
		of := "RKB"
		if i%1000 == 0 {
			of = "RYA"
		}
		rows = append(rows, fmt.Sprintf("('bench', '%d', '%s', '%s', 'episode', now() - interval '1 year')", i, patients[i].Digits(), of))
	}
	return `INSERT INTO relationships (source, source_id, patient, organisation, kind, starts) VALUES ` + strings.Join(rows, ", ") + `; ANALYZE relationships`
}

// owner runs statements as the database's owner.
func (c *crowdOf) owner(ctx context.Context, statements ...string) error {
	owner, err := pgx.Connect(ctx, c.database.URL("icr_owner", "icr"))
	if err != nil {
		return err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	for _, s := range statements {
		if _, err := owner.Exec(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}

// dropIndexes makes the months of the trail, without a log of their own, and
// returns the statements that make its indexes again.
func (c *crowdOf) dropIndexes(ctx context.Context) (indexes []string, err error) {
	owner, err := pgx.Connect(ctx, c.database.URL("icr_owner", "icr"))
	if err != nil {
		return nil, err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	if _, err := owner.Exec(ctx, `SELECT audit.make_month(m::date) FROM generate_series(date_trunc('month', $1::timestamptz), now(), interval '1 month') m`, c.began); err != nil {
		return nil, err
	}
	rows, err := owner.Query(ctx, `
		SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes
		WHERE schemaname = 'audit' AND tablename = 'event' AND indexname <> 'event_pkey' ORDER BY indexname`)
	if err != nil {
		return nil, err
	}
	var drop []string
	var name, definition string
	if _, err := pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		drop, indexes = append(drop, `audit.`+name), append(indexes, definition)
		return nil
	}); err != nil {
		return nil, err
	}
	_, err = owner.Exec(ctx, `DROP INDEX `+strings.Join(drop, ", ")+`;
		DO $$ DECLARE part regclass; BEGIN
			FOR part IN SELECT relid FROM pg_partition_tree('audit.event') WHERE isleaf LOOP EXECUTE format('ALTER TABLE %s SET UNLOGGED', part); END LOOP;
		END $$`)
	return indexes, err
}

// copy adds events to the trail, the from-th and those before the until-th.
func (c *crowdOf) copy(ctx context.Context, from, until int) error {
	owner, err := pgx.Connect(ctx, c.database.URL("icr_owner", "icr"))
	if err != nil {
		return err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	salt, writer := make([]byte, 32), [16]byte{1}
	columns := []string{
		"event_id", "at", "kind", "reference", "look", "issuer", "subject", "staff_name", "staff_id", "role", "organisation",
		"patient", "claim", "ground", "salt", "body", "writer", "number",
	}
	n := from
	_, err = owner.CopyFrom(ctx, pgx.Identifier{"audit", "event"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if n == until {
			return nil, nil
		}
		e := c.event(n)
		text := body(make([]byte, 0, 800), e)
		if n == from {
			if parsed, err := audit.ParseBody(text); err != nil || parsed.ID != e.ID || !parsed.At.Equal(e.At) || parsed.Look != e.Look || parsed.Actor != e.Actor {
				return nil, fmt.Errorf("%s is not an event as it should be: %w", text, err)
			}
		}
		binary.BigEndian.PutUint64(salt, uint64(n))
		n++
		a := e.Actor
		return []any{
			[16]byte(e.ID), e.At, string(e.Kind), e.Reference, e.Look, a.Issuer, a.Subject, a.Name, a.StaffID, string(a.Role), string(a.Organisation),
			e.Patient.Digits(), "", e.Ground.Kind, salt, text, writer, int64(n - 1),
		}, nil
	}))
	return err
}

// size is how many events there are, and what they take of the disk with and
// without their indexes, in gigabytes.
func (c *crowdOf) size(ctx context.Context) (events int64, all, bare float64, err error) {
	owner, err := pgx.Connect(ctx, c.database.URL("icr_owner", "icr"))
	if err != nil {
		return 0, 0, 0, err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	err = owner.QueryRow(ctx, `
		SELECT (SELECT size FROM audit.head), sum(pg_total_relation_size(relid))::float8 / 1e9, sum(pg_table_size(relid))::float8 / 1e9
		FROM pg_partition_tree('audit.event') WHERE isleaf`).Scan(&events, &all, &bare)
	return events, all, bare, err
}
