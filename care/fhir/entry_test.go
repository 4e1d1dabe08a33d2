package fhir_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// bundle is a searchset of the resources.
func bundle(resources ...string) string {
	entries := make([]string, len(resources))
	for i, resource := range resources {
		entries[i] = `{"resource":` + resource + `,"search":{"mode":"match"}}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, ",") + `]}`
}

// answer reads pages as the answer of a kind of organisation.
func answer(t *testing.T, from record.Kind, scope record.Scope, pages ...string) *fhir.Answer {
	t.Helper()
	a := fhir.NewAnswer(record.Source{Code: "RKB", Kind: from}, scope, fhir.Limit{Exchange: true})
	for _, page := range pages {
		if _, err := a.Read(strings.NewReader(page)); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

var (
	standings  = map[record.Standing]string{record.UnknownStanding: "unknown", record.Current: "current", record.Past: "past"}
	assertions = map[record.Assertion]string{record.NoneKnown: "none known", record.Refuted: "refuted", record.Forbidden: "forbidden"}
)

// summary is everything that an entry says, in one line.
func summary(e record.Entry) string {
	var parts []string
	add := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "[]" && value != false {
			parts = append(parts, strings.TrimSpace(name+" "+text))
		}
	}
	add("", fmt.Sprintf("%s/%s: %s", e.Section, e.Kind, e.What.Words()))
	add("", assertions[e.Assertion])
	add("", standings[e.Standing])
	add("status", e.Status)
	add("verification", e.Verification)
	add(e.WhenMeans, e.When)
	add("until", e.Until)
	add("on file", e.Recorded)
	add("dose", e.Dose)
	add("", map[record.Course]string{record.AcuteCourse: "acute", record.RepeatCourse: "repeat"}[e.Course])
	add("issued", e.Issued)
	add("by the patient", e.ByPatient)
	add("value", e.Value.Words())
	add("quantity", e.Quantity)
	for _, part := range e.Parts {
		add("part", part.Name+" = "+part.Words())
	}
	add("range", e.Range)
	add("flag", e.Flag)
	add("abnormal", e.Abnormal)
	add("severity", e.Severity)
	add("criticality", e.Criticality)
	add("site", e.Site)
	add("reactions", e.Reactions)
	add("because", e.Reason)
	add("by", e.By)
	add("at", e.At)
	add("phone", e.Phone)
	add("notes", e.Notes)
	if d := e.Document; d != nil {
		add("document", fmt.Sprintf("%s %d %s %s", d.ContentType, d.Size, d.URL, d.Inline))
	}
	return strings.Join(parts, " | ")
}

// entryTests hold each type of resource that a page shows.
var entryTests = []struct {
	name     string
	from     record.Kind
	resource string
	want     string
}{
	{
		"Flag", record.Acute, `{"resourceType":"Flag","status":"active","category":[{"text":"Safeguarding"}],"code":{"text":"Not to be visited alone"},"period":{"start":"2024-02-01","end":"2024-03"},"author":{"display":"A Nurse"}}`,
		"alerts/Safeguarding: Not to be visited alone | current | status active | from 01-Feb-2024 | until Mar-2024 | by A Nurse",
	},
	{
		"AllergyIntolerance", record.Practice, `{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},"type":"intolerance","criticality":"unable-to-assess",
		"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005","display":"Allergy to penicillin"}]},"onsetDateTime":"1998","recordedDate":"2010-05-04","recorder":{"display":"Dr Shah"},"lastOccurrence":"2009-11",
		"note":[{"text":"Rash as a child"}],"reaction":[{"substance":{"text":"Amoxicillin"},"manifestation":[{"text":"Rash"},{"text":"Wheeze"}],"severity":"moderate"},{"description":"Collapse","severity":"severe"},{"manifestation":{"text":"Itch"},"severity":"mild"}]}`,
		"allergies/Intolerance: Allergy to penicillin | current | status active | verification confirmed | onset 1998 | on file 04-May-2010 | severity severe | criticality unable to assess | reactions [Amoxicillin: Rash, Wheeze (moderate) Collapse (severe) Itch (mild)] | by Dr Shah | notes [last occurred Nov-2009 Rash as a child]",
	},
	{
		"MedicationRequest", record.Practice, `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"https://dmd.nhs.uk","code":"319773006","display":"Ramipril 5mg capsules"}]},
		"authoredOn":"2024-01-09","requester":{"display":"Dr Shah"},"performer":{"display":"Spon Pharmacy"},"reasonCode":[{"text":"Hypertension"}],"dosageInstruction":[{"text":"one daily"}],
		"dispenseRequest":{"validityPeriod":{"end":"2024-07-09"},"numberOfRepeatsAllowed":5,"quantity":{"value":28,"unit":"capsule"}},"courseOfTherapyType":{"text":"Repeat"}}`,
		"medications/Prescription: Ramipril 5mg capsules | current | status active | prescribed 09-Jan-2024 | dose one daily | repeat | because Hypertension | by Dr Shah | at Spon Pharmacy | notes [supply 28 capsule, 5 repeats allowed, prescription valid until 09-Jul-2024 Repeat]",
	},
	{
		"MedicationRequest planned", record.Acute, `{"resourceType":"MedicationRequest","status":"draft","intent":"plan","medicationCodeableConcept":{"text":"Apixaban"}}`,
		"medications/Plan: Apixaban | unknown | status draft",
	},
	{
		"MedicationRequest not to be given", record.Acute, `{"resourceType":"MedicationRequest","status":"active","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"text":"Ibuprofen"},"authoredOn":"2024-01-09"}`,
		"medications/Prescription: Ibuprofen | forbidden | current | status active | prescribed 09-Jan-2024",
	},
	{
		"MedicationStatement", record.Acute, `{"resourceType":"MedicationStatement","status":"not-taken","medicationCodeableConcept":{"text":"Warfarin"},"effectivePeriod":{"start":"2020-01","end":"2021"},"dateAsserted":"2021-05-01","informationSource":{"reference":"Patient/1","display":"Mrs Former Name"},"dosage":[{"text":"as directed"}]}`,
		"medications/Medicine taken: Warfarin | refuted | past | status not taken | dated Jan-2020 | until 2021 | on file 01-May-2021 | dose as directed | by the patient",
	},
	{
		"CarePlan", record.Community, `{"resourceType":"CarePlan","status":"active","intent":"plan","title":"Falls plan","description":"To stay at home","category":[{"text":"Falls"}],"period":{"start":"2024-01-01"},"created":"2023-12-01","author":{"display":"R Physio"},
		"activity":[{"detail":{"code":{"text":"Exercise"},"description":"Twice a week","status":"in-progress"}},{"reference":{"display":"Grab rails"}}]}`,
		"care-plans/Care plan: Falls plan | current | status active | from 01-Jan-2024 | on file 01-Dec-2023 | part Exercise; Twice a week = in progress | part Grab rails = | by R Physio | notes [To stay at home]",
	},
	{
		"Goal", record.Community, `{"resourceType":"Goal","lifecycleStatus":"on-hold","achievementStatus":{"text":"Improving"},"description":{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"Walk unaided"}]},"startDate":"2024-01-01","target":[{"measure":{"text":"Distance"},"detailQuantity":{"value":50,"unit":"m"},"dueDate":"2024-06-01"}]}`,
		"care-plans/Goal: Walk unaided | current | status on hold | from 01-Jan-2024 | value Improving | part Distance = 50 m by 01-Jun-2024",
	},
	{
		"CareTeam", record.MentalHealth, `{"resourceType":"CareTeam","status":"suspended","name":"Crisis team","subject":{"reference":"urn:uuid:1"},"participant":[{"role":{"text":"Patient"},"member":{"reference":"urn:uuid:1","display":"Mrs Former Name"}},{"role":[{"text":"Key worker"}],"member":{"display":"J Cole"}}],"managingOrganization":[{"display":"CWPT"}],"telecom":[{"system":"email","value":"x"},{"system":"phone","value":"024 7696 0100"}]}`,
		"care-team/Care team: Crisis team | current | status suspended | part Key worker = J Cole | at CWPT | phone 024 7696 0100",
	},
	{
		"EpisodeOfCare", record.Council, `{"resourceType":"EpisodeOfCare","status":"onhold","type":[{"text":"Home support"}],"period":{"start":"2023-04-01"},"careManager":{"display":"S Worker"},"managingOrganization":{"display":"Coventry City Council"}}`,
		"social-care/Service: Home support | current | status onhold | from 01-Apr-2023 | by S Worker | at Coventry City Council",
	},
	{
		"Task", record.Council, `{"resourceType":"Task","status":"in-progress","code":{"text":"Care Act needs assessment"},"description":"Annual","authoredOn":"2024-02-02","executionPeriod":{"start":"2024-02-10"},"owner":{"display":"S Worker"}}`,
		"social-care/Task: Care Act needs assessment | current | status in progress | requested 02-Feb-2024 | by S Worker | notes [for 10-Feb-2024 Annual]",
	},
	{
		"ServiceRequest of a council", record.Council, `{"resourceType":"ServiceRequest","status":"active","code":{"text":"Contact"},"authoredOn":"2024-02-02"}`,
		"social-care/Request: Contact | current | status active | requested 02-Feb-2024",
	},
	{
		"ServiceRequest", record.Practice, `{"resourceType":"ServiceRequest","status":"revoked","code":{"text":"Cardiology referral"},"authoredOn":"2024-02-02","requester":{"display":"Dr Shah"},"performer":[{"display":"Cardiology, UHCW"}],"reasonCode":[{"text":"Palpitations"}]}`,
		"visits/Referral: Cardiology referral | past | status revoked | requested 02-Feb-2024 | because Palpitations | by Dr Shah | at Cardiology, UHCW",
	},
	{
		"DeviceRequest", record.Council, `{"resourceType":"DeviceRequest","status":"completed","codeCodeableConcept":{"text":"Walking frame"},"authoredOn":"2024-02-02"}`,
		"social-care/Equipment: Walking frame | past | status completed | requested 02-Feb-2024",
	},
	{
		"Encounter", record.Acute, `{"resourceType":"Encounter","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP","display":"inpatient encounter"},"type":[{"text":"Emergency admission"}],"serviceType":{"text":"Cardiology"},"period":{"start":"2024-07-01T09:30:00Z"},
		"participant":[{"individual":{"display":"Dr Okafor"}}],"location":[{"location":{"display":"Ward 7"}}],"serviceProvider":{"display":"UHCW"},"reasonCode":[{"text":"Chest pain"}]}`,
		"visits/Inpatient stay: Emergency admission | current | status in progress | from 01-Jul-2024 10:30 | because Chest pain | by Dr Okafor | at Ward 7, UHCW | notes [Cardiology]",
	},
	{
		"Appointment", record.Acute, `{"resourceType":"Appointment","status":"noshow","serviceType":[{"text":"Eye clinic"}],"appointmentType":{"text":"Follow-up"},"start":"2024-07-01T09:30:00+01:00","end":"2024-07-01T09:45:00+01:00","description":"Pressure check","comment":"Bring glasses",
		"participant":[{"actor":{"reference":"Patient/1","display":"Mrs Former Name"}},{"actor":{"reference":"Location/2","display":"Clinic 3"}},{"actor":{"reference":"Practitioner/3","display":"Mr Eye"},"status":"accepted"},{"actor":{"reference":"Practitioner/4","display":"Dr Elsewhere"},"status":"declined"}]}`,
		"visits/Appointment: Eye clinic | refuted | past | status noshow | dated 01-Jul-2024 09:30 | until 01-Jul-2024 09:45 | by Mr Eye | at Clinic 3 | notes [Bring glasses Follow-up Pressure check]",
	},
	{
		"Condition", record.Practice, `{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"remission"}]},"verificationStatus":{"coding":[{"code":"provisional"}]},"severity":{"text":"Mild"},"code":{"text":"Asthma"},"bodySite":[{"text":"Lung"},{"text":"left"}],"onsetAge":{"value":12,"unit":"years"},"abatementDateTime":"2001","recordedDate":"2002-02-02","asserter":{"display":"Dr Shah"}}`,
		"problems/Problem: Asthma | past | status remission | verification provisional | onset at age 12 years | until 2001 | on file 02-Feb-2002 | severity Mild | site Lung; left | by Dr Shah",
	},
	{
		"Condition refuted", record.Acute, `{"resourceType":"Condition","verificationStatus":"refuted","code":{"text":"Epilepsy"},"recordedDate":"2002-02-02"}`,
		"problems/Problem: Epilepsy | refuted | unknown | verification refuted | recorded 02-Feb-2002 | on file 02-Feb-2002",
	},
	{
		"Procedure", record.Acute, `{"resourceType":"Procedure","status":"completed","code":{"text":"Hip replacement"},"performedPeriod":{"start":"2019-03-02"},"performer":[{"function":{"text":"Surgeon"},"actor":{"display":"Mr Bone"}}],"bodySite":{"text":"Left hip"},"outcome":{"text":"Good"},"complication":[{"text":"None"}]}`,
		"procedures/Procedure: Hip replacement | current | status completed | done 02-Mar-2019 | site Left hip | by Mr Bone | notes [None outcome: Good]",
	},
	{
		"DiagnosticReport", record.Acute, `{"resourceType":"DiagnosticReport","status":"preliminary","code":{"text":"Chest X-ray"},"effectiveDateTime":"2024-05-05","issued":"2024-05-06","conclusion":"Clear","conclusionCode":[{"text":"Normal"}],"presentedForm":[{"contentType":"application/pdf","url":"Binary/9","size":1234},{"contentType":"text/plain","data":"aGVsbG8="}]}`,
		"results/Report: Chest X-ray | current | status preliminary | taken 05-May-2024 | on file 06-May-2024 | value Clear | notes [Normal also sent as text/plain] | document application/pdf 1234 Binary/9",
	},
	{
		"Observation of a laboratory", record.Acute, `{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"Potassium"},"effectiveDateTime":"2024-05-05T10:00:00+01:00","valueQuantity":{"comparator":"<","value":3.10,"unit":"mmol/L"},"interpretation":[{"coding":[{"code":"L","display":"Low"}]}],
		"referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.3,"unit":"mmol/L"},"type":{"text":"Adult"}}],"note":[{"text":"Haemolysed"}],"performer":[{"display":"UHCW Pathology"}]}`,
		"results/Result: Potassium | current | status final | taken 05-May-2024 10:00 | quantity <3.10 mmol/L | range Adult: 3.5 to 5.3 mmol/L | flag Low | abnormal true | by UHCW Pathology | notes [Haemolysed]",
	},
	{
		"Observation in parts", record.Ambulance, `{"resourceType":"Observation","status":"amended","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Blood pressure"},"effectiveInstant":"2024-05-05T10:00:00Z","component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":190,"unit":"mmHg"},"interpretation":{"text":"HIGH"},"referenceRange":[{"text":"under 140"}]},{"code":{"text":"Diastolic"},"dataAbsentReason":{"text":"not heard"}}]}`,
		"observations/Observation: Blood pressure | current | status amended | taken 05-May-2024 11:00 | part Systolic = 190 mmHg (HIGH; range under 140) | part Diastolic = no value: not heard | abnormal true",
	},
	{
		"Observation cancelled", record.Acute, `{"resourceType":"Observation","status":"cancelled","code":{"text":"Sodium"},"dataAbsentReason":{"text":"Specimen lost"}}`,
		"observations/Observation: Sodium | refuted | past | status cancelled | value no value: Specimen lost",
	},
	{
		"Immunization", record.Practice, `{"resourceType":"Immunization","status":"completed","vaccineCode":{"text":"Influenza vaccine"},"occurrenceDateTime":"2023-10-01","recorded":"2023-10-02","lotNumber":"AB12","site":{"text":"Left arm"},"doseQuantity":{"value":0.5,"unit":"mL"},"performer":[{"actor":{"display":"Nurse Lee"}}],"location":{"display":"Spon End"},"protocolApplied":[{"doseNumberPositiveInt":2,"seriesDosesPositiveInt":2}]}`,
		"immunisations/Immunisation: Influenza vaccine | current | status completed | given 01-Oct-2023 | on file 02-Oct-2023 | dose 0.5 mL | site Left arm | by Nurse Lee | at Spon End | notes [batch AB12 dose 2 of 2]",
	},
	{
		"Immunization not done", record.Practice, `{"resourceType":"Immunization","status":"not-done","statusReason":{"text":"Refused"},"vaccineCode":{"text":"Influenza vaccine"},"occurrenceDateTime":"2023-10-01"}`,
		"immunisations/Immunisation: Influenza vaccine | refuted | past | status not done | dated 01-Oct-2023 | because Refused",
	},
	{
		"DocumentReference", record.Acute, `{"resourceType":"DocumentReference","status":"superseded","docStatus":"final","type":{"text":"Discharge letter"},"description":"Stay of 3 days","date":"2024-05-06T10:00:00Z","author":[{"display":"Dr Okafor"}],"custodian":{"display":"UHCW"},"content":[{"attachment":{"contentType":"text/plain","title":"Letter","creation":"2024-05-05","data":"aGVsbG8="}}]}`,
		"documents/Document: Discharge letter | past | status superseded, final | written 05-May-2024 | on file 06-May-2024 11:00 | by Dr Okafor | at UHCW | notes [Letter Stay of 3 days] | document text/plain 5  hello",
	},
}

