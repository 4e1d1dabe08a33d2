package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/audit/witness"
	"golang.org/x/mod/sumdb/tlog"
)

// log is a log in memory that can be made to do what a log must not.
type log struct {
	key    *merkle.Key
	hashes []tlog.Hash
	size   int64
	fork   byte // another history for each

	mu       sync.Mutex
	cosigned map[int64]string
}

// newLog makes a log of n entries. With another fork, all entries from the
// tenth on are others.
func newLog(t *testing.T, n int64, fork byte) *log {
	t.Helper()
	l := &log{key: merkle.NewKey("icr.example/trail", bytes.Repeat([]byte{1}, 32)), size: n, fork: fork, cosigned: map[int64]string{}}
	for i := range n {
		f := fork
		if i < 10 {
			f = 0
		}
		more, err := tlog.StoredHashes(i, []byte{byte(i), f}, l)
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, more...)
	}
	return l
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

func (l *log) Latest(context.Context) (merkle.Checkpoint, []byte, error) {
	root, err := tlog.TreeHash(l.size, l)
	if err != nil {
		return merkle.Checkpoint{}, nil, err
	}
	c := merkle.Checkpoint{Origin: l.key.Name(), Size: l.size, Root: root}
	signed, err := c.Sign(l.key)
	return c, signed, err
}

func (l *log) Consistency(_ context.Context, from, to int64) (tlog.TreeProof, error) {
	if from == 0 || from >= to {
		return nil, nil
	}
	return tlog.ProveTree(to, from, l)
}

func (l *log) LastCosigned(context.Context, string) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last int64
	for size := range l.cosigned {
		last = max(last, size)
	}
	return last, nil
}

func (l *log) Cosigned(_ context.Context, size int64, _, line string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cosigned[size] = line
	return nil
}

// serve runs a witness of l, and returns it as others see it.
func serve(t *testing.T, l *log, state string) witness.Witness {
	t.Helper()
	keyFile, logs := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "logs")
	key, err := merkle.ParseKey(witnessKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{keyFile: witnessKey, logs: "# the logs\n\n" + l.key.Public() + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := newCosigner(keyFile, logs, state)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return witness.Witness{URL: server.URL, Key: key.Verifier()}
}

var witnessKey = func() string {
	k, err := merkle.GenerateKey("witness.example", true)
	if err != nil {
		panic(err)
	}
	return k.Private()
}()

func cosign(t *testing.T, w witness.Witness, l *log) error {
	t.Helper()
	if err := w.Cosign(t.Context(), l); err != nil {
		return err
	}
	c, signed, err := l.Latest(t.Context())
	if err != nil {
		return err
	}
	_, by, err := merkle.OpenCheckpoint([]byte(string(signed)+l.cosigned[c.Size]), l.key.Verifier(), w.Key)
	if err == nil && len(by) != 1 {
		return fmt.Errorf("cosigned by %v", by)
	}
	return err
}

// T-AUD-8: a witness cosigns what continues the last that it cosigned, and
// nothing else, whatever the log's key has signed; not even after it was
// started anew.
func TestAUD8_WitnessRefusesRollbackAndFork(t *testing.T) {
	state := t.TempDir()
	w := serve(t, newLog(t, 1, 0), state)
	for _, test := range []struct {
		name string
		log  *log
		want string // "" for a cosignature
	}{
		{"the beginning", newLog(t, 5, 0), ""},
		{"the same again", newLog(t, 5, 0), ""},
		{"more", newLog(t, 20, 0), ""},
		{"less", newLog(t, 12, 0), "set back"},
		{"another history of the same size", newLog(t, 20, 1), "another log of this name and size"},
		{"another history, and more", newLog(t, 30, 1), "422"},
		{"more of the first", newLog(t, 30, 0), ""},
	} {
		if err := cosign(t, w, test.log); test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		w = serve(t, test.log, state) // it was started anew
	}
}

// Requests that race leave the largest size, and never two histories.
func TestAUD8_WitnessUnderARace(t *testing.T) {
	state := t.TempDir()
	w := serve(t, newLog(t, 1, 0), state)
	var wg sync.WaitGroup
	var mu sync.Mutex
	histories := map[byte]bool{}
	for i := range 40 {
		wg.Go(func() {
			l := newLog(t, int64(20+i%5), byte(i%2))
			if w.Cosign(t.Context(), l) == nil {
				mu.Lock()
				defer mu.Unlock()
				histories[l.fork] = true
			}
		})
	}
	wg.Wait()
	if len(histories) != 1 {
		t.Errorf("histories cosigned: %v", histories)
	}
}

func TestWitnessAnswersAsTheProtocolSays(t *testing.T) {
	l := newLog(t, 20, 0)
	_, signed, err := l.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stranger := newLog(t, 20, 0)
	stranger.key = merkle.NewKey("icr.example/trail", bytes.Repeat([]byte{2}, 32))
	_, forged, err := stranger.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path, method, body string
		status                   int
	}{
		{"nonsense", "/add-checkpoint", "POST", "x", 400},
		{"GET", "/add-checkpoint", "GET", "", 405},
		{"elsewhere", "/", "POST", "", 404},
		{"unknown log", "/add-checkpoint", "POST", "old 0\n\n" + strings.Replace(string(signed), "icr.example", "other.example", 1), 404},
		{"not signed by the log", "/add-checkpoint", "POST", "old 0\n\n" + string(forged), 403},
		{"an old size above the new", "/add-checkpoint", "POST", "old 21\n\n" + string(signed), 400},
		{"another old size", "/add-checkpoint", "POST", "old 5\n\n" + string(signed), 409},
		{"a proof where there is none", "/add-checkpoint", "POST", "old 0\n" + l.hashes[0].String() + "\n\n" + string(signed), 422},
		{"too large", "/add-checkpoint", "POST", strings.Repeat("x", maxRequest+1), 400},
		{"good", "/add-checkpoint", "POST", "old 0\n\n" + string(signed), 200},
	} {
		rec := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(t.Context(), test.method, test.path, strings.NewReader(test.body))
		handler(t, l).ServeHTTP(rec, req)
		if rec.Code != test.status {
			t.Errorf("%s: %d %s, want %d", test.name, rec.Code, rec.Body, test.status)
		}
		if rec.Code == 409 && (rec.Body.String() != "0\n" || rec.Header().Get("Content-Type") != "text/x.tlog.size") {
			t.Errorf("%s: %q", test.name, rec.Body)
		}
	}
}

func handler(t *testing.T, l *log) *cosigner {
	t.Helper()
	key, err := merkle.ParseKey(witnessKey)
	if err != nil {
		t.Fatal(err)
	}
	return &cosigner{key: key, logs: map[string]*merkle.Verifier{l.key.Name(): l.key.Verifier()}, state: t.TempDir()}
}

// A checkpoint that cannot be kept is not cosigned.
func TestWitnessThatCannotKeepCosignsNothing(t *testing.T) {
	l := newLog(t, 20, 0)
	w := handler(t, l)
	w.state = filepath.Join(w.state, "gone")
	_, signed, err := l.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := w.add([]byte("old 0\n\n" + string(signed))); status != 500 || strings.Contains(answer, "—") {
		t.Errorf("%d %q", status, answer)
	}
}
