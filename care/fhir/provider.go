package fhir

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Provider is one of several for whom one partner, an exchange, answers.
type Provider struct{ Code, Name string }

// The tags by which an exchange says from where each resource comes, and who
// is accountable for it.
const (
	sourceTag     = "/Source"
	provenanceTag = "/Provenance"
)

// exchanges are the systems of tags of exchanges, as they begin.
var exchanges = []string{"https://fhir.interweavedigital.nhs.uk", "https://yhcr.nhs.uk"}

// readTags takes the tags that name a provider.
func (r *resource) readTags(c *cursor) {
	c.each(func() {
		coding, _ := c.coding()
		if !slices.ContainsFunc(exchanges, func(begins string) bool { return strings.HasPrefix(coding.System, begins) }) {
			return
		}
		switch {
		case strings.HasSuffix(coding.System, sourceTag):
			r.source = Provider{coding.Code, coding.Display}
		case strings.HasSuffix(coding.System, provenanceTag):
			r.provenance = Provider{coding.Code, coding.Display}
		}
	})
}

// provider is from where r comes.
func (r *resource) provider() Provider {
	if r.source != (Provider{}) {
		return r.source
	}
	return r.provenance
}

// origin is the organisation that is accountable for r.
func (r *resource) origin() record.Origin {
	if r.provenance.Code == "" {
		return record.Origin{Name: r.provenance.Name}
	}
	code, err := nhs.ParseODSCode(r.provenance.Code)
	if err != nil {
		return record.Origin{Name: r.provenance.Name}
	}
	return record.Origin{Code: code, Name: r.provenance.Name}
}

// Key tells p from the exchange's other providers.
func (p Provider) Key() string { return cmp.Or(p.Code, p.Name) }

// Providers are those whom the answer names, by an item or by an outcome in
// place of items, each once, by name.
func (a *Answer) Providers() []Provider {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := slices.Collect(maps.Values(a.providers))
	slices.SortFunc(all, func(a, b Provider) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code)) })
	return all
}

// Tagged reports whether an answer that is not read as an exchange's bears tags
// of one.
func (a *Answer) Tagged() bool { return a.others.Load() }

// mostProviders is for how many providers one partner may answer.
const mostProviders = 200

// credit notes the providers that a page names. Where they are too many, the
// answer is incomplete.
func (a *Answer) credit(p *page) {
	named := p.providers
	for _, issue := range p.issues {
		named = append(named, issue.Source)
	}
	for _, provider := range named {
		key := provider.Key()
		if _, met := a.providers[key]; met || key == "" {
			continue
		}
		if len(a.providers) == mostProviders {
			p.incomplete = true
			return
		}
		a.providers[key] = provider
	}
}

// State is what the issue makes of an answer that has nothing else.
func (i Issue) State() record.State {
	switch i.Code {
	case "timeout":
		return record.Late
	case "login", "unknown", "expired", "forbidden", "security":
		return record.Refused
	case "suppressed":
		return record.Withheld
	case "not-found":
		return record.NotHeld
	case "not-supported":
		return record.NotSupported
	case "structure", "required", "value", "invariant", "invalid":
		return record.Unreadable
	}
	if i.Serious() {
		return record.Failed
	}
	return record.Incomplete
}
