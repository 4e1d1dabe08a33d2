package fhir_test

import (
	"slices"
	"testing"

	"example.org/icr/care/record"
)

// What a resource says in codes alone, beside what it is, reaches the list of
// what is sensitive, wherever the resource says it.
func TestCodesBesideWhatIsShownAreKept(t *testing.T) {
	const who = `"subject":{"reference":"Patient/1"}`
	const hiv = `{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}],"text":"See letter"}`
	for name, resource := range map[string]string{
		"reason of a visit":         `{"resourceType":"Encounter","id":"1","status":"finished","type":[{"text":"Clinic 4"}],"reasonCode":[` + hiv + `],` + who + `}`,
		"service of a visit":        `{"resourceType":"Encounter","id":"1","status":"finished","type":[{"text":"Clinic 4"}],"serviceType":` + hiv + `,` + who + `}`,
		"specialty of a booking":    `{"resourceType":"Appointment","id":"1","status":"booked","description":"Clinic 4","specialty":[` + hiv + `],"participant":[{"actor":{"reference":"Patient/1"}}]}`,
		"reason of a prescription":  `{"resourceType":"MedicationRequest","id":"1","status":"active","medicationCodeableConcept":{"text":"Tablets"},"reasonCode":[` + hiv + `],` + who + `}`,
		"component of a result":     `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Serology"},"component":[{"code":` + hiv + `,"valueString":"x"}],` + who + `}`,
		"value of a component":      `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Serology"},"component":[{"code":{"text":"Finding"},"valueCodeableConcept":` + hiv + `}],` + who + `}`,
		"activity of a plan":        `{"resourceType":"CarePlan","id":"1","status":"active","title":"Plan","activity":[{"detail":{"code":` + hiv + `}}],` + who + `}`,
		"conclusion of a report":    `{"resourceType":"DiagnosticReport","id":"1","status":"final","code":{"text":"Report"},"conclusion":"Positive","conclusionCode":[` + hiv + `],` + who + `}`,
		"complication of an action": `{"resourceType":"Procedure","id":"1","status":"completed","code":{"text":"Biopsy"},"complication":[` + hiv + `],` + who + `}`,
		"event of a document":       `{"resourceType":"DocumentReference","id":"1","status":"current","description":"Letter","context":{"event":[` + hiv + `]},` + who + `}`,
	} {
		result := answer(t, record.Acute, everything(), bundle(resource)).Result()
		if len(result.Entries) != 1 {
			t.Errorf("%s: %d entries", name, len(result.Entries))
			continue
		}
		e := result.Entries[0]
		if all := slices.Concat(e.What.Codings, e.Value.Codings, e.Aside); !slices.ContainsFunc(all, func(c record.Coding) bool { return c.Code == "86406008" }) {
			t.Errorf("%s: the code is lost: %+v", name, e)
		}
	}
	clinic := `{"resourceType":"DocumentReference","id":"1","status":"current","description":"Letter","context":{"practiceSetting":{"text":"Sexual health"}},` + who + `}`
	plain := `{"resourceType":"Observation","id":"2","status":"final","code":{"text":"Weight"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],` + who + `}`
	for _, e := range answer(t, record.Acute, everything(), bundle(clinic, plain)).Result().Entries {
		if setting := slices.Contains(e.Aside, record.Coding{Display: "Sexual health"}); setting != (e.Section == record.Documents) || !setting && len(e.Aside) > 0 {
			t.Errorf("%s: %v", e.What.Words(), e.Aside)
		}
	}
}
