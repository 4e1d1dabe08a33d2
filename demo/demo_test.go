package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program play icr.
func TestMain(m *testing.M) {
	if how := os.Getenv("FAKE_ICR"); how != "" {
		if err := fakeICR(how); err != nil {
			fmt.Fprintln(os.Stderr, "icr:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// fakeICR notes how it was called, in its working directory, and serves
// nothing but its readiness.
func fakeICR(how string) error {
	args := strings.Join(os.Args[1:], " ")
	var settings []string
	for _, s := range os.Environ() {
		if strings.HasPrefix(s, "ICR_") || strings.HasPrefix(s, "PG") {
			settings = append(settings, s)
		}
	}
	note, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	if err := os.WriteFile("called "+strings.ReplaceAll(args, "/", "_"), note, 0o600); err != nil {
		return err
	}
	if how == "fails "+args {
		return errors.New("told to fail")
	}
	if args != "serve" {
		return nil
	}
	ended := make(chan error, 2)
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, name := range []string{"ICR_ADDRESS", "ICR_OPS_ADDRESS"} {
		go func() { ended <- http.ListenAndServe(os.Getenv(name), ok) }()
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	select {
	case err = <-ended:
	case <-stop.Done():
	case <-lateFault(how):
		err = errors.New("told to fail late")
	}
	return err
}

func lateFault(how string) <-chan time.Time {
	if how == "fails late" {
		return time.After(time.Second)
	}
	return nil
}

// output is what a demonstration prints, as it prints it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is a demonstration under test.
type running struct {
	Config
	ports Ports
	out   *output
	end   context.CancelFunc
	done  chan error
}

func freePorts(t *testing.T) Ports {
	t.Helper()
	for range 100 {
		p, err := PortsFrom(20000 + rand.IntN(12000))
		if err == nil && p.check() == nil {
			return p
		}
	}
	t.Fatal("no free ports")
	return Ports{}
}

func begin(t *testing.T, how string) *running {
	t.Helper()
	ports := freePorts(t)
	ctx, end := context.WithCancel(t.Context())
	r := &running{ports: ports, out: &output{}, end: end, done: make(chan error, 1)}
	r.Config = Config{
		Port: ports.Viewer, Dir: t.TempDir(), Viewer: os.Args[0], Out: r.out,
		Environment: append(os.Environ(), "FAKE_ICR="+how, "ICR_BANNER=not this one", "PGHOST=nor this"),
	}
	go func() { r.done <- Run(ctx, r.Config) }()
	t.Cleanup(func() { end(); <-r.done })
	return r
}

// ended waits for the end of the demonstration and returns its error.
func (r *running) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		r.done <- nil // for the clean-up
		return err
	case <-time.After(5 * time.Minute):
		t.Fatalf("it does not end: %s", r.out)
		return nil
	}
}

func (r *running) started(t *testing.T) {
	t.Helper()
	for range 4500 {
		if strings.Contains(r.out.String(), "Ctrl-C ends it all") {
			return
		}
		select {
		case err := <-r.done:
			r.done <- nil
			t.Fatalf("it ended: %v: %s", err, r.out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("it does not start: %s", r.out)
}

func (r *running) state() state { return stateOf(r.Dir, r.Port) }

// called returns the settings with which icr was called.
func (r *running) called(t *testing.T, args string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(string(r.state()), "called "+strings.ReplaceAll(args, "/", "_")))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range list {
		name, value, _ := strings.Cut(s, "=")
		settings[name] = value
	}
	return settings
}

func (r *running) get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRun(t *testing.T) {
	r := begin(t, "well")
	r.started(t)
	t.Run("icr gets ordinary settings", r.checkSettings)
	t.Run("the state is private", r.checkState)
	t.Run("people are listed while it runs", r.checkPeople)
	t.Run("the parts answer", func(t *testing.T) {
		for _, port := range []int{r.ports.Provider, r.ports.Council} {
			if body := r.get(t, address(port)+"/.well-known/openid-configuration"); !strings.Contains(body, `"issuer":"`+address(port)+`"`) {
				t.Errorf("identity provider: %s", body)
			}
		}
		for i := range partners {
			r.get(t, address(r.ports.Partners+i)+"/fhir/metadata")
		}
	})
	t.Run("a second one says which ports are taken", func(t *testing.T) {
		err := Run(t.Context(), r.Config)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d (for the viewer) is taken", r.Port)) || !strings.Contains(err.Error(), "make demo PORT=") {
			t.Errorf("%v", err)
		}
	})
	r.end()
	if err := r.ended(t); err != nil {
		t.Errorf("ended with %v", err)
	}
	if err := r.ports.check(); err != nil {
		t.Errorf("left running: %v", err)
	}
	for _, words := range []string{address(r.Port), "ed.nurse", "Paramedic", "as ed.nurse: "} {
		if !strings.Contains(r.out.String(), words) {
			t.Errorf("it does not say %q: %s", words, r.out)
		}
	}
}

func (r *running) checkSettings(t *testing.T) {
	s := r.called(t, "serve")
	for name, want := range map[string]string{
		"ICR_ADDRESS": local(r.Port), "ICR_OPS_ADDRESS": local(r.Port + 1), "ICR_PUBLIC_URL": address(r.Port),
		"ICR_BANNER": "Demonstration: every person here is invented",
	} {
		if s[name] != want {
			t.Errorf("%s is %q, want %q", name, s[name], want)
		}
	}
	if !strings.Contains(s["ICR_DATABASE_URL"], "//icr_server:") || !strings.Contains(s["ICR_DESK_DATABASE_URL"], "//icr_desk:") {
		t.Errorf("databases %q and %q", s["ICR_DATABASE_URL"], s["ICR_DESK_DATABASE_URL"])
	}
	if s["ICR_OWNER_DATABASE_URL"] != "" || s["PGHOST"] != "" {
		t.Error("the server is given the owner's database, or somebody else's settings")
	}
	for _, args := range []string{"migrate", "import relationships -source care relationships feed " + r.state().relationships(), "import objections " + r.state().objections()} {
		if url := r.called(t, args)["ICR_OWNER_DATABASE_URL"]; !strings.Contains(url, "//icr_owner:") {
			t.Errorf("icr %s: the owner's database is %q", args, url)
		}
	}
}

func (r *running) checkState(t *testing.T) {
	err := filepath.WalkDir(string(r.state()), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, partner := range []string{"Y99001", "RKB", "RLT", "RJC", "RYG", "RYA", "E08000026", "E10000031"} {
		if _, err := os.Stat(filepath.Join(string(r.state()), "partners", partner+".log")); err != nil {
			t.Error(err)
		}
	}
}

func (r *running) checkPeople(t *testing.T) {
	list, err := People(r.Dir, r.Port)
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %v", list, err)
	}
	elsewhere, err := People(t.TempDir(), r.Port)
	if err != nil || !slices.Equal(list, elsewhere) {
		t.Errorf("the built-in town is another: %v, %v", elsewhere, err)
	}
}

func TestRunTellsOfFaults(t *testing.T) {
	for _, test := range []struct{ how, want string }{
		{"fails migrate", "icr migrate: exit status 1"},
		{"fails serve", "the viewer has ended (exit status 1)"},
		{"fails late", "the viewer has ended (exit status 1)"},
	} {
		t.Run(test.how, func(t *testing.T) {
			r := begin(t, test.how)
			err := r.ended(t)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "Its last words:\nicr: told to fail") {
				t.Errorf("%v", err)
			}
			if err := r.ports.check(); err != nil {
				t.Errorf("left running: %v", err)
			}
		})
	}
}

func TestRunEndsWhileItStarts(t *testing.T) {
	r := begin(t, "well")
	for !strings.Contains(r.out.String(), "Starting") {
		time.Sleep(time.Millisecond)
	}
	r.end()
	if err := r.ended(t); err != nil {
		t.Errorf("ended with %v", err)
	}
	if err := r.ports.check(); err != nil {
		t.Errorf("left running: %v", err)
	}
}

func TestRunWithoutViewer(t *testing.T) {
	err := Run(t.Context(), Config{Port: freePorts(t).Viewer, Dir: t.TempDir(), Viewer: "/no/such/icr", Out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v", err)
	}
}

func TestPortsFrom(t *testing.T) {
	p, err := PortsFrom(8080)
	if want := (Ports{8080, 8081, 8082, 8083, 8084, 8085, 8086, 8090}); p != want || err != nil {
		t.Errorf("%v, %v", p, err)
	}
	for _, port := range []int{-1, 0, 65519, 70000} {
		if _, err := PortsFrom(port); err == nil {
			t.Errorf("port %d was taken", port)
		}
	}
	seen := map[int]bool{}
	for _, u := range p.uses() {
		if seen[u.port] || u.port > 8080+lastOffset {
			t.Errorf("port %d is used twice, or lies beyond the last", u.port)
		}
		seen[u.port] = true
	}
}

func TestWipeKeepsLogs(t *testing.T) {
	s := stateOf(t.TempDir(), 8080)
	if err := s.wipe(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.viewerLog(), s.log("RKB"), s.people(), s.secret()} {
		if err := write(path, []byte("old\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.wipe(); err != nil {
		t.Fatal(err)
	}
	for path, kept := range map[string]bool{s.viewerLog(): true, s.log("RKB"): true, s.people(): false, s.secret(): false} {
		if _, err := os.Stat(path); (err == nil) != kept {
			t.Errorf("%s: %v, kept should be %v", path, err, kept)
		}
	}
}

func TestLastLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := write(path, []byte("old\none\ntwo\nthree\n")); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(lastLines(path, 4, 2)))
	var got []string
	for lines.Scan() {
		got = append(got, lines.Text())
	}
	if !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("%q", got)
	}
	if text := lastLines(path, size(path), 2); text != "" {
		t.Errorf("nothing new, but %q", text)
	}
}
