package fhir_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// What published examples of STU3 come to: how many entries in each section,
// and some of what they say. They are read where they are present; the same
// shapes stand in TestOlderRelease.
var published = map[string]struct {
	sections map[record.Section]int
	says     []string
}{
	"CCRI/Condition/9876543211.json": {map[record.Section]int{record.Problems: 1}, []string{
		"problems/Problem: Asthma | past | status remission | recorded 18-Oct-2017 01:00",
	}},
	"RA4/AllergyIntolerance/9449303789.json": {map[record.Section]int{record.Allergies: 1}, []string{
		"allergies/Allergy: No Known Allergies | none known | past | status inactive | verification confirmed",
	}},
	"RA4/Condition/9449303789.json":           {map[record.Section]int{record.Problems: 14}, []string{"problems/Problem: Diabetes mellitus (disorder) | current | status active"}},
	"RA4/Condition/9449310106.json":           {map[record.Section]int{}, nil},
	"RA4/MedicationStatement/9449303789.json": {map[record.Section]int{record.Medications: 10}, []string{"medications/Medicine taken: Furosemide 20mg tablets | current | status active | dose one in the morning"}},
	"RA4/Encounter/9449303789.json":           {map[record.Section]int{record.Visits: 4}, []string{"visits/Emergency attendance: ACCIDENT & EMERGENCY | past | status finished | from 22-Feb-2019 08:30 | until 22-Feb-2019 10:09"}},
	"RBA/Condition/9449303789.JSON":           {map[record.Section]int{record.Problems: 3}, []string{"problems/Problem: MRSA | current | status active"}},
	"RH5/AllergyIntolerance/9449303789.json":  {map[record.Section]int{record.Allergies: 1}, []string{"allergies/Allergy: NKA | none known | current | status active | verification unconfirmed"}},
	"RH5/MedicationStatement/9449303789.json": {map[record.Section]int{record.Medications: 10}, []string{"medications/Medicine taken: Furosemide | current | status active | dose One in the morning – also: 20 mg; at most 1 / 1 d | notes [also sent as Furosemide 20mg]"}},
	"RH5/DocumentReference/9449303789.json":   {map[record.Section]int{record.Documents: 2}, []string{"documents/Document: Housing report | current | status current | written 24-Oct-2018 | on file 01-Apr-2019 14:11"}},
	"V307/Condition/9449303789.json":          {map[record.Section]int{record.Problems: 2}, []string{"problems/Problem: Adult at Risk | current | status active", "problems/Problem: Hearing Impairment | current | status active"}},

	"accessrecord_structured/allergies_response1.json": {map[record.Section]int{record.Allergies: 4}, []string{
		"allergies/Intolerance: Aspirin 75mg dispersible tablet | past | status resolved | verification unconfirmed | recorded 07-May-2011 01:00 | until 01-Mar-2018",
		"allergies/Allergy: Nut allergy | current | status active | verification unconfirmed | recorded 08-Feb-2016 10:57 | on file 08-Feb-2016 10:57 | severity severe | criticality high | reactions [Anaphalactic shock (severe)]",
	}},
	"accessrecord_structured/allergies_response2.json": {map[record.Section]int{record.Allergies: 1}, []string{"allergies/Allergy: No known allergy | none known | current"}},
	"accessrecord_structured/allergies_response3.json": {map[record.Section]int{}, nil},
	"accessrecord_structured/meds_response.json": {map[record.Section]int{record.Medications: 6}, []string{
		"medications/Medicine taken: Aspirin 75mg dispersible tablets | current | status active | taken from 11-Aug-2016 | on file 11-Aug-2016 | dose TAKE ONE DAILY",
		"medications/Plan: Aspirin 75mg dispersible tablets | current | status active | prescribed 11-Aug-2016 | dose TAKE ONE 3 TIMES/DAY",
	}},
	"accessrecord_structured/immunizations_response2.json": {map[record.Section]int{record.Immunisations: 2}, []string{
		"immunisations/Immunisation: First hepatitis A vaccination | current | status completed | given 28-Jun-2019 | on file 28-Jun-2019 10:00",
		"immunisations/Immunisation: Hepatitis A vaccination not done | refuted | past | status not done | dated 28-Sep-2019",
	}},
	"accessrecord_structured/diaryentries_response1.json": {map[record.Section]int{record.Visits: 2, record.Problems: 1}, []string{
		"visits/Request: Medication review due | current | status active | requested 02-Mar-2019 | by Miss Nichole Gilbert | notes [for 02-May-2019]",
	}},
	"accessrecord_structured/pathology_response1.json": {map[record.Section]int{record.Visits: 1, record.Results: 20}, []string{
		"results/Result: Total white cell count | current | status final | quantity 5.70 10*9/L | range 3.5 to 11",
	}},
	"accessrecord_structured/referrals_response1.json": {map[record.Section]int{record.Visits: 2}, []string{
		"visits/Referral: Referral due to swollen legs | unknown | status unknown | requested 28-Mar-2019 10:30 | because Referral to physiotherapist | at Dr Dave",
	}},
	"accessrecord_structured/uncategorised_response1.json": {map[record.Section]int{record.Observations: 3}, []string{"observations/Observation: Temperature | current | status final | taken 28-Mar-2019 10:30"}},
}

func TestP4_Published(t *testing.T) {
	files(t, func(t *testing.T, path string, data []byte) {
		for name, want := range published {
			if !strings.HasSuffix(filepath.ToSlash(path), name) {
				continue
			}
			a := fhir.NewAnswer(record.Source{Code: "A12345", Kind: record.Practice}, everything(), fhir.Limit{})
			if _, err := a.Read(bytes.NewReader(data)); err != nil {
				t.Fatal(err)
			}
			result := a.Result()
			if !maps.Equal(result.Sections, want.sections) || result.Unreadable > 0 {
				t.Errorf("%v, %d unreadable", result.Sections, result.Unreadable)
			}
			for _, says := range want.says {
				if !slices.ContainsFunc(result.Entries, func(e record.Entry) bool { return strings.HasPrefix(summary(e), says) }) {
					t.Errorf("nothing says %s", says)
				}
			}
		}
	}, "partners-sider", "nhs/gpconnect")
}

func TestBirthDateDayFirst(t *testing.T) {
	for sent, want := range map[string]string{
		"13/10/1936 00:00:00": "1936-10-13", "3/2/1980": "1980-02-03", "1980-02-03": "1980-02-03", "1980-02": "1980-02", "31/31/1980": "", "soon": "",
	} {
		a := answer(t, record.Council, everything(), bundle(`{"resourceType":"Patient","birthDate":"`+sent+`"}`))
		if got := a.Patients()[0].Born.ISO(); got != want {
			t.Errorf("%s: %s", sent, got)
		}
	}
}
