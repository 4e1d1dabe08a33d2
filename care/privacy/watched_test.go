package privacy_test

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// watching is the month on a trail, and the monitor that watches it.
type watching struct {
	*month
	db        storetest.Database
	store     *store.Store
	sequencer *store.Sequencer
	monitor   *store.Monitor
	marker    *audit.Marker
	about     map[uuid.UUID]string // of events: how planted names what they are about
	looks     int
}

func newWatching(t *testing.T) *watching {
	t.Helper()
	w := &watching{month: newMonth(), about: map[uuid.UUID]string{}}
	w.store, w.db = storetest.Open(t)
	var err error
	if w.marker, err = audit.NewMarker(storetest.Secret); err != nil {
		t.Fatal(err)
	}
	key := merkle.NewKey("icr.test/trail", []byte(strings.Repeat("k", ed25519.SeedSize)))
	if w.sequencer, err = store.OpenSequencer(t.Context(), w.db.Sequencer, key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.sequencer.Close)
	w.sequencer.Patience = time.Hour // days may be long in the making
	if w.monitor, err = store.OpenMonitor(t.Context(), w.db.Monitor); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.monitor.Close)
	w.monitor.Marker, w.monitor.Watcher = w.marker, privacy.Watcher{Ordinary: []nhs.ODSCode{"RYA"}}
	w.monitor.Failed = func(n privacy.Name) { t.Errorf("the rule %s failed", n) }
	w.lists(t)
	return w
}

// patientOf is the person whom the month calls "n" and a number.
func patientOf(t *testing.T, called string) nhs.Number {
	i, err := strconv.Atoi(strings.TrimPrefix(called, "n"))
	if err != nil {
		t.Fatal(err)
	}
	return numbered(i)
}

// lists loads the staff lists and the watch list, and makes the month's
// partitions.
func (w *watching) lists(t *testing.T) {
	t.Helper()
	by := audit.NewEvent(audit.Imported, auth.User{Name: "test"}, monthBegins)
	lists := map[nhs.ODSCode][]privacy.Staff{}
	for _, s := range w.staff {
		s.Number = w.marker.Number(patientOf(t, s.Number))
		lists[s.Organisation] = append(lists[s.Organisation], s)
	}
	w.super(t, `SELECT audit.make_month('2026-09-01'), audit.make_month('2026-10-01')`)
	for _, list := range lists {
		by.ID = uuid.Must(uuid.NewV7())
		if err := w.store.SaveStaff(t.Context(), list, by); err != nil {
			t.Fatal(err)
		}
	}
	var all []privacy.Watch
	for n, watches := range w.watched {
		watch := watches[0]
		watch.Patient, watch.Reason = n, "in the news"
		all = append(all, watch)
	}
	by.ID = uuid.Must(uuid.NewV7())
	if err := w.store.SaveWatches(t.Context(), all, by); err != nil {
		t.Fatal(err)
	}
}

func (w *watching) super(t *testing.T, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), w.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// remember keeps the numbers of a day before the month.
func (w *watching) remember(t *testing.T, day time.Time, tallies map[int]privacy.Tally) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), w.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	var rows [][]any
	for who, tally := range tallies {
		u := w.post[who]
		rows = append(rows, []any{day, u.Issuer, u.Subject, string(u.Organisation), u.RoleCode, tally[:]})
	}
	columns := []string{"day", "issuer", "subject", "organisation", "role_code", "counts"}
	if _, err := c.CopyFrom(t.Context(), pgx.Identifier{"privacy", "tally"}, columns, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
}

// event is a look of the month as an event of the trail.
func (w *watching) event(t *testing.T, l privacy.Look) audit.Event {
	e := audit.NewEvent(l.Event.Kind, auth.User{}, l.Event.At)
	id, reference := e.ID, e.Reference
	e = l.Event
	e.ID, e.Reference = id, reference
	if e.Look == "" {
		e.Look = reference
	}
	w.about[id] = e.Patient.Digits()
	e.Patient = patientOf(t, l.Patient)
	return e
}

// watch puts a day on the trail, in the order in which it happened, and has the
// monitor look at it.
func (w *watching) watch(t *testing.T, day time.Time, looks []privacy.Look) {
	t.Helper()
	slices.SortStableFunc(looks, func(a, b privacy.Look) int { return a.Event.At.Compare(b.Event.At) })
	w.looks += len(looks)
	for batch := range slices.Chunk(looks, 500) {
		var events []audit.Event
		for _, l := range batch {
			events = append(events, w.event(t, l))
		}
		if err := w.store.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
	}
	if won, err := w.sequencer.Elect(t.Context()); err != nil || !won {
		t.Fatalf("not elected: %v", err)
	}
	for entries := 1; entries > 0; {
		turn, err := w.sequencer.Turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		entries = turn.Entries
	}
	w.monitor.Now = func() time.Time { return day.Add(24 * time.Hour) }
	for more := true; more; {
		turn, err := w.monitor.Turn(t.Context())
		if err != nil || turn.Busy {
			t.Fatal(turn, err)
		}
		more = turn.More
	}
}

// found takes the alerts out of what was planted, and counts them by rule.
func (w *watching) found(t *testing.T) map[privacy.Name]int {
	t.Helper()
	c, err := pgx.Connect(t.Context(), w.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	rows, err := c.Query(t.Context(), `SELECT a.rule, a.event_id, a.event_at, e.subject FROM audit.alert a JOIN audit.event e ON e.event_id = a.event_id AND e.at = a.event_at`)
	if err != nil {
		t.Fatal(err)
	}
	found := map[privacy.Name]int{}
	var rule privacy.Name
	var id uuid.UUID
	var at time.Time
	var subject string
	if _, err := pgx.ForEachRow(rows, []any{&rule, (*[16]byte)(&id), &at, &subject}, func() error {
		found[rule]++
		key := fmt.Sprint(subject, " ", privacy.DayOf(at).Day())
		delete(w.planted, key+" "+string(rule))
		delete(w.planted, key+" "+w.about[id]+" "+string(rule))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for key, r := range w.planted {
		t.Errorf("planted and not found: %s by %s", r, key)
	}
	return found
}

// The month through the database: rows on the trail, their places in the log,
// the monitor's own role and its counts. Every planted case is found. In the
// long run it is the whole month of 5,000 staff, with the rate of alerts;
// otherwise its first day, of every tenth.
func TestTheMonitorFindsAMonthsCases(t *testing.T) {
	t.Parallel()
	days, every := 1, 10
	if os.Getenv("ICR_SOAK") != "" {
		days, every = daysOfMonth, 1
	}
	w := newWatching(t)
	for n := -history; n < days; n++ {
		day := monthBegins.AddDate(0, 0, n)
		by, tallies := w.day(n, day)
		maps.DeleteFunc(by, func(who int, looks []privacy.Look) bool { return who%every != 0 && !w.guilty(who) })
		maps.DeleteFunc(tallies, func(who int, _ privacy.Tally) bool { return who%every != 0 && n < -3 })
		if n < 0 {
			w.remember(t, day, tallies)
			continue
		}
		w.watch(t, day, slices.Concat(slices.Collect(maps.Values(by))...))
	}
	if found := w.found(t); every == 1 {
		report(t, found, w.looks)
	}
}

// guilty reports whether something is planted of somebody.
func (w *watching) guilty(who int) bool {
	for key := range w.planted {
		if strings.HasPrefix(key, w.post[who].Subject+" ") {
			return true
		}
	}
	return false
}
