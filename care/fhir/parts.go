package fhir

import (
	"bytes"
	"cmp"
	"strings"

	"example.org/icr/care/record"
)

// The structures within single kinds of resource.

// choiceOfValue reads value[x] of an observation.
func (c *cursor) choiceOfValue(name []byte) (record.Concept, record.Quantity) {
	switch string(bytes.TrimPrefix(name, []byte("value"))) {
	case "Quantity":
		return record.Concept{}, c.quantity()
	case "Range", "Ratio":
		return record.Concept{Text: c.interval()}, record.Quantity{}
	case "Period", "DateTime", "Time", "Instant":
		from, until := c.moment()
		return record.Concept{Text: joined(" to ", from.String(), until.String())}, record.Quantity{}
	case "SampledData", "Attachment":
		return record.Concept{Text: "a recording or attachment, not shown here"}, record.Quantity{}
	}
	return c.concept(), record.Quantity{}
}

// outOfRange are the codes of v3-ObservationInterpretation, and the words,
// by which a source says that a value is not as it should be.
var outOfRange = map[string]bool{
	"A": true, "AA": true, "H": true, "HH": true, "HU": true, "HX": true, "L": true, "LL": true, "LU": true, "LX": true,
	"<": true, ">": true, "high": true, "low": true, "abnormal": true,
	"critical high": true, "critical low": true, "critical abnormal": true, "critically high": true, "critically low": true,
}

// interpretation is the source's flag in its own words, or else its bare code.
func (c *cursor) interpretation(already bool) (flag string, abnormal bool) {
	abnormal = already
	flags := make([]string, 0, 4)
	c.each(func() {
		concept := c.concept()
		words := concept.Text
		for _, coding := range concept.Codings {
			words = cmp.Or(words, coding.Display, coding.Code)
			abnormal = abnormal || outOfRange[coding.Code]
		}
		abnormal = abnormal || outOfRange[words] || outOfRange[strings.ToLower(words)]
		flags = append(flags, words)
	})
	return joined(", ", flags...), abnormal
}

// limits is the reference range in words, several of them separated.
func (c *cursor) limits() string {
	ranges := make([]string, 0, 4)
	c.each(func() {
		start, about := c.i, ""
		if c.peek() == '{' {
			c.members(func(name []byte) {
				if string(name) == "type" || string(name) == "appliesTo" {
					about = joined(", ", about, c.concept().Words())
				}
			})
			c.i = start
		}
		ranges = append(ranges, joined(": ", about, c.interval()))
	})
	return joined("; ", ranges...)
}

// component is one of several values under one observation, with whatever the
// source says about it.
func (c *cursor) component(abnormal *bool) (part record.Part) {
	var value record.Concept
	var flag, limits, absent string
	c.members(func(name []byte) {
		switch string(name) {
		case "code":
			part.Name = c.said()
		case "interpretation":
			flag, *abnormal = c.interpretation(*abnormal)
		case "referenceRange":
			limits = c.limits()
		case "dataAbsentReason":
			absent = c.concept().Words()
		default:
			if bytes.HasPrefix(name, []byte("value")) {
				value, part.Quantity = c.choiceOfValue(name)
				c.aside = appendTelling(c.aside, value)
			}
		}
	})
	part.Value = cmp.Or(value.Words(), prefixed("no value: ", absent))
	if about := joined("; ", flag, prefixed("range ", limits)); about != "" {
		part.Value = strings.TrimSpace(part.Words() + " (" + about + ")")
	}
	return part
}

// activity is one activity of a care plan, with its status. One that the plan
// forbids says so first of all.
func (c *cursor) activity() (part record.Part) {
	if c.peek() != '{' {
		return record.Part{Name: c.text()}
	}
	forbidden, status, why := false, "", ""
	c.members(func(name []byte) {
		switch string(name) {
		case "detail":
			inner := c.activity()
			part.Name, status = joined("; ", part.Name, inner.Name), inner.Value
		case "reference", "code", "description", "outcomeCodeableConcept", "plannedActivityDetail", "progress":
			part.Name = joined("; ", part.Name, c.said())
		case "status":
			status = plain(c.code())
		case "statusReason":
			why = c.said()
		case "doNotPerform", "prohibited":
			forbidden = c.text() == "true"
		}
	})
	if forbidden {
		return record.Part{Name: record.NotToBeDone + joined(": ", cmp.Or(part.Name, "an activity without a name"), why)} // whatever its status
	}
	part.Value = joined(": ", status, why)
	return part
}

