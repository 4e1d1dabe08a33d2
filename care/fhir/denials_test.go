package fhir_test

import (
	"testing"

	"example.org/icr/care/record"
)

// "None known" is read only where every part of a text denies: whoever denies
// allergies to medicines may tell of another in the same breath.
func TestP4_DenialsBesideWhatIsKnown(t *testing.T) {
	const (
		any  = `{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}`
		drug = `{"system":"http://snomed.info/sct","code":"409137002","display":"No known drug allergy"}`
	)
	read := func(text, codings string) record.Assertion {
		r := answer(t, record.Practice, everything(), bundle(`{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"`+text+`","coding":[`+codings+`]},"patient":{"reference":"Patient/1"}}`)).Result()
		return r.Entries[0].Assertion
	}
	for _, text := range []string{
		"No known drug allergies. Allergic to latex", "No drug allergies. Latex allergy", "Latex allergy, no known drug allergies", "Latex allergy no known drug allergies",
		"No known drug allergy; has food intolerance", "No known drug allergy has food intolerance", "Allergic to latex and food, no known medicines",
		"No known drug allergy. Latex sensitivity reported", "No known drug allergies - allergic to latex", "History of adverse reaction to medication, not known",
		"Penicillin (no known others)", "Allergies not known",
	} {
		for _, code := range []string{any, drug} {
			if read(text, code) == record.NoneKnown {
				t.Errorf("%q is none known", text)
			}
		}
	}
	for _, text := range []string{
		"No known drug allergies", "Drug allergies: none known", "Allergies - none", "No known drug or food allergies", "Patient has no known allergies",
		"No known drug allergies, no known food allergies", "No allergies reported", "Not allergic to any medicines", "No Known Allergy (situation)",
	} {
		if read(text, any) != record.NoneKnown {
			t.Errorf("%q is not none known", text)
		}
	}
	const named = `{"system":"http://snomed.info/sct","code":"716186003","display":"Penicillin"}`
	if read("", named+`,{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-allergies"}`) == record.NoneKnown {
		t.Error("a code that is displayed as penicillin is none known")
	}
}
