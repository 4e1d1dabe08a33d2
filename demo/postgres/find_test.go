package postgres

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestNoPostgreSQLIsSaidPlainly(t *testing.T) {
	t.Chdir(t.TempDir())
	if len(fromSystem()) > 0 {
		t.Log("this machine has a PostgreSQL of its own: the whole search cannot fail here")
		if _, err := fromNpm(); err == nil || !strings.Contains(err.Error(), "no go.mod") {
			t.Errorf("%v", err)
		}
	} else if _, err := find(t.Context(), account{}); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
	if !strings.Contains(ErrNone.Error(), "npm ci") {
		t.Error("the sentence does not say what to do")
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, test := range []struct{ name, says, want string }{
		{"old", "postgres (PostgreSQL) 14.11 (Debian)", "too old"},
		{"something else", "GNU bash, version 5.2", "calls itself"},
		{"broken", "", "exit status 127"},
		{"without initdb", "postgres (PostgreSQL) 16.2", "initdb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bin := t.TempDir()
			script := "#!/bin/sh\n[ -n '" + test.says + "' ] || exit 127\necho '" + test.says + "'\n"
			if err := os.WriteFile(filepath.Join(bin, "postgres"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			if version, err := check(t.Context(), bin, account{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q, %v, want %q", version, err, test.want)
			}
		})
	}
}

// fakePackage is an npm package whose links are missing, in a folder that is
// closed to others.
func fakePackage(t *testing.T) string {
	t.Helper()
	pkg := filepath.Join(t.TempDir(), "linux-x64")
	for name, text := range map[string]string{
		"package.json":             `{"version": "18.4.0-beta.17"}`,
		"native/bin/postgres":      "#!/bin/sh\n",
		"native/lib/libpq.so.5.18": "library",
		"native/pg-symlinks.json":  `[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so"}]`,
	} {
		path := filepath.Join(pkg, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(pkg, "native/bin/postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	return pkg
}

func TestCachedCopyAtOnce(t *testing.T) {
	pkg, cache := fakePackage(t), t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			dir, err := cachedCopy(pkg, cache)
			if err != nil {
				t.Error(err)
				return
			}
			text, err := os.ReadFile(filepath.Join(dir, "lib/libpq.so"))
			if err != nil || string(text) != "library" {
				t.Errorf("through the link: %q, %v", text, err)
			}
		})
	}
	group.Wait()
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1 || left[0].Name() != "postgres-18.4.0-beta.17-linux-x64" {
		t.Errorf("cache holds %v, %v", left, err)
	}
	for name, want := range map[string]os.FileMode{"": 0o755, "bin": 0o755, "bin/postgres": 0o755, "lib/libpq.so.5.18": 0o644} {
		info, err := os.Stat(filepath.Join(cache, left[0].Name(), name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestOnlyOurs(t *testing.T) {
	dir := t.TempDir()
	open, link := filepath.Join(dir, "open"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(open, 0o755), os.Symlink(open, link), onlyOurs(open)); err != nil {
		t.Fatal(err)
	}
	if onlyOurs(link) == nil {
		t.Error("a link was taken for a folder of ours")
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if onlyOurs(open) == nil {
		t.Error("a folder that anybody can write to was taken for ours")
	}
}

func TestClosedFolderIsSaid(t *testing.T) {
	as, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	if as.credential == nil {
		t.Log("not root: PostgreSQL runs as who we are, and reaches what we reach")
		return
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Dir: filepath.Join(closed, "data")})
	if err == nil || !strings.Contains(err.Error(), closed+" is closed to others") {
		t.Errorf("%v", err)
	}
	t.Setenv("TMPDIR", closed)
	s, err := Start(t.Context(), Config{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
