package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
)

// happening is one line of a history: something that began and ended, and what
// came of it. The changes of one history follow each other.
type happening struct {
	What         string // "object", "withdraw", or how somebody looked
	Replica      int
	Began, Ended time.Time
	Shown        bool // something clinical; of an open page, that it may still be seen
}

// inSpite returns what of a history was shown in spite of an objection: what
// began after it was answered, and ended before it began to be withdrawn.
func inSpite(history []happening) (all []happening) {
	for i, change := range history {
		if change.What != "object" {
			continue
		}
		until := time.Time{}
		for _, later := range history[i+1:] {
			if later.What == "withdraw" {
				until = later.Began
				break
			}
		}
		for _, h := range history {
			if h.Shown && !h.Began.Before(change.Ended) && (until.IsZero() || !h.Ended.After(until)) {
				all = append(all, h)
			}
		}
	}
	return all
}

// The checker finds what a history must not hold, and nothing else.
func TestHistoriesAreJudged(t *testing.T) {
	at := func(what string, began, ended int, shown bool) happening {
		day := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		return happening{What: what, Began: day.Add(time.Duration(began)), Ended: day.Add(time.Duration(ended)), Shown: shown}
	}
	object, withdraw, again := at("object", 10, 20, false), at("withdraw", 50, 60, false), at("object", 70, 80, false)
	for _, test := range []struct {
		name string
		look happening
		bad  bool
	}{
		{"before it", at("print", 0, 9, true), false},
		{"begun while it was recorded", at("print", 19, 40, true), false},
		{"begun when it was answered", at("print", 20, 40, true), true},
		{"the last moment", at("summary", 49, 50, true), true},
		{"while it was withdrawn", at("summary", 49, 51, true), false},
		{"refused", at("summary", 30, 40, false), false},
		{"between two", at("summary", 61, 69, true), false},
		{"in the second", at("document", 90, 99, true), true},
		{"across both changes", at("summary", 30, 75, true), false},
	} {
		for _, history := range [][]happening{{object, withdraw, again, test.look}, {test.look, object, withdraw, again}} {
			if got := inSpite(history); (len(got) == 1) != test.bad || len(got) > 1 {
				t.Errorf("%s: %v", test.name, got)
			}
		}
	}
}

// race is two servers over one database, each with connections and partners of
// its own, and what happens.
type race struct {
	*world
	worlds  [2]*world
	urls    [2]string
	browser *browser
	ref     string
	letter  string
	still   string

	mu      sync.Mutex
	history []happening
}

func newRace(t *testing.T) *race {
	modes := []partnertest.Mode{partnertest.Holds, partnertest.Holds}
	w := newWorld(t, modes...)
	other := &world{t: t, db: w.db, Store: storetest.Connect(t, w.db), url: w.url, pds: w.pds, staff: w.staff, partners: map[nhs.ODSCode]*partnertest.Server{}, log: w.log, urls: w.urls}
	server := httptest.NewServer(other.handler(modes))
	t.Cleanup(server.Close)
	r := &race{world: w, worlds: [2]*world{w, other}}
	r.urls = [2]string{w.url, "http://localhost:" + server.URL[strings.LastIndex(server.URL, ":")+1:]}
	for _, w := range r.worlds {
		w.partners["RKB"].Letter = partnertest.Document{Type: "text/plain", Content: "Dear Doctor, " + partnertest.Allergy}
		w.partners["RLT"].Delay = 3 * time.Millisecond
		w.gathers.SoftDeadline(2 * time.Millisecond) // so that answers come late, and wait
	}
	w.relate("RKB")
	r.browser = w.as("ed.nurse")
	r.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
	r.ref = r.browser.ref()
	whole := r.browser.get(r.ref + "/print")
	r.still = r.browser.get(r.ref).still()
	for r.letter == "" && whole.status == http.StatusOK {
		r.letter, _ = r.browser.get(r.ref + "/documents").Find(`a[href*="/documents/"]`).Attr("href")
	}
	return r
}

// looks are the ways to look.
var looks = map[string]func(r *race) (method, path string){
	"summary":   func(r *race) (string, string) { return http.MethodGet, r.ref },
	"late":      func(r *race) (string, string) { return http.MethodGet, r.ref + "?again=1" },
	"section":   func(r *race) (string, string) { return http.MethodGet, r.ref + "/allergies" },
	"print":     func(r *race) (string, string) { return http.MethodGet, r.ref + "/print" },
	"download":  func(r *race) (string, string) { return http.MethodPost, r.ref + "/download" },
	"document":  func(r *race) (string, string) { return http.MethodGet, r.letter },
	"open page": func(r *race) (string, string) { return http.MethodGet, r.still },
}

