package fhir_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

func TestTypes(t *testing.T) {
	socialCare := record.Scope{
		record.Alerts: record.AllowedCategories, record.Allergies: record.Everything, record.Medications: record.Everything,
		record.SocialCare: record.Everything, record.Visits: record.DatesOnly,
	}
	for _, test := range []struct {
		name  string
		scope record.Scope
		from  record.Kind
		want  string
	}{
		{"nothing", record.Scope{}, record.Acute, ""},
		{"nothing said", record.Scope{record.Results: record.Nothing}, record.Acute, ""},
		{"social worker asks a hospital", socialCare, record.Acute, "Flag AllergyIntolerance MedicationRequest MedicationStatement Encounter Appointment ServiceRequest"},
		{"social worker asks a council", socialCare, record.Council, "Flag AllergyIntolerance MedicationRequest MedicationStatement Encounter Appointment EpisodeOfCare Task ServiceRequest DeviceRequest"},
		{"visits of a council", record.Scope{record.Visits: record.Everything}, record.Council, "Encounter Appointment"},
		{"social care of a practice", record.Scope{record.SocialCare: record.Everything}, record.Practice, ""},
		{"clinician asks a hospital", everything(), record.Acute, "Flag AllergyIntolerance MedicationRequest MedicationStatement Condition DiagnosticReport Observation Encounter Appointment ServiceRequest CarePlan Goal CareTeam Procedure Immunization DocumentReference"},
	} {
		if got := strings.Join(fhir.Types(test.scope, test.from), " "); got != test.want {
			t.Errorf("%s: %s", test.name, got)
		}
	}
	if fhir.Include("MedicationStatement") != "MedicationStatement:medication" || fhir.Include("Condition") != "" {
		t.Error("include")
	}
	if got := fhir.Holds("Observation", record.Acute); !slices.Equal(got, []record.Section{record.Results, record.Observations}) {
		t.Error(got)
	}
	if got := fhir.Holds("ServiceRequest", record.Council); !slices.Equal(got, []record.Section{record.SocialCare}) {
		t.Error(got)
	}
}

// all is one resource of each type that a page shows, about Patient/1.
func all() string {
	var resources []string
	for _, test := range entryTests {
		resources = append(resources, test.resource)
	}
	return bundle(resources...)
}

// What the scope leaves out never becomes an entry, whatever the partner sends.
func TestP2_ScopeIsCutAtDecoding(t *testing.T) {
	for _, from := range []record.Kind{record.Acute, record.Council} {
		for _, section := range record.Sections {
			result := answer(t, from, record.Scope{section: record.Everything}, all()).Result()
			for _, e := range result.Entries {
				if e.Section != section {
					t.Errorf("%s: %s", section, summary(e))
				}
			}
			if result.Resources() != len(entryTests) || result.Sections[section] != len(result.Entries) {
				t.Errorf("%s: %+v", section, result)
			}
		}
		if result := answer(t, from, nil, all()).Result(); result.Outside != len(entryTests) {
			t.Errorf("no scope: %+v", result)
		}
	}
}

// A reference does not carry a medicine over to whom no medicines are shown.
func TestP2_NoReferenceCarriesMore(t *testing.T) {
	page := bundle(
		`{"resourceType":"DeviceRequest","codeReference":{"reference":"Medication/1"}}`,
		`{"resourceType":"Medication","id":"1","code":{"text":"Methadone"}}`)
	result := answer(t, record.Council, record.Scope{record.SocialCare: record.Everything}, page).Result()
	if got := result.Entries[0].What.Words(); got != "Equipment with no description" {
		t.Error(got)
	}
}

// Nor does it carry over a problem that a medicine is given for.
func TestP2_NoReasonCarriesMore(t *testing.T) {
	page := bundle(`{"resourceType":"MedicationRequest","medicationCodeableConcept":"X","reasonCode":"Pain","reasonReference":[{"reference":"Condition/1","display":"HIV"}]}`)
	for _, test := range []struct {
		scope record.Scope
		want  string
	}{
		{record.Scope{record.Medications: record.Everything}, "Pain"},
		{everything(), "Pain; HIV"},
	} {
		if got := answer(t, record.Acute, test.scope, page).Result().Entries[0].Reason; got != test.want {
			t.Errorf("%v: %q", test.scope, got)
		}
	}
}

