package fhir_test

import (
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// What a source says that changes the meaning of what it says besides is never
// left out.
func TestP4_WhatChangesTheMeaningIsSaid(t *testing.T) {
	const who = `"subject":{"reference":"Patient/1"}`
	medication := func(more string) string {
		return `{"resourceType":"Medication","id":"w1"` + more + `,"code":{"text":"Wrong drug"}}`
	}
	prescription := `{"resourceType":"MedicationRequest","id":"r1","status":"active","medicationReference":{"reference":"Medication/w1"},` + who + `}`
	for _, test := range []struct {
		name, resources string
		has, not        []string
	}{
		{"a forbidden activity", `{"resourceType":"CarePlan","id":"1","status":"active","title":"Escalation",` + who + `,"activity":[{"detail":{"code":{"text":"Resuscitation"},"status":"scheduled","doNotPerform":true}}]}`, []string{"Not to be done: Resuscitation"}, []string{"scheduled"}},
		{"a prohibited activity", `{"resourceType":"CarePlan","id":"1","status":"active","title":"Plan",` + who + `,"activity":[{"detail":{"code":{"text":"Give NSAIDs"},"status":"scheduled","prohibited":true}}]}`, []string{"Not to be done: Give NSAIDs"}, []string{"scheduled"}},
		{"an activity", `{"resourceType":"CarePlan","id":"1","status":"active","title":"Plan",` + who + `,"activity":[{"detail":{"code":{"text":"Walk"},"status":"scheduled","doNotPerform":false}}]}`, []string{"Walk = scheduled"}, []string{"Not to be done"}},
		{"a subpotent dose", `{"resourceType":"Immunization","id":"1","status":"completed","vaccineCode":{"text":"Tetanus"},"isSubpotent":true,"subpotentReason":[{"text":"cold chain break"}],"patient":{"reference":"Patient/1"}}`, []string{"Subpotent", "cold chain break"}, nil},
		{"no known allergies that name one", `{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"Penicillin - anaphylaxis","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},"patient":{"reference":"Patient/1"}}`, []string{"Penicillin"}, []string{"none known"}},
		{"in error behind a local code", `{"resourceType":"Condition","id":"1","code":{"text":"Epilepsy"},"verificationStatus":{"coding":[{"system":"urn:local","code":"77"},{"code":"refuted"}]},` + who + `}`, []string{"refuted"}, nil},
		{"over behind a local code", `{"resourceType":"Condition","id":"1","code":{"text":"Epilepsy"},"clinicalStatus":[{"coding":[{"system":"urn:local","code":"x"},{"code":"resolved"}]}],` + who + `}`, []string{"status resolved"}, nil},
		{"a strength that the name leaves out", `{"resourceType":"MedicationRequest","id":"r1","status":"active","contained":[{"resourceType":"Medication","id":"w1","code":{"text":"Morphine sulfate"},"ingredient":[{"itemCodeableConcept":{"text":"Morphine sulfate"},"strength":{"numerator":{"value":100,"unit":"mg"},"denominator":{"value":1,"unit":"tablet"}}}]}],"medicationReference":{"reference":"#w1"},` + who + `}`, []string{"Morphine sulfate 100 mg / 1 tablet"}, nil},
		{"a note on a reaction", `{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"Penicillin"},"patient":{"reference":"Patient/1"},"reaction":[{"manifestation":[{"text":"Rash"}],"note":[{"text":"Cardiac arrest, intubated"}],"exposureRoute":{"text":"intravenous route"},"certainty":"likely"}]}`, []string{"Rash", "Cardiac arrest, intubated", "intravenous", "likely"}, nil},
		{"a reaction to a vaccine", `{"resourceType":"Immunization","id":"1","status":"completed","vaccineCode":{"text":"Tetanus"},"patient":{"reference":"Patient/1"},"reaction":[{"date":"2026-01-02","detail":{"display":"Anaphylaxis"}}]}`, []string{"Anaphylaxis", "02-Jan-2026"}, nil},
		{"a stage", `{"resourceType":"Condition","id":"1","code":{"text":"Carcinoma of colon"},` + who + `,"stage":[{"summary":{"text":"Stage IV, T4N2M1"}}],"evidence":[{"code":[{"text":"Biopsy"}]}]}`, []string{"stage: Stage IV, T4N2M1", "evidence: Biopsy"}, nil},
		{"a specimen", `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Culture"},"valueString":"Neisseria meningitidis","specimen":{"display":"Cerebrospinal fluid"},` + who + `}`, []string{"specimen: Cerebrospinal fluid"}, nil},
		{"an urgent referral", `{"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","code":{"text":"Cardiology"},"priority":"urgent",` + who + `}`, []string{"priority: urgent"}, nil},
		{"a routine referral", `{"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","code":{"text":"Cardiology"},"priority":"routine",` + who + `}`, nil, []string{"priority"}},
		{"why a medicine is not taken", `{"resourceType":"MedicationStatement","id":"1","status":"active","taken":"n","medicationCodeableConcept":{"text":"Ramipril"},"reasonNotTaken":[{"text":"cough"}],` + who + `}`, []string{"cough"}, nil},
		{"why an activity is off", `{"resourceType":"CarePlan","id":"1","status":"active","title":"Plan",` + who + `,"activity":[{"detail":{"code":{"text":"Admission"},"status":"cancelled","statusReason":{"text":"not for ITU"}}}]}`, []string{"cancelled: not for ITU"}, nil},
		{"a key worker who has gone", `{"resourceType":"CareTeam","id":"1","status":"active","name":"Team",` + who + `,"participant":[{"role":[{"text":"Key worker"}],"member":{"display":"J Smith"},"period":{"start":"2018","end":"2019"}}]}`, []string{"until 2019"}, nil},
		{"two sites, one without words", `{"resourceType":"Procedure","id":"1","status":"completed","code":{"text":"Biopsy"},` + who + `,"bodySite":[{"text":"Left breast"},{"coding":[{"system":"http://snomed.info/sct","code":"73056007"}]}]}`, []string{"Left breast", "73056007"}, nil},
		{"a medicine entered in error", medication(`,"status":"entered-in-error"`) + "\n" + prescription, nil, []string{"Wrong drug"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := answer(t, record.Acute, everything(), bundle(strings.Split(test.resources, "\n")...)).Result()
			var all []string
			for _, e := range result.Entries {
				all = append(all, summary(e))
			}
			said := strings.Join(all, "\n")
			for _, words := range test.has {
				if !strings.Contains(said, words) {
					t.Errorf("%q is not in %s", words, said)
				}
			}
			for _, words := range test.not {
				if strings.Contains(said, words) {
					t.Errorf("%q is in %s", words, said)
				}
			}
		})
	}
	inError := `{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"No known allergy"},"verificationStatus":{"coding":[{"system":"urn:local","code":"x"},{"code":"entered-in-error"}]},"patient":{"reference":"Patient/1"}}`
	if result := answer(t, record.Acute, everything(), bundle(inError)).Result(); len(result.Entries) > 0 || result.InError != 1 {
		t.Errorf("in error behind a local code: %d entries", len(result.Entries))
	}
	for name, resources := range map[string]string{
		"beside":    medication(`,"meta":{"security":[{"code":"R"}]}`) + "\n" + prescription,
		"contained": `{"resourceType":"MedicationRequest","id":"r1","status":"active","contained":[` + medication(`,"meta":{"security":[{"code":"R"}]}`) + `],"medicationReference":{"reference":"#w1"},` + who + `}`,
	} {
		if result := answer(t, record.Acute, everything(), bundle(strings.Split(resources, "\n")...)).Result(); len(result.Sensitive) != 1 || len(result.Entries) != 1 {
			t.Errorf("a medicine that is labelled, %s: %v", name, result.Sensitive)
		}
	}
}

// A list of medicines and the prescription behind it are one line only where
// they agree: one that is on hold, and an issue that was cancelled, say
// something else.
func TestP4_AHoldIsNotJoinedToAnActiveMedicine(t *testing.T) {
	const rest = `"medicationCodeableConcept":{"text":"Warfarin 3mg tablets"},"subject":{"reference":"Patient/1"}`
	statement := `{"resourceType":"MedicationStatement","id":"s1","status":"active","basedOn":[{"reference":"MedicationRequest/p1"}],` + rest + `}`
	plan := func(status string) string {
		return `{"resourceType":"MedicationRequest","id":"p1","intent":"plan","status":"` + status + `",` + rest + `}`
	}
	issue := func(status string) string {
		return `{"resourceType":"MedicationRequest","id":"o1","intent":"order","basedOn":[{"reference":"MedicationRequest/p1"}],"authoredOn":"2026-09-01","status":"` + status + `",` + rest + `}`
	}
	for _, test := range []struct {
		plan, issue string
		entries     int
	}{
		{"active", "completed", 1},
		{"active", "cancelled", 2},
		{"active", "stopped", 2},
		{"on-hold", "completed", 2},
		{"stopped", "completed", 2},
	} {
		result := answer(t, record.Practice, everything(), bundle(statement, plan(test.plan), issue(test.issue))).Result()
		if len(result.Entries) != test.entries {
			t.Errorf("plan %s, issue %s: %d entries", test.plan, test.issue, len(result.Entries))
		}
	}
}

// A registration that has ended is no ground.
func TestARegistrationThatHasEndedIsNone(t *testing.T) {
	for period, want := range map[string]string{`"start":"2010-01-01","end":"2015-01-01"`: "", `"start":"2010-01-01"`: "M84001"} {
		p, err := fhir.DecodePerson(strings.NewReader(`{"resourceType":"Patient","id":"9990000018","birthDate":"1980-02-03","name":[{"use":"usual","family":"X"}],"generalPractitioner":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"M84001","period":{` + period + `}}}]}`))
		if err != nil || string(p.Practice) != want {
			t.Errorf("%s: %q, %v", period, p.Practice, err)
		}
	}
}