// look looks in one way at one of the servers.
func (r *race) look(what string, replica int) {
	method, path := looks[what](r)
	h := happening{What: what, Replica: replica, Began: time.Now()}
	req, err := http.NewRequest(method, r.urls[replica]+path, strings.NewReader(url.Values{}.Encode()))
	if err != nil {
		r.t.Error(err)
		return
	}
	res, err := r.browser.Do(req)
	if err != nil {
		r.t.Error(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Error(err)
	}
	h.Ended = time.Now()
	h.Shown = bytes.Contains(body, []byte(partnertest.Allergy)) || what == "open page" && res.StatusCode == http.StatusNoContent
	r.happened(h)
}

func (r *race) happened(h happening) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, h)
}

// object records an objection at one of the servers.
func (r *race) objectAt(replica int) {
	h := happening{What: "object", Replica: replica, Began: time.Now()}
	o := objection.Objection{Patient: patient.Number, Family: patient.Family, State: objection.IdentityConfirmed, At: time.Now()}
	if err := r.worlds[replica].RecordObjection(r.t.Context(), o, audit.NewEvent(audit.ObjectionChanged, auth.User{}, time.Now())); err != nil {
		r.t.Error(err)
	}
	h.Ended = time.Now()
	r.happened(h)
}

func (r *race) withdraw(c *pgx.Conn) {
	h := happening{What: "withdraw", Began: time.Now()}
	if _, err := c.Exec(r.t.Context(), withdrawn); err != nil {
		r.t.Error(err)
	}
	h.Ended = time.Now()
	r.happened(h)
}

// round is one objection, perhaps withdrawn again, and some who look meanwhile.
func (r *race) round(c *pgx.Conn, random *rand.Rand) {
	var all sync.WaitGroup
	names := []string{"summary", "late", "section", "print", "download", "document", "open page"}
	for range 3 {
		what, replica := names[random.IntN(len(names))], random.IntN(2)
		pause := time.Duration(random.IntN(8)) * time.Millisecond
		all.Go(func() { time.Sleep(pause); r.look(what, replica) })
	}
	time.Sleep(time.Duration(random.IntN(6)) * time.Millisecond)
	r.objectAt(random.IntN(2))
	if random.IntN(3) == 0 {
		time.Sleep(time.Duration(random.IntN(4)) * time.Millisecond)
		r.withdraw(c)
	}
	all.Wait()
	r.look(names[random.IntN(len(names))], random.IntN(2))
	r.withdraw(c)
}

// commits is the history as the database committed it.
func (r *race) commits(c *pgx.Conn) (all []happening) {
	rows, _ := c.Query(r.t.Context(), `
		SELECT what, at FROM (
			SELECT CASE state WHEN 'withdrawn' THEN 'withdraw' ELSE 'object' END, pg_xact_commit_timestamp(xmin) FROM objection_steps
			UNION ALL
			SELECT kind, pg_xact_commit_timestamp(xmin) FROM audit.event WHERE kind IN ('opened', 'disclosed', 'printed', 'downloaded', 'document')
		) committed (what, at) ORDER BY at`)
	var h happening
	_, err := pgx.ForEachRow(rows, []any{&h.What, &h.Began}, func() error {
		h.Ended, h.Shown = h.Began, h.What != "object" && h.What != "withdraw"
		all = append(all, h)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// Whoever looks, in whatever way, at whichever server, while somebody objects
// and withdraws at either: nothing is shown once an objection is answered, and
// nothing committed once it is committed.
func TestP3_TheRaceOverTwoReplicas(t *testing.T) {
	r := newRace(t)
	c, err := pgx.Connect(t.Context(), r.db.Super)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	rounds, seed := 100, uint64(time.Now().UnixNano())
	if os.Getenv("ICR_SOAK") != "" {
		rounds = 500
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for range rounds {
		r.round(c, random)
	}
	written := filepath.Join(t.TempDir(), "history.json")
	histories := map[string][]happening{"as seen": r.history, "as committed": r.commits(c)}
	text, err := json.Marshal(histories)
	if err == nil {
		err = os.WriteFile(written, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	judge(t, written, seed)
}

// judge reads histories that were written down, and knows nothing else.
func judge(t *testing.T, file string, seed uint64) {
	t.Helper()
	text, err := os.ReadFile(file)
	var histories map[string][]happening
	if err == nil {
		err = json.Unmarshal(text, &histories)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, history := range histories {
		shown, changes := 0, 0
		for _, h := range history {
			if h.Shown {
				shown++
			} else if h.What == "object" {
				changes++
			}
		}
		for _, h := range inSpite(history) {
			t.Errorf("%s, seed %d: %s at replica %d in spite of an objection", name, seed, h.What, h.Replica)
		}
		if shown < changes/4 || changes == 0 {
			t.Errorf("%s: shown %d times in %d rounds: nothing was raced", name, shown, changes)
		}
		t.Logf("%s: %d lines, shown %d times, %d objections", name, len(history), shown, changes)
	}
}
