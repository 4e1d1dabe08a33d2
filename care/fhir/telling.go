package fhir

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// OutcomeOf is an OperationOutcome about what was sent: an information where it was taken, and otherwise one
// error for each fault, of at most some hundreds.
func OutcomeOf(taken string, faults []*EntryError) []byte {
	const most = 500
	var issues list
	if len(faults) == 0 {
		issues = append(issues, object{}.with("severity", "information").with("code", "informational").with("diagnostics", taken))
	}
	for _, f := range faults[:min(len(faults), most)] {
		issues = append(issues, object{}.with("severity", "error").with("code", "invalid").with("diagnostics", f.Error()).
			with("expression", list{fmt.Sprintf("Bundle.entry[%d]", f.Entry-1)}))
	}
	if more := len(faults) - most; more > 0 {
		issues = append(issues, object{}.with("severity", "error").with("code", "invalid").with("diagnostics", fmt.Sprintf("and %d more entries", more)))
	}
	return outcomeOf(issues)
}

// Refusal is an OperationOutcome that says why there is no answer.
func Refusal(code, words string) []byte {
	return outcomeOf(listOf(object{}.with("severity", "error").with("code", code).with("diagnostics", words)))
}

func outcomeOf(issues list) []byte {
	text, err := json.Marshal(object{}.with("resourceType", "OperationOutcome").with("issue", issues))
	if err != nil {
		return []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`)
	}
	return text
}
