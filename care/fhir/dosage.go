package fhir

import (
	"bytes"
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// timeUnits are the units of time of a Timing, as words.
var timeUnits = map[string]string{
	"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year",
}

// dosages reads a list of Dosages into the prescriber's words.
func (c *cursor) dosages() string {
	var doses []string
	c.each(func() {
		if dose := c.dosage(); dose != "" {
			doses = append(doses, dose)
		}
	})
	if len(slices.Compact(slices.Clone(doses))) == 1 {
		return doses[0]
	}
	return strings.Join(doses, "; ") // a step that comes twice is taken twice
}

// dosage is the dosage's text, or else what the patient was told, or else what
// its structure says, composed without adding anything.
func (c *cursor) dosage() string {
	if c.peek() != '{' {
		return c.text()
	}
	var text, told, dose, often, route, needed, site, extra, most string
	c.members(func(name []byte) {
		switch string(name) {
		case "text":
			text = c.text()
		case "patientInstruction":
			told = c.text()
		case "doseAndRate":
			doses := []string{dose}
			c.each(func() { doses = append(doses, c.doseAndRate()) })
			dose = joined(", ", doses...)
		case "doseQuantity":
			dose = c.quantity().String()
		case "doseRange":
			dose = c.interval()
		case "timing":
			often = c.timing()
		case "route":
			route = c.concept().Words()
		case "site":
			site = c.concept().Words()
		case "asNeededBoolean":
			if c.text() == "true" {
				needed = "as needed"
			}
		case "asNeededCodeableConcept":
			needed = prefixed("as needed: ", c.concept().Words())
		case "maxDosePerPeriod":
			c.each(func() { most = joined(", ", most, prefixed("at most ", c.interval())) })
		case "maxDosePerAdministration":
			most = joined(", ", most, prefixed("at most ", suffixed(c.quantity().String(), " at a time")))
		case "additionalInstruction":
			extra = c.concept().Words()
		}
	})
	switch {
	case text != "":
		return text
	case told != "":
		return told
	}
	return joined(", ", dose, often, route, site, needed, most, extra)
}

func (c *cursor) doseAndRate() string {
	var parts []string
	c.members(func(name []byte) {
		switch string(name) {
		case "doseQuantity", "rateQuantity":
			parts = append(parts, c.quantity().String())
		case "doseRange", "rateRange", "rateRatio":
			parts = append(parts, c.interval())
		}
	})
	return joined(" at ", parts...)
}

// repeat is the regular part of a Timing.
type repeat struct {
	times, timesMax, every, everyMax, unit, lasts, lastsUnit, count, bounds string
	when, days, hours                                                       []string
}

func (c *cursor) timing() string {
	if c.peek() != '{' {
		return c.text()
	}
	var regular, code string
	c.members(func(name []byte) {
		switch string(name) {
		case "repeat":
			regular = c.repeat().String()
		case "code":
			code = c.concept().Words()
		case "event":
			days := []string{regular}
			c.each(func() { days = append(days, c.date().String()) })
			regular = joined(", ", days...)
		}
	})
	if regular != "" {
		return regular
	}
	return code
}

func (c *cursor) repeat() (r repeat) {
	texts := map[string]*string{
		"frequency": &r.times, "frequencyMax": &r.timesMax, "period": &r.every, "periodMax": &r.everyMax,
		"periodUnit": &r.unit, "duration": &r.lasts, "durationUnit": &r.lastsUnit, "count": &r.count,
	}
	lists := map[string]*[]string{"when": &r.when, "dayOfWeek": &r.days, "timeOfDay": &r.hours}
	c.members(func(name []byte) {
		if to, ok := texts[string(name)]; ok {
			*to = c.text()
		} else if to, ok := lists[string(name)]; ok {
			*to = c.notes(nil)
		} else if bounds, ok := bytes.CutPrefix(name, []byte("bounds")); ok {
			r.bounds = c.bounds(string(bounds))
		}
	})
	return r
}

// bounds is for how long a Timing holds: a Duration, a Range or a Period.
func (c *cursor) bounds(kind string) string {
	switch kind {
	case "Duration":
		lasts := c.quantity()
		if word, ok := timeUnits[lasts.Unit]; ok {
			lasts.Unit = word
			if lasts.Number != "1" {
				lasts.Unit += "s"
			}
		}
		return prefixed("for ", lasts.String())
	case "Range":
		return prefixed("for ", c.interval())
	case "Period":
		from, until := c.moment()
		return joined(" ", prefixed("from ", from.String()), prefixed("until ", until.String()))
	}
	return ""
}

// String is the timing in words: "2 times every 1 day".
func (r repeat) String() string {
	often := times(upTo(r.times, r.timesMax))
	if r.every != "" {
		often = joined(" ", often, "every "+upTo(r.every, r.everyMax)+" "+unitWord(r.unit))
	}
	return joined(", ", often,
		prefixed("at ", strings.Join(r.hours, " and ")), prefixed("on ", strings.Join(r.days, ", ")),
		prefixed("when ", strings.Join(r.when, ", ")),
		prefixed("over ", record.Quantity{Number: r.lasts, Unit: unitWord(r.lastsUnit)}.String()),
		suffixed(times(r.count), " in all"), r.bounds)
}

func times(n string) string {
	if n == "1" {
		return "1 time"
	}
	return suffixed(n, " times")
}

func upTo(low, high string) string {
	if high == "" || high == low {
		return low
	}
	return low + " to " + high
}

func unitWord(code string) string {
	if word, ok := timeUnits[code]; ok {
		return word
	}
	return code
}

func suffixed(text, suffix string) string {
	if text == "" {
		return ""
	}
	return text + suffix
}
