package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The viewer's own collector, as `icr serve` is to set it.
const (
	garbage     = 400       // GOGC
	memoryLimit = 256 << 20 // GOMEMLIMIT
	memoryGoal  = 512 << 20
)

// rig is the viewer in this process and the world outside in another.
type rig struct {
	app     *app
	world   *exec.Cmd
	lead    interface{ Close() error } // the world ends with it
	outside addresses
	bundles [][]byte // of one patient
}

var (
	theRig *rig
	once   sync.Once
)

// ready returns the rig, which the first benchmark starts.
func ready(b *testing.B) *rig {
	b.Helper()
	once.Do(func() {
		theRig = &rig{}
		if err := theRig.start(b); err != nil {
			b.Fatal(err)
		}
	})
	if theRig.app == nil {
		b.Fatal("the viewer did not start")
	}
	tune(garbage)
	return theRig
}

func tune(gogc int) {
	debug.SetGCPercent(gogc)
	debug.SetMemoryLimit(memoryLimit)
}

func (r *rig) start(b *testing.B) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	r.world = exec.Command(program)
	r.world.Env = append(os.Environ(), outsideVariable+"=1")
	r.world.Stderr = os.Stderr
	if r.lead, err = r.world.StdinPipe(); err != nil {
		return err
	}
	out, err := r.world.StdoutPipe()
	if err != nil {
		return err
	}
	if err := r.world.Start(); err != nil {
		return err
	}
	if err := json.NewDecoder(out).Decode(&r.outside); err != nil {
		return fmt.Errorf("the world outside: %w", err)
	}
	for i := range partnerCount {
		r.bundles = append(r.bundles, bundle(i, patients[0]))
	}
	ctx := b.Context()
	r.app, err = start(ctx, r.outside.Partners)
	if err != nil {
		return errors.Join(err, r.app.stop())
	}
	return nil
}

func (r *rig) stop() error {
	var errs []error
	if r.app != nil {
		errs = append(errs, r.app.stop())
	}
	if r.lead != nil {
		errs = append(errs, r.lead.Close(), r.world.Wait())
	}
	return errors.Join(errs...)
}

// order has the browsers make views. Some may come to nothing on a machine that
// is too busy, when partners are given up at the soft deadline; that is noted.
func (r *rig) order(b *testing.B, o order) tally {
	b.Helper()
	if o.Coding == "" {
		o.Coding = "gzip"
	}
	body, err := json.Marshal(o)
	if err != nil {
		b.Fatal(err)
	}
	res, err := http.Post(r.outside.Browsers, "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var t tally
	if err := json.NewDecoder(res.Body).Decode(&t); err != nil {
		b.Fatal(err)
	}
	if len(t.Views) == 0 {
		b.Fatalf("all %d views failed: %s", t.Failed, t.Why)
	}
	if t.Failed > 0 {
		note("incomplete", "%d of %d pages at %g views/s: %.150s", t.Failed, o.Count, o.Rate, t.Why)
	}
	return t
}

// cost is what something costs this process.
type cost struct{ millis, bytes float64 }

// costOf measures this process alone: its processor time, which other work on
// the machine hardly moves, and what it allocates.
func costOf(times int, f func()) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := processorTime()
	f()
	spent := processorTime() - began
	runtime.ReadMemStats(&after)
	return cost{spent.Seconds() * 1000 / float64(times), float64(after.TotalAlloc-before.TotalAlloc) / float64(times)}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no way to fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// decode is what everything is compared with: encoding/json, and nothing done
// with what it decodes.
func (r *rig) decode(b *testing.B) {
	for _, data := range r.bundles {
		var plain plainBundle
		if err := json.Unmarshal(data, &plain); err != nil || len(plain.Entry) != resourcesOfAPartner()+1 {
			b.Fatal(err, len(plain.Entry))
		}
	}
}

func (r *rig) bytes() (n int) {
	for _, data := range r.bundles {
		n += len(data)
	}
	return n
}

// peakMemory is the most memory that this process has had resident, in bytes,
// since forgetPeak.
func peakMemory() (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kilobytes * 1024, err
		}
	}
	return 0, errors.New("no VmHWM")
}

func forgetPeak() error {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
