package fhir_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// What is wrong in FHIR but sound in JSON is read for what it says.
func TestDirtyValues(t *testing.T) {
	const ok = `"resourceType":"Observation","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"X"}`
	for _, test := range []struct{ name, resource, want string }{
		{"number for an id and a text", `{` + ok + `,"id":12,"status":7,"valueString":5}`, "results/Result: X | unknown | status 7 | value 5"},
		{"object for an array", `{"resourceType":"Observation","category":{"coding":{"code":"laboratory"}},"code":{"coding":{"display":"X"}},"interpretation":{"text":"Low"}}`, "results/Result: X | unknown | flag Low | abnormal true"},
		{"text for a concept", `{"resourceType":"Observation","category":"laboratory","code":"X"}`, "results/Result: X | unknown"},
		{"array for a concept", `{"resourceType":"Observation","code":[{"text":"X"},{"coding":[{"display":"Y"}]}]}`, "observations/Observation: X; Y | unknown"},
		{"number for a concept", `{"resourceType":"Observation","code":42}`, "observations/Observation: 42 | unknown"},
		{"unknown status", `{` + ok + `,"status":"Finalised"}`, "results/Result: X | unknown | status Finalised"},
		{"concept for a status", `{` + ok + `,"status":{"coding":[{"code":"final"}]}}`, "results/Result: X | current | status final"},
		{"object for a text", `{` + ok + `,"valueTime":{"a":[1,"}"]}}`, `results/Result: X | unknown`},
		{"object for an id", `{` + ok + `,"id":{"a": 1}}`, `results/Result: X | unknown`},
		{"decimals as sent", `{` + ok + `,"valueQuantity":{"value":1.00,"unit":"g"}}`, "results/Result: X | unknown | quantity 1.00 g"},
		{"decimal in quotes", `{` + ok + `,"valueQuantity":{"value":"<5.40","code":"g"}}`, "results/Result: X | unknown | quantity <5.40 g"},
		{"quantity as text", `{` + ok + `,"valueQuantity":"5 g"}`, "results/Result: X | unknown | quantity 5 g"},
		{"nulls", `{` + ok + `,"status":null,"note":[null,{"text":null},"Hand written"],"interpretation":null,"referenceRange":[null],"component":null}`, "results/Result: X | unknown | notes [Hand written]"},
		{"empty things", `{` + ok + `,"note":[],"referenceRange":[{}],"component":[{}],"performer":[{}],"valueQuantity":{}}`, "results/Result: X | unknown"},
		{"boolean value", `{` + ok + `,"valueBoolean":false}`, "results/Result: X | unknown | value false"},
		{"range and ratio", `{` + ok + `,"valueRatio":{"numerator":{"value":1},"denominator":{"value":128}},"referenceRange":[{"low":{"value":1,"unit":"g"}},{"high":{"value":9,"unit":"g"}},"see chart"]}`, "results/Result: X | unknown | value 1 / 128 | range 1 g or more; up to 9 g; see chart"},
		{"no date", `{` + ok + `,"effectiveDateTime":"about Easter"}`, "results/Result: X | unknown | taken about Easter"},
		{"date in another element", `{` + ok + `,"effectivePeriod":"2020-01"}`, "results/Result: X | unknown | taken Jan-2020"},
		{"reference as text", `{` + ok + `,"performer":"Dr Shah"}`, "results/Result: X | unknown | by Dr Shah"},
		{"escapes", `{` + ok + `,"note":[{"text":"caf\u00e9 \"quoted\" \\ \ud83d\ude00 a\/b"}]}`, `results/Result: X | unknown | notes [café "quoted" \ 😀 a/b]`},
		{"escaped name", `{` + ok + `,"st\u0061tus":"final"}`, "results/Result: X | current | status final"},
		{"unknown elements", `{"a":{"b":["]","}"]},` + ok + `,"_status":{"extension":[{"url":"x"}]},"zz":[[[]]],"y":-1.5e3}`, "results/Result: X | unknown"},
		{"white space", " {\n\t\"resourceType\" : \"Observation\" , \"code\" : { \"text\" :\t\"  X  \" } , \"note\" : [ \"a\" , \"b\" ] }\r\n", "observations/Observation: X | unknown | notes [a b]"},
		{"bytes that are no base64", `{"resourceType":"DocumentReference","type":"Letter","content":{"attachment":{"contentType":"text/plain","data":"***"}}}`, "documents/Document: Letter | unknown | document text/plain 0  "},
		{"older versions", `{"resourceType":"Immunization","status":"completed","notGiven":true,"vaccineCode":{"text":"MMR"},"date":"2019-01-01"}`, "immunisations/Immunisation: MMR | refuted | past | status not done | dated 01-Jan-2019"},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := answer(t, record.Acute, everything(), bundle(test.resource)).Result()
			if len(result.Entries) != 1 {
				t.Fatalf("%+v", result)
			}
			got := summary(result.Entries[0])
			if got != strings.TrimSpace(test.want) {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestObjectForText(t *testing.T) {
	result := answer(t, record.Acute, everything(), bundle(`{"resourceType":"CarePlan","title":{"en": "Plan","n":[1]}}`)).Result()
	if got := result.Entries[0].What.Words(); got != `{"en": "Plan","n":[1]}` {
		t.Errorf("%q", got)
	}
}

func TestDoses(t *testing.T) {
	for _, test := range []struct{ dosage, want string }{
		{`[{"text":"one at night","patientInstruction":"with food","doseAndRate":[{"doseQuantity":{"value":1}}]}]`, "one at night – also: with food"},
		{`[{"patientInstruction":"with food","doseAndRate":[{"doseQuantity":{"value":1}}]}]`, "1 – also: with food"},
		{`[{"patientInstruction":"with food"}]`, "with food"},
		{`[{"text":"Two tablets every four to six hours","patientInstruction":"No more than 8 in 24 hours"}]`, "Two tablets every four to six hours – also: No more than 8 in 24 hours"},
		{`[{"text":"One when required, with food","patientInstruction":"With food","asNeededBoolean":true}]`, "One when required, with food"},
		{`[{"text":"One daily","asNeededBoolean":true,"maxDosePerAdministration":{"value":2,"unit":"tablet"}}]`, "One daily – also: as needed; at most 2 tablet at a time"},
		{`[{"patientInstruction":"Take with food","doseAndRate":[{"doseQuantity":{"value":10,"unit":"mg"}}],"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["mon"]}}}]`, "10 mg, 1 time every 1 week, on mon – also: Take with food"},
		{`[{"doseQuantity":{"value":500,"unit":"mg"},"timing":{"code":{"text":"three times a day"},"repeat":{"boundsPeriod":{"start":"2026-11-01","end":"2026-11-08"}}}}]`, "500 mg, three times a day, from 01-Nov-2026 until 08-Nov-2026"},
		{`[{"sequence":2,"text":"20 mg daily for 5 days"},{"sequence":1,"text":"40 mg daily for 5 days"}]`, "40 mg daily for 5 days; 20 mg daily for 5 days"},
		{`[{"doseQuantity":{"value":1},"timing":{"repeat":{"when":["AC"],"offset":30,"count":2,"countMax":3}},"maxDosePerLifetime":{"value":9,"unit":"mg"}}]`, "1, when AC, offset 30 minutes, 2 to 3 times in all, at most 9 mg in a lifetime"},
		{`[{"doseAndRate":[{"doseQuantity":{"value":1,"unit":"tablet"}}],"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}}]`, "1 tablet, 2 times every 1 day"},
		{`[{"doseAndRate":[{"doseRange":{"low":{"value":1},"high":{"value":2,"unit":"puff"}}}],"timing":{"repeat":{"period":4,"periodMax":6,"periodUnit":"h"}},"asNeededBoolean":true,"route":{"text":"Inhaled"}}]`, "1 to 2 puff, every 4 to 6 hour, Inhaled, as needed"},
		{`[{"doseAndRate":[{"rateRatio":{"numerator":{"value":1,"unit":"L"},"denominator":{"value":8,"unit":"h"}}}]}]`, "1 L / 8 h"},
		{`[{"timing":{"repeat":{"frequency":1,"frequencyMax":3,"timeOfDay":["08:00","20:00"],"dayOfWeek":["mon","fri"],"when":["PC"],"count":10,"duration":5,"durationUnit":"min"}},"asNeededCodeableConcept":{"text":"pain"},"additionalInstruction":[{"text":"sit up"}],"site":{"text":"eye"}}]`, "1 to 3 times, at 08:00 and 20:00, on mon, fri, when PC, over 5 minute, 10 times in all, eye, as needed: pain, sit up"},
		{`[{"timing":{"code":{"text":"BD"}},"doseQuantity":{"value":5,"unit":"mL"}}]`, "5 mL, BD"},
		{`[{"timing":{"event":["2024-01-01","2024-02-01"]}}]`, "01-Jan-2024, 01-Feb-2024"},
		{`["first this",{"text":"then that"}]`, "first this; then that"},
		{`[{"sequence":1,"doseAndRate":[{"doseQuantity":{"value":40,"unit":"mg"}}],"timing":{"repeat":{"boundsDuration":{"value":5,"code":"d"}}}},{"sequence":2,"doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"}}],"timing":{"repeat":{"boundsDuration":{"value":1,"unit":"d"}}}},{"sequence":3,"doseAndRate":[{"doseQuantity":{"value":40,"unit":"mg"}}],"timing":{"repeat":{"boundsDuration":{"value":5,"code":"d"}}}}]`, "40 mg, for 5 days; 20 mg, for 1 day; 40 mg, for 5 days"},
		{`[{"doseAndRate":[{"doseQuantity":{"value":10,"unit":"mg"}}],"asNeededBoolean":true,"maxDosePerPeriod":{"numerator":{"value":40,"unit":"mg"},"denominator":{"value":24,"unit":"h"}}}]`, "10 mg, as needed, at most 40 mg / 24 h"},
		{`[{"doseQuantity":{"value":1,"unit":"tablet"},"maxDosePerPeriod":[{"numerator":{"value":8},"denominator":{"value":1,"unit":"d"}}],"maxDosePerAdministration":{"value":2,"unit":"tablet"},"timing":{"repeat":{"boundsPeriod":{"start":"2026-01-01","end":"2026-01-05"}}}}]`, "1 tablet, from 01-Jan-2026 until 05-Jan-2026, at most 8 / 1 d, at most 2 tablet at a time"},
		{`["one at night","one at night"]`, "one at night"},
		{`"as directed"`, "as directed"},
		{`{"asNeededBoolean":false}`, ""},
	} {
		resource := `{"resourceType":"MedicationRequest","medicationCodeableConcept":"X","dosageInstruction":` + test.dosage + `}`
		result := answer(t, record.Acute, everything(), bundle(resource)).Result()
		if got := result.Entries[0].Dose; got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.dosage, got, test.want)
		}
	}
}

// What FHIR forbids to ignore is not shown in part, and an entry in error not
// at all; both are counted.
func TestP4_CountedNotShown(t *testing.T) {
	for _, test := range []struct {
		name, resource      string
		unreadable, inError int
	}{
		{"modifier", `{"resourceType":"Condition","code":"X","modifierExtension":[{"url":"x","valueBoolean":true}]}`, 1, 0},
		{"modifier within", `{"resourceType":"MedicationRequest","medicationCodeableConcept":"X","dosageInstruction":[{"text":"y","modifierExtension":[{"url":"x"}]}]}`, 1, 0},
		{"escaped modifier", `{"resourceType":"Condition","code":"X","modifier\u0045xtension":[{"url":"x"}]}`, 1, 0},
		{"modifier of a person", `{"resourceType":"Patient","id":"1","modifierExtension":[{"url":"x"}]}`, 1, 0},
		{"no modifier", `{"resourceType":"Condition","code":"X","modifierExtension":[],"implicitRules":null}`, 0, 0},
		{"rules", `{"resourceType":"Condition","code":"X","implicitRules":"http://x"}`, 1, 0},
		{"no type", `{"code":"X"}`, 1, 0},
		{"no object", `"X"`, 1, 0},
		{"nothing", `null`, 1, 0},
		{"in error", `{"resourceType":"Condition","code":"X","verificationStatus":{"coding":[{"code":"entered-in-error"}]}}`, 0, 1},
		{"status in error", `{"resourceType":"Goal","lifecycleStatus":"entered-in-error","description":"X"}`, 0, 1},
		{"document in error", `{"resourceType":"DocumentReference","status":"current","docStatus":"entered-in-error"}`, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := answer(t, record.Acute, everything(), bundle(test.resource)).Result()
			if result.Unreadable != test.unreadable || result.InError != test.inError || len(result.Entries)+test.unreadable+test.inError != 1 {
				t.Errorf("%+v", result)
			}
		})
	}
}

