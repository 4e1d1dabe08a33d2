// Package bench measures the viewer against what bounds it: the slowest
// partner, and the mere decoding of what partners send. All goals are ratios of
// figures of one run, since machines differ and are never quiet.
//
// The viewer runs in this process, as `icr serve` puts it together, over a
// PostgreSQL that flushes every commit. Partners and browsers are a process of
// their own.
package bench

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(outsideVariable) != "" {
		if err := outside(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if theRig != nil {
		if err := theRig.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	printFigures(os.Stdout)
	os.Exit(code)
}

const (
	rounds   = 7
	perRound = 40 // views
)

// The addresses of a patient's summary, and of all that is known of them on one
// page: the print-out.
const (
	summaryPage = "/record/%s"
	wholeRecord = "/record/%s/print"
)

// variant is one way to make a view.
type variant struct {
	name   string
	pages  []page
	coding string
}

// BenchmarkCost tells the processor time and the memory of a view, with one
// browser after another, from partners that answer at once.
func BenchmarkCost(b *testing.B) {
	r := ready(b)
	variants := []variant{
		{"whole", r.app.pages(r.app.address, wholeRecord), "gzip"},
		{"whole, no trail", r.app.pages(r.app.bare, wholeRecord), "gzip"},
		{"whole, partners send zstd", r.app.pages(r.app.address, wholeRecord), "zstd"},
		{"summary", r.app.pages(r.app.address, summaryPage), "gzip"},
		{"summary, no trail", r.app.pages(r.app.bare, summaryPage), "gzip"},
		{"summary, asked type by type", r.app.pages(r.app.searcher, summaryPage), "gzip"},
		{"allergies, medications and problems", r.app.pages(r.app.address, "/key/%s"), "gzip"},
	}
	for _, v := range variants { // connections, caches, prepared statements
		r.order(b, order{Pages: v.pages, Count: 64, Workers: 4, Coding: v.coding})
	}
	costs := map[string][]cost{}
	for b.Loop() {
		for range rounds {
			costs["decode"] = append(costs["decode"], costOf(perRound, func() {
				for range perRound {
					r.decode(b)
				}
			}))
			for _, v := range variants {
				costs[v.name] = append(costs[v.name], costOf(perRound, func() {
					r.order(b, order{Pages: v.pages, Count: perRound, Workers: 4, Coding: v.coding})
				}))
			}
		}
	}
	reportCosts(b, r, variants, costs)
}

func reportCosts(b *testing.B, r *rig, variants []variant, costs map[string][]cost) {
	note("record", "%d resources in %d bytes from %d partners", (resourcesOfAPartner()+1)*partnerCount, r.bytes(), partnerCount)
	note("processor time, ms", "encoding/json alone %.1f", median(millis(costs["decode"])))
	for _, v := range variants {
		note("processor time, ms", "%s %.1f", v.name, median(millis(costs[v.name])))
	}
	whole, summary := costs["whole"], costs["summary"]
	figure(b, "3", "processor time of the whole record / encoding/json decoding it", "whole/json", ratio(whole, costs["decode"]), 0.9)
	figure(b, "3", "processor time of the summary / encoding/json decoding it", "summary/json", ratio(summary, costs["decode"]), 0.9)
	figure(b, "6", "bytes allocated for the whole record / bytes decoded", "alloc/byte", allocated(whole)/float64(r.bytes()), 2.5)
	figure(b, "6", "bytes allocated for the summary / bytes decoded", "summary-alloc/byte", allocated(summary)/float64(r.bytes()), 2.5)
	figure(b, "8", "processor time of the whole record with the trail / without", "trail/none", ratio(whole, costs["whole, no trail"]), 1.08)
	figure(b, "8", "processor time of the summary with the trail / without", "summary-trail/none", ratio(summary, costs["summary, no trail"]), 1.08)
	figure(b, "10", "processor time of the summary / of the whole record", "summary/whole", ratio(summary, whole), 0.5)
	figure(b, "10", "processor time of allergies, medications and problems / of the whole record", "key/whole", ratio(costs["allergies, medications and problems"], whole), 0.25)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMemory tells what a collector setting costs and saves at 40 views a
// second.
func BenchmarkMemory(b *testing.B) {
	r := ready(b)
	defer tune(garbage)
	for _, gogc := range []int{100, 200, 400} {
		b.Run(fmt.Sprintf("GOGC=%d", gogc), func(b *testing.B) {
			tune(gogc)
			for b.Loop() {
				r.memory(b, gogc)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func (r *rig) memory(b *testing.B, gogc int) {
	if err := forgetPeak(); err != nil {
		b.Fatal(err)
	}
	o := order{Pages: r.app.pages(r.app.address, summaryPage), Count: 240, Rate: 40, Slow: true}
	spent := costOf(o.Count, func() { r.order(b, o) })
	peak, err := peakMemory()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(spent.millis, "cpu-ms/view")
	note("GOGC, at 40 summaries/s", "%d with GOMEMLIMIT=%dMiB: %.1f ms of processor time a view, %.0f MiB resident", gogc, memoryLimit>>20, spent.millis, peak/(1<<20))
	if gogc == garbage {
		figure(b, "–", "memory at 40 views/s, MiB, at most", "MiB", peak/(1<<20), memoryGoal>>20)
	}
}

// BenchmarkPage tells how much later than its slowest partner a page is
// complete, when partners take 50 ms and, at random, 50 ms on average besides.
func BenchmarkPage(b *testing.B) {
	r := ready(b)
	const repeats = 3
	rates := []int{10, 40, 80}
	late := map[int][]float64{}
	times := map[int][]tally{}
	r.order(b, order{Pages: r.app.pages(r.app.address, summaryPage), Count: 80, Rate: 40, Slow: true})
	for b.Loop() {
		for range repeats {
			for _, rate := range rates {
				t := r.order(b, order{Pages: r.app.pages(r.app.address, summaryPage), Count: 8 * rate, Rate: float64(rate), Slow: true})
				times[rate] = append(times[rate], t)
				late[rate] = append(late[rate], t.added()...)
			}
		}
	}
	for _, rate := range rates {
		report(b, rate, times[rate], late[rate])
	}
	b.ReportMetric(0, "ns/op")
}

// goals of a page's time over its slowest partner's, by rate: the median and
// the 95th percentile.
var goals = map[int][2]float64{10: {1.03, 1.10}, 40: {1.03, 1.10}, 80: {1.03, 1.20}}

func report(b *testing.B, rate int, tallies []tally, late []float64) {
	var p50, p95, told50, told95, sizes []float64
	for _, t := range tallies {
		sizes = append(sizes, each(t.Views, func(v view) float64 { return float64(v.Bytes) / 1024 })...)
		p50, p95 = append(p50, quantile(t.ratios(), 0.5)), append(p95, quantile(t.ratios(), 0.95))
		told50, told95 = append(told50, quantile(t.toldRatios(), 0.5)), append(told95, quantile(t.toldRatios(), 0.95))
	}
	what := fmt.Sprintf("page complete / slowest partner at %d views/s, ", rate)
	figure(b, "1", what+"median", fmt.Sprintf("p50@%d", rate), median(p50), goals[rate][0])
	figure(b, "1", what+"95th percentile", fmt.Sprintf("p95@%d", rate), median(p95), goals[rate][1])
	if rate == 40 {
		figure(b, "–", "the summary as sent, compressed, KiB, median", "KiB", median(sizes), 25)
	}
	note("page", "at %d views/s: %.1f ms later than its slowest partner at the median, %.1f ms at the 95th percentile; repeats %.3f and %.3f; over what the partners were told to take %.3f and %.3f",
		rate, quantile(late, 0.5), quantile(late, 0.95), p50, p95, told50, told95)
}

func (t tally) ratios() []float64 {
	return each(t.Views, func(v view) float64 { return v.Millis / v.Slowest })
}

func (t tally) toldRatios() []float64 {
	return each(t.Views, func(v view) float64 { return v.Millis / v.Told })
}

func (t tally) added() []float64 {
	return each(t.Views, func(v view) float64 { return v.Millis - v.Slowest })
}

func each[T any](all []T, f func(T) float64) []float64 {
	out := make([]float64, len(all))
	for i := range all {
		out[i] = f(all[i])
	}
	return out
}

func millis(costs []cost) []float64 {
	return each(costs, func(c cost) float64 { return c.millis })
}

func allocated(costs []cost) float64 {
	return median(each(costs, func(c cost) float64 { return c.bytes }))
}

// ratio is the median of what a costs over b, round by round.
func ratio(a, b []cost) float64 {
	var all []float64
	for i := range a {
		all = append(all, a[i].millis/b[i].millis)
	}
	return median(all)
}

var began = time.Now()
