package main

import (
	"regexp"

	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
)

// gpConnect is the way of asking practices for their structured record.
const gpConnect = "gpconnect"

// gpConnectEntry is who this service is on the Spine.
type gpConnectEntry struct {
	ASID string `yaml:"asid"`
}

var asid = regexp.MustCompile(`^[0-9]{1,20}$`)

func (c *checker) gpConnect(at []any, e partnerEntry) {
	switch {
	case e.Ask != gpConnect && e.GPConnect != nil:
		c.fault(append(at, "gpconnect"), "gpconnect goes with ask: gpconnect")
		return
	case e.Ask != gpConnect:
		return
	case record.Kind(e.Kind) != record.Practice:
		c.fault(append(at, "ask"), "ask: gpconnect is for GP practices")
	case e.DirectoryFile == "" || len(e.Practices) > 0:
		c.fault(append(at, "ask"), "ask: gpconnect needs a directory_file, which has each practice's ASID, and no other practices")
	}
	if e.GPConnect == nil || !asid.MatchString(e.GPConnect.ASID) {
		c.fault(append(at, "gpconnect"), "gpconnect: asid is missing, the number of this service on the Spine")
	}
	if e.BearerFile != "" || e.OAuth != nil || e.Assert != nil || e.FHIR == "r4" || e.ByNumber || e.SearchBy != "" || e.Summary != "" {
		c.fault(append(at, "ask"), "ask: gpconnect has its own token and its own form, and is proved by tls with cert_file: bearer_file, oauth, assert, fhir, by_number, search_by and summary have no place here")
	}
	for i, s := range e.Sections {
		if !structured(record.Section(s)) {
			c.fault(append(at, "sections", i), "GP Connect has no section %q", s)
		}
	}
}

func structured(s record.Section) bool {
	for _, has := range source.StructuredSections() {
		if s == has {
			return true
		}
	}
	return false
}

// open is one member of an entry, to be asked in the entry's way.
func (e partnerEntry) open(c source.Config, m organisation, publicURL string) (partner.Source, error) {
	if e.Ask == gpConnect {
		return source.NewStructured(e.connect(c, m), e.structured(m, publicURL))
	}
	return source.New(e.connect(c, m))
}

// structured is how one practice's structured record is asked for.
func (e partnerEntry) structured(m organisation, publicURL string) source.GPConnect {
	return source.GPConnect{From: e.GPConnect.ASID, To: e.places[m.Code].asid, Issuer: publicURL}
}
