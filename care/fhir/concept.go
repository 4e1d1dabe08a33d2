package fhir

import (
	"cmp"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// concept reads a CodeableConcept, a Coding, a plain text, or a list of them.
func (c *cursor) concept() record.Concept {
	switch c.peek() {
	case '{':
	case '[':
		return together(c.concepts(nil))
	default:
		return record.Concept{Text: c.text()}
	}
	var concept record.Concept
	var bare record.Coding
	c.members(func(name []byte) {
		switch string(name) {
		case "text":
			concept.Text = c.text()
		case "coding":
			concept.Codings = c.codings()
		default:
			c.codingMember(name, &bare)
		}
	})
	if bare != (record.Coding{}) {
		concept.Codings = append(concept.Codings, bare)
	}
	return concept
}

// said is the words of a concept whose codes are not shown. They are kept
// aside, as they may tell what the words do not.
func (c *cursor) said() string {
	concept := c.concept()
	c.aside = appendTelling(c.aside, concept)
	return concept.Words()
}

// appendTelling appends the codes of concepts that are not FHIR's own, which
// tell how a resource is handled and nothing of whom it is about.
func appendTelling(to []record.Coding, concepts ...record.Concept) []record.Coding {
	for _, concept := range concepts {
		for _, coding := range concept.Codings {
			if coding.Code != "" && !strings.HasPrefix(coding.System, "http://terminology.hl7.org/") && !strings.HasPrefix(coding.System, "http://hl7.org/fhir/") {
				to = append(to, coding)
			}
		}
	}
	return to
}

func (c *cursor) concepts(to []record.Concept) []record.Concept {
	c.each(func() { to = append(to, c.concept()) })
	return to
}

// codings puts a coding that a person chose before those that were derived.
// They stand in slabs, so that most cost no allocation of their own.
func (c *cursor) codings() []record.Coding {
	if cap(c.slab)-len(c.slab) < 2 {
		c.slab = make([]record.Coding, 0, min(96, 8+4*cap(c.slab)))
	}
	start := len(c.slab)
	c.each(func() {
		coding, chosen := c.coding()
		if coding == (record.Coding{}) {
			return
		}
		c.slab = append(c.slab, coding)
		if last := len(c.slab) - 1; chosen {
			c.slab[start], c.slab[last] = c.slab[last], c.slab[start]
		}
	})
	return c.slab[start:len(c.slab):len(c.slab)]
}

func (c *cursor) coding() (coding record.Coding, chosen bool) {
	if c.peek() != '{' {
		return record.Coding{Display: c.text()}, false
	}
	c.members(func(name []byte) {
		if string(name) == "userSelected" {
			chosen = c.text() == "true"
			return
		}
		c.codingMember(name, &coding)
	})
	return coding, chosen
}

func (c *cursor) codingMember(name []byte, coding *record.Coding) {
	switch string(name) {
	case "system":
		coding.System = c.text()
	case "code":
		coding.Code = c.text()
	case "display":
		coding.Display = c.text()
	}
}

// clinicalStatuses and verificationStatuses are FHIR's own codes, of allergies
// and of problems.
var (
	clinicalStatuses     = []string{"active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"}
	verificationStatuses = []string{"unconfirmed", "presumed", "provisional", "differential", "confirmed", "refuted", "entered-in-error", "unknown"}
)

// codeOf is code, but of several codings one of FHIR's own comes before what a
// system calls it itself.
func (c *cursor) codeOf(known []string) string {
	if kind := c.peek(); kind != '{' && kind != '[' {
		return c.text()
	}
	status := c.concept()
	for _, coding := range status.Codings {
		if slices.Contains(known, coding.Code) {
			return coding.Code
		}
	}
	for _, coding := range status.Codings {
		if coding.Code != "" {
			return coding.Code
		}
	}
	return status.Words()
}

// code is the bare code of what comes next, however it is dressed: a code, a
// Coding, a CodeableConcept, or a list of them, of which the first counts.
// Where no code was sent, it is the words.
func (c *cursor) code() (code string) {
	if kind := c.peek(); kind != '{' && kind != '[' {
		return c.text()
	}
	words := ""
	c.each(func() {
		if c.peek() != '{' {
			words = cmp.Or(words, c.text())
			return
		}
		c.members(func(name []byte) {
			switch string(name) {
			case "coding":
				inner := c.code()
				code = cmp.Or(code, inner)
			case "code":
				inner := c.text()
				code = cmp.Or(code, inner)
			case "text", "display":
				inner := c.text()
				words = cmp.Or(words, inner)
			}
		})
	})
	return cmp.Or(code, words)
}

// together is several concepts as one: the words of those that have any, and
// every code.
func together(concepts []record.Concept) record.Concept {
	if len(concepts) == 1 {
		return concepts[0]
	}
	var all record.Concept
	var texts []string
	for _, concept := range concepts {
		all.Codings = append(all.Codings, concept.Codings...)
		if described(concept) {
			texts = append(texts, concept.Words())
		}
	}
	all.Text = joined("; ", texts...)
	return all
}

// described reports whether a concept has words, rather than bare codes.
func described(concept record.Concept) bool {
	if concept.Text != "" {
		return true
	}
	for _, coding := range concept.Codings {
		if coding.Display != "" {
			return true
		}
	}
	return false
}
