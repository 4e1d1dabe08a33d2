package bench

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
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
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/demo/postgres"
	"example.org/icr/store"
	"github.com/jackc/pgx/v5"
)

// crowd is so many relationships, four a patient, and so many objections, of
// others than those whom decisions are about.
const crowd = `
	INSERT INTO relationships (source, source_id, patient, organisation, kind, starts)
	SELECT 'bench', 'crowd ' || n, (9100000000 + n / 4)::text, 'R' || mod(n, 40), 'episode', now() - mod(n, 1000) * interval '1 day' FROM generate_series(1, %d) n;
	INSERT INTO objections (id, patient, family_name, given_name, birth_date, route, received)
	SELECT gen_random_uuid(), (9300000000 + n)::text, 'Shah', 'Ada', '1980-02-03', 'register', now() FROM generate_series(1, %d) n;
	INSERT INTO objection_steps (objection, step, state, at) SELECT id, 1, 'upheld', now() FROM objections;
	ANALYZE;`

// crowds are the databases that decisions are made over.
var crowds = []struct {
	name                      string
	relationships, objections int
}{
	{"1,000 relationships", 1_000, 0},
	{"1,000,000 relationships and 10,000 objections", 1_000_000, 10_000},
	{"1,000 relationships and 100,000 objections", 1_000, 100_000},
}

// over is a database with people in it, and whom decisions are about.
func over(b *testing.B, db *postgres.Server, name string, relationships, objections int) *trailRig {
	b.Helper()
	ctx := b.Context()
	err := db.CreateDatabase(ctx, name)
	if err == nil {
		_, err = store.Migrate(ctx, db.URL("icr_owner", name))
	}
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(ctx, store.Config{URL: db.URL("icr_server", name), Secret: secret, Idle: signin.MaxIdle, Conns: 4})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	r := &trailRig{database: db, store: s, policy: &access.Policy{Facts: s, Now: time.Now, Programme: access.Programme{
		MinimumAge: 18, Practices: map[nhs.ODSCode]bool{"Y99001": true},
	}}}
	if err := errors.Join(r.people(ctx, 500), asAdministrator(ctx, db, name, fmt.Sprintf(crowd, relationships, objections))); err != nil {
		b.Fatal(err)
	}
	return r
}

// asAdministrator runs statements as the database's administrator.
func asAdministrator(ctx context.Context, db *postgres.Server, name, sql string) error {
	c, err := pgx.Connect(ctx, db.URL("postgres", name))
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	_, err = c.Exec(ctx, sql)
	return err
}

// BenchmarkDecision tells what a decision costs with its facts, which are one
// round trip to PostgreSQL, however many others there are.
func BenchmarkDecision(b *testing.B) {
	db, err := postgres.Start(b.Context(), postgres.Config{Settings: map[string]string{"max_connections": "100"}})
	if err == nil {
		err = db.CreateRoles(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Stop() })
	var rigs []*trailRig
	for i, c := range crowds {
		began := time.Now()
		rigs = append(rigs, over(b, db, "crowd"+strconv.Itoa(i), c.relationships, c.objections))
		note("decision", "%s: loaded in %.1f s", c.name, time.Since(began).Seconds())
	}
	const repeats, each = 15, 100
	took := make([][]float64, len(rigs))
	for b.Loop() {
		for i := range repeats + 1 {
			for n, r := range rigs {
				if ms := r.decide(b, i*each, each); i > 0 { // the first fills caches
					took[n] = append(took[n], ms)
				}
			}
		}
	}
	over := func(n int) float64 {
		var all []float64
		for i := range took[n] {
			all = append(all, took[n][i]/took[0][i])
		}
		return median(all)
	}
	for n, c := range crowds {
		note("decision", "%s: %.3f ms at the median", c.name, median(took[n]))
	}
	figure(b, "G1", "a decision with 1,000,000 relationships and 10,000 objections / with 1,000 relationships", "million/thousand", over(1), 1.5)
	figure(b, "G2", "a decision with 100,000 objections / with none", "objections/none", over(2), 1.1)
	b.ReportMetric(0, "ns/op")
}

// decide makes decisions one after the other, and returns the milliseconds of
// one.
func (r *trailRig) decide(b *testing.B, from, n int) float64 {
	began := time.Now()
	for i := range n {
		d, err := r.policy.Decide(b.Context(), r.requests[(from+i)%len(r.requests)])
		if err != nil || !d.Permitted() {
			b.Fatal(d.Rule(), err)
		}
	}
	return time.Since(began).Seconds() * 1000 / float64(n)
}

// stillScript has how often open pages ask.
const stillScript = "../static/src/icr/still.js"

// openPage is one that asks whether it may still be seen, as its script does.
type openPage struct {
	page
	opened, gone time.Time // when it learnt that it may not be seen
	took         []float64 // ms of each question
	sizes        []float64 // bytes of each answer
}

