package fhir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

// everything is the scope of a clinician.
func everything() record.Scope {
	scope := record.Scope{}
	for _, section := range record.Sections {
		scope[section] = record.Everything
	}
	return scope
}

var hospital = record.Source{Code: "RKB", Name: "University Hospitals Coventry and Warwickshire", Kind: record.Acute}

// typical is one partner's part of a typical record: about 125 KB and 120
// resources in compact JSON, as a synthetic-patient generator writes them.
func typical() []byte {
	var b bytes.Buffer
	b.WriteString(`{"resourceType":"Bundle","id":"b1","type":"searchset","total":120,"link":[{"relation":"self","url":"https://partner.example/fhir/Patient/1/$everything"}],"entry":[`)
	for i := range 120 {
		if i > 0 {
			b.WriteByte(',')
		}
		id := fmt.Sprintf("%08x-c11c-8b54-a6c4-5c23e7ca%04x", i*2654435761&0xffffffff, i)
		resource := typicalResource(i)
		resource = strings.NewReplacer("ID", id,
			"PATIENT", `{"reference":"urn:uuid:e5a8d3f4-4484-ebfd-7404-d9f02c9fe6a6"}`,
			"ENCOUNTER", fmt.Sprintf(`"encounter":{"reference":"urn:uuid:0c1ec25d-c11c-8b54-a6c4-5c23e7ca%04x"}`, i/6),
			"WHEN", fmt.Sprintf("20%02d-%02d-%02dT08:08:%02d+01:00", 5+i/8, 1+i/10, 1+i%28, i%60),
			"CODE", fmt.Sprint(10000+i%40*37),
			"WHO", fmt.Sprintf(`{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99999%05d","display":"Dr. Alexa %d Casper"}`, i%7, i%7),
			"WHERE", `{"reference":"Location?identifier=https://github.com/synthetichealth/synthea|b4b7a17f-605b-3553-a561-6219c0852267","display":"ST VINCENT HOSPITAL"}`,
			"NUMBER", fmt.Sprintf("%d.%03d", i, i*7%1000)).Replace(resource)
		fmt.Fprintf(&b, `{"fullUrl":"https://partner.example/fhir/%s","resource":%s,"search":{"mode":"match"}}`, id, resource)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func typicalResource(i int) string {
	const meta = `"id":"ID","meta":{"versionId":"1","lastUpdated":"2024-01-02T03:04:05.678+00:00","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-%s"]},`
	others := []string{
		`{"resourceType":"Condition",` + fmt.Sprintf(meta, "condition") + `"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis","display":"Encounter Diagnosis"}]}],"code":{"coding":[{"system":"http://snomed.info/sct","code":"CODE","display":"Acute bronchitis CODE (disorder)"}],"text":"Acute bronchitis CODE (disorder)"},"subject":PATIENT,ENCOUNTER,"onsetDateTime":"WHEN","abatementDateTime":"WHEN","recordedDate":"WHEN"}`,
		`{"resourceType":"MedicationRequest",` + fmt.Sprintf(meta, "medicationrequest") + `"status":"stopped","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"CODE","display":"insulin human, isophane CODE UNT/ML / Regular Insulin, Human 30 UNT/ML Injectable Suspension"}],"text":"insulin human, isophane CODE UNT/ML / Regular Insulin, Human 30 UNT/ML Injectable Suspension"},"subject":PATIENT,ENCOUNTER,"authoredOn":"WHEN","requester":WHO,"reasonReference":[{"reference":"urn:uuid:86be306e-7f75-779e-8257-55e5b9131d3e"}],"dosageInstruction":[{"sequence":1,"text":"Take CODE as needed.","asNeededBoolean":true,"timing":{"repeat":{"frequency":2,"period":1.0,"periodUnit":"d"}},"doseAndRate":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/dose-rate-type","code":"ordered","display":"Ordered"}]},"doseQuantity":{"value":1.0}}]}]}`,
		`{"resourceType":"Encounter",` + fmt.Sprintf(meta, "encounter") + `"identifier":[{"use":"official","system":"https://github.com/synthetichealth/synthea","value":"ID"}],"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"type":[{"coding":[{"system":"http://snomed.info/sct","code":"162673000","display":"General examination of patient (procedure)"}],"text":"General examination of patient (procedure)"}],"subject":{"reference":"urn:uuid:e5a8d3f4-4484-ebfd-7404-d9f02c9fe6a6","display":"Mrs. Example Person"},"participant":[{"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"PPRF","display":"primary performer"}],"text":"primary performer"}],"period":{"start":"WHEN","end":"WHEN"},"individual":WHO}],"period":{"start":"WHEN","end":"WHEN"},"location":[{"location":WHERE}],"serviceProvider":{"reference":"Organization?identifier=https://github.com/synthetichealth/synthea|71c90f38","display":"ST VINCENT HOSPITAL"}}`,
		`{"resourceType":"Procedure",` + fmt.Sprintf(meta, "procedure") + `"status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"CODE","display":"Computed tomography CODE of chest without contrast (procedure)"}],"text":"Computed tomography CODE of chest without contrast (procedure)"},"subject":PATIENT,ENCOUNTER,"performedPeriod":{"start":"WHEN","end":"WHEN"},"location":WHERE}`,
		`{"resourceType":"Immunization",` + fmt.Sprintf(meta, "immunization") + `"status":"completed","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"140","display":"Influenza, seasonal, injectable, preservative free"}],"text":"Influenza, seasonal, injectable, preservative free"},"patient":PATIENT,ENCOUNTER,"occurrenceDateTime":"WHEN","primarySource":true,"location":WHERE}`,
		`{"resourceType":"DiagnosticReport",` + fmt.Sprintf(meta, "diagnosticreport-note") + `"status":"final","category":[{"coding":[{"system":"http://loinc.org","code":"34117-2","display":"History and physical note"},{"system":"http://loinc.org","code":"51847-2","display":"Evaluation+Plan note"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"34117-2","display":"History and physical note"},{"system":"http://loinc.org","code":"51847-2","display":"Evaluation+Plan note"}]},"subject":PATIENT,ENCOUNTER,"effectiveDateTime":"WHEN","issued":"WHEN","performer":[WHO],"result":[{"reference":"urn:uuid:0c1ec25d-c11c-8b54-a6c4-5c23e7ca66da","display":"Hemoglobin"},{"reference":"urn:uuid:0c1ec25d-c11c-8b54-a6c4-5c23e7ca66db","display":"Hematocrit"}],"presentedForm":[{"contentType":"text/plain; charset=utf-8","data":"` + strings.Repeat("CjIwMDUtMTItMjYKCiMgQ2hpZWYg", 10) + `"}]}`,
		`{"resourceType":"AllergyIntolerance",` + fmt.Sprintf(meta, "allergyintolerance") + `"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}]},"type":"allergy","category":["food"],"criticality":"low","code":{"coding":[{"system":"http://snomed.info/sct","code":"232350006","display":"House dust mite allergy"}],"text":"House dust mite allergy"},"patient":PATIENT,"recordedDate":"WHEN","reaction":[{"manifestation":[{"coding":[{"system":"http://snomed.info/sct","code":"247472004","display":"Wheal (finding)"}],"text":"Wheal (finding)"}],"severity":"mild"}]}`,
	}
	if i%5 < 3 {
		kind := []string{"laboratory", "vital-signs"}[i%2]
		return `{"resourceType":"Observation",` + fmt.Sprintf(meta, "observation-lab") + `"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"` + kind + `","display":"` + kind + `"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"CODE-4","display":"MCHC CODE [Mass/volume] by Automated count"}],"text":"MCHC CODE [Mass/volume] by Automated count"},"subject":PATIENT,ENCOUNTER,"effectiveDateTime":"WHEN","issued":"WHEN","valueQuantity":{"value":NUMBER,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}`
	}
	return others[i/5*2%len(others)]
}

// measured reports the processor time of all threads, which other work on the
// machine hardly moves.
func measured(b *testing.B, data []byte) func() {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	before := processorTime(b)
	return func() {
		b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
	}
}

func processorTime(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func BenchmarkRead(b *testing.B) {
	data := typical()
	defer measured(b, data)()
	for b.Loop() {
		a := fhir.NewAnswer(hospital, everything(), fhir.Limit{})
		if _, err := a.Read(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
		if r := a.Result(); len(r.Entries) != 120 {
			b.Fatal(len(r.Entries))
		}
	}
}

// BenchmarkEncodingJSON decodes the same bytes into plain structs with the
// same fields, and does nothing with them: the measure for BenchmarkRead.
func BenchmarkEncodingJSON(b *testing.B) {
	data := typical()
	defer measured(b, data)()
	for b.Loop() {
		var bundle plainBundle
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(&bundle); err != nil || len(bundle.Entry) != 120 {
			b.Fatal(err, len(bundle.Entry))
		}
	}
}

type plainBundle struct {
	ResourceType string
	Link         []struct{ Relation, URL string }
	Entry        []struct {
		FullURL  string
		Resource plainResource
	}
}

type (
	plainCoding  struct{ System, Code, Display string }
	plainConcept struct {
		Coding []plainCoding
		Text   string
	}
	plainReference struct{ Reference, Display, Type string }
	plainPeriod    struct{ Start, End string }
	plainQuantity  struct {
		Value              json.Number
		Unit, Code         string
		System, Comparator string
	}
	plainAttachment struct {
		ContentType, URL, Title, Creation string
		Size                              int
		Data                              []byte
	}
)

type plainResource struct {
	ResourceType, ID string
	Meta             struct {
		VersionID string
		Security  []plainCoding
	}
	Status, Intent, Criticality                                        string
	ClinicalStatus, VerificationStatus                                 *plainConcept
	Code, VaccineCode, MedicationCodeableConcept                       *plainConcept
	Class                                                              *plainCoding
	Type, Category                                                     anyConcepts
	ReasonCode, BodySite, Interpretation                               []plainConcept
	Title, Name, Description                                           string
	Subject, Patient, Requester, Recorder, Asserter, ServiceProvider   *plainReference
	MedicationReference                                                *plainReference
	Performer                                                          []plainReference
	ReasonReference                                                    []plainReference
	Participant                                                        []struct{ Individual, Actor, Member *plainReference }
	Location                                                           any
	OnsetDateTime, AbatementDateTime, RecordedDate, AuthoredOn, Issued string
	EffectiveDateTime, OccurrenceDateTime, PerformedDateTime, Date     string
	Period, PerformedPeriod, EffectivePeriod                           *plainPeriod
	ValueQuantity                                                      *plainQuantity
	ValueCodeableConcept                                               *plainConcept
	ValueString, Conclusion, LotNumber                                 string
	Component                                                          []struct {
		Code          plainConcept
		ValueQuantity *plainQuantity
	}
	ReferenceRange []struct {
		Low, High *plainQuantity
		Text      string
	}
	Reaction []struct {
		Manifestation []plainConcept
		Severity      string
	}
	DosageInstruction []struct {
		Text, PatientInstruction string
		AsNeededBoolean          bool
		Timing                   struct {
			Repeat struct {
				Frequency, Period json.Number
				PeriodUnit        string
			}
		}
		DoseAndRate []struct{ DoseQuantity *plainQuantity }
	}
	Note              []struct{ Text string }
	PresentedForm     []plainAttachment
	Content           []struct{ Attachment plainAttachment }
	ModifierExtension []struct{ URL string }
	ImplicitRules     string
}

// anyConcepts passes over what is a concept in one type and a text in another.
type anyConcepts struct{}

func (anyConcepts) UnmarshalJSON([]byte) error { return nil }
