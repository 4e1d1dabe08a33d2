package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// cacheDir is a folder of ours that everybody can read and only we can write.
// The programs run from a copy in it: whom root runs them as may not reach a
// clone, and npm's tree lacks links that it may not be ours to add.
func cacheDir() (string, error) {
	dir := "/var/cache/icr"
	if os.Geteuid() != 0 {
		dir = filepath.Join(os.TempDir(), "icr-"+strconv.Itoa(os.Geteuid()))
		if home, err := os.UserCacheDir(); err == nil && os.MkdirAll(home, 0o755) == nil {
			dir = filepath.Join(home, "icr")
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, onlyOurs(dir)
}

// onlyOurs refuses a folder into which somebody else could have put programs.
func onlyOurs(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() || info.Mode()&0o022 != 0 {
		return fmt.Errorf("%s must be a folder that is yours and that nobody else can write to", dir)
	}
	return nil
}

// cachedCopy returns the copy of an npm package's native tree, making it where
// it is missing. Two processes may do so at once: each makes a whole copy, and
// the first to give it its name wins.
func cachedCopy(pkg, cache string) (string, error) {
	manifest, err := os.ReadFile(filepath.Join(pkg, "package.json"))
	if err != nil {
		return "", err
	}
	var about struct{ Version string }
	if err := json.Unmarshal(manifest, &about); err != nil || about.Version == "" {
		return "", fmt.Errorf("%s has no version in its package.json", pkg)
	}
	copied := filepath.Join(cache, "postgres-"+about.Version+"-"+filepath.Base(pkg))
	if _, err := os.Stat(copied); err == nil {
		return copied, nil
	}
	temporary, err := os.MkdirTemp(cache, "copying-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	if err := copyTree(filepath.Join(pkg, "native"), temporary); err != nil {
		return "", fmt.Errorf("copy %s: %w", pkg, err)
	}
	if err := os.Rename(temporary, copied); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTEMPTY) {
		return "", err
	}
	return copied, nil
}

func copyTree(from, to string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	if err := addLinks(to); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() || info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
}

// addLinks makes the links between libraries that npm cannot pack and leaves
// to an install script, which may not have been run.
func addLinks(tree string) error {
	list, err := os.ReadFile(filepath.Join(tree, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string } // "native/lib/libpq.so.5.18", "native/lib/libpq.so"
	if err := json.Unmarshal(list, &links); err != nil {
		return err
	}
	for _, link := range links {
		source, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		target := filepath.Join(tree, strings.TrimPrefix(link.Target, "native/"))
		if err := os.Symlink(source, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
