package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

// The service administrator sees how partners answer, and no patient; nobody
// else sees it.
func TestServicePage(t *testing.T) {
	w := newWorld(t, partnertest.Refuses)
	w.relate("RKB")
	w.as("ed.nurse").record()
	w.health = []views.PartnerHealth{
		{Source: record.Source{Code: "RLT", Name: "George Eliot Hospital"}, Breaker: "closed", LastAnswer: time.Now(), Server: time.Now().Add(12*24*time.Hour + time.Hour)},
		{Source: record.Source{Code: "RKB", Name: "Hospital RKB"}, Breaker: "open", Failures: 5, LastFailure: time.Now(), LastCause: "nothing listens at its address", Asked: 8, Failed: 6},
		{Source: record.Source{Code: "RJC", Name: "South Warwickshire"}, Breaker: "closed", LastFailure: time.Now(), LastCause: "its answer cannot be read", Asked: 2, Failed: 2},
	}
	p := w.as("service.admin").get("/")
	if p.status != http.StatusOK || p.name() != "service" || p.url.Path != "/service" {
		t.Fatalf("%d %s at %s", p.status, p.name(), p.url)
	}
	for _, want := range []string{
		"1 of 3 organisations without trouble.", "In trouble: Hospital RKB; South Warwickshire.", "Failed last time", "Renew certificates: George Eliot Hospital, theirs: 12 days left",
		"Down: not asked, and tried every few seconds", "8 asked, 6 failed (75%)", "nothing listens at its address",
	} {
		if !strings.Contains(p.text(), want) {
			t.Errorf("the page does not say %q: %s", want, p.text())
		}
	}
	if first := p.Find("[data-partner]").First(); first.AttrOr("data-partner", "") != "RKB" || first.AttrOr("data-condition", "") != "down" {
		t.Error("the partner in trouble is not the first")
	}
	p.nothingOf(t)
	for _, user := range []string{"ed.nurse", "privacy.lead", "safety.officer"} {
		if p := w.as(user).get("/service"); p.status != http.StatusForbidden {
			t.Errorf("%s: %d", user, p.status)
		}
	}
}
