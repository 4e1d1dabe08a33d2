package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// number is the nth valid number of the 999 range.
func number(t testing.TB, n int) nhs.Number {
	t.Helper()
	for stem := 999100000; ; stem++ {
		for check := range 10 {
			if got, err := nhs.ParseNumber(fmt.Sprintf("%d%d", stem, check)); err == nil {
				if n == 0 {
					return got
				}
				n--
			}
		}
	}
}

// world is a store with a policy and a trail over it, and one nurse signed in.
type world struct {
	*store.Store
	db     storetest.Database
	policy *access.Policy
	trail  *audit.Trail
	nurse  auth.User
}

func newWorld(t testing.TB) world {
	t.Helper()
	s, db := storetest.Open(t)
	w := world{Store: s, db: db, nurse: signIn(t, s, "nurse", auth.Clinician, "RKB")}
	w.policy, w.trail = flow(s)
	return w
}

func flow(s *store.Store) (*access.Policy, *audit.Trail) {
	p := &access.Policy{
		Facts: s, Now: time.Now,
		Programme: access.Programme{MinimumAge: 18, DeceasedFor: 28 * 24 * time.Hour, Practices: map[nhs.ODSCode]bool{"Y99001": true}},
	}
	return p, &audit.Trail{Log: s, Policy: p, Now: time.Now}
}

