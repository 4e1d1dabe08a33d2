// Command icr-audit verifies the trail of an integrated care record, offline,
// with public keys alone, and witnesses its checkpoints. It is small, so that
// it can be read, and it imports nothing of the application but merkle.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/note"
)

const usage = `usage: icr-audit COMMAND

  verify BUNDLE --key KEY [--writer KEY]… [--witness KEY]… [--quorum N] [--seen FILE]…
      verify an exported trail: every entry, its place, who wrote it, who witnessed it
  prove REFERENCE --bundle BUNDLE --key KEY [--out FOLDER]
      show what the trail holds under the access reference of a page, with a proof of each entry
  check PROOF --key KEY [--witness KEY]… [--quorum N]
      check a proof that prove wrote, or all those of an access report
  keygen NAME FILE [--witness]
      make a private key in FILE, and print its public key
  witness --key FILE --logs FILE --state FOLDER [--listen ADDRESS] [--tls-cert FILE --tls-key FILE]
      witness logs: cosign each checkpoint that continues the one before

A KEY is a public key, like name+hash+base64, or a file that holds one.
Flags may stand before or after the other arguments.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "icr-audit:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	commands := map[string]func(context.Context, []string, io.Writer) error{
		"verify": verify, "prove": prove, "check": check, "keygen": keygen, "witness": serveWitness,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return fmt.Errorf("no such command\n\n%s", usage)
	}
	return commands[args[0]](ctx, args[1:], out)
}

// trust collects the keys that a command is told to trust.
type trust struct {
	merkle.Policy
	set *flag.FlagSet
}

func newTrust(command string, out io.Writer) *trust {
	t := &trust{set: flag.NewFlagSet("icr-audit "+command, flag.ContinueOnError)}
	t.set.SetOutput(out)
	t.set.Func("key", "the log's public key", func(s string) (err error) { t.Key, err = publicKey(s); return err })
	t.set.Func("writer", "a public key of those that write the trail", into(&t.Writers))
	t.set.Func("witness", "a witness's public key", into(&t.Witnesses))
	t.set.IntVar(&t.Quorum, "quorum", -1, "how many of the witnesses must have cosigned; all, if it is not set")
	t.set.Func("seen", "a checkpoint that was kept elsewhere", func(name string) error {
		seen, err := os.ReadFile(name)
		t.Seen = append(t.Seen, seen)
		return err
	})
	return t
}

func into(keys *[]note.Verifier) func(string) error {
	return func(s string) error {
		key, err := publicKey(s)
		*keys = append(*keys, key)
		return err
	}
}

func publicKey(s string) (*merkle.Verifier, error) {
	if text, err := os.ReadFile(s); err == nil {
		s = string(text)
	}
	return merkle.ParseVerifier(s)
}

// parse reads flags before, between and behind the other arguments, of which
// there must be want.
func (t *trust) parse(args []string, want int) ([]string, error) {
	rest, err := interspersed(t.set, args, want)
	if err != nil {
		return nil, err
	}
	if t.Key == nil {
		return nil, errors.New("--key is missing: the log's public key")
	}
	if t.Quorum < 0 {
		t.Quorum = len(t.Witnesses)
	}
	return rest, nil
}

func interspersed(set *flag.FlagSet, args []string, want int) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			break
		}
		rest, args = append(rest, set.Arg(0)), set.Args()[1:]
	}
	if len(rest) != want {
		return nil, fmt.Errorf("wrong number of arguments\n\n%s", usage)
	}
	return rest, nil
}

func verify(_ context.Context, args []string, out io.Writer) error {
	t := newTrust("verify", out)
	rest, err := t.parse(args, 1)
	if err != nil {
		return err
	}
	if info, err := os.Stat(rest[0]); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a bundle: a bundle is a folder", rest[0])
	}
	began := time.Now()
	report, err := merkle.Verify(os.DirFS(rest[0]), t.Policy)
	if err != nil {
		return err
	}
	c := report.Checkpoint
	fmt.Fprintf(out, "whole: %s, %d entries, root %s\n", c.Origin, c.Size, c.Root)
	if c.Size > 0 {
		fmt.Fprintf(out, "from %s to %s, by %d writers\n", report.First.Format(time.RFC3339), report.Last.Format(time.RFC3339), report.Writers)
	}
	if report.Removed > 0 {
		fmt.Fprintf(out, "%d bodies were removed after their retention, and the trail says so\n", report.Removed)
	}
	if len(t.Writers) == 0 {
		fmt.Fprintln(out, "not checked: who wrote the entries (no --writer)")
	}
	if len(report.Cosigned) > 0 {
		fmt.Fprintf(out, "witnessed by %s\n", strings.Join(report.Cosigned, ", "))
	} else {
		fmt.Fprintln(out, "not witnessed: whoever holds the log's key could have made another history")
	}
	if n := len(report.Open); n > 0 {
		fmt.Fprintf(out, "%d writers go on or ended without a word: what they wrote after their last statement, and was not in the log yet, could be missing\n", n)
	}
	fmt.Fprintf(out, "verified in %s\n", time.Since(began).Round(time.Millisecond))
	return nil
}

func prove(_ context.Context, args []string, out io.Writer) error {
	t := newTrust("prove", out)
	bundle, folder := t.set.String("bundle", "", "an exported trail"), t.set.String("out", "", "a folder for the proofs")
	rest, err := t.parse(args, 1)
	if err != nil {
		return err
	}
	if *bundle == "" {
		return errors.New("--bundle is missing: an exported trail")
	}
	member := []byte(fmt.Sprintf("%q:%q", "reference", strings.ToUpper(strings.TrimSpace(rest[0]))))
	found, err := merkle.Find(os.DirFS(*bundle), t.Key, func(body []byte) bool { return bytes.Contains(body, member) })
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no entry of this bundle has the reference %s", rest[0])
	}
	for _, p := range found {
		c, by, err := p.Check(t.Policy)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "entry %d of %d, proved%s:\n%s\n", p.Index, c.Size, witnessed(by), p.Body)
		if *folder == "" {
			continue
		}
		text, err := p.Marshal()
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s/%d.tlog-proof", *folder, p.Index)
		if err := errors.Join(os.MkdirAll(*folder, 0o700), os.WriteFile(name, text, 0o600)); err != nil {
			return err
		}
		fmt.Fprintln(out, "proof:", name)
	}
	return nil
}

func witnessed(by []string) string {
	if len(by) == 0 {
		return ""
	}
	return " and witnessed by " + strings.Join(by, ", ")
}

func check(_ context.Context, args []string, out io.Writer) error {
	t := newTrust("check", out)
	rest, err := t.parse(args, 1)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(rest[0])
	if err != nil {
		return err
	}
	proofs, err := merkle.ParseProofs(text)
	if err != nil {
		return err
	}
	for _, p := range proofs {
		c, by, err := p.Check(t.Policy)
		if err != nil {
			return err
		}
		says := string(p.Body)
		if p.Body == nil {
			says = fmt.Sprintf("recorded at %s; what it says is not in this file", p.Entry.At.UTC().Format(time.RFC3339))
		}
		fmt.Fprintf(out, "entry %d of %d of %s, proved%s:\n%s\n", p.Index, c.Size, c.Origin, witnessed(by), says)
	}
	if len(proofs) > 1 {
		fmt.Fprintf(out, "all %d proofs hold\n", len(proofs))
	}
	return nil
}

func keygen(_ context.Context, args []string, out io.Writer) error {
	set := flag.NewFlagSet("icr-audit keygen", flag.ContinueOnError)
	set.SetOutput(out)
	ofWitness := set.Bool("witness", false, "make a witness's key, not a log's")
	rest, err := interspersed(set, args, 2)
	if err != nil {
		return err
	}
	key, err := merkle.GenerateKey(rest[0], *ofWitness)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(rest[1], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(key.Private() + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintln(out, key.Public())
	return nil
}
