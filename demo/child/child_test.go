package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/icr/demo/child"
)

// TestMain lets the test program play the parent that is killed.
func TestMain(m *testing.M) {
	if wipe := os.Getenv("CHILD_TEST_PARENT"); wipe != "" {
		cmd := exec.Command("sleep", "600")
		cmd.Stdout = os.Stdout
		if _, err := child.Start(cmd, syscall.SIGTERM, wipe); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("started")
		select {}
	}
	os.Exit(m.Run())
}

func TestChildDiesWithItsParent(t *testing.T) {
	wipe := filepath.Join(t.TempDir(), "wipe")
	if err := os.Mkdir(wipe, 0o700); err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "CHILD_TEST_PARENT="+wipe)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "started\n" {
		t.Fatalf("%q, %v", line, err)
	}
	parent.Process.Kill()
	if !endsWithin(10*time.Second, lines) {
		t.Fatal("the child lives on after its parent was killed")
	}
	parent.Wait()
	gone := func() bool { _, err := os.Stat(wipe); return os.IsNotExist(err) }
	for deadline := time.Now().Add(15 * time.Second); !gone(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the folder was not wiped")
		}
	}
}

// endsWithin reports whether every holder of a pipe's other end went away.
func endsWithin(d time.Duration, r io.Reader) bool {
	ended := make(chan struct{})
	go func() { io.Copy(io.Discard, r); close(ended) }()
	select {
	case <-ended:
		return true
	case <-time.After(d):
		return false
	}
}

func TestStop(t *testing.T) {
	for _, test := range []struct {
		name, script string
		grace        time.Duration
		want         string
	}{
		{"ends when asked", `trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done`, 10 * time.Second, ""},
		{"is killed when deaf", `trap '' TERM; echo ready; while :; do sleep 0.1; done`, 200 * time.Millisecond, "had to be killed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command("/bin/sh", "-c", test.script)
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdout = write
			c, err := child.Start(cmd, syscall.SIGTERM, "")
			if err != nil {
				t.Fatal(err)
			}
			write.Close()
			lines := bufio.NewReader(read)
			if line, err := lines.ReadString('\n'); line != "ready\n" {
				t.Fatalf("%q, %v", line, err)
			}
			err = c.Stop(test.grace)
			if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("Stop: %v, want %q", err, test.want)
			}
			if !endsWithin(10*time.Second, lines) {
				t.Error("something of it is left")
			}
			if err := c.Stop(time.Second); err != nil {
				t.Errorf("stopped twice: %v", err)
			}
		})
	}
}

func TestErrSaysHowItEnded(t *testing.T) {
	c, err := child.Start(exec.Command("/bin/sh", "-c", "exit 3"), syscall.SIGTERM, "")
	if err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if err := c.Err(); err == nil || err.Error() != "exit status 3" {
		t.Errorf("Err: %v", err)
	}
	if _, err := child.Start(exec.Command("/no/such/program"), syscall.SIGTERM, ""); err == nil {
		t.Error("a program that is not there was started")
	}
}
