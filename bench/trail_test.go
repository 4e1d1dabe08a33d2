package bench

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/demo/postgres"
	"example.org/icr/store"
	"github.com/jackc/pgx/v5"
	sumdb "golang.org/x/mod/sumdb/note"
)

// trailRig is a database that flushes every commit, with a trail, and people
// who may look.
type trailRig struct {
	database *postgres.Server
	store    *store.Store
	policy   *access.Policy
	requests []access.Request
	leader   int64 // process of the database
}

func newTrailRig(b *testing.B) *trailRig {
	b.Helper()
	ctx := b.Context()
	db, err := postgres.Start(ctx, postgres.Config{Settings: map[string]string{"max_connections": "100"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Stop() })
	if err := errors.Join(db.CreateRoles(ctx), db.CreateDatabase(ctx, "icr")); err != nil {
		b.Fatal(err)
	}
	if _, err := store.Migrate(ctx, db.URL("icr_owner", "icr")); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(ctx, store.Config{URL: db.URL("icr_server", "icr"), Secret: secret, Idle: signin.MaxIdle, Conns: 16})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	r := &trailRig{database: db, store: s, policy: &access.Policy{Facts: s, Now: time.Now, Programme: access.Programme{
		MinimumAge: 18, Practices: map[nhs.ODSCode]bool{"Y99001": true},
	}}}
	if err := r.people(ctx, 500); err != nil {
		b.Fatal(err)
	}
	if r.leader, err = leaderOf(asked(b, db, "SHOW data_directory")); err != nil {
		b.Fatal(err)
	}
	return r
}

// asked is what the server answers to a question of its administrator's.
func asked(b *testing.B, db *postgres.Server, question string) (answer string) {
	b.Helper()
	c, err := pgx.Connect(b.Context(), db.URL("postgres", "icr"))
	if err == nil {
		defer c.Close(b.Context())
		err = c.QueryRow(b.Context(), question).Scan(&answer)
	}
	if err != nil {
		b.Fatal(err)
	}
	return answer
}

// people makes n patients, each of whom a nurse has seen.
func (r *trailRig) people(ctx context.Context, n int) error {
	hash := sha256.Sum256([]byte("session"))
	now := time.Now()
	row := signin.Row{Hash: hash[:], Data: []byte(`{}`), Issuer: "https://id", Subject: "nurse", Created: now, Seen: now, Expires: now.Add(time.Hour)}
	if err := r.store.SaveSession(ctx, row); err != nil {
		return err
	}
	nurse := auth.User{
		Identity: auth.Identity{Issuer: "https://id", Subject: "nurse"}, Post: auth.Post{Role: auth.Clinician, RoleCode: "R8001", Organisation: "RKB"},
		Name: "WHITLOCK Tom (Mr)", StaffID: "999900000102", OrganisationName: "University Hospitals Coventry and Warwickshire", Session: hex.EncodeToString(hash[:]), Address: "10.1.2.3",
	}
	var seen []store.Relationship
	for stem := 999200000; len(r.requests) < n; stem++ {
		for check := range 10 {
			number, err := nhs.ParseNumber(fmt.Sprintf("%d%d", stem, check))
			if err != nil {
				continue
			}
			p := record.Person{Number: number, Family: "Shah", Given: []string{"Ada"}, Born: record.ParseDate("1980-02-03"), Practice: "Y99001", FetchedAt: now}
			r.requests = append(r.requests, access.Request{User: nurse, Person: p})
			seen = append(seen, store.Relationship{Patient: number, SourceID: number.Digits(), Relationship: access.Relationship{
				Kind: access.Encounter, Organisation: "RKB", Evidence: "bench", Starts: now.Add(-time.Hour),
			}})
		}
	}
	_, err := r.store.SaveRelationships(ctx, seen)
	return err
}

// disclosure is an event such as a summary page makes.
func disclosure(req access.Request) audit.Event {
	e := audit.NewEvent(audit.Disclosed, req.User, time.Now())
	e.Look, e.Patient, e.Page = e.Reference, req.Person.Number, "summary"
	e.Person = &audit.Identity{Name: "SHAH, Ada", Born: "03-Feb-1980"}
	e.Rule, e.Ground = access.HasGround, access.Ground{Kind: "encounter", Words: "seen by your organisation", Evidence: "bench", Until: e.At.Add(time.Hour)}
	e.Sections = record.Sections
	for _, code := range []nhs.ODSCode{"RKB", "RLT", "RJC", "RYG", "RYA", "E08000026", "E10000031", "Y99001"} {
		e.Partners = append(e.Partners, audit.Partner{
			Code: code, Name: "An organisation", State: record.Answered, Millis: 120, Entries: 3,
			Shown: map[string][]string{"AllergyIntolerance": {"a1/1"}, "MedicationStatement": {"m1/4", "m2/1"}},
		})
	}
	e.Digest, e.Bytes = strings.Repeat("ab", 32), 68_665
	return e
}

// writing is what a disclosure of req writes, with its body made beforehand as
// a viewing's is.
func (r *trailRig) writing(req access.Request) func(access.Facts) (audit.Ready, error) {
	e, err := disclosure(req).Ready()
	return func(f access.Facts) (audit.Ready, error) {
		if !r.policy.Apply(req, f).Permitted() {
			return e, access.ErrDenied
		}
		return e, err
	}
}

const writersWaiting = 32

// rowsMade is what became of rows: how many a second, the 99th percentile of
// their time, and what each took of the processors, of the server's processes
// and of their client.
type rowsMade struct {
	perSecond              float64
	p99                    time.Duration
	serverEach, clientEach time.Duration
}

// write has 32 requests wait at a time.
func (r *trailRig) write(b *testing.B, lasts time.Duration) rowsMade {
	b.Helper()
	server, client := r.serverTime(b), processorTime()
	var wg sync.WaitGroup
	took := make([][]time.Duration, writersWaiting)
	began := time.Now()
	for w := range writersWaiting {
		wg.Go(func() {
			for i := w; time.Since(began) < lasts; i += writersWaiting {
				req := r.requests[i%len(r.requests)]
				at := time.Now()
				if err := r.store.AppendIf(b.Context(), req, r.writing(req), nil); err != nil {
					b.Error(err)
					return
				}
				took[w] = append(took[w], time.Since(at))
			}
		})
	}
	wg.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	rows := time.Duration(len(all))
	lasted := time.Since(began)
	return rowsMade{float64(rows) / lasted.Seconds(), all[len(all)*99/100], (r.serverTime(b) - server) / rows, (processorTime() - client) / rows}
}

var pgbenched = regexp.MustCompile(`(?s)actually processed: ([0-9]+).*tps = ([0-9.]+) \(without`)

// insert is what pgbench reaches with one row a transaction into the same
// table and indexes: no lock, no look, no signature, nothing for the sequencer,
// and without a ground, by which it is in one index less.
func (r *trailRig) insert(b *testing.B, lasts time.Duration) rowsMade {
	b.Helper()
	body, err := disclosure(r.requests[0]).Body()
	if err != nil {
		b.Fatal(err)
	}
	script := filepath.Join(b.TempDir(), "insert.sql")
	sql := fmt.Sprintf(`\set p random(1, 500)
INSERT INTO audit.event (event_id, at, kind, reference, look, issuer, subject, staff_name, staff_id, role, organisation, patient, claim, salt, body)
VALUES (gen_random_uuid(), now(), 'disclosed', 'AAAA-BBBB-CCCC', 'AAAA-BBBB-CCCC', 'https://id', 'nurse', 'WHITLOCK Tom (Mr)', '999900000102', 'clinician', 'RKB', (9992000000 + :p)::text, '', decode('%s', 'hex'), decode('%s', 'hex'));
`, strings.Repeat("ab", 32), hex.EncodeToString(body))
	if err := os.WriteFile(script, []byte(sql), 0o600); err != nil {
		b.Fatal(err)
	}
	server := r.serverTime(b)
	cmd := exec.CommandContext(b.Context(), "pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(writersWaiting), "-j", "2",
		"-T", strconv.Itoa(int(lasts.Seconds())), "-f", script, r.database.URL("icr_server", "icr"))
	out, err := cmd.CombinedOutput()
	found := pgbenched.FindSubmatch(out)
	if err != nil || found == nil {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	rows, err := strconv.Atoi(string(found[1]))
	perSecond, err2 := strconv.ParseFloat(string(found[2]), 64)
	if err := errors.Join(err, err2); err != nil || rows == 0 {
		b.Fatalf("pgbench: %v\n%s", err, out)
	}
	each := time.Duration(rows)
	return rowsMade{perSecond: perSecond, serverEach: (r.serverTime(b) - server) / each, clientEach: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()) / each}
}

// BenchmarkTrailRows compares durable rows, each after lock and look and
// signed for, with what pgbench inserts bare.
func BenchmarkTrailRows(b *testing.B) {
	if _, err := exec.LookPath("pgbench"); err != nil {
		b.Fatal("pgbench, beside which rows are measured, is not on this machine: apt-get install postgresql-contrib")
	}
	r := newTrailRig(b)
	tune(garbage)
	r.write(b, time.Second)
	for b.Loop() {
		var ratios, p99, dearer []float64
		var bare, rows []rowsMade
		for range 3 {
			plain, ours := r.insert(b, 4*time.Second), r.write(b, 4*time.Second)
			bare, rows = append(bare, plain), append(rows, ours)
			ratios, p99 = append(ratios, plain.perSecond/ours.perSecond), append(p99, ours.p99.Seconds()*1000)
			dearer = append(dearer, float64(plain.serverEach+plain.clientEach)/float64(ours.serverEach+ours.clientEach))
		}
		figure(b, "T1", "pgbench's single-row inserts for each trail row, 32 waiting", "ratio", median(ratios), 1/1.2)
		figure(b, "T2", "ms to a durable trail row, p99, 32 waiting", "ms", median(p99), 50)
		note("trail rows, after lock and look, signed", "%s", middle(rows))
		note("pgbench's rows", "%s", middle(bare))
		note("pgbench's row / trail row", "%.2f in processor time, of the server and its client", median(dearer))
	}
}

// middle tells of the one that wrote the median of rows a second.
func middle(all []rowsMade) string {
	slices.SortFunc(all, func(a, b rowsMade) int { return cmp.Compare(a.perSecond, b.perSecond) })
	w := all[len(all)/2]
	return fmt.Sprintf("%.0f a second; processor time of each: server %d µs, client %d µs", w.perSecond, w.serverEach.Microseconds(), w.clientEach.Microseconds())
}

// BenchmarkSequencer has 1,000 events a second written while the sequencer
// takes its turns, and tells how long each waited until it was signed for.
func BenchmarkSequencer(b *testing.B) {
	r := newTrailRig(b)
	key := merkle.NewKey("icr.example/trail", secret[:32])
	s, err := store.OpenSequencer(b.Context(), r.database.URL("icr_sequencer", "icr"), key)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		ctx, stop := context.WithCancel(b.Context())
		var wg sync.WaitGroup
		wg.Go(func() { take(ctx, b, s) })
		r.pace(b, 1000, 8*time.Second)
		time.Sleep(1500 * time.Millisecond)
		stop()
		wg.Wait()
		lag, n := r.lag(b)
		figure(b, "T3", "s until an event is signed for, p99, at 1,000 a second", "s", lag, 2)
		note("sequencer", "%d events signed for", n)
	}
}

