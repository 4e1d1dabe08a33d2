// Command icr serves an integrated care record.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: icr COMMAND

  serve                        serve the viewer
  migrate                      bring the database schema up to date
  import relationships FILE    add the care relationships of a CSV file, or of a FHIR R4 Bundle (.json)
  import objections FILE       bring a register of objections up to date with a CSV file
  import staff FILE            put the staff lists of a CSV file in place of those that its organisations had, for the rules
  import watch-list FILE       put the patients of a CSV file on the watch list
                               --dry-run, before FILE, only says what would be done
                               --source NAME, before FILE, is the feed or register that the file is of
  export objections FILE       write who objects to a new file: -format csv, which icr import takes, or ndjson (FHIR Consent)
  check partners               connect to every partner, and say what works and what to change
  check inclusion              say who is included by the programme file, and refuse what is wrong in it
  sequence                     give the trail's events their places in the log, and sign for them
  audit export …               write the trail and its proof to a folder, for icr-audit
  retain                       remove the months of the trail whose retention is over; -dry-run only says which
  retain hold|release|holds    keep what the law wants kept
  audit key                    print the public key of what this installation writes

Settings come from the environment; README.md lists them.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "icr:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve(ctx, getenv, out)
	case len(args) == 1 && args[0] == "migrate":
		return migrate(ctx, getenv, out)
	case len(args) >= 3 && args[0] == "import":
		return importFile(ctx, args[1], args[2:], getenv, out)
	case len(args) >= 3 && args[0] == "export" && args[1] == "objections":
		return exportObjections(ctx, args[2:], getenv, out)
	case len(args) == 2 && args[0] == "check" && args[1] == "partners":
		return checkPartners(ctx, getenv, out)
	case len(args) == 2 && args[0] == "check" && args[1] == "inclusion":
		return checkInclusion(ctx, getenv, out)
	case len(args) == 1 && args[0] == "sequence":
		return sequence(ctx, getenv, out)
	case len(args) > 0 && args[0] == "retain":
		return retain(ctx, args[1:], getenv, out)
	case len(args) > 1 && args[0] == "audit":
		return auditCommand(ctx, args[1:], getenv, out)
	}
	return fmt.Errorf("no such command\n\n%s", usage)
}
