package fhir

import (
	"strings"
	"unicode/utf8"

	"example.org/icr/care/record"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose members keep their order.
type object []pair

type pair struct {
	name  string
	value any
}

// with is o with one more member, unless the value is empty: FHIR knows no
// empty values. Values are strings, bools, objects, raw JSON, and lists.
func (o object) with(name string, value any) object {
	switch v := value.(type) {
	case nil:
		return o
	case string:
		if v = clean(v); v == "" {
			return o
		}
		value = v
	case jsontext.Value:
		if len(v) == 0 {
			return o
		}
	case object:
		if len(v) == 0 {
			return o
		}
	case list:
		if len(v) == 0 {
			return o
		}
	}
	return append(o, pair{name, value})
}

// list is a JSON array of what is not empty.
type list []any

func listOf(values ...object) (l list) {
	for _, v := range values {
		if len(v) > 0 {
			l = append(l, v)
		}
	}
	return l
}

// MarshalJSONTo writes o with its members in order.
func (o object) MarshalJSONTo(to *jsontext.Encoder) error {
	if err := to.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := to.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(to, m.value); err != nil {
			return err
		}
	}
	return to.WriteToken(jsontext.EndObject)
}

// clean is s without what neither JSON nor XML may hold, and without white
// space at its ends.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, s))
}

// outConcept is a concept as it came: every code, and the words.
func outConcept(c record.Concept) object {
	var codings list
	for _, coding := range c.Codings {
		o := object{}
		if !strings.ContainsAny(coding.System, " \t\r\n") {
			o = o.with("system", coding.System)
		}
		o = o.with("code", strings.Join(strings.Fields(coding.Code), " ")).with("display", coding.Display)
		if len(o) > 0 {
			codings = append(codings, o)
		}
	}
	return object{}.with("coding", codings).with("text", c.Text)
}

// inSystem is one code of a system.
func inSystem(system, code string) object {
	return object{}.with("coding", listOf(object{}.with("system", system).with("code", code)))
}

func outText(words string) object { return object{}.with("text", words) }

// outQuantity is a measured value as it came, or nothing where its number is
// none that JSON can hold.
func outQuantity(q record.Quantity) object {
	number := jsontext.Value(q.Number)
	comparators := map[string]bool{"": true, "<": true, "<=": true, ">=": true, ">": true}
	if !number.IsValid() || number.Kind() != '0' || !comparators[q.Comparator] {
		return nil
	}
	return object{}.with("value", number).with("comparator", q.Comparator).with("unit", q.Unit)
}

// outDate is a date as FHIR writes one, as precise as it came; nothing where
// it is none.
func outDate(d record.Date) string { return d.ISO() }

// outDay is a date without a time of day.
func outDay(d record.Date) string { return d.DayOnly().ISO() }

// outInstant is a moment, and nothing where no more than the day is known.
func outInstant(d record.Date) string {
	if d.Precision() != record.Instant {
		return ""
	}
	return d.ISO()
}

func outPeriod(from, until record.Date) object {
	return object{}.with("start", outDate(from)).with("end", outDate(until))
}

// shown is a reference to somebody or something of whom only the name came.
func shown(name string) object { return object{}.with("display", name) }
