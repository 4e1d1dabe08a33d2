package partner

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// Provider is one of several for whom a partner, an exchange, answers, with
// what the exchange says of it besides its items. Its code is the exchange's,
// which its entries come From.
type Provider struct {
	Code    nhs.ODSCode
	Name    string
	States  map[record.Section]record.State // of what it failed to give
	Reasons map[record.Section]string       // in the exchange's words
	Dissent objection.Sign                  // that the patient refused sharing there; empty for none
}

// split takes the entries of its providers out of a, and returns them by their
// provider.
func (a *Answer) split() map[nhs.ODSCode][]record.Entry {
	if len(a.Providers) == 0 {
		return nil
	}
	parts, own := map[nhs.ODSCode][]record.Entry{}, make([]record.Entry, 0, len(a.Entries))
	for _, e := range a.Entries {
		if e.Via == "" {
			own = append(own, e)
		} else {
			parts[e.From] = append(parts[e.From], e)
		}
	}
	a.Entries = own
	return parts
}

// passedOn is what each of the exchange's providers contributes, the exchange
// itself first: one state for each.
func (n *Network) passedOn(exchange record.Contribution, a Answer, parts map[nhs.ODSCode][]record.Entry, scope record.Scope) []record.Contribution {
	if len(a.Providers) == 0 {
		return []record.Contribution{exchange}
	}
	if exchange.State.Spoken() && len(exchange.Entries) == 0 && exchange.State != record.NotHeld {
		exchange.State, exchange.Why = record.Answered, "for "+counted(len(a.Providers))
	}
	all, unsure := []record.Contribution{exchange}, false
	for _, provider := range a.Providers {
		c := record.Contribution{
			Source:   record.Source{Code: n.unused(exchange.Source.Code, provider.Code), Name: provider.Name, Lag: exchange.Source.Lag, Via: exchange.Source.Code},
			Sections: map[record.Section]record.State{}, Reasons: provider.Reasons, Entries: parts[provider.Code],
			FetchedAt: exchange.FetchedAt, Took: exchange.Took,
		}
		if c.Source.Name == "" {
			c.Source.Name = string(provider.Code)
		}
		known, ok := n.named(provider.Code)
		c.Source.Kind, c.Source.NameTells = known.Kind, known.NameTells || !ok // nobody has said that an unknown name tells nothing
		for i := range c.Entries {
			c.Entries[i].From = c.Source.Code
		}
		provider.tell(&c, exchange, scope)
		if provider.Dissent != "" {
			c = withheld(c)
			unsure = true
		}
		all = append(all, c)
	}
	if unsure && len(all[0].Entries) > 0 {
		all[0] = withheld(all[0]) // nobody says whose these are: they may be of who was refused
	}
	return all
}

// withheld is c with nothing of its items, because the patient refused.
func withheld(c record.Contribution) record.Contribution {
	kept := record.Contribution{Source: c.Source, State: record.Withheld, Why: dissented, Sections: map[record.Section]record.State{}, FetchedAt: c.FetchedAt, Took: c.Took}
	for section, state := range c.Sections {
		if kept.Sections[section] = record.Withheld; state == record.NotSupported {
			kept.Sections[section] = state
		}
	}
	return kept
}

// refused are the dissents at those for whom the partner answers. A provider
// that is no partner by itself is told from others' by the exchange's code.
func (n *Network) refused(exchange nhs.ODSCode, a Answer) []safety.Dissent {
	var all []safety.Dissent
	for _, p := range a.Providers {
		if p.Dissent == "" {
			continue
		}
		code := p.Code
		if _, known := n.named(code); !known {
			code = exchange + "/" + code
		}
		all = append(all, safety.Dissent{Partner: code, Name: cmp.Or(p.Name, string(p.Code)), Sign: p.Dissent})
	}
	return all
}

func counted(n int) string {
	if n == 1 {
		return "1 organisation"
	}
	return strconv.Itoa(n) + " organisations"
}

// unused is the code of a provider, told from the partners of the network.
func (n *Network) unused(exchange, code nhs.ODSCode) nhs.ODSCode {
	if _, taken := n.named(code); taken {
		return exchange + "/" + code
	}
	return code
}

// tell sets the states of what the provider contributes. A section of which it
// says nothing, and the exchange could not say all, is as the exchange's.
func (p Provider) tell(c *record.Contribution, exchange record.Contribution, scope record.Scope) {
	has := map[record.Section]bool{}
	for i := range c.Entries {
		has[c.Entries[i].Section] = true
	}
	silent := ""
	for section := range scope {
		state, failed := p.States[section]
		switch whole := exchange.SectionState(section); {
		case failed && has[section]:
			state = record.Incomplete
		case failed:
		case has[section]:
			state = record.Answered
		case whole.Spoken():
			state = record.NoneRecorded
		default:
			state = whole
		}
		c.Sections[section] = state
		if failed {
			silent = p.Reasons[section]
		}
	}
	c.State = common(c.Sections, scope)
	for section := range scope {
		if state := c.Sections[section]; c.State == record.Answered && !state.Spoken() && !state.Neutral() {
			c.State = record.Incomplete
		}
	}
	if !c.State.Spoken() && c.Why == "" {
		c.Why = silent
	}
}

// behind is c as far as the feeds let it through that are closed now: what is
// switched off behind an exchange, and an organisation's items past its own feed.
func (n *Network) behind(c record.Contribution, feeds access.Feeds) record.Contribution {
	if c.Source.Via == "" {
		return c
	}
	p, _ := n.named(nhs.ODSCode(strings.TrimPrefix(string(c.Source.Code), string(c.Source.Via)+"/"))) // as itself, if it is a partner
	whole := cmp.Or(feeds.State(p.Source), feeds.State(c.Source))
	if whole != "" {
		c.State, c.Why, c.Reasons = whole, "", nil
	}
	if whole == record.Withheld {
		c.Why = dissented
	}
	sections, closed := map[record.Section]record.State{}, map[record.Section]bool{}
	for section, state := range c.Sections {
		if feeds.SectionOff(c.Source, section) || feeds.SectionOff(p.Source, section) {
			state = record.SwitchedOff
		}
		sections[section] = cmp.Or(whole, state)
		closed[section] = whole != "" || state == record.SwitchedOff
	}
	c.Sections = sections
	c.Entries = slices.DeleteFunc(slices.Clone(c.Entries), func(e record.Entry) bool { return whole != "" || closed[e.Section] })
	return c
}
