package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"github.com/klauspost/compress/gzip"
)

// nodeParses times Node's JSON.parse over a file: the processor time of one, in
// milliseconds, with what its collector spends on other threads.
const nodeParses = `
const text = require("fs").readFileSync(process.argv[1], "utf8");
const times = Number(process.argv[2]);
let n = 0;
for (let i = 0; i < times / 4; i++) n += JSON.parse(text).entry.length;
const before = process.cpuUsage();
for (let i = 0; i < times; i++) n += JSON.parse(text).entry.length;
const spent = process.cpuUsage(before);
console.log((spent.user + spent.system) / 1000 / times, n > 0);
`

// BenchmarkDecode compares reading a partner's answer, of which every element
// that the viewer shows is understood, with Node's JSON.parse of the same
// bytes.
func BenchmarkDecode(b *testing.B) {
	node, err := exec.LookPath("node")
	if err != nil {
		b.Fatal("Node is needed to compare with: ", err)
	}
	data := bundle(1, patients[0])
	file := filepath.Join(b.TempDir(), "bundle.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		b.Fatal(err)
	}
	everything := record.Scope{}
	for _, s := range record.Sections {
		everything[s] = record.Everything
	}
	tune(garbage)
	const times = 400
	var ratios, ours, theirs []float64
	for b.Loop() {
		for range rounds {
			spent := costOf(times, func() {
				for range times {
					answer := fhir.NewAnswer(organisations[1], everything, fhir.Limit{})
					if _, err := answer.Read(bytes.NewReader(data)); err != nil {
						b.Fatal(err)
					}
				}
			}).millis
			parsed, err := nodeTime(node, file, times)
			if err != nil {
				b.Fatal(err)
			}
			ours, theirs, ratios = append(ours, spent), append(theirs, parsed), append(ratios, spent/parsed)
		}
	}
	note("decoding, MB/s of processor time", "%.0f, Node %.0f", speed(data, ours), speed(data, theirs))
	figure(b, "13", "processor time of decoding / Node's JSON.parse of the same bytes", "decode/node", median(ratios), 1.11)
	b.ReportMetric(0, "ns/op")
}

func speed(data []byte, millis []float64) float64 {
	return float64(len(data)) / 1e6 / (median(millis) / 1000)
}

func nodeTime(node, file string, times int) (float64, error) {
	out, err := exec.Command(node, "-e", nodeParses, file, strconv.Itoa(times)).Output()
	if err != nil {
		return 0, fmt.Errorf("node: %w", err)
	}
	return strconv.ParseFloat(strings.Fields(string(out))[0], 64)
}

// over serves the viewer over other partners: so many, at these addresses in
// turn. Without a soft deadline its pages wait for everybody.
func (a *app) over(addresses []string, count int, soft time.Duration) (string, error) {
	client := source.NewHTTPClient()
	var partners []partner.Partner
	for i := range count {
		from, err := source.New(source.Config{Base: addresses[i%len(addresses)], HTTP: client, Everything: true, AppliesConsents: true})
		if err != nil {
			return "", err
		}
		of := record.Source{Code: nhs.ODSCode(fmt.Sprintf("RX%02d", i)), Name: fmt.Sprintf("Hospital %d", i), Kind: record.Acute}
		if i < len(organisations) {
			of = organisations[i]
		}
		partners = append(partners, partner.Partner{Source: of, Supplies: record.Sections, Deadline: deadline(soft), From: from})
	}
	network, err := partner.NewNetwork(time.Now, partners...)
	if err != nil {
		return "", err
	}
	network.SoftDeadline(soft)
	return serve(a.handler(a.server(a.in, network, a.store)))
}

const (
	softDeadline = 1500 * time.Millisecond
	again        = 3 // that a measurement of times is repeated
)

func deadline(soft time.Duration) time.Duration {
	if soft == 0 {
		return 25 * time.Second
	}
	return 4 * time.Second
}

// marked are the patients' pages at an address, whole where so many
// organisations answered of so many.
func (a *app) marked(address, path string, answered, of int) []page {
	all := a.pages(address, path)
	for i := range all {
		all[i].Mark = fmt.Sprintf("%d of %d organisations answered", answered, of)
	}
	return all
}

