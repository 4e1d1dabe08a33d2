package access

import (
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// AllPractices stands for every GP practice in a Feed.
const AllPractices nhs.ODSCode = "all-practices"

// Feed is what one partner supplies, or one section of it.
type Feed struct {
	Partner nhs.ODSCode    // or AllPractices, or Behind an exchange
	Section record.Section // empty for all of it
}

// Behind stands in a Feed for one of those for whom a partner, an exchange,
// answers, by the code that the exchange gives it, or that stands so behind it
// already.
func Behind(exchange, provider nhs.ODSCode) nhs.ODSCode {
	return exchange + "/" + nhs.ODSCode(strings.TrimPrefix(string(provider), string(exchange)+"/"))
}

// Opening is whom a partner's feed is open to while it is new.
type Opening struct {
	Everyone bool
	Testers  []string // a staff id each, or an issuer and a subject with a space between
}

// Admits reports whether u is among those to whom the feed is open.
func (o Opening) Admits(u auth.User) bool {
	return o.Everyone || slices.ContainsFunc(o.Testers, func(t string) bool {
		return t != "" && t == u.StaffID || t == u.Issuer+" "+u.Subject
	})
}

// Feeds are those that are closed to one user now. In the zero Feeds none is:
// whoever does not know which are has no facts, and decides nothing.
type Feeds struct {
	off       map[Feed]bool
	unopened  map[nhs.ODSCode]bool
	dissented map[nhs.ODSCode]bool // by this patient
}

// feedsOf applies what the desk says, and where it says nothing of a partner,
// the configuration.
func (p *Policy) feedsOf(u auth.User, f Facts) Feeds {
	feeds := Feeds{off: map[Feed]bool{}, unopened: map[nhs.ODSCode]bool{}, dissented: map[nhs.ODSCode]bool{}}
	for _, code := range f.Dissents {
		feeds.dissented[code] = true
	}
	for _, feed := range f.SwitchedOff {
		feeds.off[feed] = true
	}
	for code, opening := range p.Testing {
		if _, said := f.Openings[code]; !said && !opening.Admits(u) {
			feeds.unopened[code] = true
		}
	}
	for code, opening := range f.Openings {
		if !opening.Admits(u) {
			feeds.unopened[code] = true
		}
	}
	return feeds
}

// State is the state of all that a partner supplies, if it is closed, and
// otherwise empty. Switched off is said first: it is the graver.
func (f Feeds) State(s record.Source) record.State {
	switch {
	case f.isOff(s, ""):
		return record.SwitchedOff
	case f.unopened[s.Code]:
		return record.NotOpen
	case f.dissented[s.Code], s.Via != "" && f.dissented[Behind(s.Via, s.Code)]:
		return record.Withheld
	}
	return ""
}

// SectionOff reports whether one section of what a partner supplies is
// switched off, or all of it.
func (f Feeds) SectionOff(s record.Source, section record.Section) bool {
	return f.isOff(s, "") || f.isOff(s, section)
}

func (f Feeds) isOff(s record.Source, section record.Section) bool {
	return f.off[Feed{s.Code, section}] ||
		s.Kind == record.Practice && f.off[Feed{AllPractices, section}] ||
		s.Via != "" && f.off[Feed{Behind(s.Via, s.Code), section}]
}

// Within reports whether every feed that is closed in f is closed in other
// too: what was gathered under other may then be shown under f.
func (f Feeds) Within(other Feeds) bool {
	for feed := range f.off {
		if !other.off[feed] {
			return false
		}
	}
	for code := range f.unopened {
		if !other.unopened[code] {
			return false
		}
	}
	for code := range f.dissented {
		if !other.dissented[code] {
			return false
		}
	}
	return true
}
