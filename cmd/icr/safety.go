package main

import (
	"net/mail"
	"strings"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
)

// What the programme file says for the safety desk: whose feeds there are,
// whom errors are reported to, and which feeds are open to testers only.

// members are the organisations that an entry is for: one, or many practices.
func (e partnerEntry) members() []organisation {
	if record.Kind(e.Kind) == record.Practice {
		return e.Practices
	}
	return []organisation{e.organisation}
}

func (p programme) suppliers() safety.Suppliers {
	testing := p.testing()
	var all safety.Suppliers
	for _, e := range p.Partners {
		for _, m := range e.members() {
			s := safety.Supplier{
				Source:   record.Source{Code: nhs.ODSCode(m.Code), Name: m.Name, Kind: record.Kind(e.Kind), Lag: e.Lag},
				Sections: e.supplies(), Contact: m.Contact, Exchange: e.Exchange,
			}
			if s.Contact == "" {
				s.Contact = e.Contact // of all practices together
			}
			if opening, ok := testing[s.Code]; ok {
				s.Testing = &opening
			}
			all = append(all, s)
		}
	}
	return all
}

// testing are the feeds that the programme file opens to testers only.
func (p programme) testing() map[nhs.ODSCode]access.Opening {
	testing := map[nhs.ODSCode]access.Opening{}
	for _, e := range p.Partners {
		if e.Testers == nil {
			continue
		}
		for _, m := range e.members() {
			testing[nhs.ODSCode(m.Code)] = access.Opening{Testers: e.Testers}
		}
	}
	return testing
}

// contact finds what is wrong with an e-mail address, if there is one.
func (c *checker) contact(path []any, address string) {
	if address == "" {
		return
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address || strings.ContainsAny(address, "\r\n") {
		c.fault(path, "%q is not an e-mail address like safety@hospital.example", address)
	}
}

func (c *checker) testers(path []any, testers []string) {
	for i, t := range testers {
		if t == "" || strings.Join(strings.Fields(t), " ") != t {
			c.fault(append(path, i), "a tester is a staff id, or an issuer and a subject with one space between")
		}
	}
}
