package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tick is the kernel's unit of processes' times.
const tick = time.Second / 100

// serverTime is the processor time that the server and all its processes have
// taken, those that have ended among them. Where others are at work it tells
// more than rates do: the kernel shares processors out by process, and pgbench
// has a server's process to each client.
func (r *trailRig) serverTime(b *testing.B) time.Duration {
	b.Helper()
	time.Sleep(100 * time.Millisecond) // until those that are ending have ended
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	var ticks int64
	for _, file := range stats {
		pid, parent, own, ended, err := timesOf(file)
		switch {
		case err != nil: // it is gone
		case pid == r.leader:
			ticks += own + ended
		case parent == r.leader:
			ticks += own
		}
	}
	return time.Duration(ticks) * tick
}

// timesOf reads who a process is, and the ticks that it has taken itself and
// that its children took who have ended.
func timesOf(file string) (pid, parent, own, ended int64, err error) {
	text, err := os.ReadFile(file)
	_, rest, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if err != nil || !ok || len(fields) < 15 {
		return 0, 0, 0, 0, errors.Join(err, errors.New("no such process"))
	}
	var of [5]int64
	for i, field := range []int{1, 11, 12, 13, 14} { // as proc_pid_stat(5) has them behind the name
		if of[i], err = strconv.ParseInt(fields[field], 10, 64); err != nil {
			return 0, 0, 0, 0, err
		}
	}
	pid, err = strconv.ParseInt(filepath.Base(filepath.Dir(file)), 10, 64)
	return pid, of[0], of[1] + of[2], of[3] + of[4], err
}

// leaderOf is the process of a server with its data in a folder.
func leaderOf(folder string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.ParseInt(first, 10, 64)
}
