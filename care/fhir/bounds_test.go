package fhir_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// times is n texts, each with its own number in place of every %d, separated.
func times(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.ReplaceAll(format, "%d", fmt.Sprint(i))
	}
	return strings.Join(all, ",")
}

// allocated is how many bytes a call allocates.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A resource with more within it than is read counts as unreadable.
func TestP4_TooMuchInOneResource(t *testing.T) {
	for _, test := range []struct{ name, resource, element string }{
		{"contained", `{"resourceType":"Condition","code":"X","contained":[%s]}`, `{"resourceType":"Practitioner","id":"%d","name":"Dr"}`},
		{"subjects", `{"resourceType":"Condition","code":"X","subject":[%s]}`, `{"reference":"Patient/%d"}`},
		{"performers", `{"resourceType":"Observation","code":"X","performer":[%s]}`, `{"display":"%d"}`},
		{"participants", `{"resourceType":"Encounter","participant":[%s]}`, `{"individual":{"display":"%d"}}`},
		{"documents", `{"resourceType":"DocumentReference","type":"X","content":[%s]}`, `{"attachment":{"url":"Binary/%d"}}`},
	} {
		for n, unreadable := range map[int]int{200: 0, 201: 1} {
			result := answer(t, record.Acute, everything(), bundle(fmt.Sprintf(test.resource, times(n, test.element)))).Result()
			if result.Unreadable != unreadable || len(result.Entries) != 1-unreadable {
				t.Errorf("%d %s: %d unreadable, %d entries", n, test.name, result.Unreadable, len(result.Entries))
			}
		}
	}
}

// A Patient within a resource is met once, however often it is pointed to. Two
// different ones under one id are nobody.
func TestP5_ContainedPatientsAreMetOnce(t *testing.T) {
	contained := times(199, `{"resourceType":"Patient","id":"p"}`) + `,{"resourceType":"Patient","id":"p","gender":"male"}`
	page := bundle(`{"resourceType":"Condition","id":"c","code":"X","subject":[` + times(200, `{"reference":"#p"}`) + `],"contained":[` + contained + `]}`)
	var a *fhir.Answer
	if got := allocated(func() { a = answer(t, record.Acute, everything(), page) }); got > 4<<20 {
		t.Errorf("%d bytes for a page of %d", got, len(page))
	}
	if s := a.Subjects(); len(a.Patients()) != 2 || len(s) != 1 || s[0].Items != 200 || s[0].Patient != nil {
		t.Errorf("%d patients, %+v", len(a.Patients()), s)
	}
}

// An answer with crowds of Patients under one address is not read, and nothing
// of its page is kept.
func TestP5_CrowdUnderOneAddress(t *testing.T) {
	patients := func(n int, format string) string {
		return `{"resourceType":"Bundle","entry":[` + times(n, `{"resource":{"resourceType":"Patient",`+format+`}}`) + `]}`
	}
	a := answer(t, record.Acute, everything(), patients(2000, `"id":"%d"`), patients(10, `"id":"1","gender":"%d"`))
	before := len(a.Patients())
	for range 2 {
		if _, err := a.Read(strings.NewReader(patients(30, `"id":"1","birthDate":"%d"`))); !errors.Is(err, fhir.ErrUnreadable) {
			t.Fatal(err)
		}
	}
	if _, err := a.Read(strings.NewReader(patients(5, `"id":"1","birthDate":"%d"`))); err != nil || before != 2010 || len(a.Patients()) != before+5 {
		t.Errorf("%d, then %d patients, %v", before, len(a.Patients()), err)
	}
}

// Lists of texts cost their length, and not the square of it.
func TestLongListsOfTexts(t *testing.T) {
	const coded = `{"text":"the text number %d"}`
	for _, test := range []struct{ name, before, element, after string }{
		{"interpretations", `{"resourceType":"Observation","code":"X","interpretation":[`, coded, `]}`},
		{"ranges", `{"resourceType":"Observation","code":"X","referenceRange":[`, coded, `]}`},
		{"ingredients", `{"resourceType":"MedicationRequest","ingredient":[`, `{"itemCodeableConcept":` + coded + `}`, `]}`},
		{"protocols", `{"resourceType":"Immunization","protocolApplied":[`, `{"series":"the series number %d"}`, `]}`},
		{"manifestations", `{"resourceType":"AllergyIntolerance","reaction":[{"manifestation":[`, coded, `]}]}`},
		{"doses", `{"resourceType":"MedicationRequest","dosageInstruction":[{"doseAndRate":[`, `{"doseQuantity":{"value":"the dose number %d"}}`, `]}]}`},
		{"events", `{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"event":[`, `"on the day number %d"`, `]}}]}`},
		{"telephones", `{"resourceType":"CareTeam","telecom":[`, `"the telephone number %d"`, `]}`},
		{
			"reasons", `{"resourceType":"MedicationStatement","id":"s","basedOn":{"reference":"MedicationRequest/p"},"medicationCodeableConcept":"X"}},{"resource":{"resourceType":"MedicationRequest","id":"p","medicationCodeableConcept":"X"}},`,
			`{"resource":{"resourceType":"MedicationRequest","id":"i%d","medicationCodeableConcept":"X","reasonCode":"the reason number %d","basedOn":{"reference":"MedicationRequest/p"}}}`, "",
		},
	} {
		page := bundle(test.before + times(4000, test.element) + test.after)
		if test.after == "" {
			page = `{"resourceType":"Bundle","entry":[{"resource":` + test.before + times(4000, test.element) + `]}`
		}
		var result fhir.Result
		got := allocated(func() { result = answer(t, record.Acute, everything(), page).Result() })
		if len(result.Entries) != 1 || got > 60<<20 {
			t.Errorf("%s: %d entries, %d MB for a page of %d kB", test.name, len(result.Entries), got>>20, len(page)>>10)
		}
	}
}

