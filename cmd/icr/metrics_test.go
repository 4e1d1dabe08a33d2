package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

type lateProof struct{}

func (lateProof) Lateness(context.Context) (audit.Lateness, error) {
	return audit.Lateness{Waiting: 90 * time.Second, SignedAt: time.Unix(1_900_000_000, 0)}, nil
}

func TestMetrics(t *testing.T) {
	ends := time.Unix(1_900_000_000, 0)
	of := health(func() []partner.Health {
		return []partner.Health{{
			Source: record.Source{Code: "RKB"}, Breaker: partner.Open, Waiting: 3, AtOnce: 32, Failures: 5, NotAsked: 7,
			Totals: map[record.State]uint64{record.Failed: 5}, Certificates: partner.Certificates{Server: ends}, Probed: time.Now(), ProbeCause: "no answer in time",
		}}
	})
	res := httptest.NewRecorder()
	metrics(of, lateProof{}).ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`icr_partner_breaker{partner="RKB",state="open"} 1`, `icr_partner_breaker{partner="RKB",state="closed"} 0`,
		`icr_partner_answers_total{partner="RKB",state="failed"} 5`, `icr_partner_not_asked_total{partner="RKB"} 7`,
		`icr_partner_certificate_expiry_timestamp_seconds{of="partner",partner="RKB"} 1.9e+09`, `icr_partner_capability_statement{partner="RKB"} 0`,
		`icr_trail_unsequenced_seconds 90`, `icr_trail_unwitnessed_seconds 0`, `icr_partner_waiting{partner="RKB"} 3`, `icr_partner_answer_seconds_count{partner="RKB"} 0`, "go_goroutines",
	} {
		if !strings.Contains(res.Body.String(), want+"\n") && !strings.Contains(res.Body.String(), want+" ") {
			t.Errorf("no %s", want)
		}
	}
}

// What the demographics service is asked is not kept, only how it answers.
func TestP9_DemographicsAreMetered(t *testing.T) {
	status := http.StatusOK
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer service.Close()
	m := &partner.Meter{Of: record.Source{Code: "PDS"}, Now: time.Now, Ends: func() partner.Certificates { return partner.Certificates{} }}
	client := &http.Client{Transport: m.Watch(http.DefaultTransport)}
	ask := func() {
		if res, err := client.Get(service.URL + "/Patient/" + url.PathEscape("9990000018")); err == nil {
			res.Body.Close()
		}
	}
	ask()
	status = http.StatusServiceUnavailable
	ask()
	if h := m.Health(); h.Failures != 1 || h.Totals[record.Answered] != 1 || h.Totals[record.Failed] != 1 || h.LastCause != "it answers with status 503" {
		t.Errorf("%+v", h)
	}
	service.Close()
	ask()
	res := httptest.NewRecorder()
	metrics(func() []partner.Health { return []partner.Health{m.Health()} }, lateProof{}).ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if h := m.Health(); h.Failures != 2 || h.Waiting != 0 || strings.Contains(h.LastCause+res.Body.String(), "9990000018") {
		t.Errorf("%+v", h)
	}
}
