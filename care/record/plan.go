package record

import "strings"

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

// crisisWords name the same plans, in whatever system's words.
var crisisWords = []string{
	"respect form", "respect plan", "recommended summary plan", "end of life", "end-of-life", "crisis", "contingency",
	"treatment escalation", "emergency health care plan", "emergency healthcare plan", "advance care plan", "advance decision",
	"dnacpr", "not attempt cardiopulmonary", "not for resuscitation", "just in case", "palliative care plan",
}

// ForCrisis reports whether e is a plan for a crisis or for the end of life:
// by its code, its kind, or its title. Not what mentions one in passing.
func (e *Entry) ForCrisis() bool {
	if e.Section != CarePlans && e.Section != Documents || e.Assertion != Present {
		return false
	}
	for _, coding := range e.What.Codings {
		if crisisCodes[coding.Code] {
			return true
		}
	}
	for _, words := range append([]string{e.Kind, e.What.Words()}, titles(e)...) {
		words = strings.ToLower(words)
		for _, crisis := range crisisWords {
			if strings.Contains(words, crisis) {
				return true
			}
		}
	}
	return strings.Contains(e.What.Words(), "ReSPECT")
}

// titles are what a document is called besides its type.
func titles(e *Entry) []string {
	if e.Section != Documents {
		return nil
	}
	return e.Notes
}
