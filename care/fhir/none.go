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

// labels are the words that may stand apart from the denial itself: "Drug
// allergies: none".
var labels = set("situation finding allergy allergies drug drugs medication medications medicine medicines adverse reaction reactions known current problem problems status and or")

// onlyDenies reports whether a text says no more than that nothing is known: it
// has a clause that denies, and no other but a label.
func onlyDenies(text string) bool {
	found := false
	for clause := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(".,;:–—-/()[]\n\r", r) }) {
		words := strings.FieldsFunc(clause, func(r rune) bool { return !unicode.IsLetter(r) })
		if slices.ContainsFunc(words, func(word string) bool { return !labels[word] }) {
			if !clauseDenies(words) {
				return false
			}
			found = true
		}
	}
	return found
}

// clauseDenies reports whether words deny, and name nothing but what they deny:
// "latex allergy no drug allergies" and "no allergies has asthma" do. That
// something is not known is no denial of it.
func clauseDenies(words []string) bool {
	at := slices.IndexFunc(words, func(word string) bool { return denials[word] })
	if at < 0 || words[len(words)-1] == "known" && len(words) > 1 && words[len(words)-2] == "not" {
		return false
	}
	named := false
	for i, word := range words {
		switch {
		case !denials[word] && !denied[word], i < at && sorts[word], named && claims[word]:
			return false
		}
		named = named || i > at && (word == "allergy" || word == "allergies")
	}
	return true
}

// sorts are sorts of allergies, and claims begin to say that somebody has one.
var (
	sorts  = set("latex food foods environmental")
	claims = set("allergic has have")
)

// noneKnown reports whether e states that nothing of its kind is known. A code
// or a word that names something, beside one that says so, makes it not so.
func noneKnown(e *record.Entry) bool {
	none := false
	for _, coding := range e.What.Codings {
		switch {
		case noneKnownCodes[record.Coding{System: coding.System, Code: coding.Code}] == e.Section:
			if strings.IndexFunc(coding.Display, latin) >= 0 && !onlyDenies(coding.Display) {
				return false
			}
			none = true
		case coding.Code != "" && coding.System == snomed, coding.Display != "" && !onlyDenies(coding.Display):
			return false
		}
	}
	said := slices.ContainsFunc(e.What.Codings, func(c record.Coding) bool { return c.Display == e.What.Text })
	if words := e.What.Text; words != "" && !said && !onlyDenies(words) {
		return false
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