// take takes turns as icr sequence does.
func take(ctx context.Context, b *testing.B, s *store.Sequencer) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		won, err := s.Elect(ctx)
		for more := won && err == nil; more; {
			var turn store.Turn
			turn, err = s.Turn(ctx)
			more = turn.More && err == nil
		}
		if err != nil && ctx.Err() == nil {
			b.Error(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *trailRig) pace(b *testing.B, perSecond int, lasts time.Duration) {
	b.Helper()
	tick := time.NewTicker(time.Second / time.Duration(perSecond/10))
	defer tick.Stop()
	var wg sync.WaitGroup
	for began := time.Now(); time.Since(began) < lasts; <-tick.C {
		for i := range 10 {
			req := r.requests[i]
			wg.Go(func() {
				if err := r.store.AppendIf(b.Context(), req, r.writing(req), nil); err != nil {
					b.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

// lag is how long events waited until they were signed for: the 99th
// percentile in seconds, and how many did.
func (r *trailRig) lag(b *testing.B) (p99 float64, n int) {
	b.Helper()
	c, err := pgx.Connect(b.Context(), r.database.URL("postgres", "icr"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(b.Context()))
	err = c.QueryRow(b.Context(), `
		SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM
			(SELECT c.at FROM audit.checkpoint c WHERE c.size > l.position ORDER BY c.size LIMIT 1) - e.recorded_at)::float8), count(*)
		FROM audit.leaf l JOIN audit.event e ON e.at = l.at AND e.event_id = l.event_id`).Scan(&p99, &n)
	if err != nil {
		b.Fatal(err)
	}
	return p99, n
}

// BenchmarkVerify verifies an exported trail of 100,000 entries, or in the
// long run of a million.
func BenchmarkVerify(b *testing.B) {
	n := 100_000
	if os.Getenv("ICR_SOAK") != "" {
		n = 1_000_000
	}
	dir := filepath.Join(b.TempDir(), "bundle")
	policy := logOf(b, dir, n)
	for b.Loop() {
		began := time.Now()
		report, err := merkle.Verify(os.DirFS(dir), policy)
		if err != nil || report.Bodies != int64(n) {
			b.Fatal(report, err)
		}
		figure(b, "T4", "s to verify a million entries", "s", time.Since(began).Seconds()*1e6/float64(n), 20)
	}
}

// logOf writes a bundle of n entries by 16 writers.
func logOf(b *testing.B, dir string, n int) merkle.Policy {
	b.Helper()
	key, writer := merkle.NewKey("icr.example/trail", secret[:32]), merkle.NewKey("icr-writer", secret[:32])
	to, err := merkle.NewBundler(dir)
	if err != nil {
		b.Fatal(err)
	}
	body, err := disclosure(access.Request{}).Body()
	if err != nil {
		b.Fatal(err)
	}
	var tree merkle.Tree
	links, numbers := make([]merkle.Link, 16), make([]uint64, 16)
	salt := make([]byte, 32)
	for i := range n {
		w := i % 16
		numbers[w]++
		e := merkle.Entry{At: time.Unix(int64(i), 0), Writer: [16]byte{byte(w + 1)}, Number: numbers[w], Body: merkle.Commit(salt, body)}
		copy(e.ID[:], strconv.Itoa(i))
		links[w] = links[w].Then(e)
		if n-i <= 16 || numbers[w]%8 == 0 {
			if e.Signature, err = writer.Sign(links[w].Message()); err != nil {
				b.Fatal(err)
			}
		}
		tree.Add(e.Hash())
		if err := to.Add(merkle.Item{Entry: e, Hash: e.Hash(), Salt: salt, Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	signed, err := merkle.Checkpoint{Origin: key.Name(), Size: int64(n), Root: tree.Root()}.Sign(key)
	if err != nil {
		b.Fatal(err)
	}
	if err := to.Close(signed, nil); err != nil {
		b.Fatal(err)
	}
	return merkle.Policy{Key: key.Verifier(), Writers: []sumdb.Verifier{writer.Verifier()}}
}