// More issues and providers than are kept make the answer incomplete.
func TestP4_TooManyIssuesAndProviders(t *testing.T) {
	const tag = `"meta":{"tag":[{"system":"https://yhcr.nhs.uk/Source","code":"P%d"}]}`
	issues := func(n int) string {
		return bundle(`{"resourceType":"OperationOutcome","issue":[` + times(n, `{"severity":"warning","code":"c%d"}`) + `]}`)
	}
	items := func(n int) string {
		return `{"resourceType":"Bundle","entry":[` + times(n, `{"resource":{"resourceType":"Condition","code":"X",`+tag+`}}`) + `]}`
	}
	for _, test := range []struct {
		page              string
		issues, providers int
		incomplete        bool
	}{
		{issues(200), 200, 0, false},
		{issues(201), 200, 0, true},
		{items(200), 0, 200, false},
		{items(201), 0, 200, true},
	} {
		a := answer(t, record.Acute, everything(), test.page)
		if result := a.Result(); len(a.Issues()) != test.issues || len(a.Providers()) != test.providers || result.Incomplete != test.incomplete {
			t.Errorf("%d issues, %d providers, incomplete %v", len(a.Issues()), len(a.Providers()), result.Incomplete)
		}
	}
}

// An observation about somebody or something else is not shown as the
// patient's own.
func TestP5_ObservationAboutAnother(t *testing.T) {
	const number = `"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`
	for _, test := range []struct {
		name, focus string
		shown       bool
	}{
		{"none", `null`, true},
		{"the patient", `[{"reference":"Patient/1","display":"Ada"}]`, true},
		{"the patient, one version", `[{"reference":"Patient/1/_history/2"}]`, true},
		{"the patient by number", `[{` + number + `}]`, true},
		{"another patient", `[{"reference":"Patient/2"}]`, false},
		{"the patient and another", `[{"reference":"Patient/1"},{"reference":"Patient/2"}]`, false},
		{"a relative", `[{"reference":"RelatedPerson/1"}]`, false},
		{"in words", `[{"display":"the donor"}]`, false},
		{"nothing told", `[{"extension":[{"url":"x"}]}]`, false},
		{"another number", `[{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}}]`, false},
	} {
		result := answer(t, record.Acute, everything(), bundle(`{"resourceType":"Observation","id":"o","code":"Weight","subject":{"reference":"Patient/1",`+number+`},"focus":`+test.focus+`}`)).Result()
		if test.shown != (len(result.Entries) == 1) || test.shown != (result.Unreadable == 0) || result.Resources() != 1 {
			t.Errorf("%s: %+v", test.name, result)
		}
		if !test.shown && !slices.Equal(result.Unread, []record.Item{{Type: "Observation", ID: "o"}}) {
			t.Errorf("%s is not named: %v", test.name, result.Unread)
		}
	}
	task := bundle(`{"resourceType":"Task","code":"X","for":{"reference":"Patient/1"},"focus":{"reference":"ServiceRequest/1"}}`)
	if result := answer(t, record.Council, everything(), task).Result(); len(result.Entries) != 1 {
		t.Errorf("task: %+v", result)
	}
}

// A next page without an address is a page that is missing.
func TestP4_NextPageWithoutAnAddress(t *testing.T) {
	for link, incomplete := range map[string]bool{
		`{"relation":"next"}`: true, `{"relation":"next","url":null}`: true, `{"relation":"next","url":""}`: true,
		`{"relation":"next","url":"x"}`: false, `{"relation":"self"}`: false,
	} {
		page := strings.Replace(bundle(`{"resourceType":"Condition","code":"X"}`), `"entry"`, `"link":[`+link+`],"entry"`, 1)
		if result := answer(t, record.Acute, everything(), page).Result(); result.Incomplete != incomplete || len(result.Entries) != 1 {
			t.Errorf("%s: %+v", link, result)
		}
	}
}
