package source

import (
	"slices"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// providers are those for whom an exchange answers, with what it says of each,
// however lightly: even what it calls information is a gap in that one's data.
func providers(named []fhir.Provider, issues []fhir.Issue, scope record.Scope) []partner.Provider {
	for _, issue := range issues {
		named = append(named, issue.Source)
	}
	var all []partner.Provider
	for _, p := range named {
		met := func(other partner.Provider) bool { return other.Code == nhs.ODSCode(p.Key()) }
		if p.Key() != "" && !slices.ContainsFunc(all, met) {
			all = append(all, told(p, issues, scope))
		}
	}
	return all
}

func told(p fhir.Provider, issues []fhir.Issue, scope record.Scope) partner.Provider {
	provider := partner.Provider{
		Code: nhs.ODSCode(p.Key()), Name: p.Name,
		States: map[record.Section]record.State{}, Reasons: map[record.Section]string{},
	}
	for _, issue := range issues {
		if issue.Source.Key() == p.Key() {
			concern(&provider, issue, scope)
		}
	}
	return provider
}

// concern adds what an issue says of the provider: of one section, or of all
// that were asked for.
func concern(p *partner.Provider, issue fhir.Issue, scope record.Scope) {
	for section := range scope {
		if issue.Section != "" && issue.Section != section {
			continue
		}
		state := issue.State()
		if before, ok := p.States[section]; ok && before != state {
			state = record.Incomplete
		}
		p.States[section] = state
		if issue.Text != "" {
			p.Reasons[section] = sentence(p.Reasons[section], issue.Text)
		}
	}
}
