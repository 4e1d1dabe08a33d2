package fhir

import (
	"html"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// sectionCodes are the sections that LOINC names: those of the IPS, and two of
// other clinical documents.
var sectionCodes = map[record.Section]string{
	record.Allergies: "48765-2", record.Medications: "10160-0", record.Problems: "11450-4", record.Immunisations: "11369-6",
	record.Procedures: "47519-4", record.Results: "30954-2", record.Observations: "8716-3", record.Alerts: "104605-1",
	record.CarePlans: "18776-5", record.CareTeam: "85847-2", record.Visits: "46240-8",
}

// required are the sections that every IPS has.
var required = []record.Section{record.Problems, record.Allergies, record.Medications}

// compose makes the composition, which every document begins with.
func (d *document) compose(sections list) func(object) object {
	return func(object) object {
		return of("Composition").
			with("language", "en-GB").
			with("identifier", d.identifier()).
			with("status", "final").
			with("type", inSystem(loinc, patientSummary).with("text", "Patient summary")).
			with("subject", refer(d.patient)).
			with("date", d.moment()).
			with("author", listOf(refer(d.device), refer(d.author))).
			with("title", "Patient summary from "+d.Programme+", "+record.DateOf(d.At).String()).
			with("confidentiality", "R").
			with("custodian", refer(d.employer)).
			with("section", sections)
	}
}

// sections are the composition's, and put what stands in them into the
// document: first who answered, then what contradicts itself, then the record.
func (d *document) sections() list {
	sections := listOf(d.about(), d.conflicts())
	for _, s := range record.Sections {
		if d.Scope[s] > record.Nothing || slices.Contains(required, s) {
			sections = append(sections, d.section(s))
		}
	}
	return sections
}

// about is the section that says whom this summary comes from, and who is
// missing.
func (d *document) about() object {
	var entries list
	for _, c := range d.Record.Contributions {
		entries = append(entries, refer(d.organisations[c.Source.Code]))
	}
	words := []string{
		"Joined up from what these organisations sent at " + record.DateOf(d.At).String() + " for " + d.By.Name + ", " + d.By.Role + ", " + d.By.Organisation +
			". Access reference " + d.Reference + ". What an organisation that did not answer holds is not in it.",
	}
	return object{}.with("title", "Sources: who answered").with("code", inSystem(sectionSystem, "sources")).
		with("text", narrated(paragraphs(words), bullets(d.answers()))).with("entry", entries)
}

// conflicts is the section that sets side by side what cannot all be right.
func (d *document) conflicts() object {
	if len(d.Record.Conflicts) == 0 {
		return nil
	}
	var b strings.Builder
	for _, c := range d.Record.Conflicts {
		b.WriteString(paragraphs([]string{c.Words}))
		b.WriteString(bullets(d.statements(c.Lines)))
	}
	return object{}.with("title", "Conflicts between organisations").with("code", inSystem(sectionSystem, "conflicts")).with("text", narrated(b.String()))
}

// section is one section of the record: its lines in words, each source's own
// statements as resources, or why there are none.
func (d *document) section(s record.Section) object {
	h := d.Record.Heading(s)
	o := object{}.with("title", h.Title).with("code", sectionCode(s))
	var parts []string
	if h.Incomplete {
		parts = append(parts, "Incomplete: "+d.missing(h.Missing)+".")
	}
	if len(h.Neutral) > 0 {
		parts = append(parts, d.missing(h.Neutral)+".")
	}
	drawn := d.Record.Lines[s]
	if len(drawn) == 0 {
		reason, words := d.empty(s, h)
		return o.with("text", narrated(paragraphs(append([]string{words}, parts...)))).with("emptyReason", reason)
	}
	return o.with("text", narrated(paragraphs(parts), bullets(d.statements(drawn)))).with("entry", d.resources(drawn))
}

// sectionCode is LOINC's code for a section, if it has one, and the viewer's.
func sectionCode(s record.Section) object {
	var codings list
	if code, ok := sectionCodes[s]; ok {
		codings = listOf(object{}.with("system", loinc).with("code", code))
	}
	own := object{}.with("system", sectionSystem).with("code", string(s)).with("display", s.Name())
	return object{}.with("coding", append(codings, own))
}

// resources are each source's own statements of some lines.
func (d *document) resources(drawn []record.Line) (refs list) {
	for _, l := range drawn {
		oldest := slices.Clone(l.Earlier)
		slices.Reverse(oldest) // so that what replaces them can name them
		for _, e := range slices.Concat(oldest, l.Entries) {
			name := d.add(func(object) object { return d.item(e) })
			d.came(e, name)
			d.versions[versionOf(e, e.Item.ID)] = name
			refs = append(refs, refer(name))
		}
	}
	return refs
}

// missing names organisations, each with why it says nothing.
func (d *document) missing(all []record.Missing) string {
	words := make([]string, len(all))
	for i, m := range all {
		words[i] = d.source(m.Source.Code) + " (" + because(m.State, m.Why) + ")"
	}
	return strings.Join(words, "; ")
}

const (
	emptySystem   = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
	ukEmptySystem = "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListEmptyReasonCode"
)

// empty says why a section has no entries. "Nil known" is never the reason: it
// is a clinician's judgement, and nobody has made it here. Where everybody
// answered, and nothing is recorded, that is what it says; where somebody did
// not, the section is unavailable.
func (d *document) empty(s record.Section, h record.Heading) (reason object, words string) {
	withheld := func(m record.Missing) bool { return m.State == record.Withheld }
	switch {
	case d.Scope[s] == record.Nothing:
		words = "Not asked: the role of who hands this over does not see this."
		return inSystem(emptySystem, "notasked").with("text", words), words
	case len(h.Missing) > 0 && !slices.ContainsFunc(h.Missing, func(m record.Missing) bool { return !withheld(m) }):
		return inSystem(emptySystem, "withheld").with("text", h.Empty), h.Empty
	case h.Incomplete:
		return inSystem(emptySystem, "unavailable").with("text", h.Empty), h.Empty
	case len(h.Neutral) == len(d.Record.Contributions):
		words = "Not asked: no organisation supplies this."
		return inSystem(emptySystem, "notasked").with("text", words), words
	}
	return inSystem(ukEmptySystem, "no-content-recorded").with("text", h.Empty), h.Empty
}

// narrated is XHTML as a Narrative.
func narrated(parts ...string) object {
	body := strings.Join(parts, "")
	if body == "" {
		return nil
	}
	return object{}.with("status", "generated").with("div", `<div xmlns="http://www.w3.org/1999/xhtml" lang="en-GB">`+body+`</div>`)
}

func paragraphs(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString("<p>" + html.EscapeString(clean(w)) + "</p>")
	}
	return b.String()
}

func bullets(words []string) string {
	if len(words) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<ul>")
	for _, w := range words {
		b.WriteString("<li>" + html.EscapeString(clean(w)) + "</li>")
	}
	b.WriteString("</ul>")
	return b.String()
}
