package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom PostgreSQL runs as. The zero account is who we are; root is
// another, since PostgreSQL refuses to run as root.
type account struct {
	name       string
	credential *syscall.Credential
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		return account{name, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, errors.Join(uidErr, gidErr)
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if a.credential == nil {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

func (a account) writeFile(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return a.own(path)
}

// reaches says why the account cannot get to a folder: every parent must let
// it pass.
func (a account) reaches(dir string) error {
	if a.credential == nil {
		return nil
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return err
		}
		if !a.passes(info) {
			return fmt.Errorf("the user %s, as whom PostgreSQL runs, cannot reach %s: %s is closed to others", a.name, dir, parent)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

func (a account) passes(folder fs.FileInfo) bool {
	stat, ok := folder.Sys().(*syscall.Stat_t)
	own := ok && stat.Uid == a.credential.Uid && folder.Mode()&0o100 != 0
	return own || folder.Mode()&0o001 != 0
}

// makeDir makes the folder that the server's files go to.
func (s *Server) makeDir(c Config) error {
	if c.Dir == "" {
		return s.makeTemporary(c.Volatile)
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return err
	}
	s.dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(s.account.reaches(dir), s.account.own(dir))
}

// makeTemporary takes the first folder for temporary files that the account
// reaches: root's own may be closed to it.
func (s *Server) makeTemporary(volatile bool) error {
	var errs []error
	parents := []string{os.TempDir(), "/tmp", "/var/tmp"}
	if volatile && roomy(memory) {
		parents = append([]string{memory}, parents...)
	}
	for _, parent := range parents {
		dir, err := os.MkdirTemp(parent, "icr-postgres-")
		if err == nil {
			if err = s.account.reaches(dir); err == nil {
				s.dir, s.temporary = dir, true
				return s.account.own(dir)
			}
			os.Remove(dir)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// memory is where files are in memory, on Linux. Tests make hundreds of
// databases of hundreds of files each, which takes a disk longer than the tests.
const memory = "/dev/shm"

// roomy reports whether a folder has room for the databases of a run of tests.
// That of a container often has not.
func roomy(dir string) bool {
	var fs syscall.Statfs_t
	return syscall.Statfs(dir, &fs) == nil && int64(fs.Bavail)*fs.Bsize >= 2<<30
}
