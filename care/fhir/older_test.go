package fhir_test

import (
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// What STU3 says otherwise than R4.
func TestOlderRelease(t *testing.T) {
	const who = `"subject":{"reference":"Patient/1"}`
	for _, test := range []struct{ name, resource, want string }{
		{
			"plain statuses, asserted", `{"resourceType":"Condition",` + who + `,"clinicalStatus":"remission","verificationStatus":"confirmed","code":{"text":"Asthma"},"context":{"reference":"Encounter/327"},"assertedDate":"2017-10-18","asserter":{"display":"Dr Shah"}}`,
			"problems/Problem: Asthma | past | status remission | verification confirmed | recorded 18-Oct-2017 | on file 18-Oct-2017 | by Dr Shah",
		},
		{
			"nothing known, inactive", `{"resourceType":"AllergyIntolerance","clinicalStatus":"inactive","verificationStatus":"confirmed","code":{"text":"No Known Allergies"},"patient":{"reference":"Patient/1"},"assertedDate":"2017-10-18"}`,
			"allergies/Allergy: No Known Allergies | none known | past | status inactive | verification confirmed | recorded 18-Oct-2017 | on file 18-Oct-2017",
		},
		{
			"referral", `{"resourceType":"ReferralRequest",` + who + `,"status":"active","intent":"order","authoredOn":"2019-03-28","requester":{"agent":{"display":"Dr Shah"}},"recipient":[{"display":"Dr Dave"}],"reasonCode":[{"text":"Swollen legs"}],"description":"Please see","specialty":{"text":"Vascular surgery"}}`,
			"visits/Referral: Vascular surgery | current | status active | requested 28-Mar-2019 | because Swollen legs | by Dr Shah | at Dr Dave | notes [Please see]",
		},
		{
			"referral that says only why", `{"resourceType":"ReferralRequest",` + who + `,"status":"unknown","authoredOn":"2019-03-28","reasonCode":[{"coding":[{"display":"Referral to counsellor"}]}]}`,
			"visits/Referral: Referral to counsellor | unknown | status unknown | requested 28-Mar-2019",
		},
		{
			"recall", `{"resourceType":"ProcedureRequest",` + who + `,"status":"suspended","intent":"plan","code":{"text":"Medication review due"},"occurrenceDateTime":"2019-05-02","authoredOn":"2019-03-02"}`,
			"visits/Request: Medication review due | current | status suspended | requested 02-Mar-2019 | notes [for 02-May-2019]",
		},
		{
			"vaccination of unknown vaccine", `{"resourceType":"Immunization","patient":{"reference":"Patient/1"},"status":"completed","notGiven":false,"date":"2019-06-28","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/v3/NullFlavor ","code":"UNK"}],"text":"Unknown"},
			"extension":[{"url":"https://example.org/Extension-CareConnect-GPC-DateRecorded-1","valueDateTime":"2019-06-29"},{"url":"https://example.org/Extension-CareConnect-VaccinationProcedure-1","valueCodeableConcept":{"coding":[{"display":"First hepatitis A vaccination"}]}}],
			"practitioner":[{"role":{"text":"AP"},"actor":{"display":"Nurse Li"}}],"explanation":{"reason":[{"text":"Travel"}]},"vaccinationProtocol":[{"doseSequence":1,"seriesDoses":2}]}`,
			"immunisations/Immunisation: First hepatitis A vaccination | current | status completed | given 28-Jun-2019 | on file 29-Jun-2019 | because Travel | by Nurse Li | notes [dose 1 of 2]",
		},
		{
			"vaccination not given", `{"resourceType":"Immunization","patient":{"reference":"Patient/1"},"status":"completed","notGiven":true,"date":"2019-09-28","vaccineCode":{"text":"MMR"},"explanation":{"reasonNotGiven":[{"text":"Declined"}]}}`,
			"immunisations/Immunisation: MMR | refuted | past | status not done | dated 28-Sep-2019 | because Declined",
		},
		{
			"document", `{"resourceType":"DocumentReference",` + who + `,"status":"current","class":{"text":"Housing report"},"created":"2018-10-24","indexed":"2019-04-01","content":[{"attachment":{"contentType":"application/pdf","url":"Binary/1"}}]}`,
			"documents/Document: Housing report | current | status current | written 24-Oct-2018 | on file 01-Apr-2019 | document application/pdf 0 Binary/1",
		},
		{
			"medicine taken", `{"resourceType":"MedicationStatement",` + who + `,"status":"active","taken":"n","medicationCodeableConcept":{"text":"Furosemide"},"medicationReference":{"reference":"#1"},"contained":[{"resourceType":"Medication","id":"1","code":{"text":"Furosemide 20mg"}}],
			"dateAsserted":"2019-04-01","dosage":[{"text":"One in the morning"}],"context":{"reference":"Encounter/1"},"extension":[{"url":"https://example.org/Extension-CareConnect-GPC-MedicationStatementLastIssueDate-1","valueDateTime":"2016-05-10"}]}`,
			"medications/Medicine taken: Furosemide | refuted | current | status active | recorded 01-Apr-2019 | on file 01-Apr-2019 | dose One in the morning | issued 10-May-2016 | notes [last issued 10-May-2016 also sent as Furosemide 20mg]",
		},
		{
			"result with a specimen", `{"resourceType":"Observation",` + who + `,"status":"final","code":{"text":"PSA"},"specimen":{"reference":"Specimen/1"},"issued":"2019-03-03"}`,
			"results/Result: PSA | current | status final | recorded 03-Mar-2019 | on file 03-Mar-2019",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := answer(t, record.Practice, everything(), bundle(test.resource)).Result()
			if len(result.Entries) != 1 {
				t.Fatalf("%+v", result)
			}
			if got := summary(result.Entries[0]); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOlderTypes(t *testing.T) {
	visits := record.Scope{record.Visits: record.Everything}
	if got := strings.Join(fhir.STU3.Types(visits, record.Practice), " "); got != "Encounter Appointment ReferralRequest ProcedureRequest" {
		t.Error(got)
	}
	if got := strings.Join(fhir.R4.Types(visits, record.Practice), " "); got != "Encounter Appointment ServiceRequest" {
		t.Error(got)
	}
	if got := fhir.STU3.Holds("ProcedureRequest", record.Council); len(got) != 1 || got[0] != record.SocialCare {
		t.Error(got)
	}
}

const medicines = `{"resourceType":"MedicationStatement","id":"s","status":"active","taken":"unk","basedOn":[{"reference":"MedicationRequest/p"}],"medicationReference":{"reference":"Medication/m"},"effectivePeriod":{"start":"2016-08-11"},"dosage":[{"text":"one daily"}]}
{"resourceType":"Medication","id":"m","code":{"text":"Ramipril 5mg capsules"}}
{"resourceType":"MedicationRequest","id":"p","status":"active","intent":"plan","medicationReference":{"reference":"Medication/m"},"authoredOn":"2016-08-11","recorder":{"display":"Dr Shah"},"dosageInstruction":[{"text":"one daily"}],"extension":[{"url":"x/Extension-CareConnect-GPC-PrescriptionType-1","valueCodeableConcept":{"text":"Repeat"}}]}
{"resourceType":"MedicationRequest","id":"o1","status":"completed","intent":"order","basedOn":[{"reference":"MedicationRequest/p"}],"medicationReference":{"reference":"Medication/m"},"authoredOn":"2016-08-11","dosageInstruction":[{"text":"one daily"}],"dispenseRequest":{"quantity":{"value":28,"extension":[{"url":"x/Extension-CareConnect-GPC-MedicationQuantityText-1","valueString":"capsule"}]}}}
{"resourceType":"MedicationRequest","id":"o2","status":"active","intent":"order","basedOn":[{"reference":"MedicationRequest/p"}],"medicationReference":{"reference":"Medication/m"},"authoredOn":"2016-09-11","dosageInstruction":[{"text":"one daily"}]}`

// A medicine is one entry with its prescription and issues, whichever page
// they come on; an issue that differs stays one of its own.
func TestMedicinesWithIssues(t *testing.T) {
	resources := strings.Split(medicines, "\n")
	const whole = "medications/Medicine taken: Ramipril 5mg capsules | current | status active | taken from 11-Aug-2016 | dose one daily | repeat | issued 11-Sep-2016 | part Issued = 11-Sep-2016 | part Issued = 11-Aug-2016, supply 28 capsule | by Dr Shah | notes [Repeat]"
	for name, pages := range map[string][]string{
		"one page":   {bundle(resources...)},
		"repeated":   {bundle(resources...), bundle(resources[2])},
		"five pages": {bundle(resources[4]), bundle(resources[3]), bundle(resources[2]), bundle(resources[1]), bundle(resources[0])},
	} {
		result := answer(t, record.Practice, everything(), pages...).Result()
		if len(result.Entries) != 1 || result.Joined != 3 || result.Resources() != 5+result.Repeated || len(result.Entries[0].Also) != 3 {
			t.Fatalf("%s: %+v", name, result)
		}
		if got := summary(result.Entries[0]); got != whole {
			t.Errorf("%s:\n got %s\nwant %s", name, got, whole)
		}
	}
	for _, test := range []struct{ from, to string }{
		{`"authoredOn":"2016-09-11","dosageInstruction":[{"text":"one daily"}]`, `"authoredOn":"2016-09-11","dosageInstruction":[{"text":"TWO daily"}]`},
		{`"id":"o2","status":"active"`, `"id":"o2","status":"draft"`},
		{`"id":"o2",`, `"id":"o2","meta":{"security":[{"code":"R"}]},`},
		{`"id":"o2",`, `"id":"o2","doNotPerform":true,`},
		{`"id":"o2",`, `"id":"o1",`},
	} {
		changed := strings.Split(strings.Replace(medicines, test.from, test.to, 1), "\n")
		if result := answer(t, record.Practice, everything(), bundle(changed...)).Result(); len(result.Entries) < 2 || result.Resources() != 5 {
			t.Errorf("%s: %+v", test.to, result)
		}
	}
}

// Thousands of medicines and issues in a knot are read in no time.
func TestMedicinesInAKnot(t *testing.T) {
	var resources []string
	for range 4000 {
		resources = append(resources,
			`{"resourceType":"MedicationStatement","basedOn":[{"reference":"MedicationRequest/p"}],"medicationCodeableConcept":{"text":"A"}}`,
			`{"resourceType":"MedicationRequest","id":"p","basedOn":[{"reference":"MedicationRequest/p"}],"medicationCodeableConcept":{"text":"B"}}`)
	}
	began := time.Now()
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{Entries: 10_000})
	if _, err := a.Read(strings.NewReader(bundle(resources...))); err != nil {
		t.Fatal(err)
	}
	if n := a.Result().Resources(); n != 8000 || time.Since(began) > 30*time.Second {
		t.Errorf("%d resources in %v", n, time.Since(began))
	}
}