// BenchmarkOpenPages tells what 200 open pages ask for, and how soon the last
// of them knows of an objection.
func BenchmarkOpenPages(b *testing.B) {
	r := ready(b)
	const open, calm = 200, 22 * time.Second
	every := everyOf(b)
	var addresses []page
	for _, p := range r.app.pages(r.app.address, summaryPage) {
		addresses = append(addresses, stillOf(b, p))
	}
	for b.Loop() {
		pages := make([]*openPage, open)
		ctx, cancel := context.WithTimeout(b.Context(), calm+3*every)
		var all sync.WaitGroup
		began, spent := time.Now(), processorTime()
		for i := range pages {
			pages[i] = &openPage{page: addresses[i%len(addresses)]}
			all.Go(func() { pages[i].stay(ctx, time.Duration(i)*every/open, every) })
		}
		time.Sleep(calm)
		spent = processorTime() - spent
		objected := time.Now()
		r.app.object(b)
		all.Wait()
		cancel()
		r.app.withdraw(b)
		reportOpenPages(b, pages, objected, objected.Sub(began), spent)
	}
	b.ReportMetric(0, "ns/op")
}

func everyOf(b *testing.B) time.Duration {
	b.Helper()
	script, err := os.ReadFile(stillScript)
	found := regexp.MustCompile(`const every = ([0-9_]+);`).FindSubmatch(script)
	if err != nil || found == nil {
		b.Fatal("how often pages ask is not to be found: ", err)
	}
	ms, err := strconv.Atoi(strings.ReplaceAll(string(found[1]), "_", ""))
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(ms) * time.Millisecond
}

var asksAt = regexp.MustCompile(`data-still="([^"]+)"`)

// stillOf is where a page that was opened asks.
func stillOf(b *testing.B, p page) page {
	b.Helper()
	status, body, err := ask(b.Context(), p)
	found := asksAt.FindSubmatch(body)
	if err != nil || status != http.StatusOK || found == nil {
		b.Fatal(status, err)
	}
	home, _, _ := strings.Cut(p.URL, "/record/")
	return page{URL: home + html.UnescapeString(string(found[1])), Cookie: p.Cookie}
}

func ask(ctx context.Context, p page) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Cookie", p.Cookie)
	res, err := browser.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// stay is open from after a while on, until it may not be seen any more.
func (p *openPage) stay(ctx context.Context, after, every time.Duration) {
	select {
	case <-time.After(after):
	case <-ctx.Done():
		return
	}
	p.opened = time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		status, body, err := ask(ctx, p.page)
		p.took, p.sizes = append(p.took, time.Since(began).Seconds()*1000), append(p.sizes, float64(len(body)))
		if err == nil && status == http.StatusGone {
			p.gone = time.Now()
			return
		}
	}
}

// object has all patients object.
func (a *app) object(b *testing.B) {
	b.Helper()
	for _, n := range patients {
		o := objection.Objection{Patient: n, Family: "Typical", State: objection.IdentityConfirmed, At: time.Now()}
		if err := a.store.RecordObjection(b.Context(), o, audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())); err != nil {
			b.Fatal(err)
		}
	}
}

// withdraw lets other benchmarks have their patients back.
func (a *app) withdraw(b *testing.B) {
	b.Helper()
	err := asAdministrator(b.Context(), a.database, "icr", `
		INSERT INTO objection_steps (objection, step, state, at) SELECT objection, 2, 'withdrawn', now() FROM objection_steps GROUP BY objection HAVING count(*) = 1`)
	if err != nil {
		b.Fatal(err)
	}
}

func reportOpenPages(b *testing.B, pages []*openPage, objected time.Time, calm, spent time.Duration) {
	var took, sizes []float64
	asked, seconds, last, unaware := 0, 0.0, 0.0, 0
	for _, p := range pages {
		if p.gone.IsZero() {
			unaware++
			continue
		}
		asked += len(p.took)
		seconds += p.gone.Sub(p.opened).Seconds()
		last = max(last, p.gone.Sub(objected).Seconds())
		took, sizes = append(took, p.took...), append(sizes, p.sizes...)
	}
	if unaware > 0 {
		b.Fatalf("%d pages were not told of the objection", unaware)
	}
	note("open pages", "%d of them, %d questions: %.1f ms at the median, %.1f ms at the 95th percentile, at most %.0f bytes of body; %.1f %% of one processor, browsers included",
		len(pages), asked, quantile(took, 0.5), quantile(took, 0.95), slices.Max(sizes), 100*spent.Seconds()/calm.Seconds())
	figure(b, "G3", "requests of an open page in 10 s", "requests/10s", 10*float64(asked)/seconds, 1)
	figure(b, "G4", "s from an objection until the last of 200 open pages knows", "s", last, 15)
}
