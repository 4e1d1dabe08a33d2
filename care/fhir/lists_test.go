package fhir_test

import (
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func list(code, more string) string {
	return `{"resourceType":"List","status":"current","code":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]},"subject":{"reference":"Patient/1"}` + more + `}`
}

// Allergies that have ended stand within a List, and are shown as past.
func TestP4_EndedAllergies(t *testing.T) {
	ended := list("1103671000000101", `,"contained":[
		{"resourceType":"AllergyIntolerance","id":"r1","clinicalStatus":"resolved","verificationStatus":"unconfirmed","code":{"text":"Aspirin"},"patient":{"reference":"Patient/1"},"assertedDate":"2011-05-07",
		"extension":[{"url":"x/Extension-CareConnect-GPC-AllergyIntoleranceEnd-1","extension":[{"url":"endDate","valueDateTime":"2018-03-01"},{"url":"reasonEnded","valueString":"No recurrence"}]}]},
		{"resourceType":"AllergyIntolerance","id":"r2","modifierExtension":[{"url":"x"}],"patient":{"reference":"Patient/2"}},
		{"resourceType":"Practitioner","id":"p","name":[{"text":"Dr Shah"}]}]`)
	a := answer(t, record.Practice, everything(), bundle(ended))
	result := a.Result()
	if len(result.Entries) != 1 || result.Unreadable != 1 || result.Supporting != 1 {
		t.Fatalf("%+v", result)
	}
	const want = "allergies/Allergy: Aspirin | past | status resolved | verification unconfirmed | recorded 07-May-2011 | until 01-Mar-2018 | on file 07-May-2011 | notes [ended: No recurrence]"
	if got := summary(result.Entries[0]); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if subjects := a.Subjects(); len(subjects) != 2 {
		t.Errorf("%+v", subjects)
	}
	if result := answer(t, record.Practice, record.Scope{record.Problems: record.Everything}, bundle(ended)).Result(); len(result.Entries) != 0 || result.Outside != 2 {
		t.Errorf("out of scope: %+v", result)
	}
}

// What a List says is left out is said of its section, in its words.
func TestP4_ListWarnings(t *testing.T) {
	warn := func(code string) string {
		return `,"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1","valueCode":"` + code + `"}]`
	}
	for _, test := range []struct {
		name, list string
		want       []fhir.Issue
	}{
		{"confidential", list("717711000000103", warn("confidential-items")+`,"note":[{"text":"Items excluded."}]`), []fhir.Issue{{Severity: "warning", Code: "confidential-items", Text: "Items excluded.", Section: record.Problems}}},
		{"in transit", list("1149501000000101", warn("data-in-transit")), []fhir.Issue{{Severity: "warning", Code: "data-in-transit", Section: record.Visits}}},
		{"awaiting filing", list("887191000000108", warn("data-awaiting-filing")), []fhir.Issue{{Severity: "warning", Code: "data-awaiting-filing", Section: record.Results}}},
		{"of no section", list("TBD", warn("data-in-transit")), []fhir.Issue{{Severity: "warning", Code: "data-in-transit"}}},
		{"nothing recorded", list("886921000000105", `,"emptyReason":{"coding":[{"code":"no-content-recorded"}]},"note":[{"text":"Information not available."}]`), nil},
		{"withheld", list("886921000000105", `,"emptyReason":{"coding":[{"code":"withheld"}]}`), []fhir.Issue{{Severity: "warning", Code: "withheld", Section: record.Allergies}}},
	} {
		if got := answer(t, record.Practice, everything(), bundle(test.list)).Issues(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// An outcome is about the section that was asked for, or that it names.
func TestP4_OutcomeOfASection(t *testing.T) {
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	outcome := bundle(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","details":{"text":"No ward"}},{"severity":"warning","code":"not-supported","diagnostics":"includeProblems"}]}`)
	if _, err := a.ReadFor(strings.NewReader(outcome), record.Results, record.Observations); err != nil {
		t.Fatal(err)
	}
	want := []fhir.Issue{
		{Severity: "error", Code: "timeout", Text: "No ward", Section: record.Results},
		{Severity: "error", Code: "timeout", Text: "No ward", Section: record.Observations},
		{Severity: "warning", Code: "not-supported", Section: record.Problems},
	}
	if got := a.Issues(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// An exchange answers for several; each is told apart.
func TestP4_Exchange(t *testing.T) {
	tag := func(source, name, provenance string) string {
		return `"meta":{"tag":[{"system":"https://fhir.interweavedigital.nhs.uk/Source","code":"` + source + `","display":"` + name + `"},{"system":"https://fhir.interweavedigital.nhs.uk/Provenance","code":"` + provenance + `","display":"Of ` + name + `"},{"system":"x/Source","code":"other"}]}`
	}
	outcome := func(source, name, severity, code string) string {
		return `{"resourceType":"OperationOutcome",` + tag(source, name, "") + `,"issue":[{"severity":"` + severity + `","code":"` + code + `","details":{"text":"` + name + ` ` + code + `"}}]}`
	}
	a := answer(t, record.Acute, everything(), bundle(
		`{"resourceType":"Condition","id":"1","code":{"text":"Asthma"},"subject":{"reference":"Patient/1"},`+tag("P-001", "Example EPR", "RBA")+`}`,
		`{"resourceType":"Condition","id":"2","code":{"text":"Gout"},"subject":{"reference":"Patient/1"},`+tag("P-002", "Mental health", "not a code")+`}`,
		outcome("P-002", "Mental health", "information", "incomplete"), outcome("P-007", "Council system", "error", "timeout"),
		outcome("P-008", "Ambulance", "error", "forbidden"), outcome("P-009", "Hospice", "information", "informational")))
	want := []fhir.Provider{{"P-008", "Ambulance"}, {"P-007", "Council system"}, {"P-001", "Example EPR"}, {"P-009", "Hospice"}, {"P-002", "Mental health"}}
	if got := a.Providers(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	states := map[string]record.State{"P-002": record.Incomplete, "P-007": record.Late, "P-008": record.Refused, "P-009": record.Incomplete}
	for _, issue := range a.Issues() {
		if issue.State() != states[issue.Source.Code] {
			t.Errorf("%+v is %s", issue, issue.State())
		}
	}
	for _, e := range a.Result().Entries {
		from, origin := nhs.ODSCode("P-001"), record.Origin{Code: "RBA", Name: "Of Example EPR"}
		if e.Item.ID == "2" {
			from, origin = "P-002", record.Origin{Name: "Of Mental health"}
		}
		if e.Origin != origin || e.From != from || e.Via != hospital.Code {
			t.Errorf("%s through %s, %+v", e.From, e.Via, e.Origin)
		}
	}
}
