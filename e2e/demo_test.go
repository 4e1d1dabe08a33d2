package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/icr/demo"
	"example.org/icr/demo/child"
)

// demonstration is the one that the tests use, a process of its own.
type demonstration struct {
	programs
	ports   demo.Ports
	state   string // its folder
	process *child.Child
	said    said
	people  []demo.Inhabitant
}

// said is what a process has printed.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func startDemonstration(p programs) (*demonstration, error) {
	d := &demonstration{programs: p}
	var err error
	if d.ports, err = freePorts(); err != nil {
		return d, err
	}
	port := strconv.Itoa(d.ports.Viewer)
	d.state = filepath.Join(p.root, ".demo", port)
	cmd := exec.Command(p.demo, "run", "-port", port)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.root, &d.said, &d.said
	if d.process, err = child.Start(cmd, syscall.SIGTERM, d.state); err != nil {
		return d, err
	}
	if err := d.ready(time.Now().Add(2 * time.Minute)); err != nil {
		return d, err
	}
	list, err := exec.Command(p.demo, "people", "-json", "-port", port).Output()
	if err != nil {
		return d, fmt.Errorf("icr-demo people: %w", err)
	}
	return d, json.Unmarshal(list, &d.people)
}

// ready returns when the viewer answers.
func (d *demonstration) ready(deadline time.Time) error {
	for time.Now().Before(deadline) {
		select {
		case <-d.process.Done():
			return fmt.Errorf("the demonstration has ended (%v):\n%s", d.process.Err(), &d.said)
		case <-time.After(20 * time.Millisecond):
		}
		res, err := http.Get(address(d.ports.Ops) + "/readyz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the demonstration does not become ready:\n%s", &d.said)
}

// stop ends the demonstration and makes sure that nothing of it is left.
func (d *demonstration) stop(tidy bool) error {
	if d.process == nil {
		return nil
	}
	if err := d.process.Stop(time.Minute); err != nil {
		return err
	}
	if !free(d.ports) {
		return fmt.Errorf("something still listens at port %d or after it", d.ports.Viewer)
	}
	if !tidy {
		fmt.Fprintln(os.Stderr, "e2e: the demonstration's logs are in", d.state)
		return nil
	}
	return os.RemoveAll(d.state)
}

func address(port int) string { return "http://localhost:" + strconv.Itoa(port) }

// url is the address of a page of the viewer.
func (d *demonstration) url(path string) string { return address(d.ports.Viewer) + path }

// freePorts are ports below those that the system gives away itself.
func freePorts() (demo.Ports, error) {
	for range 100 {
		p, err := demo.PortsFrom(20000 + rand.IntN(12000))
		if err == nil && free(p) {
			return p, nil
		}
	}
	return demo.Ports{}, errors.New("no free ports")
}

func free(p demo.Ports) bool {
	for port := p.Viewer; port < p.Partners+8; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

// the returns the person whose story begins with the words.
func (d *demonstration) the(t testing.TB, story string) demo.Inhabitant {
	t.Helper()
	i := slices.IndexFunc(d.people, func(p demo.Inhabitant) bool { return strings.HasPrefix(p.Story, story) })
	if i < 0 {
		t.Fatalf("nobody's story in the town begins with %q", story)
	}
	return d.people[i]
}

// spaced is an NHS number as people read it.
func spaced(digits string) string { return digits[:3] + " " + digits[3:6] + " " + digits[6:] }

// question is one request to a partner, as the partner's own log tells it.
type question struct {
	Partner string
	Types   []string `json:"types"`
}

// mark is how long each partner's log was.
type mark map[string]int

func (d *demonstration) logs(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(d.state, "partners", "*.log"))
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d logs of partners: %v", len(paths), err)
	}
	logs := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		logs[strings.TrimSuffix(filepath.Base(path), ".log")] = text
	}
	return logs
}

// mark remembers the present. A test that uses it must not run in parallel.
func (d *demonstration) mark(t testing.TB) mark {
	t.Helper()
	m := mark{}
	for partner, text := range d.logs(t) {
		m[partner] = len(text)
	}
	return m
}

// asked is what partners were asked since the mark.
func (d *demonstration) asked(t testing.TB, since mark) []question {
	t.Helper()
	var all []question
	for partner, text := range d.logs(t) {
		for line := range bytes.Lines(text[since[partner]:]) {
			q := question{Partner: partner}
			if err := json.Unmarshal(line, &q); err != nil {
				t.Fatalf("the log of %s: %v", partner, err)
			}
			all = append(all, q)
		}
	}
	return all
}

// types are the FHIR types asked for, in order, each once.
func types(questions []question) []string {
	set := map[string]bool{}
	for _, q := range questions {
		for _, kind := range q.Types {
			set[kind] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}
