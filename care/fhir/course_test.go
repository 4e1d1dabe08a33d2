package fhir_test

import (
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

func only(t *testing.T, resource string) record.Entry {
	t.Helper()
	a := fhir.NewAnswer(record.Source{Code: "RKB", Kind: record.Practice}, everything(), fhir.Limit{Bytes: 1 << 20})
	if _, err := a.Read(strings.NewReader(`{"resourceType":"Bundle","entry":[{"resource":` + resource + `}]}`)); err != nil {
		t.Fatal(err)
	}
	if n := len(a.Result().Entries); n != 1 {
		t.Fatalf("%d entries", n)
	}
	return a.Result().Entries[0]
}

func TestAMedicineSaysHowLongItIsMeantToBeTaken(t *testing.T) {
	for course, want := range map[string]record.Course{
		`"courseOfTherapyType":{"coding":[{"code":"acute","display":"Short course (acute) therapy"}]}`:                                                           record.AcuteCourse,
		`"courseOfTherapyType":{"coding":[{"code":"continuous"}]}`:                                                                                               record.RepeatCourse,
		`"courseOfTherapyType":{"text":"Repeat dispensing"}`:                                                                                                     record.RepeatCourse,
		`"courseOfTherapyType":{"text":"as agreed"}`:                                                                                                             record.UnknownCourse,
		`"extension":[{"url":"x/Extension-CareConnect-GPC-PrescriptionType-1","valueCodeableConcept":{"coding":[{"code":"acute","display":"Acute"}]}}]`:          record.AcuteCourse,
		`"extension":[{"url":"x/Extension-UKCore-MedicationRepeatInformation","extension":[{"url":"numberOfRepeatPrescriptionsAllowed","valueUnsignedInt":6}]}]`: record.RepeatCourse,
		`"intent":"order"`: record.UnknownCourse,
	} {
		if got := only(t, `{"resourceType":"MedicationRequest","id":"1","status":"active",`+course+`}`).Course; got != want {
			t.Errorf("%s: %d, want %d", course, got, want)
		}
	}
}

func TestAReadingSaysIfItWasTakenAtHome(t *testing.T) {
	for by, want := range map[string]bool{
		`"performer":[{"reference":"Patient/1"}]`:                          true,
		`"performer":[{"reference":"https://x/fhir/RelatedPerson/1"}]`:     true,
		`"performer":[{"type":"Patient","display":"herself"}]`:             true,
		`"method":{"text":"Home monitoring"}`:                              true,
		`"method":{"coding":[{"display":"Self-measured"}]}`:                true,
		`"method":{"text":"Auscultation"}`:                                 false,
		`"performer":[{"reference":"Practitioner/1","display":"Dr Home"}]`: false,
		`"note":[{"text":"at home"}]`:                                      false,
	} {
		if got := only(t, `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Blood pressure"},`+by+`}`).ByPatient; got != want {
			t.Errorf("%s: %v", by, got)
		}
	}
}
