package fhir

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"

	"example.org/icr/care/record"
)

// The data types of FHIR, each read leniently: where a plain text stands in
// place of an object, it becomes the object's words.

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

// ref is a Reference: to whom or what, by address, by identifier, in words.
type ref struct{ to, display, kind, system, value string }

// reference reads a Reference, a plain text, or one of the wrappers that FHIR
// puts around a reference to a person or place.
func (c *cursor) reference() (r ref) {
	switch c.peek() {
	case '{':
	case '[':
		c.each(func() {
			if r == (ref{}) {
				r = c.reference()
			}
		})
		return r
	default:
		return ref{display: c.text()}
	}
	c.members(func(name []byte) {
		switch string(name) {
		case "reference":
			r.to = c.text()
		case "display":
			r.display = c.text()
		case "type":
			if c.peek() == '"' {
				r.kind = c.text()
			}
		case "identifier":
			r.system, r.value = c.identifier()
		case "actor", "individual", "member", "location":
			r = c.reference()
		}
	})
	return r
}

func (c *cursor) references(to []ref) []ref {
	c.each(func() {
		if r := c.reference(); r != (ref{}) {
			to = append(to, r)
		}
	})
	return to
}

func (c *cursor) identifier() (system, value string) {
	if c.peek() != '{' {
		return "", c.text()
	}
	c.members(func(name []byte) {
		switch string(name) {
		case "system":
			system = c.text()
		case "value":
			value = c.text()
		}
	})
	return system, value
}

// date reads a date, dateTime or instant.
func (c *cursor) date() record.Date { return record.ParseDate(c.text()) }

// moment reads any of the shapes that a time takes in FHIR: a date, a Period,
// an Age, a Range, a Timing, a text, or that it came to pass at all.
func (c *cursor) moment() (from, until record.Date) {
	switch c.peek() {
	case '{':
	case 't':
		c.skip()
		return record.ParseDate("date not sent"), until
	case 'f':
		c.skip()
		return from, until
	default:
		return c.date(), until
	}
	var q, low, high record.Quantity
	c.members(func(name []byte) {
		switch string(name) {
		case "start":
			from = c.date()
		case "end":
			until = c.date()
		case "event":
			c.each(func() { until = c.date() })
			from, until = until, record.Date{}
		case "low":
			low = c.quantity()
		case "high":
			high = c.quantity()
		default:
			c.quantityMember(name, &q)
		}
	})
	if from.IsZero() && until.IsZero() {
		from = record.ParseDate(prefixed("at age ", joined(" ", q.String(), span(low, high))))
	}
	return from, until
}

// quantity keeps the number exactly as it was sent: 1.0 is not 1.00.
func (c *cursor) quantity() (q record.Quantity) {
	if c.peek() != '{' {
		return record.Quantity{Number: c.text()}
	}
	code := ""
	c.members(func(name []byte) {
		if string(name) == "code" {
			code = c.text()
			return
		}
		c.quantityMember(name, &q)
	})
	if q.Unit == "" {
		q.Unit = code
	}
	return q
}

func (c *cursor) quantityMember(name []byte, q *record.Quantity) {
	switch string(name) {
	case "value":
		q.Number = c.text()
	case "unit":
		q.Unit = c.text()
	case "comparator":
		q.Comparator = c.text()
	}
}

// span is a range in words, as precise as it was sent.
func span(low, high record.Quantity) string {
	switch {
	case low.Number == "" && high.Number == "":
		return ""
	case low.Number == "":
		return "up to " + high.String()
	case high.Number == "":
		return low.String() + " or more"
	case low.Unit == high.Unit:
		return low.Comparator + low.Number + " to " + high.String()
	}
	return low.String() + " to " + high.String()
}

// interval reads a Range or a Ratio into words.
func (c *cursor) interval() string {
	if c.peek() != '{' {
		return c.text()
	}
	var low, high, above, below record.Quantity
	text := ""
	c.members(func(name []byte) {
		switch string(name) {
		case "low":
			low = c.quantity()
		case "high":
			high = c.quantity()
		case "numerator":
			above = c.quantity()
		case "denominator":
			below = c.quantity()
		case "text":
			text = c.text()
		}
	})
	if above.Number != "" {
		return above.String() + " / " + below.String()
	}
	if text != "" {
		return text
	}
	return span(low, high)
}

// notes reads Annotations, concepts or plain texts.
func (c *cursor) notes(to []string) []string {
	c.each(func() {
		if text := c.concept().Words(); text != "" {
			to = append(to, text)
		}
	})
	return to
}

// attachment reads an Attachment, or what wraps one.
func (c *cursor) attachment() (d record.Document, title string, created record.Date) {
	c.members(func(name []byte) {
		switch string(name) {
		case "attachment":
			d, title, created = c.attachment()
		case "contentType":
			d.ContentType = c.text()
		case "url":
			d.URL = c.text()
		case "size":
			d.Size, _ = strconv.Atoi(c.text())
		case "title":
			title = c.text()
		case "creation":
			created = c.date()
		case "data":
			d.Inline = c.base64()
		}
	})
	if d.Size <= 0 {
		d.Size = len(d.Inline)
	}
	return d, title, created
}

// base64 decodes a base64Binary, nil where it cannot be.
func (c *cursor) base64() []byte {
	if c.peek() != '"' {
		return nil
	}
	encoded := c.str()
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(decoded, encoded)
	if err != nil {
		return nil
	}
	return decoded[:n]
}

// phone is the first telephone number of a list of ContactPoints.
func (c *cursor) phone() (number string) {
	c.each(func() {
		if c.peek() != '{' {
			number = joined(", ", number, c.text())
			return
		}
		system, value := c.identifier()
		if number == "" && system == "phone" {
			number = value
		}
	})
	return number
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// plain is a code as words: hyphens become spaces.
func plain(code string) string { return strings.ReplaceAll(code, "-", " ") }
