// Package e2e uses the demonstration as people do: in a browser, with and
// without scripts, and reads afterwards what partners were asked and what the
// trail tells. ICR_CHROMIUM names the browser; a folder in ICR_SCREENSHOTS gets
// a picture of every page that is inspected.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"example.org/icr/demo/home"
)

// The one demonstration and the one browser of all tests, and the accessibility
// checker that is put into each page.
var (
	town    *demonstration
	browser context.Context
	axe     string
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run runs the tests between the start of everything and its end.
func run(m *testing.M) (code int, err error) {
	p, err := find()
	if err != nil {
		return 1, err
	}
	text, err := os.ReadFile(p.axe)
	if err != nil {
		return 1, err
	}
	axe = string(text)
	stop, err := start(p)
	if err == nil {
		code = m.Run()
		err = town.leaked()
	}
	return code, errors.Join(err, stop(code == 0 && err == nil))
}

// programs are what the tests need and cannot make.
type programs struct{ root, chromium, viewer, demo, axe string }

// find finds everything, or says of everything that is missing how to get it.
func find() (programs, error) {
	root, err := home.Dir()
	if err != nil {
		return programs{}, err
	}
	p := programs{
		root: root, chromium: os.Getenv("ICR_CHROMIUM"), viewer: filepath.Join(root, "bin/icr"), demo: filepath.Join(root, "bin/icr-demo"),
		axe: filepath.Join(root, "node_modules/axe-core/axe.min.js"),
	}
	var missing []error
	for _, need := range []struct{ what, path, remedy string }{
		{"a Chromium, whose path ICR_CHROMIUM should hold,", p.chromium, "run «make e2e», which finds one"},
		{p.viewer, p.viewer, "run «make build»"},
		{p.demo, p.demo, "run «make build»"},
		{p.axe, p.axe, "run «npm ci»"},
	} {
		if info, err := os.Stat(need.path); err != nil || info.IsDir() {
			missing = append(missing, fmt.Errorf("%s is missing: %s", need.what, need.remedy))
		}
	}
	return p, errors.Join(missing...)
}

// start starts the demonstration and the browser at the same time. Whatever
// came of it, stop ends both; where all is well it also tidies up.
func start(p programs) (stop func(well bool) error, err error) {
	var group sync.WaitGroup
	var faults [2]error
	var closeBrowser func() error
	group.Go(func() { town, faults[0] = startDemonstration(p) })
	group.Go(func() { browser, closeBrowser, faults[1] = startBrowser(p.chromium) })
	group.Wait()
	return func(well bool) error { return errors.Join(closeBrowser(), town.stop(well)) }, errors.Join(faults[:]...)
}