func TestEntries(t *testing.T) {
	for _, test := range entryTests {
		t.Run(test.name, func(t *testing.T) {
			result := answer(t, test.from, everything(), bundle(test.resource)).Result()
			if len(result.Entries) != 1 {
				t.Fatalf("%+v", result)
			}
			if got := summary(result.Entries[0]); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
			said(t, result)
		})
	}
}

// Each type that may be asked for has a test above.
func TestEveryTypeIsTested(t *testing.T) {
	for _, from := range []record.Kind{record.Acute, record.Council} {
		for _, name := range fhir.Types(everything(), from) {
			tested := false
			for _, test := range entryTests {
				tested = tested || strings.Contains(test.resource, `"resourceType":"`+name+`"`)
			}
			if !tested {
				t.Errorf("%s is not tested", name)
			}
		}
	}
}

func TestMeta(t *testing.T) {
	a := answer(t, record.Acute, everything(), bundle(
		`{"resourceType":"Condition","id":"c1","meta":{"versionId":"7","security":[{"code":"R"}]},"code":{"text":"Asthma"}}`,
		`{"resourceType":"DocumentReference","id":"d1","securityLabel":[{"coding":[{"code":"V"}]}],"type":{"text":"Letter"}}`))
	result := a.Result()
	item := record.Item{Type: "Condition", ID: "c1", Version: "7"}
	if e := result.Entries[0]; e.Item != item || e.From != "RKB" {
		t.Errorf("%+v", e.Item)
	}
	if len(result.Sensitive) != 2 || result.Sensitive[0] != item {
		t.Errorf("sensitive: %v", result.Sensitive)
	}
}

