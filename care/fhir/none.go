package fhir

import (
	"slices"
	"strings"

	"example.org/icr/care/record"
)

const (
	snomed = "http://snomed.info/sct"
	ips    = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
)

// noneKnownCodes state that nothing is known of the whole kind of thing, from
// UK Core and the International Patient Summary. That one sort of allergy is
// not known, of food or latex, says nothing about the others: it is not here.
var noneKnownCodes = map[record.Coding]record.Section{
	{System: snomed, Code: "716186003"}:                  record.Allergies, // no known allergy
	{System: snomed, Code: "409137002"}:                  record.Allergies, // no known drug allergy
	{System: ips, Code: "no-known-allergies"}:            record.Allergies,
	{System: ips, Code: "no-known-medication-allergies"}: record.Allergies,
	{System: snomed, Code: "787481004"}:                  record.Medications, // no known medications
	{System: ips, Code: "no-known-medications"}:          record.Medications,
	{System: snomed, Code: "160245001"}:                  record.Problems, // no current problems or disability
	{System: ips, Code: "no-known-problems"}:             record.Problems,
	{System: ips, Code: "no-known-procedures"}:           record.Procedures,
	{System: snomed, Code: "787482006"}:                  record.Immunisations, // no known immunisations
	{System: ips, Code: "no-known-immunizations"}:        record.Immunisations,
}

// noneKnownTexts say the same of allergies, where no code was sent.
var noneKnownTexts = map[string]bool{
	"no known allergies": true, "no known allergy": true, "nka": true,
	"no known drug allergies": true, "no known drug allergy": true, "nkda": true,
}

// denials are words of which a text has one that states that nothing is known,
// in English and Welsh and, since patients come from elsewhere, in others.
var denials = []string{
	"no", "nil", "none", "not", "nka", "nkda", "denies", "without", "unknown", "dim", "heb",
	"aucun", "aucune", "brak", "geen", "ingen", "inga", "kein", "keine", "nenhuma", "nessun", "nessuna", "pas", "sem", "sin",
}

// deniesIn reports whether the words that were sent with a code that says that
// nothing is known do not themselves name something: they are those of the
// code, or deny, or there are none.
func deniesIn(what record.Concept) bool {
	if what.Text == "" || slices.ContainsFunc(what.Codings, func(c record.Coding) bool { return strings.EqualFold(c.Display, what.Text) }) {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(what.Text), func(r rune) bool { return r < 'a' || r > 'z' })
	return len(words) == 0 || slices.ContainsFunc(words, func(word string) bool { return slices.Contains(denials, word) })
}

// noneKnown reports whether e states that nothing of its kind is known. A code
// that names something, beside one that says so, makes it not so.
func noneKnown(e *record.Entry) bool {
	if !deniesIn(e.What) {
		return false
	}
	coded, none := false, false
	for _, coding := range e.What.Codings {
		switch {
		case noneKnownCodes[record.Coding{System: coding.System, Code: coding.Code}] == e.Section:
			none = true
		case coding.Code != "" && coding.System == snomed:
			return false
		}
		coded = coded || coding.Code != ""
	}
	if coded {
		return none
	}
	return e.Section == record.Allergies && noneKnownTexts[strings.Trim(strings.ToLower(e.What.Words()), " .")]
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
