package fhir

import (
	"slices"
	"time"

	"example.org/icr/care/objection"
	"example.org/icr/care/record"
)

// localAgreement is consent given for upload to the local shared electronic
// record (SNOMED CT, DocumentConsentSnCT), which stands beside
// objection.LocalDissent. Refusals of the national record, and of sharing with a
// named third party, are about other things.
const localAgreement = "417528008"

// DissentCodes are the codes to search for, by which a patient refuses or agrees
// that a record be shared locally.
const DissentCodes = snomed + "|" + string(objection.LocalDissent) + "," + snomed + "|" + localAgreement

// saying is one word of the patient's.
type saying struct {
	of      string // the key of the provider, of an exchange
	refuses bool
	at      record.Date
}

// denial is a Consent that refuses sharing.
type denial struct {
	of    string // as of a saying
	until record.Date
}

// Dissents are what shows that the patient refused that a record of them be
// shared, if any page holds such: a Consent that denies and is active, or the
// code of local dissent, unless agreement was coded later. They are by the key
// of the exchange's provider whose they are. The empty key is the partner that
// answers, with all for whom it does.
func (a *Answer) Dissents(now time.Time) map[string]objection.Sign {
	a.mu.Lock()
	defer a.mu.Unlock()
	var said []saying
	signs := map[string]objection.Sign{}
	for _, p := range a.pages {
		said = append(said, p.sayings...)
	}
	for _, s := range said {
		lifted := func(later saying) bool { return later.of == s.of && !later.refuses && later.at.SurelyAfter(s.at) }
		if s.refuses && !slices.ContainsFunc(said, lifted) {
			signs[s.of] = objection.LocalDissent
		}
	}
	for _, p := range a.pages {
		for _, d := range p.denials {
			if !record.DateOf(now).SurelyAfter(d.until) {
				signs[d.of] = objection.DeniedByConsent
			}
		}
	}
	return signs
}

// whose is the key of the provider whom the item just read is of, or empty.
func (p *page) whose() string {
	if !p.answer.tagged {
		return ""
	}
	return p.r.provider().Key()
}

// heed notes what an item says of the patient's wishes, whatever its type and
// whoever may see it.
func (p *page) heed(r *resource) {
	if r.inError() || r.verification == "refuted" {
		return
	}
	for _, coding := range r.what.Codings {
		if coding.System == snomed && (coding.Code == string(objection.LocalDissent) || coding.Code == localAgreement) {
			p.sayings = append(p.sayings, saying{p.whose(), coding.Code != localAgreement, r.saidAt()})
		}
	}
}

// saidAt is when what r says was so.
func (r *resource) saidAt() record.Date {
	for _, d := range []record.Date{r.when, r.recorded, r.dated, r.authored} {
		if !d.IsZero() {
			return d
		}
	}
	return record.Date{}
}

// consent takes a Consent. One that must not be read in part, which may deny,
// does.
func (p *page) consent(c *cursor, forced bool) {
	p.supporting++
	p.about(p.r, true)
	p.provided(p.r.provider())
	d := readDirective(c)
	if d.status != "active" || !d.privacy() {
		return
	}
	if forced || d.denies() {
		p.denials = append(p.denials, denial{p.whose(), d.until})
	}
}

// directive is what a Consent decides. Only its outermost rule is read: what is
// narrower is the partner's own to apply.
type directive struct {
	status       string
	scope        []string
	category     []record.Coding
	policy, kind string
	purposes     []string
	until        record.Date
}

func readDirective(c *cursor) (d directive) {
	c.members(func(name []byte) {
		switch string(name) {
		case "status":
			d.status = c.code()
		case "scope":
			for _, coding := range c.concept().Codings {
				d.scope = append(d.scope, coding.Code)
			}
		case "category":
			for _, concept := range c.concepts(nil) {
				d.category = append(d.category, concept.Codings...)
			}
		case "policyRule":
			for _, coding := range c.concept().Codings {
				d.policy = coding.Code
			}
		case "provision":
			d.readProvision(c)
		}
	})
	return d
}

func (d *directive) readProvision(c *cursor) {
	c.members(func(name []byte) {
		switch string(name) {
		case "type":
			d.kind = c.code()
		case "period":
			_, d.until = c.moment()
		case "purpose":
			for _, concept := range c.concepts(nil) {
				for _, coding := range concept.Codings {
					d.purposes = append(d.purposes, coding.Code)
				}
			}
		}
	})
}

// privacy reports whether a Consent is about who may see the record, and not
// about treatment, research or what is wanted at the end of life.
func (d directive) privacy() bool {
	return len(d.scope) == 0 || slices.Contains(d.scope, "patient-privacy")
}

// forCare are the purposes for which the shared record is looked at (v3-ActReason).
var forCare = []string{"TREAT", "ETREAT", "CAREMGT", "COC", "BTG"}

// denies reports whether a Consent about privacy refuses that the record is
// shared for care.
func (d directive) denies() bool {
	coded := func(c record.Coding) bool { return c.System == snomed && c.Code == string(objection.LocalDissent) }
	about := len(d.purposes) == 0 || slices.ContainsFunc(d.purposes, func(p string) bool { return slices.Contains(forCare, p) })
	switch {
	case d.kind == "deny":
		return about
	case slices.ContainsFunc(d.category, coded):
		return true
	case d.kind == "permit":
		return false
	}
	return about && (d.policy == "OPTOUT" || d.policy == "OPTOUTE")
}
