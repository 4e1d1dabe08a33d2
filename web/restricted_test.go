package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

func (w *world) restrict() {
	w.t.Helper()
	restricted := patient
	restricted.Restricted, restricted.FetchedAt = true, time.Now()
	if err := w.SavePerson(w.t.Context(), restricted); err != nil {
		w.t.Error(err)
	}
}

// Another replica learns that a patient is restricted while the partners are
// answering: the page is made once more, and no letter is opened.
func TestP9_RestrictedDuringAView(t *testing.T) {
	for name, want := range map[string]int{"record": http.StatusOK, "document": http.StatusForbidden} {
		t.Run(name, func(t *testing.T) {
			w := withLetter(t, partnertest.Holds, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			ref := b.ref()
			take := func() page { return b.get(ref) }
			if name == "document" {
				take = takingOut[name].ready(b, ref)
			}
			shown := w.kinds()[audit.Disclosed]
			p := w.meanwhile(take, w.restrict)
			if p.status != want || name == "record" && !strings.Contains(p.text(), "Restricted record") || strings.Contains(p.body, "Hospital RKB") {
				t.Errorf("%d %.400s", p.status, p.text())
			}
			if k := w.kinds(); k[audit.DocumentShown] != 0 || name == "record" && k[audit.Disclosed] != shown+1 {
				t.Errorf("the trail has %v", k)
			}
		})
	}
}

// A page that is open when its patient becomes restricted is gone; the one that
// replaces it stays.
func TestP9_OpenPagesOfSomebodyNowRestrictedAreGone(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.record()
	w.restrict()
	again := b.get(p.url.Path)
	if got := b.get(p.still()); got.status != http.StatusGone {
		t.Errorf("the page of before: %d", got.status)
	}
	if got := b.get(again.still()); got.status != http.StatusNoContent {
		t.Errorf("the page of now: %d", got.status)
	}
}
