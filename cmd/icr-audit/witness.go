package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/note"
)

// A witness cosigns a checkpoint only if it continues the last one that it
// cosigned, which it keeps. So nobody, not even whoever holds the log's key,
// can show two histories to people who trust the witness. It is meant to be
// run by a partner, by people who do not run the log
// (https://c2sp.org/tlog-witness).
type cosigner struct {
	key   *merkle.Key
	logs  map[string]*merkle.Verifier // by origin
	state string                      // a folder, with the last checkpoint of each log

	mu sync.Mutex // comparing with what is kept and keeping what is new are one step
}

// serveWitness runs a witness until ctx ends.
func serveWitness(ctx context.Context, args []string, out io.Writer) error {
	set := flag.NewFlagSet("icr-audit witness", flag.ContinueOnError)
	set.SetOutput(out)
	key, logs := set.String("key", "", "a file with the witness's private key"), set.String("logs", "", "a file with the public key of a log on each line")
	state, listen := set.String("state", "", "a folder to keep checkpoints in"), set.String("listen", "localhost:8443", "where to listen")
	cert, certKey := set.String("tls-cert", "", "a certificate, PEM"), set.String("tls-key", "", "its key")
	if _, err := interspersed(set, args, 0); err != nil {
		return err
	}
	w, err := newCosigner(*key, *logs, *state)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr: *listen, Handler: w, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	fmt.Fprintf(out, "witness %s of %d logs at %s\n", w.key.Public(), len(w.logs), *listen)
	if *cert != "" {
		err = server.ListenAndServeTLS(*cert, *certKey)
	} else {
		err = server.ListenAndServe()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func newCosigner(keyFile, logsFile, state string) (*cosigner, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	key, err := merkle.ParseKey(string(text))
	if err != nil || !key.Witness() {
		return nil, fmt.Errorf("--key: %s holds no witness's key: icr-audit keygen --witness makes one", keyFile)
	}
	w := &cosigner{key: key, logs: map[string]*merkle.Verifier{}, state: state}
	file, err := os.Open(logsFile)
	if err != nil {
		return nil, fmt.Errorf("--logs: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		log, err := merkle.ParseVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("--logs: line %d: %w", n, err)
		}
		w.logs[log.Name()] = log
	}
	if state == "" {
		return nil, errors.New("--state is missing: a folder to keep checkpoints in")
	}
	return w, errors.Join(lines.Err(), os.MkdirAll(state, 0o700))
}

const maxRequest = 64 << 10

// ServeHTTP answers POST /add-checkpoint.
func (w *cosigner) ServeHTTP(res http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/add-checkpoint" {
		http.NotFound(res, req)
		return
	}
	if req.Method != http.MethodPost {
		http.Error(res, "POST it", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(res, req.Body, maxRequest))
	if err != nil {
		http.Error(res, "too large, or cut short", http.StatusBadRequest)
		return
	}
	status, answer := w.add(body)
	if status == http.StatusConflict {
		res.Header().Set("Content-Type", "text/x.tlog.size")
	}
	res.WriteHeader(status)
	io.WriteString(res, answer)
}

// add cosigns the checkpoint of a request, having kept it first.
func (w *cosigner) add(body []byte) (status int, answer string) {
	a, err := merkle.ParseAddCheckpoint(body)
	if err != nil {
		return http.StatusBadRequest, err.Error() + "\n"
	}
	origin, _, _ := strings.Cut(string(a.Note), "\n")
	log := w.logs[origin]
	if log == nil {
		return http.StatusNotFound, "this log is not known here\n"
	}
	to, _, err := merkle.OpenCheckpoint(a.Note, log)
	if err != nil {
		return http.StatusForbidden, "the log did not sign this\n"
	}
	if a.Old > to.Size {
		return http.StatusBadRequest, "the old size is above the new one\n"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	from, err := w.last(log)
	switch {
	case err != nil:
		return http.StatusInternalServerError, "what was kept of this log cannot be read\n"
	case a.Old != from.Size, from.Size == to.Size && from.Root != to.Root:
		return http.StatusConflict, fmt.Sprintf("%d\n", from.Size)
	case a.Continues(from, to) != nil:
		return http.StatusUnprocessableEntity, merkle.ErrInconsistent.Error() + "\n"
	}
	text, _, _ := strings.Cut(string(a.Note), "\n\n")
	cosigned, err := note.Sign(&note.Note{Text: text + "\n"}, w.key) // extension lines and all
	if err == nil {
		err = w.keep(log, a.Note)
	}
	if err != nil {
		return http.StatusInternalServerError, "the checkpoint could not be kept\n"
	}
	_, lines, _ := strings.Cut(string(cosigned), "\n\n")
	return http.StatusOK, lines
}

func (w *cosigner) file(log note.Verifier) string {
	return filepath.Join(w.state, hex.EncodeToString([]byte(log.Name()))+".checkpoint")
}

// last is the last checkpoint that was cosigned; of a log that never was, the
// empty one.
func (w *cosigner) last(log *merkle.Verifier) (merkle.Checkpoint, error) {
	signed, err := os.ReadFile(w.file(log))
	if errors.Is(err, os.ErrNotExist) {
		return merkle.Checkpoint{}, nil
	}
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	c, _, err := merkle.OpenCheckpoint(signed, log)
	return c, err
}

// keep replaces what is kept in one step that lasts: a witness that forgot
// could be led to cosign another history.
func (w *cosigner) keep(log *merkle.Verifier, signed []byte) error {
	file, err := os.CreateTemp(w.state, "new-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(signed)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), w.file(log)); err != nil {
		return err
	}
	folder, err := os.Open(w.state)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
