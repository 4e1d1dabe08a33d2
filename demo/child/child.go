// Package child starts programs that never outlive the process that started
// them, however that process ends.
package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Child is a program that was started. It runs in a process group of its own,
// so that a Ctrl-C at the terminal reaches the parent alone, which can then
// stop its children in order.
type Child struct {
	cmd  *exec.Cmd
	end  syscall.Signal
	done chan struct{}
	err  error
}

// Start starts cmd. Stop asks it to end with the signal end; so does a
// watchdog if this process dies first, and it then removes the folder wipe,
// where one is named.
func Start(cmd *exec.Cmd, end syscall.Signal, wipe string) (*Child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &Child{cmd: cmd, end: end, done: make(chan struct{})}
	dog, lead, err := c.watch(wipe)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the watchdog of %s: %w", cmd.Path, err), cmd.Process.Kill(), cmd.Wait())
	}
	go c.wait(dog, lead)
	return c, nil
}

// watchdog waits on its standard input. A line says that the child has ended;
// an end without one, which the kernel brings about, that the parent is dead.
const watchdog = `read -r _ && exit
kill "-$2" "$1" || exit
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 1; done
kill -KILL "$1" 2>/dev/null
[ -z "$3" ] || rm -rf -- "$3"`

func (c *Child) watch(wipe string) (*exec.Cmd, io.WriteCloser, error) {
	dog := exec.Command("/bin/sh", "-c", watchdog, "watchdog",
		strconv.Itoa(c.cmd.Process.Pid), strconv.Itoa(int(c.end)), wipe)
	dog.Dir = "/"
	dog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.cmd.SysProcAttr.Credential}
	lead, err := dog.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	return dog, lead, dog.Start()
}

func (c *Child) wait(dog *exec.Cmd, lead io.WriteCloser) {
	c.err = c.cmd.Wait()
	io.WriteString(lead, "ended\n") // a dead watchdog needs no word
	lead.Close()
	dog.Wait()
	close(c.done)
}

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Err says how the child ended; it is nil before Done and after a good end.
func (c *Child) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Stop asks the child to end, kills it if it has not within the grace, and
// returns once it is gone. Stopping twice is no fault.
func (c *Child) Stop(grace time.Duration) error {
	if err := c.cmd.Process.Signal(c.end); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.cmd.Path, err)
	}
	select {
	case <-c.done:
		return nil
	case <-time.After(grace):
	}
	err := fmt.Errorf("%s had to be killed: it did not end within %v", c.cmd.Path, grace)
	c.cmd.Process.Kill()
	<-c.done
	return err
}