// What is not sound JSON, or no FHIR, is not read at all, and the error says
// nothing of what it was.
func TestP10_Unreadable(t *testing.T) {
	secret := `{"resourceType":"Condition","code":{"text":"SECRET"}}`
	good := bundle(secret)
	for _, test := range []struct{ name, page string }{
		{"nothing", ""},
		{"white space", " \n"},
		{"HTML", "<!DOCTYPE html><title>SECRET</title>"},
		{"cut short", good[:len(good)-3]},
		{"comma", strings.Replace(good, `{"text"`, `{,"text"`, 1)},
		{"comment", "/* SECRET */" + good},
		{"array", "[" + good + "]"},
		{"text", `"SECRET"`},
		{"two", good + good},
		{"a name twice", strings.Replace(good, `"code":`, `"SECRET":1,"SECRET":2,"code":`, 1)},
		{"a name twice at the top", strings.Replace(good, `"type":`, `"type":"x","type":`, 1)},
		{"bytes that are no UTF-8", strings.Replace(good, "SECRET", "SECRET\xe9", 1)},
		{"too deep", `{"resourceType":"Bundle","x":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + `}`},
		{"another type", secret},
		{"no type", `{"entry":[{"resource":` + secret + `}]}`},
		{"rules", `{"implicitRules":"http://SECRET",` + good[1:]},
		{"modifier", `{"modifierExtension":[{"url":"http://SECRET"}],` + good[1:]},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
			_, err := a.Read(strings.NewReader(test.page))
			if !errors.Is(err, fhir.ErrUnreadable) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error: %v", err)
			}
			if result := a.Result(); result.Resources() != 0 || result.Incomplete {
				t.Errorf("kept: %+v", result)
			}
			if len(a.Subjects()) != 0 {
				t.Error("kept a subject")
			}
		})
	}
}

func TestByteOrderMark(t *testing.T) {
	a := answer(t, record.Acute, everything(), "\ufeff"+bundle(`{"resourceType":"Condition","code":"X"}`))
	if result := a.Result(); len(result.Entries) != 1 {
		t.Errorf("%+v", result)
	}
}

func TestReaderFails(t *testing.T) {
	page := bundle(`{"resourceType":"Condition","code":"X"}`)
	for _, n := range []int{0, 1, 60} {
		a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
		_, err := a.Read(io.MultiReader(strings.NewReader(page[:n]), iotest.ErrReader(iotest.ErrTimeout)))
		if !errors.Is(err, iotest.ErrTimeout) || errors.Is(err, fhir.ErrUnreadable) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	if _, err := a.Read(iotest.OneByteReader(strings.NewReader(page))); err != nil || len(a.Result().Entries) != 1 {
		t.Errorf("byte by byte: %v", err)
	}
}
