package main

import (
	"net/http"
	"time"

	"example.org/icr/care/partner"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// health tells how everybody answers who is asked.
type health func() []partner.Health

// metrics serves Prometheus. Labels are ODS codes and fixed words: nothing in
// them is about anybody.
func metrics(of health, proof proof, more ...prometheus.Collector) http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), partnerMetrics{of}, proofMetrics{proof})
	all.MustRegister(more...)
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{})
}

type partnerMetrics struct{ of health }

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("icr_partner_"+name, help, append([]string{"partner"}, labels...), nil)
}

var (
	answersTotal = description("answers_total", "How questions to a partner ended, by state as on the page.", "state")
	notAsked     = description("not_asked_total", "Questions that were not put, because the partner was down or had enough to do.")
	latency      = description("answer_seconds", "How long a partner's answers took, whole.")
	breakerIs    = description("breaker", "1 for the state that the partner's circuit breaker is in.", "state")
	waiting      = description("waiting", "Questions that wait for the partner's answer now.")
	atOnce       = description("waiting_limit", "Questions that may wait there at a time.")
	inARow       = description("failures_in_a_row", "Failures since the partner last answered.")
	lastAnswer   = description("last_answer_timestamp_seconds", "When the partner last answered.")
	expiry       = description("certificate_expiry_timestamp_seconds", "When a certificate of the connection ends: the partner's, or the one that it is shown (icr).", "of")
	described    = description("capability_statement", "1 if the partner's CapabilityStatement could be read when last asked for, 0 if not.")
)

// Describe does what prometheus.Collector says.
func (partnerMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{answersTotal, notAsked, latency, breakerIs, waiting, atOnce, inARow, lastAnswer, expiry, described} {
		to <- d
	}
}

// Collect does what prometheus.Collector says.
func (m partnerMetrics) Collect(to chan<- prometheus.Metric) {
	for _, h := range m.of() {
		collect(to, h)
	}
}

func collect(to chan<- prometheus.Metric, h partner.Health) {
	code := string(h.Source.Code)
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, append([]string{code}, labels...)...)
	}
	for state, n := range h.Totals {
		send(answersTotal, prometheus.CounterValue, float64(n), string(state))
	}
	buckets := map[float64]uint64{}
	for i, bound := range partner.Bounds() {
		buckets[bound.Seconds()] = h.Latency.Counts[i]
	}
	to <- prometheus.MustNewConstHistogram(latency, h.Latency.Count, h.Latency.Sum.Seconds(), buckets, code)
	send(notAsked, prometheus.CounterValue, float64(h.NotAsked))
	for _, state := range partner.Breakers {
		send(breakerIs, prometheus.GaugeValue, yes(h.Breaker == state), string(state))
	}
	send(waiting, prometheus.GaugeValue, float64(h.Waiting))
	if h.AtOnce > 0 {
		send(atOnce, prometheus.GaugeValue, float64(h.AtOnce))
	}
	send(inARow, prometheus.GaugeValue, float64(h.Failures))
	if !h.LastAnswer.IsZero() {
		send(lastAnswer, prometheus.GaugeValue, float64(h.LastAnswer.Unix()))
	}
	for of, ends := range map[string]time.Time{"partner": h.Certificates.Server, "icr": h.Certificates.Client} {
		if !ends.IsZero() {
			send(expiry, prometheus.GaugeValue, float64(ends.Unix()), of)
		}
	}
	if !h.Probed.IsZero() {
		send(described, prometheus.GaugeValue, yes(h.ProbeCause == ""))
	}
}

func yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

var (
	ruleLag    = prometheus.NewDesc("icr_monitoring_lag_seconds", "How old the oldest event is that the rules have not looked at.", nil, nil)
	ruleFailed = prometheus.NewDesc("icr_monitoring_rules_failed_total", "How often a rule failed.", nil, nil)
)

// Describe does what prometheus.Collector says.
func (g *guard) Describe(to chan<- *prometheus.Desc) {
	to <- ruleLag
	to <- ruleFailed
}

// Collect does what prometheus.Collector says.
func (g *guard) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(ruleLag, prometheus.GaugeValue, time.Duration(g.lag.Load()).Seconds())
	to <- prometheus.MustNewConstMetric(ruleFailed, prometheus.CounterValue, float64(g.failed.Load()))
}
