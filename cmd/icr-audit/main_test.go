package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/audit/merkle"
	"example.org/icr/store"
	"example.org/icr/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// command runs icr-audit and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, &out)
	return out.String(), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return strings.TrimSpace(out)
}

// P6: what an installation wrote, signed for and had witnessed is verified
// here with public keys alone; what somebody changed in the files is named.
func TestP6_VerifyProveAndCheck(t *testing.T) {
	dir := t.TempDir()
	logFile := filepath.Join(dir, "log.key")
	logKey := must(t, "keygen", "icr.example/trail", logFile)
	s, db := storetest.Open(t)
	event := audit.NewEvent(audit.TrailRead, auth.User{Name: "Officer"}, time.Now())
	for range 5 {
		if err := s.Append(t.Context(), audit.NewEvent(audit.SignedIn, auth.User{}, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Append(t.Context(), event), s.State(t.Context(), audit.NewEvent(audit.Stopped, auth.User{}, time.Now()))); err != nil {
		t.Fatal(err)
	}
	w := sign(t, db, logFile)
	bundle := filepath.Join(dir, "bundle")
	exportTo(t, db, bundle)
	writer, err := store.WriterKey(storetest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	trusted := []string{"--key", logKey, "--witness", w}
	out := must(t, append([]string{"verify", bundle, "--writer", writer.Public()}, trusted...)...)
	if !strings.Contains(out, "whole: icr.example/trail, 7 entries") || !strings.Contains(out, "witnessed by witness.example") || strings.Contains(out, "writers go on") {
		t.Error(out)
	}
	proofs := filepath.Join(dir, "proofs")
	out = must(t, append([]string{"prove", strings.ToLower(event.Reference), "--bundle", bundle, "--out", proofs}, trusted...)...)
	if !strings.Contains(out, `"kind":"trail-read"`) || !strings.Contains(out, "entry 5 of 7, proved and witnessed by witness.example") {
		t.Error(out)
	}
	if out := must(t, append([]string{"check", filepath.Join(proofs, "5.tlog-proof")}, trusted...)...); !strings.Contains(out, event.Reference) {
		t.Error(out)
	}
	if _, err := command(t, append([]string{"prove", "NONE-NONE-NONE", "--bundle", bundle}, trusted...)...); err == nil {
		t.Error("a reference that there is not was proved")
	}
	bodies := filepath.Join(bundle, "tile/bodies/000.p/7")
	text, err := os.ReadFile(bodies)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines[3] = strings.Replace(lines[3], " ", " AAAA", 1)
	if err := os.WriteFile(bodies, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, append([]string{"verify", bundle}, trusted...)...); err == nil || !strings.Contains(err.Error(), "edited: entry 3") {
		t.Errorf("%v", err)
	}
}

// sign has the log signed for and witnessed, and returns the witness's key.
func sign(t *testing.T, db storetest.Database, keyFile string) string {
	t.Helper()
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := merkle.ParseKey(string(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSequencer(t.Context(), db.Sequencer, key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if won, err := s.Elect(t.Context()); err != nil || !won {
		t.Fatal(won, err)
	}
	if turn, err := s.Turn(t.Context()); err != nil || turn.Entries == 0 {
		t.Fatal(turn, err)
	}
	w := serve(t, &log{key: key}, t.TempDir())
	for range 2 { // the second time there is nothing to do
		if err := w.Cosign(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	public, err := merkle.ParseKey(witnessKey)
	if err != nil {
		t.Fatal(err)
	}
	return public.Public()
}

func exportTo(t *testing.T, db storetest.Database, dir string) {
	t.Helper()
	a, err := store.OpenAuditor(t.Context(), db.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := merkle.NewBundler(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Export(t.Context(), b, false); err != nil {
		t.Fatal(err)
	}
}

func TestP10_CommandsSayWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	key := must(t, "keygen", "icr.example/trail", file)
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "usage"},
		{[]string{"help"}, "usage"},
		{[]string{"verify"}, "wrong number of arguments"},
		{[]string{"verify", dir}, "--key is missing"},
		{[]string{"verify", dir, "--key", "x"}, "not a key"},
		{[]string{"verify", dir, "--key", key}, "the bundle has no checkpoint"},
		{[]string{"verify", file, "--key", key}, "a bundle is a folder"},
		{[]string{"prove", "A", "--key", key}, "--bundle is missing"},
		{[]string{"check", file, "--key", key}, "not a proof"},
		{[]string{"keygen", "icr.example/trail", file}, "file exists"},
		{[]string{"keygen", "two words", file + "2"}, "a key's name has no spaces"},
		{[]string{"witness", "--key", file, "--logs", file, "--state", dir}, "no witness's key"},
		{[]string{"witness"}, "--key"},
	} {
		if _, err := command(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.args, err, test.want)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key: %v, %v", info.Mode(), err)
	}
}
