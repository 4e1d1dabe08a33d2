package web_test

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"github.com/PuerkitoBio/goquery"
)

// Every way in which a partner can answer is on the page in words, in time, in
// bounded memory and with nothing of anybody in the log, and leaves the other
// partner untouched.
func TestP4_EveryPartnersStateIsOnThePage(t *testing.T) {
	w := newWorld(t)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	for _, mode := range modes() {
		t.Run(string(mode), func(t *testing.T) {
			w.t = t
			w.play(mode, partnertest.Holds)
			began, peak := time.Now(), watchMemory(t)
			p := b.get(ref)
			if took := time.Since(began); took > deadline(mode)+time.Minute { // of a busy machine
				t.Errorf("the page took %v", took)
			}
			if grown := peak(); grown > mostGrown && b.grows(t, ref) > mostGrown && b.grows(t, ref) > mostGrown {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
			p.says(t, mode)
			w.logSaysNothing(t)
		})
	}
	w.t = t
}

// mostGrown is by how much a page may make the heap grow, with the garbage that
// the collector has not got to. On a busy machine that may be much, but not time
// after time.
const mostGrown = 256 << 20

// grows is by how much the heap grows while a page is made.
func (b *browser) grows(t *testing.T, ref string) uint64 {
	runtime.GC()
	peak := watchMemory(t)
	b.get(ref)
	return peak()
}

func modes() []partnertest.Mode {
	var all []partnertest.Mode
	for mode := range partnertest.Want {
		all = append(all, mode)
	}
	slices.Sort(all)
	return all
}

// says checks the page of a patient whom two hospitals know, one of them in a
// mode.
func (p page) says(t *testing.T, mode partnertest.Mode) {
	t.Helper()
	if p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	want := partnertest.Want[mode]
	bad, good, allergies := p.Find("[data-partner=RKB]"), p.Find("[data-partner=RLT]"), p.Find("[data-section=allergies]")
	if got := record.State(bad.AttrOr("data-state", "none")); got != want && !tolerated(mode, got) {
		t.Errorf("state %s, want %s", got, want)
	}
	words := strings.Join(strings.Fields(bad.Text()), " ")
	if !strings.Contains(words, sayings[mode]) {
		t.Errorf("it says %q, not %q", words, sayings[mode])
	}
	if good.AttrOr("data-state", "") != string(record.Answered) || !fromOther(allergies, partnertest.Allergy) || !fromOther(p.Find("[data-section=problems]"), partnertest.Problem) {
		t.Error("the other partner's answer suffered")
	}
	if !want.Spoken() && !want.Neutral() && !strings.Contains(allergies.Text(), "incomplete") {
		t.Error("the allergies look complete")
	}
	if strings.Contains(p.text(), "No known allergies") && mode != partnertest.NoKnownAllergy {
		t.Error("nobody said that there are no known allergies")
	}
	if also, ok := alsoOnThePage[mode]; ok {
		also(t, p, allergies)
	}
}

// fromOther reports whether a section shows these words as the other
// partner's.
func fromOther(section *goquery.Selection, words string) bool {
	return section.Find("[data-entry]").FilterFunction(func(_ int, line *goquery.Selection) bool {
		return strings.Contains(line.Text(), words) && line.Find("[data-source=RLT]").Length() > 0
	}).Length() > 0
}

// sayings are the words that some modes come to, besides those of the state.
var sayings = map[partnertest.Mode]string{
	partnertest.Hangs: "no answer in 1 s", partnertest.Drips: "no answer in 1 s", partnertest.Refuses: "could not be reached",
	partnertest.ExpiredTLS: "secure connection failed", partnertest.WrongName: "secure connection failed", partnertest.OursEnded: "secure connection failed",
	partnertest.RetryLater: "it asks not to be asked again for 60 s", partnertest.Huge: "it sent more than can be shown",
	partnertest.Unauthorised: "refused to answer", partnertest.Forbidden: "refused to answer", partnertest.NotThere: "could not be reached",
	partnertest.OtherPatient: "answered about a different person", partnertest.HTML: "could not be read",
	partnertest.InError: "1 entered in error, not shown",
}

// alsoOnThePage are what is to be seen of some modes besides their state.
var alsoOnThePage = map[partnertest.Mode]func(*testing.T, page, *goquery.Selection){
	partnertest.Scripts: func(t *testing.T, p page, _ *goquery.Selection) {
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "<img src=x") {
			t.Error("a partner's script is on the page")
		}
	},
	partnertest.CodeOnly: func(t *testing.T, _ page, allergies *goquery.Selection) {
		if !strings.Contains(allergies.Text(), "91936005") {
			t.Error("an allergy without words is missing")
		}
	},
	partnertest.Refuted: func(t *testing.T, _ page, allergies *goquery.Selection) {
		if line := allergies.Find("[data-entry]:contains(Latex)"); line.Length() > 0 && !strings.Contains(strings.ToLower(line.Text()), "refuted") {
			t.Errorf("a refuted allergy looks like one: %s", line.Text())
		}
	},
	partnertest.NoKnownAllergy: func(t *testing.T, p page, _ *goquery.Selection) {
		if !strings.Contains(strings.ToLower(p.text()), "disagree") && !strings.Contains(strings.ToLower(p.text()), "no known allerg") {
			t.Error("what it says of allergies is missing")
		}
		if strings.Contains(p.Find("#heading-allergies").Text(), "No known allergies") {
			t.Error("the other partner's allergy is hidden by the title")
		}
	},
}

