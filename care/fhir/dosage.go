package fhir

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/care/record"
)

// timeUnits are the units of time of a Timing, as words.
var timeUnits = map[string]string{
	"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year",
}

// dosages reads a list of Dosages into the prescriber's words, in their order,
// and behind each what is sent besides it; once behind them all what is sent
// besides all of them.
func (c *cursor) dosages() string {
	var all []dosage
	c.each(func() {
		if d := c.dosage(); d.dose != "" {
			all = append(all, d)
		}
	})
	if len(all) == 0 {
		return ""
	}
	slices.SortStableFunc(all, func(a, b dosage) int { return cmp.Compare(a.sequence, b.sequence) })
	together := !slices.ContainsFunc(all, func(d dosage) bool { return d.told != all[0].told })
	var doses []string
	for _, d := range all {
		if !together {
			d.dose += prefixed(record.Besides, d.told)
		}
		doses = append(doses, d.dose)
	}
	if !together {
		return strings.Join(doses, record.Step)
	}
	dose := strings.Join(doses, "; ") // a step that comes twice is taken twice
	if len(slices.Compact(slices.Clone(doses))) == 1 {
		dose = doses[0]
	}
	return dose + prefixed(record.Besides, all[0].told)
}

// dosage is a dose in words, and what is said besides it.
type dosage struct {
	sequence   int
	dose, told string
}

// dosage is the dosage's text, or else what its structure says, composed
// without adding anything.
func (c *cursor) dosage() (d dosage) {
	if c.peek() != '{' {
		return dosage{dose: c.text()}
	}
	var text, told, dose, often, route, needed, site, extra, most string
	c.members(func(name []byte) {
		switch string(name) {
		case "sequence":
			d.sequence, _ = strconv.Atoi(c.text())
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
		case "maxDosePerLifetime":
			most = joined(", ", most, prefixed("at most ", suffixed(c.quantity().String(), " in a lifetime")))
		case "additionalInstruction":
			extra = c.concept().Words()
		}
	})
	d.dose, d.told = text, unsaid(text, physical(dose), needed, most, extra, told)
	if text == "" {
		d.dose = joined(", ", dose, often, route, site, needed, most, extra)
		d.told = unsaid(d.dose, told)
	}
	if d.dose == "" {
		d.dose, d.told = d.told, ""
	}
	return d
}

// physical is a dose that is so much of a substance, and not so many tablets,
// which a text says in its own way.
func physical(dose string) string {
	if at := strings.LastIndexByte(dose, ' '); at > 0 && slices.Contains([]string{"mg", "milligram", "milligrams", "g", "ug", "mcg", "microgram", "micrograms", "ml", "mL", "unit", "units", "IU"}, dose[at+1:]) {
		return dose
	}
	return ""
}

// unsaid are the texts that a dose does not say itself.
func unsaid(dose string, texts ...string) string {
	said := plainDose(dose)
	return joined("; ", slices.DeleteFunc(texts, func(text string) bool {
		return says(said, plainDose(text)) || text == "as needed" && record.AsRequired(dose)
	})...)
}

// says reports whether a text holds another, not as a part of a longer number.
func says(text, other string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], other)
		if at < 0 {
			return false
		}
		if at += from; at == 0 || other == "" || !numeral(other[0]) || !numeral(text[at-1]) {
			return true
		}
		from = at + 1
	}
}

func numeral(b byte) bool { return '0' <= b && b <= '9' || b == '.' || b == ',' }

// plainDose is a dose in one spelling, without spaces.
func plainDose(dose string) string {
	return strings.ReplaceAll(oneUnit.Replace(strings.ToLower(dose)), " ", "")
}

var oneUnit = strings.NewReplacer("milligrams", "mg", "milligram", "mg", "micrograms", "mcg", "microgram", "mcg", "ug", "mcg", "millilitres", "ml", "millilitre", "ml")

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
	times, timesMax, every, everyMax, unit, lasts, lastsUnit, count, countMax, offset, bounds string
	when, days, hours                                                                         []string
}

func (c *cursor) timing() string {
	if c.peek() != '{' {
		return c.text()
	}
	var regular, code string
	often := false
	c.members(func(name []byte) {
		switch string(name) {
		case "repeat":
			r := c.repeat()
			regular, often = r.String(), r.often()
		case "code":
			code = c.concept().Words()
		case "event":
			days := []string{regular}
			c.each(func() { days = append(days, c.date().String()) })
			regular = joined(", ", days...)
		}
	})
	if often { // which the code says again
		return regular
	}
	return joined(", ", code, regular)
}

// often reports whether a Timing says how often or when, and not only for how
// long.
func (r repeat) often() bool {
	return r.times != "" || r.every != "" || len(r.when) > 0 || len(r.days) > 0 || len(r.hours) > 0
}

func (c *cursor) repeat() (r repeat) {
	c.members(func(name []byte) {
		switch string(name) {
		case "frequency":
			r.times = c.text()
		case "frequencyMax":
			r.timesMax = c.text()
		case "period":
			r.every = c.text()
		case "periodMax":
			r.everyMax = c.text()
		case "periodUnit":
			r.unit = c.text()
		case "duration":
			r.lasts = c.text()
		case "durationUnit":
			r.lastsUnit = c.text()
		case "count":
			r.count = c.text()
		case "countMax":
			r.countMax = c.text()
		case "offset":
			r.offset = c.text()
		case "when":
			r.when = c.notes(nil)
		case "dayOfWeek":
			r.days = c.notes(nil)
		case "timeOfDay":
			r.hours = c.notes(nil)
		default:
			if bounds, ok := bytes.CutPrefix(name, []byte("bounds")); ok {
				r.bounds = c.bounds(string(bounds))
			}
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
		prefixed("when ", strings.Join(r.when, ", ")), prefixed("offset ", suffixed(r.offset, " minutes")),
		prefixed("over ", record.Quantity{Number: r.lasts, Unit: unitWord(r.lastsUnit)}.String()),
		suffixed(times(upTo(r.count, r.countMax)), " in all"), r.bounds)
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