func TestNoneKnown(t *testing.T) {
	const rest = `,"clinicalStatus":{"coding":[{"code":"active"}]}}`
	for _, test := range []struct {
		resource string
		want     record.Assertion
	}{
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Pas d'allergie","coding":[{"system":"http://snomed.info/sct","code":"409137002"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No Known Allergies."}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":"NKDA"` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No known allergies","coding":[{"system":"http://snomed.info/sct","code":"91936005"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716184000","display":"No known latex allergy"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No information about allergies"}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No known allergies"},"reaction":[{"description":"Rash"}]` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}` + rest, record.Refuted},
		{`{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}` + rest, record.Present},
		{`{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"160245001"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"MedicationStatement","medicationCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-medications"}]}}`, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin allergy, reaction unknown","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin: reaction not recorded","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin - no anaphylaxis, rash only","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No known allergies except penicillin (anaphylaxis)","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Allergic to aspirin. No other allergies","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"},{"system":"urn:local","code":"PEN","display":"Penicillin"}]}` + rest, record.Present},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Nil known","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No history of allergies","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"Dim alergeddau hysbys","coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"既知のアレルギーなし"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://read.info/readv2","code":"1151.","display":"No known allergies"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"text":"No Known Allergies","coding":[{"system":"urn:epic","code":"1"}]}` + rest, record.NoneKnown},
		{`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"429625007","display":"No known food allergy"}]}` + rest, record.NoneKnown},
	} {
		result := answer(t, record.Practice, everything(), bundle(test.resource)).Result()
		if e := result.Entries[0]; e.Assertion != test.want {
			t.Errorf("%s: %s", test.resource, summary(e))
		}
	}
}

func TestWithoutWords(t *testing.T) {
	long := strings.Repeat("word ", 400)
	for _, test := range []struct{ resource, want string }{
		{`{"resourceType":"AllergyIntolerance"}`, "Allergy with no description"},
		{`{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/none"}}`, "Prescription with no description"},
		{`{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"195967001"}]}}`, "code 195967001 (SNOMED CT), no description sent"},
		{`{"resourceType":"Condition","code":{"coding":[{"display":"Derived"},{"display":"Chosen","userSelected":true}]}}`, "Chosen"},
		{`{"resourceType":"Condition","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x()\">Asthma &amp; <b>eczema</b></p><script>alert(1)</script><style>p{}</style><!-- hidden --></div>"}}`, "Asthma & eczema"},
		{`{"resourceType":"Condition","text":{"div":"<div>&lt;script&gt;alert(1)&lt;/script&gt;</div>"}}`, "<script>alert(1)</script>"},
		{`{"resourceType":"Condition","text":{"div":"` + long + `"}}`, long[:1000] + "… (shortened)"},
		{`{"resourceType":"Condition","text":"just text"}`, "just text"},
		{`{"resourceType":"Condition","code":{"text":"Words"},"text":{"div":"<div>Other words</div>"}}`, "Words"},
	} {
		result := answer(t, record.Acute, everything(), bundle(test.resource)).Result()
		if got := result.Entries[0].What.Words(); got != test.want {
			t.Errorf("%.80s: %q", test.resource, got)
		}
	}
}

// What a source says of an allergy's kind counts only where it says that it is
// none to a medicine.
func TestAllergiesToOtherThanMedicines(t *testing.T) {
	for categories, want := range map[string]bool{
		"": false, `,"category":[]`: false, `,"category":["medication"]`: false, `,"category":["biologic"]`: false, `,"category":["food","medication"]`: false,
		`,"category":["food"]`: true, `,"category":["environment","food"]`: true,
	} {
		a := answer(t, record.Acute, record.Scope{record.Allergies: record.Everything},
			bundle(`{"resourceType":"AllergyIntolerance","id":"1","code":{"text":"Egg"}`+categories+`}`))
		if got := a.Result().Entries; len(got) != 1 || got[0].NoMedicine != want {
			t.Errorf("%s: %+v", categories, got)
		}
	}
}
