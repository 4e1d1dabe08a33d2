package safety

import (
	"slices"
	"strings"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Supplier is an organisation whose feed can be switched off.
type Supplier struct {
	record.Source
	Sections []record.Section // that it supplies
	Contact  string           // e-mail address to which errors are reported, or none
	Testing  *access.Opening  // whom configuration opens its feed to, where that is not everyone
	Exchange bool             // it answers for others, each of which can be switched off
}

// Suppliers are all organisations that supply, in the order of configuration.
type Suppliers []Supplier

// allPractices are all GP practices as one supplier: they share a gateway, and
// may fail together.
func (ss Suppliers) allPractices() (Supplier, bool) {
	all := Supplier{Source: record.Source{Code: access.AllPractices, Name: "All GP practices", Kind: record.Practice}}
	for _, s := range ss {
		if s.Kind != record.Practice {
			continue
		}
		for _, section := range s.Sections {
			if !slices.Contains(all.Sections, section) {
				all.Sections = append(all.Sections, section)
			}
		}
	}
	return all, len(all.Sections) > 0
}

// Reached are those that an officer of organisation may switch: their own, or,
// for the programme's officers, everyone's, and all practices at once.
func (ss Suppliers) Reached(organisation nhs.ODSCode, programme bool) Suppliers {
	if !programme {
		return slices.DeleteFunc(slices.Clone(ss), func(s Supplier) bool { return s.Code != organisation })
	}
	if all, ok := ss.allPractices(); ok {
		return append(Suppliers{all}, ss...)
	}
	return ss
}

// Behind is the exchange and the code of one of those for whom it answers, and
// whether code stands for one.
func (ss Suppliers) Behind(code nhs.ODSCode) (exchange Supplier, provider string, ok bool) {
	of, provider, behind := strings.Cut(string(code), "/")
	exchange, ok = ss.Find(nhs.ODSCode(of))
	return exchange, provider, ok && behind && exchange.Exchange
}

// Find returns the supplier with a code.
func (ss Suppliers) Find(code nhs.ODSCode) (Supplier, bool) {
	at := slices.IndexFunc(ss, func(s Supplier) bool { return s.Code == code })
	if at < 0 {
		return Supplier{}, false
	}
	return ss[at], true
}
