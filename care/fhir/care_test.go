package fhir_test

import (
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
)

// What an organisation says of its own care for somebody, whose it need not
// say again; nothing that is not sound, called off or another's counts.
func TestCareThatAnOrganisationTellsOf(t *testing.T) {
	patient, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	const period = `"period":{"start":"2026-06-01T09:00:00Z"}`
	provider := func(code string) string {
		return `"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"` + code + `"}}`
	}
	for name, test := range map[string]struct{ resource, kind string }{
		"encounter":             {`{"resourceType":"Encounter","id":"1","status":"in-progress","subject":{"reference":"Patient/p1"},` + period + `}`, "encounter"},
		"at a site of it":       {`{"resourceType":"Encounter","id":"1","status":"in-progress",` + provider("RKB01") + `,` + period + `}`, "encounter"},
		"elsewhere":             {`{"resourceType":"Encounter","id":"1","status":"in-progress",` + provider("RLT") + `,` + period + `}`, ""},
		"at no organisation":    {`{"resourceType":"Encounter","id":"1","status":"in-progress",` + provider("?") + `,` + period + `}`, ""},
		"episode":               {`{"resourceType":"EpisodeOfCare","id":"1","status":"active",` + period + `}`, "episode"},
		"appointment":           {`{"resourceType":"Appointment","id":"1","status":"booked","start":"2026-06-01T09:00:00Z","participant":[{"actor":{"reference":"Patient/p1"}}]}`, "appointment"},
		"team":                  {`{"resourceType":"CareTeam","id":"1","status":"active","identifier":[{"value":"T7"}],` + period + `}`, "caseload"},
		"team without a name":   {`{"resourceType":"CareTeam","id":"1","status":"active",` + period + `}`, ""},
		"cancelled":             {`{"resourceType":"Encounter","id":"1","status":"cancelled",` + period + `}`, ""},
		"in error":              {`{"resourceType":"Encounter","id":"1","status":"entered-in-error",` + period + `}`, ""},
		"without a start":       {`{"resourceType":"Encounter","id":"1","status":"in-progress"}`, ""},
		"of a changed meaning":  {`{"resourceType":"Encounter","id":"1","status":"in-progress","modifierExtension":[{"url":"https://example.org/not"}],` + period + `}`, ""},
		"of another shape":      {`{"resourceType":"Encounter","id":"1","status":{},` + period + `}`, ""},
		"no care":               {`{"resourceType":"Observation","id":"1"}`, ""},
		"beside something else": {`{"resourceType":"Composition","identifier":{"value":"x"}}},{"resource":{"resourceType":"Encounter","id":"1","status":"in-progress",` + period + `}`, "encounter"},
	} {
		t.Run(name, func(t *testing.T) {
			page := `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + test.resource + `}]}`
			all, err := fhir.ReadCare([]byte(page), patient, "RKB")
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != min(1, len(test.kind)) || len(all) == 1 && (all[0].Kind != test.kind || all[0].Organisation != "RKB" || all[0].Patient != patient) {
				t.Errorf("%+v", all)
			}
		})
	}
	if _, err := fhir.ReadCare([]byte(`{"entry":[`), patient, "RKB"); err == nil {
		t.Error("an answer that breaks off was read")
	}
}
