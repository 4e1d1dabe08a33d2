package fhir_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// An objection is told as a valid Consent that denies, that says which
// objection it is and which it is not, and holds no more of anybody than the
// NHS number.
func TestAnObjectionIsToldAsAConsent(t *testing.T) {
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	for state, status := range map[objection.State]string{
		objection.IdentityConfirmed: "active", objection.Upheld: "active", "": "active", "a state of tomorrow": "active",
		objection.Withdrawn: "inactive", objection.Refused: "rejected", objection.RecordedInError: "entered-in-error", objection.Received: "inactive",
	} {
		o := objection.Told{
			ID: uuid.Must(uuid.NewV7()), Patient: number, Family: "Canarybird", Given: "Ottoline", Born: "1980-02-03", State: state, Version: 2,
			Received: time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC), At: time.Date(2026, 1, 3, 9, 0, 0, 0, time.UTC), Recorded: time.Date(2026, 1, 3, 9, 0, 1, 0, time.UTC),
		}
		text, err := fhir.Consent(o, fhir.ConsentSite{URL: "https://icr.example", Programme: "QWU", Name: "Test ICR"})
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema()(t, "Consent").Validate(value); err != nil {
			t.Errorf("%s is not FHIR R4: %v\n%s", state, err, text)
		}
		for _, want := range []string{
			`"status":"` + status + `"`, `"type":"deny"`, `"code":"icr-objection"`, "https://icr.example/right-to-object", "not a Type 1 opt-out", "not the National Data Opt-out",
			`"value":"9990000018"`, `"versionId":"2"`, `"lastUpdated":"2026-01-03T09:00:01.000000Z"`,
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in %s", state, want, text)
			}
		}
		if strings.Contains(string(text), "Canarybird") || strings.Contains(string(text), "1980") || strings.Contains(string(text), `"end"`) == (status == "active") {
			t.Errorf("%s: %s", state, text)
		}
	}
}
