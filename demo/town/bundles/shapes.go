package bundles

import (
	"regexp"
	"strings"
	"time"

	"example.org/icr/demo/town/resource"
)

// The shapes below are what FHIR promises and bundles do not always keep:
// what is not of the shape reads as empty.

func object(v any) resource.Map {
	m, _ := v.(resource.Map)
	return m
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// list is v as a list; a lone value is a list of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// first is the first of a list, or the lone value.
func first(v any) any {
	if l := list(v); len(l) > 0 {
		return l[0]
	}
	return nil
}

// codes are the codes of a concept, a list of concepts, or a coding.
func codes(v any) (found []string) {
	for _, c := range list(v) {
		if code := text(object(c)["code"]); code != "" {
			found = append(found, code)
		}
		for _, coding := range list(object(c)["coding"]) {
			found = append(found, text(object(coding)["code"]))
		}
	}
	return found
}

// said is a concept in words.
func said(v any) string {
	for _, c := range list(v) {
		if s := text(object(c)["text"]); s != "" {
			return s
		}
		for _, coding := range list(object(c)["coding"]) {
			if s := text(object(coding)["display"]); s != "" {
				return s
			}
		}
	}
	return ""
}

// title is what a resource is about, in words.
func title(m resource.Map) string {
	for _, element := range []string{"code", "medicationCodeableConcept", "vaccineCode", "type", "description", "title", "category"} {
		if s := said(m[element]); s != "" {
			return s
		}
		if s := text(m[element]); s != "" {
			return s
		}
	}
	return ""
}

// dated are the elements that say when a resource came about, best first.
var dated = []string{
	"recordedDate", "effectiveDateTime", "performedDateTime", "occurrenceDateTime", "authoredOn", "onsetDateTime",
	"date", "issued", "created", "startDate", "started", "manufactureDate",
}

// when is the moment that a resource came about; zero if it does not say.
func when(m resource.Map) time.Time {
	for _, element := range []string{"period", "effectivePeriod", "performedPeriod"} {
		if at := moment(text(object(m[element])["start"])); !at.IsZero() {
			return at
		}
	}
	for _, element := range dated {
		if at := moment(text(m[element])); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// moment is the earliest time that a FHIR date can mean.
func moment(date string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(layout, date); err == nil {
			return at
		}
	}
	return time.Time{}
}

var digits = regexp.MustCompile(`\pN+`)

// plain takes the digits out of a made-up name: "Allen322" is Allen.
func plain(name string) string { return digits.ReplaceAllString(name, "") }

func joined(parts []string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// nameParts are the parts of a HumanName, as they were sent.
func nameParts(name resource.Map) (given []string, family, prefix string) {
	for _, g := range list(name["given"]) {
		given = append(given, text(g))
	}
	prefix = text(first(name["prefix"]))
	family = text(name["family"])
	if words := strings.Fields(text(name["text"])); family == "" && len(words) > 0 {
		given, family = words[:len(words)-1], words[len(words)-1]
	}
	return given, family, prefix
}
