package fhir

import (
	"slices"
	"strings"
	"unicode"

	"example.org/icr/care/record"
)

const (
	snomed = "http://snomed.info/sct"
	ips    = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
)

// noneKnownCodes state that nothing is known of a kind of thing, from UK Core
// and the International Patient Summary; or, of allergies, of one sort of them.
var noneKnownCodes = map[record.Coding]record.Section{
	{System: snomed, Code: "716186003"}:                     record.Allergies, // no known allergy
	{System: snomed, Code: "409137002"}:                     record.Allergies, // no known drug allergy
	{System: snomed, Code: "429625007"}:                     record.Allergies, // no known food allergy
	{System: snomed, Code: "428607008"}:                     record.Allergies, // no known environmental allergy
	{System: snomed, Code: "716184000"}:                     record.Allergies, // no known latex allergy
	{System: ips, Code: "no-known-allergies"}:               record.Allergies,
	{System: ips, Code: "no-known-medication-allergies"}:    record.Allergies,
	{System: ips, Code: "no-known-food-allergies"}:          record.Allergies,
	{System: ips, Code: "no-known-environmental-allergies"}: record.Allergies,
	{System: snomed, Code: "787481004"}:                     record.Medications, // no known medications
	{System: ips, Code: "no-known-medications"}:             record.Medications,
	{System: snomed, Code: "160245001"}:                     record.Problems, // no current problems or disability
	{System: ips, Code: "no-known-problems"}:                record.Problems,
	{System: ips, Code: "no-known-procedures"}:              record.Procedures,
	{System: snomed, Code: "787482006"}:                     record.Immunisations, // no known immunisations
	{System: ips, Code: "no-known-immunizations"}:           record.Immunisations,
}

// noneKnownTexts say the same of allergies, where no code was sent that does.
var noneKnownTexts = map[string]bool{
	"no known allergies": true, "no known allergy": true, "nka": true,
	"no known drug allergies": true, "no known drug allergy": true, "nkda": true,
	"no known food allergies": true, "no known food allergy": true, "no known latex allergy": true,
}

// denials are the words of which a statement that nothing is known has one, in
// English and Welsh and, since patients come from elsewhere, in others.
var denials = set("no nil none not nka nkda denies without dim heb aucun aucune brak geen ingen inga kein keine nenhuma nessun nessuna pas sem sin")

// denied are the other words that such a statement may have. Whoever uses any
// other names something, or says what they do not know of it.
var denied = set(`
	known allergy allergies allergic drug drugs medication medications medicine medicines food foods latex environmental
	adverse reaction reactions intolerance intolerances sensitivity sensitivities hypersensitivity history of to any and or
	has have patient reported recorded current currently active past medical relevant significant problem problems disability
	procedure procedures immunisation immunisations immunization immunizations vaccination vaccinations at present
	situation finding
	alergedd alergeddau hysbys allergie connue connues connu d de médicament médicamenteuse médicaments bekende allergieën bekannt bekannte
	bekannten allergien alergia alergias conocida conocidas conhecida conhecidas allergia nota note znanych znane alergii uczuleń
	kända kendte kjente allergier medicamentos a`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(words) {
		all[word] = true
	}
	return all
}

// onlyDenies reports whether a text says no more than that nothing is known.
func onlyDenies(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool { return denials[word] }) &&
		!slices.ContainsFunc(words, func(word string) bool { return !denials[word] && !denied[word] })
}

// noneKnown reports whether e states that nothing of its kind is known. A code
// or a word that names something, beside one that says so, makes it not so.
func noneKnown(e *record.Entry) bool {
	none, own := false, ""
	for _, coding := range e.What.Codings {
		switch {
		case noneKnownCodes[record.Coding{System: coding.System, Code: coding.Code}] == e.Section:
			none, own = true, coding.Display
		case coding.Code != "" && coding.System == snomed, coding.Display != "" && !onlyDenies(coding.Display):
			return false
		}
	}
	for _, words := range []string{own, e.What.Text} {
		if words != "" && !onlyDenies(words) && (words != own || strings.IndexFunc(words, latin) >= 0) {
			return false
		}
	}
	return none || e.Section == record.Allergies && noneKnownTexts[strings.Trim(strings.ToLower(e.What.Words()), " .")]
}

// latin reports whether a letter is of the script in which denials are known.
func latin(r rune) bool { return unicode.Is(unicode.Latin, r) }

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
