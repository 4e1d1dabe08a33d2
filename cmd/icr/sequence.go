package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"example.org/icr/care/audit/merkle"
	"example.org/icr/care/audit/witness"
	"example.org/icr/store"
)

const (
	turnEvery    = time.Second
	witnessEvery = 10 * time.Second
)

// sequence gives the trail's events their places in the log and signs for
// them, until ctx ends. It is a process of its own: the server that faces
// people never holds the log's key, and no fault of the one is one of the
// other. Several may run; one works.
func sequence(ctx context.Context, getenv func(string) string, out io.Writer) error {
	e := &environment{getenv: getenv}
	database, key, witnesses := e.database("ICR_SEQUENCER_DATABASE_URL"), e.logKey("ICR_LOG_KEY_FILE"), e.witnesses("ICR_WITNESS_FILE")
	if err := e.err(); err != nil {
		return err
	}
	db, err := store.OpenSequencer(ctx, database, key)
	if err != nil {
		return err
	}
	defer db.Close()
	log := slog.New(slog.NewJSONHandler(out, nil))
	log.Info("sequencer started", "log", key.Name(), "key", key.Public(), "witnesses", len(witnesses))
	var group sync.WaitGroup
	for _, w := range witnesses {
		group.Go(func() { follow(ctx, w, db, log) })
	}
	turns(ctx, db, log)
	group.Wait()
	return nil
}

// turns takes a turn each second, and at once again while there is more.
func turns(ctx context.Context, db *store.Sequencer, log *slog.Logger) {
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	working := false
	for {
		won, err := db.Elect(ctx)
		if won != working {
			working = won
			log.Info("sequencer elected", "working", working)
		}
		for more := won && err == nil; more; {
			var turn store.Turn
			turn, err = db.Turn(ctx)
			more = turn.More && err == nil
		}
		if err != nil && ctx.Err() == nil {
			working = false
			log.Error("sequencing failed; care goes on, and it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// follow has a witness cosign the last checkpoint, again and again.
func follow(ctx context.Context, w witness.Witness, db *store.Sequencer, log *slog.Logger) {
	tick := time.NewTicker(witnessEvery)
	defer tick.Stop()
	for {
		if err := w.Cosign(ctx, db); err != nil && ctx.Err() == nil {
			log.Error("a witness did not cosign", "witness", w.Key.Name(), "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// logKey reads the log's private key.
func (e *environment) logKey(name string) *merkle.Key {
	text := e.file(name)
	if text == "" {
		return nil
	}
	key, err := merkle.ParseKey(text)
	if err != nil || key.Witness() {
		e.fault(name, "the file must hold a log's private key: `icr-audit keygen NAME FILE` makes one")
	}
	return key
}

// witnesses reads the file of witnesses, if one is named: on each line a
// public key and an address.
func (e *environment) witnesses(name string) []witness.Witness {
	path := e.getenv(name)
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		e.fault(name, "%v", err)
		return nil
	}
	defer file.Close()
	var all []witness.Witness
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		key, err := merkle.ParseVerifier(fields[0])
		var at *url.URL
		if err == nil && len(fields) == 2 {
			at, err = url.Parse(fields[1])
		}
		if err != nil || at == nil || at.Scheme != "https" && !(at.Scheme == "http" && onThisMachine(at)) {
			e.fault(name, "line %d: a witness is a public key and an https address, with a space between", n)
			continue
		}
		all = append(all, witness.Witness{URL: strings.TrimSuffix(fields[1], "/"), Key: key})
	}
	if err := lines.Err(); err != nil {
		e.fault(name, "%v", err)
	}
	return all
}
