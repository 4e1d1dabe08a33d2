package home_test

import (
	"os"
	"path/filepath"
	"testing"

	"example.org/icr/demo/home"
)

func TestDir(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	if dir, err := home.Dir(); err == nil {
		t.Errorf("found %s above a folder without a module", dir)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if dir, err := home.Dir(); dir != root || err != nil {
		t.Errorf("%s, %v, want %s", dir, err, root)
	}
}
