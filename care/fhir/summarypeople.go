package fhir

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// addPatient keeps the first place for the composition.
func (d *document) addPatient() {
	d.composition = d.name()
	d.entries = append(d.entries, nil)
	p := d.Person
	d.patient = d.add(func(object) object {
		o := of("Patient").
			with("identifier", listOf(object{}.with("system", nhs.NumberSystem).with("value", p.Number.Digits()))).
			with("name", listOf(personName(p)))
		if p.Phone != "" {
			o = o.with("telecom", listOf(object{}.with("system", "phone").with("value", p.Phone)))
		}
		o = died(o.with("gender", genderCode(p.Gender)).with("birthDate", outDay(p.Born)), p)
		address := object{}.with("line", lines(p.Address)).with("postalCode", p.Postcode)
		o = o.with("address", listOf(address))
		if d.Practice != "" {
			o = o.with("generalPractitioner", listOf(shown(d.Practice)))
		}
		return o
	})
}

func personName(p record.Person) object {
	var prefix list
	if p.Prefix != "" {
		prefix = list{p.Prefix}
	}
	return object{}.with("use", "official").with("text", p.Name()).with("family", p.Family).with("given", lines(p.Given)).with("prefix", prefix)
}

func lines(all []string) (l list) {
	for _, s := range all {
		if s = clean(s); s != "" {
			l = append(l, s)
		}
	}
	return l
}

func genderCode(code string) string {
	if slices.Contains([]string{"male", "female", "other"}, code) {
		return code
	}
	return "unknown"
}

func died(o object, p record.Person) object {
	switch {
	case p.Died.IsZero():
		return o
	case p.Died.Dated():
		return o.with("deceasedDateTime", outDate(p.Died))
	}
	return o.with("deceasedBoolean", true)
}

// addAuthors are the viewer, who made the document, and the person who had it
// made.
func (d *document) addAuthors() {
	d.device = d.add(func(object) object {
		return of("Device").with("deviceName", listOf(object{}.with("name", "Integrated Care Record viewer of "+d.Programme).with("type", "user-friendly-name")))
	})
	d.employer = d.add(func(object) object { return organisation(d.By.Code, d.By.Organisation) })
	d.author = d.add(func(object) object {
		return of("Practitioner").with("name", listOf(object{}.with("text", d.By.Name)))
	})
}

func organisation(code nhs.ODSCode, name string) object {
	o := of("Organization")
	if code != "" {
		o = o.with("identifier", listOf(object{}.with("system", nhs.ODSSystem).with("value", string(code))))
	}
	return o.with("name", cmp.Or(name, string(code), "Organisation not named"))
}

// addSources are the organisations that were asked.
func (d *document) addSources() {
	d.organisations = map[nhs.ODSCode]string{}
	for _, c := range d.Record.Contributions {
		code := c.Source.Code
		if d.Unlocated {
			code = ""
		}
		d.organisations[c.Source.Code] = d.add(func(object) object { return organisation(code, c.Source.Name) })
	}
}

// came notes that a resource came from e's source.
func (d *document) came(e *record.Entry, name string) {
	at := slices.IndexFunc(d.targets, func(t target) bool { return t.from == e.From && t.origin == e.Origin })
	if at < 0 {
		at = len(d.targets)
		d.targets = append(d.targets, target{from: e.From, origin: e.Origin})
	}
	d.targets[at].refs = append(d.targets[at].refs, refer(name))
}

const agentType = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"

// addProvenance says of every resource which source sent it and when, and of
// the document who had it made.
func (d *document) addProvenance() {
	for _, t := range d.targets {
		d.add(func(object) object {
			agents := listOf(agent("custodian", refer(d.organisations[t.from])))
			if origin := cmp.Or(t.origin.Name, string(t.origin.Code)); origin != "" && !d.Unlocated {
				agents = listOf(agent("custodian", shown(origin)), agent("informant", refer(d.organisations[t.from])))
			}
			return of("Provenance").with("target", t.refs).with("recorded", d.fetched(t.from)).with("agent", agents)
		})
	}
	d.add(func(object) object {
		handed := agent("enterer", refer(d.author)).with("onBehalfOf", refer(d.employer))
		return of("Provenance").with("target", listOf(refer(d.composition))).with("recorded", d.moment()).
			with("agent", listOf(agent("assembler", refer(d.device)), handed)).
			with("entity", listOf(object{}.with("role", "source").with("what", object{}.with("identifier", d.identifier()).with("display", "Access reference "+d.Reference))))
	})
}

func agent(kind string, who object) object {
	return object{}.with("type", inSystem(agentType, kind)).with("who", who)
}

// fetched is when a source answered.
func (d *document) fetched(from nhs.ODSCode) string {
	for _, c := range d.Record.Contributions {
		if c.Source.Code == from && !c.FetchedAt.IsZero() {
			return record.DateOf(c.FetchedAt).ISO()
		}
	}
	return d.moment()
}

// source is what the document calls an organisation.
func (d *document) source(code nhs.ODSCode) string {
	for _, c := range d.Record.Contributions {
		if c.Source.Code == code {
			return cmp.Or(c.Source.Name, string(code))
		}
	}
	return string(code)
}

// answers say of every organisation how it answered, and what of its answer
// is not here.
func (d *document) answers() []string {
	var all []string
	for _, c := range d.Record.Contributions {
		words := d.source(c.Source.Code) + ": " + because(c.State, c.Why)
		for _, left := range []struct {
			n   int
			why string
		}{{c.Unreadable, "could not be read"}, {c.InError, "entered in error, left out"}, {c.Withheld, "withheld"}} {
			if left.n > 0 {
				words += ", " + strconv.Itoa(left.n) + " " + left.why
			}
		}
		if len(c.Differs) > 0 {
			words += ", holds a different " + strings.Join(c.Differs, " and ") + " for this patient"
		}
		if c.Source.Lag != "" {
			words += ", " + c.Source.Lag
		}
		if !c.FetchedAt.IsZero() {
			words += ", asked " + record.DateOf(c.FetchedAt).String()
		}
		all = append(all, words)
	}
	return all
}

func because(state record.State, why string) string {
	if why != "" {
		return state.Words() + ": " + why
	}
	return state.Words()
}
