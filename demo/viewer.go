package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.org/icr/demo/child"
)

// viewer runs the program icr as anybody would: as a process of its own, with
// settings from its environment.
type viewer struct {
	program     string
	environment []string
	log         string
	logged      int64 // how long the log was before the last start
	serving     *child.Child
}

func (v *viewer) start(settings map[string]string, args ...string) (*child.Child, error) {
	log, err := openLog(v.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	v.logged = size(v.log)
	cmd := exec.Command(v.program, args...)
	cmd.Dir = filepath.Dir(v.log)
	cmd.Env = ordinary(v.environment)
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = log, log
	return child.Start(cmd, syscall.SIGTERM, "")
}

// ordinary leaves out of an environment what would set up icr or its database
// driver in some other way than the demonstration means to.
func ordinary(environment []string) []string {
	var kept []string
	for _, setting := range environment {
		if !strings.HasPrefix(setting, "ICR_") && !strings.HasPrefix(setting, "PG") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// run runs one command of icr to its end.
func (v *viewer) run(ctx context.Context, settings map[string]string, args ...string) error {
	c, err := v.start(settings, args...)
	if err != nil {
		return err
	}
	select {
	case <-c.Done():
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Stop(5*time.Second))
	}
	if c.Err() != nil {
		return fmt.Errorf("icr %s: %w\n%s", strings.Join(args, " "), c.Err(), v.lastWords())
	}
	return nil
}

// serve starts the viewer and returns when it is ready.
func (v *viewer) serve(ctx context.Context, settings map[string]string, ready string) (err error) {
	if v.serving, err = v.start(settings, "serve"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !answersOK(ctx, ready) {
		select {
		case <-v.serving.Done():
			return v.ended()
		case <-ctx.Done():
			return fmt.Errorf("the viewer does not become ready: %w\n%s", ctx.Err(), v.lastWords())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

func answersOK(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// ended says that the viewer ended by itself, and how.
func (v *viewer) ended() error {
	how := "exit status 0"
	if err := v.serving.Err(); err != nil {
		how = err.Error()
	}
	return fmt.Errorf("the viewer has ended (%s)\n%s", how, v.lastWords())
}

func (v *viewer) lastWords() string {
	words := lastLines(v.log, v.logged, 10)
	if words == "" {
		return "It logged nothing."
	}
	return "Its last words:\n" + words + "\nAll of them are in " + v.log
}

func (v *viewer) stop() error {
	if v.serving == nil {
		return nil
	}
	return v.serving.Stop(15 * time.Second)
}
