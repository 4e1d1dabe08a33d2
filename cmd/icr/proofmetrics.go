package main

import (
	"context"
	"time"

	"example.org/icr/care/audit"
	"github.com/prometheus/client_golang/prometheus"
)

// proof says how late the proof of the trail is. *store.Store is one.
type proof interface {
	Lateness(ctx context.Context) (audit.Lateness, error)
}

type proofMetrics struct{ of proof }

var (
	unsequenced = prometheus.NewDesc("icr_trail_unsequenced_seconds", "How long the oldest event of the trail has waited for its place in the log.", nil, nil)
	unwitnessed = prometheus.NewDesc("icr_trail_unwitnessed_seconds", "How long the oldest checkpoint has waited for an outside witness.", nil, nil)
	lastSigned  = prometheus.NewDesc("icr_trail_signed_timestamp_seconds", "When the log was last signed for.", nil, nil)
)

// Describe does what prometheus.Collector says.
func (proofMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{unsequenced, unwitnessed, lastSigned} {
		to <- d
	}
}

// Collect does what prometheus.Collector says. Where the database does not
// tell, there are no figures: an alarm on their absence is worth having.
func (m proofMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	l, err := m.of.Lateness(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	gauge(unsequenced, l.Waiting.Seconds())
	gauge(unwitnessed, l.Unwitnessed.Seconds())
	if !l.SignedAt.IsZero() {
		gauge(lastSigned, float64(l.SignedAt.Unix()))
	}
}
