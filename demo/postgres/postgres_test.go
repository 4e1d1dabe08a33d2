package postgres_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/demo/postgres"
	"github.com/jackc/pgx/v5"
)

// TestMain lets the test program play the parent that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("POSTGRES_TEST_PARENT") != "" {
		s, err := postgres.Start(context.Background(), postgres.Config{Volatile: true})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.Port)
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, c postgres.Config) *postgres.Server {
	t.Helper()
	s, err := postgres.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

// openDir is a temporary folder that whom PostgreSQL runs as can reach, which
// t.TempDir is not when root runs the tests.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "open-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

// leftovers are the data folders in a folder for temporary files.
func leftovers(t *testing.T, temp string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(temp, "icr-postgres-*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// ask returns the one value that a query gives.
func ask(t *testing.T, url, sql string) (answer string, err error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return "", err
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), sql).Scan(&answer)
	return answer, err
}

func answers(port int) bool {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func TestStartAnswersAndStops(t *testing.T) {
	temp := openDir(t)
	t.Setenv("TMPDIR", temp)
	s := start(t, postgres.Config{})
	superuser := s.URL("postgres", "postgres")
	for sql, want := range map[string]string{
		"SHOW fsync":            "on",
		"SHOW listen_addresses": "127.0.0.1",
		"SHOW server_encoding":  "UTF8",
		"SELECT rolpassword ~ '^SCRAM-SHA-256' || '' FROM pg_authid WHERE rolname = 'postgres'": "true",
	} {
		if got, err := ask(t, superuser, sql); got != want || err != nil {
			t.Errorf("%s: %q, want %q; %v", sql, got, want, err)
		}
	}
	if got, err := ask(t, superuser, "SHOW server_version"); err != nil || !strings.HasPrefix(got, s.Version) {
		t.Errorf("version %q, expected %s; %v", got, s.Version, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if answers(s.Port) {
		t.Error("something still listens")
	}
	if left := leftovers(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestRolesAndDatabase(t *testing.T) {
	s := start(t, postgres.Config{Volatile: true, Settings: map[string]string{"max_connections": "33"}})
	for range 2 {
		if err := s.CreateRoles(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateDatabase(t.Context(), "icr"); err != nil {
		t.Fatal(err)
	}
	for _, role := range postgres.Roles {
		if got, err := ask(t, s.URL(role, "icr"), "SELECT current_user::text"); got != role || err != nil {
			t.Errorf("%s: signed in as %q, %v", role, got, err)
		}
		if got, err := ask(t, s.URL(role, "icr"), "SELECT rolsuper || '' FROM pg_roles WHERE rolname = current_user"); got != "false" || err != nil {
			t.Errorf("%s: superuser %q, %v", role, got, err)
		}
	}
	if _, err := ask(t, s.URL("icr_owner", "icr"), "CREATE TABLE x (); SELECT 'x'"); err != nil && !strings.Contains(err.Error(), "multiple commands") {
		t.Errorf("the owner may not create a table: %v", err)
	}
	if got, err := ask(t, s.URL("postgres", "icr"), "SHOW max_connections"); got != "33" || err != nil {
		t.Errorf("max_connections %q, %v", got, err)
	}
	if got, err := ask(t, s.URL("postgres", "icr"), "SHOW fsync"); got != "off" || err != nil {
		t.Errorf("fsync %q, %v", got, err)
	}
	wrong := strings.Replace(s.URL("icr_server", "icr"), "@", "x@", 1)
	if _, err := ask(t, wrong, "SELECT 'x'"); err == nil {
		t.Error("a wrong password was taken")
	}
}

func TestNamedFolderKeepsItsData(t *testing.T) {
	dir := filepath.Join(openDir(t), "kept")
	s := start(t, postgres.Config{Dir: dir, Volatile: true})
	if err := s.CreateRoles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateDatabase(t.Context(), "icr"); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, postgres.Config{Dir: dir, Volatile: true, Port: s.Port})
	if again.Port != s.Port {
		t.Errorf("port %d, want %d", again.Port, s.Port)
	}
	if got, err := ask(t, again.URL("icr_server", "icr"), "SELECT current_database()::text"); got != "icr" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	ports, group := sync.Map{}, sync.WaitGroup{}
	for range 3 {
		group.Go(func() {
			s, err := postgres.Start(t.Context(), postgres.Config{Volatile: true})
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := ports.LoadOrStore(s.Port, true); twice {
				t.Error("two servers on one port")
			}
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestTakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	s, err := postgres.Start(t.Context(), postgres.Config{Volatile: true, Port: port})
	if err == nil {
		s.Stop()
		t.Fatal("started on a taken port")
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("port %d: the port is taken", port)) {
		t.Error(err)
	}
}

func TestBadSettingIsTold(t *testing.T) {
	temp := openDir(t)
	t.Setenv("TMPDIR", temp)
	_, err := postgres.Start(t.Context(), postgres.Config{Settings: map[string]string{"no_such_setting": "x"}})
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("%v", err)
	}
	if left := leftovers(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	temp := openDir(t)
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if s, err := postgres.Start(ctx, postgres.Config{}); err == nil {
		s.Stop()
		t.Log("this machine starts PostgreSQL too fast for the start to be cancelled")
	}
	if left := leftovers(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestServerDiesWithItsParent(t *testing.T) {
	temp := openDir(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "POSTGRES_TEST_PARENT=1", "TMPDIR="+temp)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var port int
	if _, err := fmt.Fscanln(out, &port); err != nil || !answers(port) {
		t.Fatalf("port %d, %v", port, err)
	}
	parent.Process.Kill()
	parent.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left := leftovers(t, temp)
		if !answers(port) && len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("port answers: %v; left behind: %v", answers(port), left)
		}
	}
}
