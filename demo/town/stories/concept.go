package stories

import "example.org/icr/demo/town/resource"

// concept is something said in words, in codes, or both.
type concept struct {
	text    string
	codings []coding
}

type coding struct{ system, code, display string }

const (
	snomedCT  = "http://snomed.info/sct"
	dmdSystem = "https://dmd.nhs.uk"
	loinc     = "http://loinc.org"
	hl7       = "http://terminology.hl7.org/CodeSystem/"
	ukCore    = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
)

func snomed(code, display string) concept {
	return concept{codings: []coding{{snomedCT, code, display}}}
}

func dmd(code, display string) concept {
	return concept{text: display, codings: []coding{{dmdSystem, code, display}}}
}

// words is a concept that nobody coded.
func words(text string) concept { return concept{text: text} }

// hl7Code is a concept of one of HL7's own code systems.
func hl7Code(system, code string) concept {
	return concept{codings: []coding{{system: hl7 + system, code: code}}}
}

func (c concept) fhir() resource.Map {
	m := resource.Map{}
	if c.text != "" {
		m["text"] = c.text
	}
	var codings []any
	for _, k := range c.codings {
		coding := resource.Map{"system": k.system, "code": k.code}
		if k.display != "" {
			coding["display"] = k.display
		}
		codings = append(codings, coding)
	}
	if codings != nil {
		m["coding"] = codings
	}
	return m
}

func concepts(cs ...concept) []any {
	var list []any
	for _, c := range cs {
		list = append(list, c.fhir())
	}
	return list
}
