package fhir

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Provider is one of several for whom one partner, an exchange, answers.
type Provider struct{ Code, Name string }

// ProviderState is how one provider answered, by what the exchange says.
type ProviderState struct {
	Provider
	State record.State
	Why   string // in the exchange's words
}

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

// Providers are those whom the answer names, each with how it answered: by an
// item, or by an outcome in place of items.
func (a *Answer) Providers() []ProviderState {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := map[string]*ProviderState{}
	for _, p := range a.pages {
		for _, provider := range p.providers {
			found[cmp.Or(provider.Code, provider.Name)] = &ProviderState{Provider: provider, State: record.Answered}
		}
	}
	for _, p := range a.pages {
		for _, issue := range p.issues {
			issue.tell(found)
		}
	}
	var states []ProviderState
	for _, state := range found {
		states = append(states, *state)
	}
	slices.SortFunc(states, func(a, b ProviderState) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code)) })
	return states
}

// tell adds what the issue says of its provider. One that sent something and
// failed otherwise is incomplete.
func (i Issue) tell(found map[string]*ProviderState) {
	key := cmp.Or(i.Source.Code, i.Source.Name)
	switch already := found[key]; {
	case key == "":
	case already == nil:
		found[key] = &ProviderState{i.Source, i.state(), i.Text}
	default:
		if already.State != i.state() {
			already.State = record.Incomplete
		}
		already.Why = joined(" ", already.Why, i.Text)
	}
}

// state is what the issue makes of an answer that has nothing else.
func (i Issue) state() record.State {
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
