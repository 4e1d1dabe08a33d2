package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

const noneKnown = `{"resourceType":"AllergyIntolerance","id":"n1","clinicalStatus":{"coding":[{"code":"active"}]},
	"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},"patient":{"reference":"Patient/p1"}}`

// A page leaves without the slow partner. The next of the same session has its
// answer, marked, and both are one look on the trail.
func TestP4_LateAnswersAreMarkedAndOneLook(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.NothingOf)
	w.gathers.SoftDeadline(time.Second) // within which even a slow machine has the other's answer
	slow := w.partners["RLT"]
	slow.Hold()
	slow.Items = map[string][]string{"AllergyIntolerance": {noneKnown}}
	w.relate("RKB")
	b := w.as("ed.nurse")
	ref := b.ref()
	first := b.get(ref)
	if got := first.Find("[data-partner=RLT]").AttrOr("data-state", ""); got != string(record.Late) || first.Find("[data-asking]").Length() == 0 {
		t.Fatalf("the slow partner is %s", got)
	}
	if !strings.Contains(first.Find("[data-section=allergies] h2").Text(), "incomplete") {
		t.Error("the allergies look complete")
	}
	slow.Release()
	second := b.get(ref + "?again=1")
	for range 5 {
		if second.Find("[data-asking]").Length() == 0 {
			break
		}
		second = b.get(ref + "?again=1")
	}
	if note := second.Find("[data-late]").Text(); !strings.Contains(note, "Hospital RLT (1 line under allergies)") {
		t.Errorf("the note says %q", note)
	}
	if second.Find("[data-section=allergies] .icr-tag--late").Length() != 1 {
		t.Error("the line that arrived late is not marked")
	}
	if second.Find("[data-conflict=allergies] .icr-conflict__words .icr-tag--late").Length() != 1 {
		t.Error("the conflict that arrived late is not marked")
	}
	var looks, references []string
	for _, e := range w.trail() {
		if e.Kind == audit.Disclosed {
			looks, references = append(looks, e.Look), append(references, e.Reference)
		}
	}
	slices.Sort(references)
	if n := len(looks); n < 2 || w.kinds()[audit.Opened] != n || len(slices.Compact(looks)) != 1 || len(slices.Compact(references)) != n {
		t.Errorf("looks %v, references %v", looks, references)
	}
}

// An answer about somebody else that comes too late for every page is on the
// trail all the same.
func TestP5_LateMistakesAreOnTheTrail(t *testing.T) {
	w := newWorld(t, partnertest.OtherPatient)
	w.gathers.SoftDeadline(50 * time.Millisecond)
	w.partners["RKB"].Hold()
	w.relate("RKB")
	if p := w.as("ed.nurse").record(); p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.text())
	}
	if w.kinds()[audit.IdentityFailed] != 0 {
		t.Fatal("the partner answered in time")
	}
	w.partners["RKB"].Release()
	for until := time.Now().Add(20 * time.Second); w.kinds()[audit.IdentityFailed] == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("no safety event")
		}
	}
}
