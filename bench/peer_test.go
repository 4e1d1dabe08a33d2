package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"example.org/icr/views"
)

// BenchmarkPeer compares decoding, merging and rendering the typical record as
// a summary with the summary that the npm package @imranq2/fhirpatientsummary
// makes of the same resources. Ours is given all of them, which the viewer asks
// for only in part.
func BenchmarkPeer(b *testing.B) {
	node, err := exec.LookPath("node")
	if err != nil {
		b.Fatal("Node is needed to compare with: ", err)
	}
	if _, err := os.Stat("peer/node_modules"); err != nil {
		b.Fatal("the package is not installed: `make bench` does it, or `npm ci` in bench/peer")
	}
	file := filepath.Join(b.TempDir(), "record.json")
	if err := os.WriteFile(file, joined(), 0o600); err != nil {
		b.Fatal(err)
	}
	tune(garbage)
	bundles := typical()
	var page bytes.Buffer
	summary := func() {
		page.Reset()
		if err := views.Summary(merged(decoded(b, bundles))).Render(b.Context(), &page); err != nil {
			b.Fatal(err)
		}
	}
	const times = 20
	var ours, theirs, ratios []float64
	var taken int
	for b.Loop() {
		for range rounds {
			spent := costOf(times, repeat(times, summary)).millis
			peer, entries, err := peerTime(node, file, times)
			if err != nil {
				b.Fatal(err)
			}
			ours, theirs, ratios, taken = append(ours, spent), append(theirs, peer), append(ratios, spent/peer), entries
		}
	}
	note("summary of the record", "%d resources in %.1f ms of processor time; the peer takes %.1f ms for a document with %d of them", resourcesOfAPartner()*partnerCount, median(ours), median(theirs), taken)
	figure(b, "12", "processor time of decoding, merging and rendering / of @imranq2/fhirpatientsummary", "ours/peer", median(ratios), 0.2)
	b.ReportMetric(0, "ns/op")
}

// joined is the typical record as one bundle: the patient once, and what all
// partners hold.
func joined() []byte {
	n := patients[0]
	entries := [][]byte{entry("https://bench.example/fhir/", "Patient", patientID(n), patient(n))}
	for p := range partnerCount {
		for _, s := range shares {
			for _, d := range resources(p, n, s, noteLength(p, n)) {
				entries = append(entries, d.entry)
			}
		}
	}
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"collection","entry":[%s]}`, bytes.Join(entries, []byte(",")))
}

func peerTime(node, file string, times int) (millis float64, entries int, err error) {
	out, err := exec.Command(node, "peer/summary.cjs", file, strconv.Itoa(times)).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("node: %w", err)
	}
	_, err = fmt.Sscan(string(out), &millis, &entries)
	return millis, entries, err
}
