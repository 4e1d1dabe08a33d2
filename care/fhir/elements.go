package fhir

import (
	"encoding/base64"
	"strconv"
	"strings"

	"example.org/icr/care/record"
)

// The data types of FHIR, each read leniently: where a plain text stands in
// place of an object, it becomes the object's words.

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
		case "actor", "individual", "member", "location", "agent":
			r = c.reference()
		}
	})
	return r
}

func (c *cursor) references(to []ref) []ref {
	c.each(func() {
		if !c.room(len(to)) {
			return
		}
		if r := c.reference(); r != (ref{}) {
			to = append(to, r)
		}
	})
	return to
}

// mostListed is how many references of one sort, and how many resources within
// it, a resource may have.
const mostListed = 200

// room reports whether a list may have one more. A resource with a longer one
// is not read in part.
func (c *cursor) room(listed int) bool {
	if listed >= mostListed {
		c.forced = true
	}
	return listed < mostListed
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
	case "extension":
		for _, e := range c.extensions() {
			if e.is("MedicationQuantityText") && q.Unit == "" {
				q.Unit = e.concept.Words()
			}
		}
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
		if text := c.said(); text != "" {
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
	var bare []string
	c.each(func() {
		if c.peek() != '{' {
			bare = append(bare, c.text())
			return
		}
		system, value := c.identifier()
		if number == "" && len(bare) == 0 && system == "phone" {
			number = value
		}
	})
	return joined(", ", append([]string{number}, bare...)...)
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// plain is a code as words: hyphens become spaces.
func plain(code string) string { return strings.ReplaceAll(code, "-", " ") }