// BenchmarkPartners tells how the processor time of a view grows with the
// number of partners.
func BenchmarkPartners(b *testing.B) {
	r := ready(b)
	counts := []int{4, 12}
	pages := map[int][]page{}
	for _, n := range counts {
		address, err := r.app.over(r.outside.Partners, n, softDeadline)
		if err != nil {
			b.Fatal(err)
		}
		pages[n] = r.app.marked(address, wholeRecord, n, n)
		r.order(b, order{Pages: pages[n], Count: 64, Workers: 4})
	}
	costs := map[int][]cost{}
	for b.Loop() {
		for range rounds {
			for _, n := range counts {
				costs[n] = append(costs[n], costOf(perRound, func() { r.order(b, order{Pages: pages[n], Count: perRound, Workers: 4}) }))
			}
		}
	}
	note("processor time, ms", "whole record of 4 partners %.1f, of 12 %.1f", median(millis(costs[4])), median(millis(costs[12])))
	figure(b, "14", "processor time of a view over 12 partners / over 4", "n12/n4", ratio(costs[12], costs[4]), 3.3)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHanging tells what a partner that accepts questions and never
// answers costs: the first page, and those of others.
func BenchmarkHanging(b *testing.B) {
	r := ready(b)
	hangs, err := serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	if err != nil {
		b.Fatal(err)
	}
	const rate = 20
	views := order{Count: 8 * rate, Rate: rate, Slow: true}
	var first, with, without []float64
	for b.Loop() {
		for range again {
			// A viewer of its own each time: it has not yet learnt that the partner hangs.
			address, err := r.app.over(append(append([]string{}, r.outside.Partners[:partnerCount-1]...), hangs+"/fhir"), partnerCount, softDeadline)
			if err != nil {
				b.Fatal(err)
			}
			hanging := r.app.marked(address, summaryPage, partnerCount-1, partnerCount)
			t := r.order(b, order{Pages: hanging, Count: 1, Workers: 1})
			first = append(first, t.Views[0].Millis/float64(softDeadline.Milliseconds()))
			r.order(b, order{Pages: hanging, Count: 8, Workers: 8}) // it learns
			time.Sleep(4 * time.Second)                             // until they have failed
			views.Pages = hanging
			with = append(with, quantile(each(r.order(b, views).Views, func(v view) float64 { return v.Millis }), 0.95))
			views.Pages = r.app.pages(r.app.address, summaryPage)
			without = append(without, quantile(each(r.order(b, views).Views, func(v view) float64 { return v.Millis }), 0.95))
		}
	}
	note("one of eight partners hangs", "95th percentile of pages at %d views/s %.0f ms, without it %.0f ms", rate, median(with), median(without))
	figure(b, "15", "first page with a partner that hangs / soft deadline", "first/soft", median(first), 1.02)
	figure(b, "15", "95th percentile of others' pages with a partner that hangs / without", "p95/p95", median(with)/median(without), 1.1)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLarge tells how much memory twenty users take who look at records
// of eight megabytes at once.
func BenchmarkLarge(b *testing.B) {
	r := ready(b)
	var large []string
	for _, address := range r.outside.Partners {
		large = append(large, strings.TrimSuffix(address, "/fhir")+"/large")
	}
	address, err := r.app.over(large, partnerCount, 0)
	if err != nil {
		b.Fatal(err)
	}
	pages := r.app.pages(address, summaryPage)
	r.order(b, order{Pages: pages, Count: 2 * len(pages), Workers: 2}) // the partners make their answers
	var grown []float64
	for b.Loop() {
		for range again {
			if err := forgetPeak(); err != nil {
				b.Fatal(err)
			}
			before, err := memory("VmRSS:")
			if err != nil {
				b.Fatal(err)
			}
			r.order(b, order{Pages: pages, Count: 60, Workers: 20})
			after, err := peakMemory()
			if err != nil {
				b.Fatal(err)
			}
			grown = append(grown, (after-before)/(1<<20))
		}
	}
	figure(b, "–", "resident growth of 20 users at 8 partners of 1 MB, MiB", "MiB", median(grown), 256)
	b.ReportMetric(0, "ns/op")
}

var errNoMemory = errors.New("the kernel does not tell")

// memory is a line of what the kernel says of this process's memory, in bytes.
func memory(name string) (float64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kilobytes * 1024, err
		}
	}
	return 0, errNoMemory
}

// largeShares make an answer eight times as large.
var largeShares = func() []share {
	var all []share
	for _, s := range shares {
		all = append(all, share{s.kind, 8 * s.count, 8 * s.common})
	}
	return all
}()

// large is the partner's answer of a megabyte about a patient.
func large(partner int, n nhs.Number) encoded {
	var gzipped bytes.Buffer
	w := gzip.NewWriter(&gzipped)
	w.Write(written(partner, n, noteLength(partner, n), largeShares)) // a buffer takes everything
	w.Close()
	return encoded{"gzip": gzipped.Bytes()}
}
