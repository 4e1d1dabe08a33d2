package main

import (
	"net/url"
	"time"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"example.org/icr/views"
)

// watchDemographics keeps how the demographics service answers, from now on.
func (s settings) watchDemographics() *partner.Meter {
	client := s.demographics.client
	address, err := url.Parse(s.programme.Demographics.URL)
	if err != nil {
		address = &url.URL{} // it was checked when it was read
	}
	inner := *client
	m := &partner.Meter{
		Of: record.Source{Code: "PDS", Name: "Demographics service"}, Now: time.Now,
		Ends: func() partner.Certificates { return source.CertificatesOf(&inner, address) },
	}
	client.Transport = m.Watch(inner.Transport)
	return m
}

// healthOf tells how the demographics service and the network's partners
// answer.
func healthOf(demographics *partner.Meter, network *partner.Network) health {
	return func() []partner.Health { return append([]partner.Health{demographics.Health()}, network.Health()...) }
}

// page is what the page for the service administrator says.
func (of health) page() []views.PartnerHealth {
	var all []views.PartnerHealth
	for _, h := range of() {
		all = append(all, views.PartnerHealth{
			Source: h.Source, Breaker: string(h.Breaker), Failures: h.Failures, LastAnswer: h.LastAnswer, LastFailure: h.LastFailure, LastCause: h.LastCause,
			Asked: h.Recent.Asked, Failed: h.Recent.Failed, Median: h.Recent.Median, P95: h.Recent.P95, Waiting: h.Waiting, AtOnce: h.AtOnce,
			NotAsked: h.NotAsked, Probed: h.Probed, ProbeCause: h.ProbeCause, Client: h.Certificates.Client, Server: h.Certificates.Server,
		})
	}
	return all
}
