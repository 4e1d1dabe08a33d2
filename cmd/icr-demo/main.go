// Command icr-demo runs the demonstration, and lists who lives in it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"example.org/icr/demo"
	"example.org/icr/demo/home"
)

const usage = `usage: icr-demo COMMAND

  run [-port N] [-bundles DIR]   run the demonstration until Ctrl-C
  people [-port N] [-json]       list the people whose records it shows
  stop [-port N] CODE            stop one partner of the demonstration that runs, by its code
  start [-port N] CODE           start it again

PORT and BUNDLES in the environment stand in for the flags of those names.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "icr-demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("no command\n\n%s", usage)
	}
	o, err := parse(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(out, usage)
		return err
	}
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	switch o.command {
	case "people":
		return people(o, out)
	case "stop":
		return demo.Stop(stateDir(), o.port, o.partner)
	case "start":
		return demo.Start(stateDir(), o.port, o.partner)
	}
	viewer, err := viewerProgram()
	if err != nil {
		return err
	}
	return demo.Run(ctx, demo.Config{
		Port: o.port, Dir: stateDir(), Viewer: viewer, Bundles: o.bundles, Environment: os.Environ(), Out: out,
	})
}

type options struct {
	command string
	port    int
	bundles string
	json    bool
	partner string
}

func parse(args []string, getenv func(string) string) (options, error) {
	o := options{command: args[0], port: demo.DefaultPort}
	if port := getenv("PORT"); port != "" {
		var err error
		if o.port, err = strconv.Atoi(port); err != nil {
			return o, fmt.Errorf("PORT is %q, not a number", port)
		}
	}
	flags := flag.NewFlagSet(o.command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&o.port, "port", o.port, "")
	switch o.command {
	case "run":
		flags.StringVar(&o.bundles, "bundles", getenv("BUNDLES"), "")
	case "people":
		flags.BoolVar(&o.json, "json", false, "")
	case "stop", "start":
	case "help", "-h", "-help", "--help":
		return o, flag.ErrHelp
	default:
		return o, fmt.Errorf("there is no command %q", o.command)
	}
	if err := flags.Parse(args[1:]); err != nil {
		return o, err
	}
	words := flags.Args()
	if o.command == "stop" || o.command == "start" {
		if len(words) == 0 {
			return o, errors.New("no code of a partner")
		}
		o.partner, words = words[0], words[1:]
	}
	if len(words) > 0 {
		return o, fmt.Errorf("%q is one word too many", words[0])
	}
	return o, nil
}

func people(o options, out io.Writer) error {
	list, err := demo.People(stateDir(), o.port)
	if err != nil {
		return err
	}
	if o.json {
		return demo.WriteJSON(out, list)
	}
	return demo.WriteTable(out, list)
}

// stateDir is the project's folder, or, outside one, the working directory.
func stateDir() string {
	dir, err := home.Dir()
	if err != nil {
		return "."
	}
	return dir
}

// viewerProgram is the icr that was built beside this program.
func viewerProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(self), "icr"), nil
}