func TestP2_DatesOnly(t *testing.T) {
	scope := record.Scope{record.Visits: record.DatesOnly}
	a := answer(t, record.Acute, scope, bundle(
		`{"resourceType":"Encounter","id":"e1","meta":{"versionId":"2"},"status":"finished","class":{"code":"EMER"},"type":[{"text":"SECRET"}],"serviceType":{"text":"SECRET"},"period":{"start":"2024-07-01T09:30:00Z","end":"2024-07-02T10:00:00Z"},
			"location":[{"location":{"display":"SECRET"}}],"participant":[{"individual":{"display":"SECRET"}}],"reasonCode":[{"text":"SECRET"}],"serviceProvider":{"reference":"Organization/1"},"text":{"div":"<div>SECRET</div>"}}`,
		`{"resourceType":"Organization","id":"1","name":"SECRET"}`,
		`{"resourceType":"Appointment","id":"a1","status":"booked","start":"2030-07-01T09:30:00Z","description":"SECRET","specialty":[{"text":"SECRET"}]}`,
		`{"resourceType":"Appointment","id":"a2","status":"cancelled","start":"2030-07-01T09:30:00Z"}`,
		`{"resourceType":"ServiceRequest","id":"s1","status":"active","authoredOn":"2024-01-01","code":{"text":"SECRET"}}`))
	result := a.Result()
	var got []string
	for _, e := range result.Entries {
		got = append(got, summary(e))
		if e.Item.ID == "" || e.From != "RKB" || strings.Contains(fmt.Sprintf("%+v", e), "SECRET") {
			t.Errorf("%+v", e)
		}
	}
	want := []string{
		"visits/: Visit | past | 01-Jul-2024 | until 02-Jul-2024",
		"visits/: Appointment | current | 01-Jul-2030",
		"visits/: Referral | current | 01-Jan-2024",
	}
	if !slices.Equal(got, want) || result.Withheld != 1 {
		t.Errorf("%q, withheld %d", got, result.Withheld)
	}
}

func TestP2_AllowedAlerts(t *testing.T) {
	limit := fhir.Limit{Alerts: []string{"safeguarding", "RTO"}}
	a := fhir.NewAnswer(hospital, record.Scope{record.Alerts: record.AllowedCategories}, limit)
	page := bundle(
		`{"resourceType":"Flag","category":[{"text":"Safeguarding"}],"code":{"text":"one"}}`,
		`{"resourceType":"Flag","category":[{"coding":[{"code":"RTO","display":"Risk to others"}]}],"code":{"text":"two"}}`,
		`{"resourceType":"Flag","category":[{"text":"Safeguarding"},{"text":"Crime"}],"code":{"text":"three"}}`,
		`{"resourceType":"Flag","category":[{"text":"Clinical"}],"code":{"text":"four"}}`,
		`{"resourceType":"Flag","code":{"text":"five"}}`)
	if _, err := a.Read(strings.NewReader(page)); err != nil {
		t.Fatal(err)
	}
	if result := a.Result(); len(result.Entries) != 2 || result.Withheld != 3 {
		t.Errorf("%+v", result)
	}
}

func TestReferences(t *testing.T) {
	a := answer(t, record.Acute, everything(),
		bundle(
			`{"resourceType":"MedicationRequest","id":"1","medicationReference":{"reference":"Medication/m1"},"requester":{"reference":"Practitioner/p1"},"performer":{"reference":"Organization/o1/_history/3"}}`,
			`{"resourceType":"MedicationRequest","id":"2","medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":{"text":"Contained"}}],"requester":{"reference":"#p"}}`,
			`{"resourceType":"MedicationRequest","id":"3","medicationReference":{"reference":"Medication/none","display":"Displayed"}}`,
			`{"resourceType":"MedicationStatement","id":"4","medicationReference":{"reference":"https://other.example/Medication/m1"}}`,
			`{"resourceType":"MedicationStatement","id":"5","medicationReference":{"reference":"Medication/m2","display":"Zinc cream"}}`,
			`{"resourceType":"CareTeam","id":"6","name":"Team","participant":[{"member":{"reference":"Practitioner/p1"}},{"member":{"reference":"Practitioner/none"}}]}`),
		bundle(
			`{"resourceType":"Medication","id":"m1","code":{"coding":[{"system":"https://dmd.nhs.uk","code":"1","display":"Coded"}]}}`,
			`{"resourceType":"Medication","id":"m2","ingredient":[{"itemCodeableConcept":{"text":"Zinc"}},{"itemReference":{"display":"Water"}}]}`,
			`{"resourceType":"Practitioner","id":"p1","name":[{"prefix":["Dr"],"given":["Ann"],"family":"Shah"}]}`,
			`{"resourceType":"Organization","id":"o1","name":"Pharmacy"}`))
	want := []string{
		"medications/Prescription: Coded | unknown | by Dr Ann Shah | at Pharmacy",
		"medications/Prescription: Contained | unknown",
		"medications/Prescription: Displayed | unknown",
		"medications/Medicine taken: Medicine taken with no description | unknown",
		"medications/Medicine taken: Zinc, Water | unknown | notes [Zinc cream]",
		"care-team/Care team: Team | unknown | part Member = Dr Ann Shah | part Member =",
	}
	for i, e := range a.Result().Entries {
		if got := summary(e); got != want[i] {
			t.Errorf("\n got %s\nwant %s", got, want[i])
		}
	}
}

