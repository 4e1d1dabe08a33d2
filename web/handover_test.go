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

func TestP1_PrintingIsAnEventOfItsOwn(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	p := b.get(b.ref() + "/print")
	if p.status != http.StatusOK || p.name() != "print" || !strings.Contains(p.Find("[data-section=allergies]").Text(), partnertest.Allergy) {
		t.Fatalf("%d %s", p.status, p.text())
	}
	kinds := w.kinds()
	if kinds[audit.Printed] != 1 || kinds[audit.Opened] != 1 || kinds[audit.Disclosed] != 0 {
		t.Errorf("the trail has %v", kinds)
	}
	e := w.last()
	if e.Kind != audit.Printed || e.Page != "print" || e.Bytes != len(p.body) || !slices.Equal(e.Partners[1].Shown["AllergyIntolerance"], []string{"a1"}) {
		t.Errorf("the event says %+v", e)
	}
	if !strings.Contains(p.Find("[data-running-head]").Text(), e.Reference) {
		t.Error("P7: the sheets do not bear the reference")
	}
}

// last is the newest event of the trail.
func (w *world) last() audit.Event {
	w.t.Helper()
	all := w.trail()
	return all[len(all)-1]
}

// A page goes out at the soft deadline; a print-out cannot be completed later.
func TestP4_PrintWaitsForEveryAnswer(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB")
	w.partners["RLT"].Delay = 60 * time.Millisecond
	w.gathers.SoftDeadline(20 * time.Millisecond)
	b := w.as("ed.nurse")
	p := b.get(b.ref() + "/print")
	if got := p.Find("[data-partner=RLT]").AttrOr("data-state", ""); got != string(record.Answered) {
		t.Errorf("%s: %s", got, p.Find("[data-running-head]").Text())
	}
}

// The routes that take a record out of the viewer, each to be asked as b.
var takingOut = map[string]func(b *browser, ref string) page{
	"print": func(b *browser, ref string) page { return b.get(ref + "/print") },
}

func TestP1_WhatCannotBeRecordedIsNotTakenOut(t *testing.T) {
	for name, kind := range map[string]audit.Kind{"print": audit.Printed} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			w.relate("RKB")
			b := w.as("ed.nurse")
			ref := b.ref()
			w.failOn(kind)
			p := takingOut[name](b, ref)
			if p.status != http.StatusServiceUnavailable || p.name() != "unavailable" {
				t.Errorf("%d %s", p.status, p.name())
			}
			p.nothingOf(t)
		})
	}
}

// The objection comes while the partners are answering.
func TestP3_ObjectionWhileTakingOut(t *testing.T) {
	for name, take := range takingOut {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds, partnertest.Hangs)
			w.relate("RKB")
			b := w.as("ed.nurse")
			ref := b.ref()
			done := make(chan page)
			go func() { done <- take(b, ref) }()
			for w.asked() < 2 {
				time.Sleep(time.Millisecond)
			}
			w.object()
			p := <-done
			if p.status != http.StatusForbidden || p.name() != "unavailable" || !strings.Contains(p.text(), "not available through the ICR") {
				t.Errorf("%d %s", p.status, p.text())
			}
			p.nothingOf(t)
			kinds := w.kinds()
			if kinds[audit.Denied] != 1 || kinds[audit.Printed]+kinds[audit.Downloaded]+kinds[audit.DocumentShown]+kinds[audit.Disclosed] != 0 {
				t.Errorf("the trail has %v", kinds)
			}
			w.askedAgain(take(b, ref))
		})
	}
}

// askedAgain checks an answer that came after the objection.
func (w *world) askedAgain(p page) {
	w.t.Helper()
	if p.status != http.StatusForbidden || p.name() != "unavailable" {
		w.t.Errorf("after the objection: %d %s", p.status, p.text())
	}
	p.nothingOf(w.t)
}

// Without a ground nothing is taken out, and nothing told.
func TestStrangersTakeNothingOut(t *testing.T) {
	for name, take := range takingOut {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds)
			b := w.as("pharmacist")
			p := take(b, b.ref())
			if p.status != http.StatusForbidden || p.name() != "reason" || w.asked() != 0 {
				t.Errorf("%d %s, %d asked", p.status, p.name(), w.asked())
			}
		})
	}
}