func signIn(t testing.TB, s *store.Store, name string, role auth.Role, org nhs.ODSCode) auth.User {
	t.Helper()
	hash := sha256.Sum256([]byte(name))
	row := signin.Row{Hash: hash[:], Data: []byte(`{}`), Issuer: "https://id", Subject: name, Created: time.Now(), Seen: time.Now(), Expires: time.Now().Add(time.Hour)}
	if err := s.SaveSession(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	return auth.User{
		Identity: auth.Identity{Issuer: "https://id", Subject: name}, Post: auth.Post{Role: role, Organisation: org},
		Name: name, Session: hex.EncodeToString(hash[:]),
	}
}

func adult(n nhs.Number) record.Person {
	return record.Person{Number: n, Family: "Shah", Given: []string{"Ada"}, Born: record.ParseDate("1980-02-03"), Practice: "Y99001", FetchedAt: time.Now()}
}

func (w world) seen(t testing.TB, n nhs.Number) {
	t.Helper()
	_, err := w.SaveRelationships(t.Context(), []store.Relationship{{Patient: n, SourceID: n.Digits(), Relationship: access.Relationship{
		Kind: access.Encounter, Organisation: "RKB", Evidence: "test", Starts: time.Now().Add(-time.Hour),
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

func (w world) object(t testing.TB, ctx context.Context, n nhs.Number, state objection.State) {
	t.Helper()
	e := audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())
	e.Patient = n
	o := objection.Objection{Patient: n, Family: "Shah", Given: "Ada", Born: "1980-02-03", Route: "form", State: state, At: time.Now()}
	if err := w.RecordObjection(ctx, o, e); err != nil {
		t.Error(err)
	}
}

// raw runs sql on db and returns the one value that it answers.
func raw[T any](t testing.TB, url, sql string, args ...any) (T, error) {
	t.Helper()
	var v T
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	err = c.QueryRow(t.Context(), sql, args...).Scan(&v)
	return v, err
}

func TestMigrate(t *testing.T) {
	_, db := storetest.Open(t)
	ran, err := store.Migrate(t.Context(), db.Owner)
	if err != nil || len(ran) != 0 {
		t.Fatalf("a second run did %v, %v", ran, err)
	}
}

func TestFacts(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	req := access.Request{User: w.nurse, Person: p}
	w.seen(t, p.Number)
	f, err := w.Facts(t.Context(), req)
	if err != nil || f.Objection != access.NoObjection || len(f.Relationships) != 1 || f.SessionEnded || len(f.Claims) != 0 {
		t.Fatalf("%+v %v", f, err)
	}
	if !f.Relationships[0].Ends.IsZero() {
		t.Error("a relationship that lasts came back with an end")
	}
	if err := w.trail.Claim(t.Context(), req, access.Consent, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.EndSession(t.Context(), mustHex(t, w.nurse.Session)); err != nil {
		t.Fatal(err)
	}
	f, err = w.Facts(t.Context(), req)
	if err != nil || len(f.Claims) != 1 || f.Claims[0].Rule != access.SelfClaimed || f.Claims[0].Why != access.Consent || !f.SessionEnded {
		t.Fatalf("%+v %v", f, err)
	}
	if d := time.Until(f.Claims[0].Until); d < 11*time.Hour || d > 12*time.Hour {
		t.Errorf("the claim lasts %v", d)
	}
}

func mustHex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An objection under any number that the patient was ever known by is found.
func TestP3_ObjectionUnderSupersededNumber(t *testing.T) {
	for _, test := range []struct {
		name             string
		objected, opened int
	}{{"recorded under the old number", 0, 1}, {"recorded under the new number", 1, 0}} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			numbers := []nhs.Number{number(t, 0), number(t, 1)}
			p := adult(numbers[1])
			p.Superseded = numbers[:1]
			if err := w.SavePerson(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			w.object(t, t.Context(), numbers[test.objected], objection.Upheld)
			f, err := w.Facts(t.Context(), access.Request{User: w.nurse, Person: adult(numbers[test.opened])})
			if err != nil || f.Objection != access.ObjectionInForce {
				t.Errorf("%+v %v", f, err)
			}
		})
	}
}

// Numbers that were superseded one after the other are one person's, wherever
// in the chain the objection and the request stand.
func TestP3_ObjectionAlongAChainOfNumbers(t *testing.T) {
	for objected := range 4 {
		w := newWorld(t)
		for i := range 3 { // each answer of the demographics service tells one step
			p := adult(number(t, i+1))
			p.Superseded = []nhs.Number{number(t, i)}
			if err := w.SavePerson(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		w.object(t, t.Context(), number(t, objected), objection.Upheld)
		for asked := range 5 {
			f, err := w.Facts(t.Context(), access.Request{User: w.nurse, Person: adult(number(t, asked))})
			if err != nil || (f.Objection == access.ObjectionInForce) != (asked < 4) {
				t.Errorf("objected under %d, asked about %d: %+v %v", objected, asked, f.Objection, err)
			}
		}
	}
}

// An objection waits for a page that knows the patient by another number, even
// where nothing joins the two yet.
func TestP3_ObjectionWaitsForPagesUnderOtherNumbers(t *testing.T) {
	w := newWorld(t)
	looking, goOn := make(chan struct{}), make(chan struct{})
	shown, recorded := make(chan error, 1), make(chan struct{})
	go func() {
		shown <- w.AppendIf(t.Context(), access.Request{User: w.nurse, Person: adult(number(t, 1))}, func(access.Facts) (audit.Ready, error) {
			close(looking)
			<-goOn
			return audit.NewEvent(audit.Disclosed, w.nurse, time.Now()).Ready()
		}, nil)
	}()
	<-looking
	go func() { w.object(t, t.Context(), number(t, 0), objection.Upheld); close(recorded) }()
	select {
	case <-recorded:
		t.Error("the objection was recorded while the page was being disclosed")
	case <-time.After(300 * time.Millisecond):
	}
	close(goOn)
	if err := <-shown; err != nil {
		t.Error(err)
	}
	<-recorded
}

func TestP3_OnlyStatesInForceObject(t *testing.T) {
	w := newWorld(t)
	n := 0
	for state := range objection.States {
		n++
		p := adult(number(t, n))
		w.object(t, t.Context(), p.Number, state)
		f, err := w.Facts(t.Context(), access.Request{User: w.nurse, Person: p})
		if err != nil || (f.Objection == access.ObjectionInForce) != state.InForce() {
			t.Errorf("%s: %+v %v", state, f.Objection, err)
		}
	}
}

func TestP3_UnknownObjectionIsNoPermission(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	w.seen(t, p.Number)
	if _, err := raw[string](t, w.db.Owner, `WITH x AS (SELECT 1) SELECT 'x' FROM x`); err != nil {
		t.Fatal(err)
	}
	exec(t, w.db.Owner, `REVOKE SELECT ON objection_steps FROM icr_server`)
	d, err := w.policy.Decide(t.Context(), access.Request{User: w.nurse, Person: p})
	if err == nil || d.Permitted() {
		t.Errorf("decided %v, %v", d.Rule(), err)
	}
}

func exec(t testing.TB, url, sql string) error {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	_, err = c.Exec(t.Context(), sql)
	return err
}

func TestRefs(t *testing.T) {
	w := newWorld(t)
	n := number(t, 1)
	ref, err := w.Refer(t.Context(), "https://id", "nurse", n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Refer(t.Context(), "https://id", "nurse", n)
	if err != nil || again != ref {
		t.Errorf("a second ref %q, %v", again, err)
	}
	if got, err := w.Referred(t.Context(), "https://id", "nurse", ref); err != nil || got != n {
		t.Errorf("%v", err)
	}
	if got, p, err := w.ReferredPerson(t.Context(), "https://id", "nurse", ref); err != nil || got != n || !p.FetchedAt.IsZero() {
		t.Errorf("nobody is kept yet: %v %v", p, err)
	}
	if err := w.SavePerson(t.Context(), adult(n)); err != nil {
		t.Fatal(err)
	}
	kept, err := w.Person(t.Context(), n)
	if got, p, referred := w.ReferredPerson(t.Context(), "https://id", "nurse", ref); err != nil || referred != nil || got != n || p.FetchedAt.IsZero() || !reflect.DeepEqual(p, kept) {
		t.Errorf("%+v, kept is %+v, %v %v", p, kept, referred, err)
	}
	for _, who := range [][2]string{{"https://id", "other"}, {"https://other", "nurse"}} {
		_, err := w.Referred(t.Context(), who[0], who[1], ref)
		_, p, with := w.ReferredPerson(t.Context(), who[0], who[1], ref)
		if err != auth.ErrNoRef || with != auth.ErrNoRef || !p.Number.IsZero() {
			t.Errorf("%v followed it: %v, %v", who, err, with)
		}
	}
	exec(t, w.db.Super, `UPDATE refs SET used = now() - interval '25 hours'`)
	if _, err := w.Referred(t.Context(), "https://id", "nurse", ref); err != auth.ErrNoRef {
		t.Errorf("a lapsed ref: %v", err)
	}
	if fresh, err := w.Refer(t.Context(), "https://id", "nurse", n); err != nil || fresh == ref {
		t.Errorf("a lapsed ref came back: %v", err)
	}
}

func TestP9_NothingKeptNamesAPatientInClear(t *testing.T) {
	w := newWorld(t)
	p := adult(number(t, 1))
	p.Family, p.Address = "Unmistakable", []string{"1 Canary Row"}
	if err := w.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := w.KeepSearch(t.Context(), "i", "s", "people", map[string]string{"family": "Unmistakable"}); err != nil {
		t.Fatal(err)
	}
	n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM (SELECT sealed FROM demographics UNION ALL SELECT sealed FROM searches) s
		WHERE position('Unmistakable'::bytea IN sealed) > 0 OR position('Canary'::bytea IN sealed) > 0`)
	if err != nil || n != 0 {
		t.Errorf("%d rows in clear, %v", n, err)
	}
	got, err := w.Person(t.Context(), p.Number)
	if err != nil || got.Family != "Unmistakable" || got.Born.String() != "03-Feb-1980" {
		t.Errorf("%+v %v", got, err)
	}
	exec(t, w.db.Super, `UPDATE demographics SET fetched = now() - interval '25 hours'`)
	if _, err := w.Person(t.Context(), p.Number); err != store.ErrNoPerson {
		t.Errorf("an answer a day old: %v", err)
	}
}