// tolerated: on a slow machine what has no end meets the deadline before the
// limit; and what a partner says of one search concerns the sections searched
// for.
func tolerated(mode partnertest.Mode, got record.State) bool {
	endless := []partnertest.Mode{partnertest.GzipBomb, partnertest.ZstdBomb, partnertest.Endless, partnertest.Huge}
	return slices.Contains(endless, mode) && got == record.Late || mode == partnertest.Outcome && got == record.Answered
}

// watchMemory returns how much the heap has grown at most, in bytes, once it is
// called.
func watchMemory(t *testing.T) func() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	before := read()
	most := before
	stop := make(chan bool)
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				most = max(most, read())
			}
		}
	})
	var once sync.Once
	end := func() { once.Do(func() { close(stop) }); watching.Wait() }
	t.Cleanup(end)
	return func() uint64 { end(); return most - before }
}

// logSaysNothing fails the test where the log names the patient.
func (w *world) logSaysNothing(t *testing.T) {
	t.Helper()
	written := w.log.String()
	for _, secret := range []string{patient.Number.Digits(), patient.Number.Spaced(), patient.Family, partnertest.Allergy} {
		if strings.Contains(written, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

// A partner's failures are in the log, each with its cause and the viewing.
func TestFailuresAreLogged(t *testing.T) {
	w := newWorld(t)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	for mode, cause := range map[partnertest.Mode]string{
		partnertest.ExpiredTLS: "certificate has expired", partnertest.WrongName: "cannot validate certificate for 127.0.0.1",
		partnertest.OursEnded: "the connection to the partner cannot be made secure",
		partnertest.Refuses:   "nothing listens at its address", partnertest.Broken: "it answers with status 500",
		partnertest.Garbage: "its answer cannot be read", partnertest.Forbidden: "it refuses this service",
	} {
		w.play(mode)
		b.get(ref)
		want := fmt.Sprintf(`"msg":"partner","partner":"RKB","state":%q,"cause":`, partnertest.Want[mode])
		line := ""
		for l := range strings.Lines(w.log.String()) {
			if strings.Contains(l, want) {
				line = l
			}
		}
		if !strings.Contains(line, cause) || !strings.Contains(line, `"viewing":"`) {
			t.Errorf("%s: %s", mode, line)
		}
	}
	w.logSaysNothing(t)
}

// A partner that is stopped while a record is open is not asked after five
// failures, and the page says so.
func TestP4_AStoppedPartnerIsNotAskedAgain(t *testing.T) {
	w := newWorld(t, partnertest.Refuses, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	for range 5 {
		b.get(ref)
	}
	p := b.get(ref)
	if words := p.Find("[data-partner=RKB]").Text(); !strings.Contains(words, "could not be reached: it has failed 5 times, last at ") {
		t.Errorf("it says %q", words)
	}
	if p.Find("[data-partner=RKB]").AttrOr("data-state", "") != string(record.Failed) || !fromOther(p.Find("[data-section=allergies]"), partnertest.Allergy) {
		t.Error("the page is not honest")
	}
}