func TestPages(t *testing.T) {
	first := strings.Replace(bundle(`{"resourceType":"Condition","id":"1","code":"A"}`, `{"resourceType":"Condition","id":"2","code":"B"}`),
		`"entry"`, `"link":[{"relation":"self","url":"x"},{"relation":"next","url":"https://partner.example/fhir?page=2"}],"entry"`, 1)
	second := bundle(`{"resourceType":"Condition","id":"2","code":"B"}`, `{"resourceType":"Condition","id":"2","code":"changed"}`, `{"resourceType":"Condition","code":"A"}`, `{"resourceType":"Condition","code":"A"}`)
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	next, err := a.Read(strings.NewReader(first))
	if err != nil || next != "https://partner.example/fhir?page=2" {
		t.Fatal(next, err)
	}
	if next, err = a.Read(strings.NewReader(second)); err != nil || next != "" {
		t.Fatal(next, err)
	}
	if _, err = a.Read(strings.NewReader("broken")); !errors.Is(err, fhir.ErrUnreadable) {
		t.Fatal(err)
	}
	result := a.Result()
	var words []string
	for _, e := range result.Entries {
		words = append(words, e.What.Words())
	}
	if !slices.Equal(words, []string{"A", "B", "changed", "A", "A"}) || result.Repeated != 1 || result.Resources() != 6 {
		t.Errorf("%v %+v", words, result)
	}
}

func TestPagesAtTheSameTime(t *testing.T) {
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 5 {
				page := bundle(fmt.Sprintf(`{"resourceType":"Condition","id":"%d-%d","code":"X","subject":{"reference":"Patient/1"}}`, i, j))
				if _, err := a.Read(strings.NewReader(page)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if result := a.Result(); len(result.Entries) != 40 || a.Subjects()[0].Items != 40 {
		t.Errorf("%+v", result)
	}
}

func TestLimits(t *testing.T) {
	three := bundle(`{"resourceType":"Condition","code":"A"}`, `{"resourceType":"Condition","code":"B"}`, `{"resourceType":"Condition","code":"C"}`)
	for _, test := range []struct {
		name       string
		limit      fhir.Limit
		entries    int
		incomplete bool
	}{
		{"default", fhir.Limit{}, 3, false},
		{"just enough", fhir.Limit{Bytes: int64(len(three)), Entries: 3}, 3, false},
		{"too many entries", fhir.Limit{Entries: 2}, 2, true},
		{"too many bytes", fhir.Limit{Bytes: 20}, 0, true},
	} {
		a := fhir.NewAnswer(hospital, everything(), test.limit)
		if _, err := a.Read(strings.NewReader(three)); err != nil {
			t.Fatal(err)
		}
		if result := a.Result(); len(result.Entries) != test.entries || result.Incomplete != test.incomplete {
			t.Errorf("%s: %d entries, incomplete %v", test.name, len(result.Entries), result.Incomplete)
		}
	}
	a := fhir.NewAnswer(hospital, everything(), fhir.Limit{Entries: 4})
	for range 2 {
		if _, err := a.Read(strings.NewReader(three)); err != nil {
			t.Fatal(err)
		}
	}
	if result := a.Result(); len(result.Entries) != 4 || !result.Incomplete {
		t.Errorf("over two pages: %+v", result)
	}
}

func TestIssues(t *testing.T) {
	a := answer(t, record.Acute, everything(),
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","details":{"text":"Example Council did not answer in time"},"diagnostics":"GET SECRET"}]},"search":{"mode":"outcome"}},
			{"resource":{"resourceType":"List","code":{"coding":[{"system":"http://snomed.info/sct","code":"886921000000105"}]},"note":[{"text":"Items are left out."}],"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode","valueCode":"confidential-items"},{"url":"x","valueCode":"y"}]}}]}`,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"not-found","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"RESOURCE_NOT_FOUND","display":"Resource not found"}]}}]}`)
	want := []fhir.Issue{
		{Severity: "error", Code: "timeout", Text: "Example Council did not answer in time"},
		{Severity: "warning", Code: "confidential-items", Text: "Items are left out.", Section: record.Allergies},
		{Severity: "information", Code: "not-found", Spine: "RESOURCE_NOT_FOUND", Text: "Resource not found"},
	}
	if got := a.Issues(); !slices.Equal(got, want) || !got[0].Serious() || got[1].Serious() {
		t.Errorf("%+v", got)
	}
	if result := a.Result(); result.Supporting != 2 || result.Resources() != 2 {
		t.Errorf("%+v", result)
	}
}