// target is what a goal aims at, and by when.
func (c *cursor) target() (part record.Part) {
	part.Name = "Target"
	c.members(func(name []byte) {
		switch {
		case string(name) == "measure":
			part.Name = cmp.Or(c.said(), part.Name)
		case string(name) == "dueDate":
			part.Value = joined(" ", part.Value, prefixed("by ", c.date().String()))
		case bytes.HasPrefix(name, []byte("detail")):
			value, quantity := c.choiceOfValue(bytes.TrimPrefix(name, []byte("detail")))
			part.Value = joined(" ", cmp.Or(value.Words(), quantity.String()), part.Value)
		}
	})
	if part.Value == "" && part.Name == "Target" {
		return record.Part{}
	}
	return part
}

// participant takes part in an encounter, an appointment or a care team.
type participant struct {
	role, status string
	who          ref
}

func (c *cursor) participant() (p participant) {
	if c.peek() != '{' {
		return participant{who: ref{display: c.text()}}
	}
	ends := ""
	c.members(func(name []byte) {
		switch string(name) {
		case "role", "type":
			p.role = c.concept().Words()
		case "status":
			p.status = c.code()
		case "period":
			_, until := c.moment()
			ends = prefixed("until ", until.String())
		case "actor", "individual", "member":
			p.who = c.reference()
		}
	})
	p.role = joined(", ", p.role, ends)
	return p
}

// reaction is what happened, in words, and how severe it was.
func (c *cursor) reaction() (words, severity string) {
	if c.peek() != '{' {
		return c.text(), ""
	}
	var substance, description, route, certainty, when string
	var what, notes []string
	c.members(func(name []byte) {
		switch string(name) {
		case "substance":
			substance = c.concept().Words()
		case "manifestation":
			what = c.notes(what)
		case "detail": // of a vaccination's
			what = append(what, cmp.Or(c.reference().display, "a reaction"))
		case "note":
			notes = c.notes(notes)
		case "exposureRoute":
			route = c.concept().Words()
		case "certainty":
			certainty = c.code()
		case "date":
			when = c.date().String()
		case "description":
			description = c.text()
		case "severity":
			severity = c.code()
		}
	})
	words = joined(": ", substance, joined("; ", joined(", ", what...), description, joined("; ", notes...),
		prefixed("exposed by ", route), prefixed("certainty: ", certainty), prefixed("on ", when)))
	if words != "" && severity != "" {
		words += " (" + plain(severity) + ")"
	}
	return words, severity
}

// ingredients are what a medicine without a name of its own is made of, and the
// strength of one that is made of one thing.
func (c *cursor) ingredients() (made, strength string) {
	var words []string
	n := 0
	c.each(func() {
		n++
		c.members(func(name []byte) {
			switch string(name) {
			case "itemCodeableConcept":
				words = append(words, c.concept().Words())
			case "itemReference":
				words = append(words, c.reference().display)
			case "strength":
				strength = c.interval()
			}
		})
	})
	if n > 1 {
		strength = ""
	}
	return joined(", ", words...), strength
}

// protocol is the place of a vaccination in its course: "dose 2 of 3".
func (c *cursor) protocol() string {
	var doses []string
	c.each(func() {
		var series, dose, of string
		c.members(func(name []byte) {
			switch {
			case string(name) == "series":
				series = c.text()
			case bytes.HasPrefix(name, []byte("doseNumber")), string(name) == "doseSequence":
				dose = c.text()
			case bytes.HasPrefix(name, []byte("seriesDoses")):
				of = c.text()
			}
		})
		doses = append(doses, joined(", ", series, prefixed("dose ", dose+prefixed(" of ", of))))
	})
	return joined("; ", doses...)
}

// supply is how much of a medicine may be dispensed, and until when: which is
// not when it is no longer taken.
func (c *cursor) supply() string {
	var quantity, repeats, valid string
	c.members(func(name []byte) {
		switch string(name) {
		case "validityPeriod":
			_, until := c.moment()
			valid = prefixed("prescription valid until ", until.String())
		case "quantity":
			quantity = prefixed("supply ", c.quantity().String())
		case "numberOfRepeatsAllowed":
			repeats = suffixed(c.text(), " repeats allowed")
		}
	})
	return joined(", ", quantity, repeats, valid)
}
