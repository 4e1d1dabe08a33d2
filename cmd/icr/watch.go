package main

import (
	"context"
	"log/slog"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/store"
)

// ofServer is an event of the server's own.
func ofServer(kind audit.Kind) audit.Event {
	return audit.NewEvent(kind, auth.User{Name: "icr serve"}, time.Now())
}

const (
	beatEvery  = 30 * time.Second // what a crash leaves unstated, at most
	watchEvery = 10 * time.Second
)

// watch states every 30 s what this process wrote, and looks every 10 s
// whether the trail's proof is late. A late proof holds nobody up: it is
// logged, and put on the trail once for each time that it becomes late.
func watch(ctx context.Context, db *store.Store, log *slog.Logger) {
	beat, look := time.NewTicker(beatEvery), time.NewTicker(watchEvery)
	defer beat.Stop()
	defer look.Stop()
	late := ""
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			err = db.Beat(ctx, ofServer(audit.Heartbeat))
		case <-look.C:
			late, err = alarm(ctx, db, log, late)
		}
		if err != nil && ctx.Err() == nil {
			log.Error("watching the trail failed", "err", err)
		}
	}
}

// alarm raises an alarm where the proof is late and was not before.
func alarm(ctx context.Context, db *store.Store, log *slog.Logger, before string) (string, error) {
	l, err := db.Lateness(ctx)
	if err != nil {
		return before, err
	}
	late, words := l.Late()
	if late == "" || late == before {
		return late, nil
	}
	log.Error("the proof of the trail is late: "+late, "waiting_s", int(l.Waiting.Seconds()), "unwitnessed_s", int(l.Unwitnessed.Seconds()))
	e := ofServer(audit.ProofLate)
	e.Words = words
	return late, db.Append(ctx, e)
}
