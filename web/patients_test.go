package web_test

import (
	"net/http"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// listed is who the start page lists under a heading.
func (p page) listed(id string) string {
	return strings.Join(strings.Fields(p.Find("[data-patients="+id+"]").Text()), " ")
}

func TestP1_ListedPatientsAreOnTheTrailFirst(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	before := w.kinds()[audit.Listed]
	p := b.get("/")
	if !strings.Contains(p.listed("current"), patient.Number.Spaced()) {
		t.Fatalf("the patient is not listed: %s", p.text())
	}
	if w.kinds()[audit.Listed] != before+1 {
		t.Error("that is not on the trail")
	}
	href, _ := p.Find("[data-patients=current] a").Attr("href")
	if p := b.get(href); p.status != http.StatusOK || p.name() != "summary" {
		t.Fatalf("its link leads to %d %s", p.status, p.name())
	}
	if p := b.get("/"); !strings.Contains(p.listed("opened"), patient.Number.Spaced()) || p.listed("current") != "" {
		t.Errorf("opened: %q, current: %q", p.listed("opened"), p.listed("current"))
	}
	w.failOn(audit.Listed)
	p = b.get("/")
	if p.status != http.StatusOK || p.Find("form[action='/search']").Length() == 0 {
		t.Errorf("without a trail nobody can be searched for: %d", p.status)
	}
	p.nothingOf(t)
}

func TestOnlyOnesOwnPatientsAreListed(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RLT")
	w.as("ed.nurse").get("/").nothingOf(t)
	if p := w.as("pharmacist").get("/"); !strings.Contains(p.listed("current"), patient.Number.Spaced()) {
		t.Errorf("the hospital's own pharmacist is not shown the patient: %s", p.text())
	}
}

func TestP3_NobodyWithAnObjectionIsListed(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	b := w.as("ed.nurse")
	if p := b.record(); p.status != http.StatusOK {
		t.Fatal(p.status)
	}
	w.object()
	b.get("/").nothingOf(t)
}
