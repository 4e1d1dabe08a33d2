package fhir_test

import (
	"testing"

	"example.org/icr/care/record"
)

// A list and the prescription behind it are one medicine though only one of them
// has the instruction to the patient, which is kept.
func TestAMedicineIsOneThoughItsPrescriptionSaysMore(t *testing.T) {
	r := answer(t, record.Practice, everything(), bundle(
		`{"resourceType":"MedicationStatement","id":"s","status":"active","basedOn":[{"reference":"MedicationRequest/p"}],"medicationCodeableConcept":{"text":"Paracetamol 500mg tablets"},"dosage":[{"text":"Two QDS"}],"subject":{"reference":"Patient/1"}}`,
		`{"resourceType":"MedicationRequest","id":"p","status":"active","intent":"plan","medicationCodeableConcept":{"text":"Paracetamol 500mg tablets"},"dosageInstruction":[{"text":"Two QDS","patientInstruction":"No more than 8 in 24 hours"}],"subject":{"reference":"Patient/1"}}`,
		`{"resourceType":"MedicationRequest","id":"i","status":"completed","intent":"order","basedOn":[{"reference":"MedicationRequest/p"}],"medicationCodeableConcept":{"text":"Paracetamol 500mg tablets"},"dosageInstruction":[{"text":"Two QDS","patientInstruction":"No more than 8 in 24 hours"}],"subject":{"reference":"Patient/1"}}`,
	)).Result()
	if len(r.Entries) != 1 || r.Entries[0].Dose != "Two QDS – also: No more than 8 in 24 hours" {
		for _, e := range r.Entries {
			t.Errorf("%s", summary(e))
		}
	}
}

// What is said besides a dose stays with its step.
func TestAStepKeepsWhatIsSaidOfIt(t *testing.T) {
	for dosage, want := range map[string]string{
		`[{"sequence":1,"text":"10 mg every four hours","asNeededBoolean":true},{"sequence":2,"text":"20 mg twice a day, regularly"}]`:      "10 mg every four hours – also: as needed; and 20 mg twice a day, regularly",
		`[{"text":"One daily"},{"text":"One daily","asNeededBoolean":true}]`:                                                                "One daily; and One daily – also: as needed",
		`[{"text":"One in the morning","patientInstruction":"Swallow whole"},{"text":"Two at night","patientInstruction":"Swallow whole"}]`: "One in the morning; Two at night – also: Swallow whole",
		`[{"sequence":1},{"sequence":2,"text":"one daily"}]`:                                                                                "one daily",
		`[{"text":"Take 120 mg daily","doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"}}]}]`:                                          "Take 120 mg daily – also: 20 mg",
		`[{"text":"One daily","doseAndRate":[{"doseQuantity":{"value":125,"unit":"ug"}}]}]`:                                                 "One daily – also: 125 ug",
		`[{"text":"Take 10 milligrams","doseAndRate":[{"doseQuantity":{"value":10,"unit":"mg"}}]}]`:                                         "Take 10 milligrams",
		`[{"sequence":99999999999999999999,"text":"b"},{"sequence":-9223372036854775808,"text":"a"}]`:                                       "a; b",
	} {
		r := answer(t, record.Practice, everything(), bundle(`{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","medicationCodeableConcept":{"text":"X"},"dosageInstruction":`+dosage+`,"subject":{"reference":"Patient/1"}}`)).Result()
		if got := r.Entries[0].Dose; got != want {
			t.Errorf("%s => %s", dosage, got)
		}
	}
}
