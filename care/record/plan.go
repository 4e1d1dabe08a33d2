package record

import (
	"slices"
	"strings"
	"unicode"
)

// crisisCodes are the types of plan that the National Record Locator points
// to: what a stranger at the bedside must know of first. SNOMED CT.
var crisisCodes = map[string]bool{
	"736253002":        true, // mental health crisis plan
	"887701000000100":  true, // emergency health care plan
	"861421000000109":  true, // end of life care coordination summary
	"736373009":        true, // end of life care plan
	"325691000000100":  true, // contingency plan
	"1382601000000107": true, // ReSPECT form
	"735324008":        true, // treatment escalation plan
	"736366004":        true, // advance care plan
}

// decisionWords name a decision about resuscitation or treatment, in whatever
// system's words and section; planWords name other plans of that kind, which
// elsewhere than among plans and documents mean something else.
var (
	decisionWords = phrases(
		"dnacpr", "udnacpr", "ednacpr", "dnacprs", "dna cpr", "dnar", "dnr", "not attempt cardiopulmonary", "not attempt cpr", "not attempt resuscitation", "do not resuscitate",
		"not for resuscitation", "not for cardiopulmonary", "not for cpr", "not for attempted", "respect form", "respect plan", "erespect", "respectform", "recommended summary plan",
		"treatment escalation", "escalation plan", "tep form", "ceiling of care", "ceilings of care", "ceiling of treatment", "ceilings of treatment",
		"advance decision", "advance directive", "advance statement", "advance care plan",
	)
	planWords = phrases(
		"end of life", "crisis", "contingency", "emergency health care plan", "emergency healthcare plan", "emergency care plan",
		"anticipatory care", "anticipatory medication", "anticipatory medicines", "universal care plan", "epaccs", "tep",
		"just in case", "palliative care plan",
	)
)

// endedWords say of a decision that it does not stand, or not any more.
var endedWords = phrases("cancelled", "canceled", "rescinded", "revoked", "withdrawn", "discontinued", "no longer", "not in place", "not applicable", "not made", "not required", "not indicated",
	"not discussed", "not active", "not valid", "not recorded")

// noWords are values that say no, forWords what somebody is to be given if
// there is no decision against it.
var (
	noWords  = map[string]bool{" no ": true, " none ": true, " nil ": true, " false ": true, " n ": true, " negative ": true}
	forWords = phrases("for resuscitation", "for full resuscitation", "for cpr", "for full cpr", "for attempted", "for cardiopulmonary", "for full escalation")
)

// phraseBook holds phrases, in small words, by the first word of each. A phrase
// of several words may go on: a plan is found in plans and planning.
type phraseBook map[string][]string

func phrases(all ...string) phraseBook {
	book := phraseBook{}
	for _, phrase := range all {
		first, _, _ := strings.Cut(phrase, " ")
		if first == phrase {
			phrase += " "
		}
		book[first] = append(book[first], " "+phrase)
	}
	return book
}

// in reports whether a text has one of the phrases among its words. Hardly any
// text has, so most are done with when none of their words begins one.
func (b phraseBook) in(text string) bool { return b.find(text) != "" }

// find is a phrase that a text has among its words, or empty.
func (b phraseBook) find(text string) string {
	var room [16]byte
	for word := range strings.FieldsFuncSeq(text, betweenWords) {
		for _, phrase := range b[string(appendSmall(room[:0], word))] {
			if strings.Contains(plainly(text), phrase) {
				return phrase
			}
		}
	}
	return ""
}

// appendSmall appends a word with its capitals from A to Z made small.
func appendSmall(to []byte, word string) []byte {
	for _, b := range []byte(word) {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		to = append(to, b)
	}
	return to
}

func betweenWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// plainly is a text as small words with a space on both sides of each.
func plainly(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), betweenWords), " ") + " "
}

// ForCrisis reports whether e is a plan for a crisis or for the end of life:
// by its code, its kind, or its title, not what mentions one in passing; or,
// in whatever section, a decision about resuscitation or treatment.
func (e *Entry) ForCrisis() bool {
	if e.Section != CarePlans && e.Section != Documents {
		return e.decides()
	}
	if e.Assertion != Present {
		return false
	}
	for _, coding := range e.What.Codings {
		if crisisCodes[coding.Code] {
			return true
		}
	}
	for _, words := range append([]string{e.Kind, e.What.Words()}, titles(e)...) {
		if decisionWords.in(words) || planWords.in(words) || respect(words) {
			return true
		}
	}
	return false
}

// decides reports whether e, which is no plan and no document, is a decision
// about resuscitation or treatment, or forbids to resuscitate.
func (e *Entry) decides() bool {
	switch {
	case e.over() || e.Section == Procedures:
		return false
	case e.Assertion == Forbidden:
		words := plainly(e.What.Words())
		return strings.Contains(words, "resuscitation ") || strings.Contains(words, " cpr ")
	}
	what, value := e.What.Words(), e.Value.Words()
	return e.Assertion == Present && (stands(value) || stands(what) && !deniedBy(value))
}

// stands reports whether a text names a decision, and does not say that there is
// none or that it has ended.
func stands(text string) bool {
	phrase := decisionWords.find(text)
	return phrase != "" && !endedWords.in(text) && !strings.Contains(plainly(text), " no"+phrase)
}

// deniedBy reports whether the value of what names a decision says that there is
// none, or the opposite, or names one that does not stand. "Not for intensive
// care" is a decision.
func deniedBy(value string) bool {
	words := plainly(value)
	return noWords[words] || endedWords.in(value) || forWords.in(value) && strings.HasPrefix(words, " for ") || decisionWords.in(value)
}

// respect reports whether a text names the ReSPECT form, and not respect.
func respect(text string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }), func(word string) bool {
		return word == "ReSPECT" || word == "RESPECT"
	})
}

// titles are what a document is called besides its type.
func titles(e *Entry) []string {
	if e.Section != Documents {
		return nil
	}
	return e.Notes
}