func TestP5_Subjects(t *testing.T) {
	const patient = `{"resourceType":"Patient","id":"1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"},{"system":"x","value":"9990000026"}],"name":[{"family":"OKAFOR","given":["Ada","Mary"]},"Ada"],"birthDate":"1980-02","gender":"female"}`
	const baby = `{"resourceType":"Patient","id":"2","name":{"text":"Baby"}}`
	about := func(subject string) string { return `{"resourceType":"Condition","code":"X",` + subject + `}` }
	a := answer(t, record.Acute, record.Scope{record.Allergies: record.Everything},
		bundle(patient, baby, about(`"subject":{"reference":"Patient/1"}`), about(`"subject":{"reference":"Patient/1/_history/4"}`)),
		bundle(patient, about(`"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`),
			about(`"subject":{"reference":"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026"}`),
			about(`"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"1"}}`),
			about(`"subject":{"reference":"https://other.example/Patient/1"}`),
			about(`"patient":{"reference":"urn:uuid:5"}`), about(`"x":1`),
			`{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/1"}},{"actor":{"reference":"Patient/3"}}]}`,
			`{"resourceType":"Claim","patient":{"reference":"Patient/4"}}`, `{"resourceType":"Provenance"}`,
			`{"resourceType":"Task","for":{"reference":"#p"},"id":"t","contained":[{"resourceType":"Patient","id":"p","gender":"male"}]}`),
		`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:5","resource":{"resourceType":"Patient","id":"5"}}]}`)

	patients := a.Patients()
	if len(patients) != 4 {
		t.Fatalf("%d patients: %+v", len(patients), patients)
	}
	p := patients[0]
	if len(p.Numbers) != 1 || p.Numbers[0].Digits() != "9990000018" || p.Doubtful != 1 || p.Names[0].Words() != "Ada Mary OKAFOR" ||
		p.Names[1].Words() != "Ada" || p.Born.String() != "Feb-1980" || p.Gender != "female" {
		t.Errorf("%+v", p)
	}
	var got []string
	for _, s := range a.Subjects() {
		line := fmt.Sprintf("%s|%s|%v|%d", s.Reference, s.Number.Digits(), s.Doubtful, s.Items)
		if s.Patient != nil {
			line += "|" + s.Patient.ID
		}
		got = append(got, line)
	}
	want := []string{
		"||false|1", "||true|1", "|9990000018|false|1", "Patient/1||false|2|1", "Patient/3||false|1", "Patient/4||false|1",
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026|9990000026|false|1", "Task/t#p||false|1|p",
		"https://other.example/Patient/1||false|1", "urn:uuid:5||false|1|5",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("subjects:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Two different Patients under one address are nobody.
func TestP5_AmbiguousPatient(t *testing.T) {
	a := answer(t, record.Acute, everything(), bundle(
		`{"resourceType":"Patient","id":"1","birthDate":"1980-02-01"}`, `{"resourceType":"Patient","id":"1","birthDate":"1990-02-01"}`,
		`{"resourceType":"Condition","code":"X","subject":{"reference":"Patient/1"}}`))
	if s := a.Subjects(); len(a.Patients()) != 2 || len(s) != 1 || s[0].Patient != nil {
		t.Errorf("%+v", s)
	}
}

func TestP9_SubjectNeverPrintsItsNumber(t *testing.T) {
	n, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	if out := fmt.Sprintf("%+v", fhir.Subject{Number: n}); strings.Contains(out, "999") {
		t.Error(out)
	}
}

// The entry need not be in its place, nor the type before the entries.
func TestOddBundles(t *testing.T) {
	for _, test := range []struct {
		name, page string
		resources  int
	}{
		{"type last", `{"entry":[{"resource":{"code":"X","resourceType":"Condition"}}],"resourceType":"Bundle"}`, 1},
		{"one entry, no array", `{"resourceType":"Bundle","entry":{"resource":{"resourceType":"Condition","code":"X"}}}`, 1},
		{"no entry", `{"resourceType":"Bundle","total":0}`, 0},
		{"null entry", `{"resourceType":"Bundle","entry":null,"link":null}`, 0},
		{"bare resource", `{"resourceType":"Bundle","entry":[{"id":"1","resourceType":"Condition","code":"X"}]}`, 1},
		{"entry without resource", `{"resourceType":"Bundle","entry":[{"fullUrl":"x","response":{"status":"404"}}]}`, 1},
		{"entry that is none", `{"resourceType":"Bundle","entry":[1,"2",null,[]]}`, 4},
	} {
		result := answer(t, record.Acute, everything(), test.page).Result()
		if result.Resources() != test.resources {
			t.Errorf("%s: %+v", test.name, result)
		}
	}
}
