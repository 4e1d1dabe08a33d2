package bench

var terms = map[string][]term{
	"Observation": named(loinc, []string{"final"},
		"4548-4|Hemoglobin A1c/Hemoglobin.total in Blood|laboratory|%|4-6.5",
		"2339-0|Glucose [Mass/volume] in Blood|laboratory|mg/dL|65-110",
		"6299-2|Urea nitrogen [Mass/volume] in Blood|laboratory|mg/dL|7-20",
		"38483-4|Creatinine [Mass/volume] in Blood|laboratory|mg/dL|0.6-1.3",
		"2947-0|Sodium [Moles/volume] in Blood|laboratory|mmol/L|136-144",
		"6298-4|Potassium [Moles/volume] in Blood|laboratory|mmol/L|3.7-5.2",
		"2069-3|Chloride [Moles/volume] in Blood|laboratory|mmol/L|101-111",
		"33914-3|Glomerular filtration rate/1.73 sq M.predicted|laboratory|mL/min/{1.73_m2}|60-120",
		"2093-3|Cholesterol [Mass/volume] in Serum or Plasma|laboratory|mg/dL|125-200",
		"18262-6|Low Density Lipoprotein Cholesterol|laboratory|mg/dL|50-130",
		"6690-2|Leukocytes [#/volume] in Blood by Automated count|laboratory|10*3/uL|4-11",
		"718-7|Hemoglobin [Mass/volume] in Blood|laboratory|g/dL|12-17.5",
		"777-3|Platelets [#/volume] in Blood by Automated count|laboratory|10*3/uL|150-400",
		"8302-2|Body Height|vital-signs|cm|140-190",
		"29463-7|Body Weight|vital-signs|kg|45-110",
		"39156-5|Body mass index (BMI) [Ratio]|vital-signs|kg/m2|18-30",
		"85354-9|Blood pressure panel with all children optional|vital-signs|parts|0-1",
		"8867-4|Heart rate|vital-signs|/min|60-100",
		"9279-1|Respiratory rate|vital-signs|/min|12-16",
		"72514-3|Pain severity - 0-10 verbal numeric rating [Score] - Reported|vital-signs|{score}|0-4"),
	"Encounter": named(snomed, []string{"AMB", "IMP", "EMER"},
		"185349003|Encounter for check up (procedure)", "162673000|General examination of patient (procedure)",
		"50849002|Emergency room admission (procedure)", "390906007|Follow-up encounter (procedure)", "185345009|Encounter for symptom (procedure)"),
	"MedicationRequest": named(snomed, []string{"active", "stopped", "completed"},
		"318857009|Ramipril 5mg capsules", "326441009|Metformin 500mg tablets", "319775004|Aspirin 75mg tablets", "320029006|Simvastatin 40mg tablets",
		"322236009|Paracetamol 500mg tablets", "317243000|Furosemide 40mg tablets", "323418000|Salbutamol 100micrograms/dose inhaler CFC free", "329525004|Omeprazole 20mg gastro-resistant capsules"),
	"Procedure": named(snomed, []string{"completed"},
		"430193006|Medication reconciliation (procedure)", "710824005|Assessment of health and social care needs (procedure)", "171207006|Depression screening (procedure)",
		"29303009|Electrocardiographic procedure (procedure)", "169069000|Computed tomography of chest without contrast (procedure)", "73761001|Colonoscopy (procedure)"),
	"DiagnosticReport": named(loinc, []string{"final"},
		"57698-3|Lipid panel with direct LDL - Serum or Plasma", "51990-0|Basic metabolic panel - Blood", "58410-2|CBC panel - Blood by Automated count", "34117-2|History and physical note"),
	"Condition": named(snomed, []string{"active", "resolved"},
		"38341003|Hypertensive disorder, systemic arterial (disorder)", "44054006|Diabetes mellitus type 2 (disorder)", "10509002|Acute bronchitis (disorder)",
		"195662009|Acute viral pharyngitis (disorder)", "271737000|Anemia (disorder)", "162864005|Body mass index 30+ - obesity (finding)", "195967001|Asthma (disorder)", "73595000|Stress (finding)"),
	"DocumentReference": named(loinc, []string{"current", "superseded"},
		"34117-2|History and physical note", "51847-2|Evaluation + Plan note", "18842-5|Discharge summary", "34133-9|Summary of episode note"),
	"Immunization": named(snomed, []string{"completed"},
		"1119349007|COVID-19 vaccine", "46233009|Influenza vaccine", "871803007|Pneumococcal vaccine", "333621002|Tetanus vaccine"),
	"AllergyIntolerance": named(snomed, []string{"active"},
		"91936005|Allergy to penicillin", "232350006|House dust mite allergy", "300913006|Shellfish allergy", "419474003|Allergy to mould"),
}

const pressure = `"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic Blood Pressure"}],"text":"Systolic Blood Pressure"},"valueQuantity":{"value":$above,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},` +
	`{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4","display":"Diastolic Blood Pressure"}],"text":"Diastolic Blood Pressure"},"valueQuantity":{"value":$below,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]`

const (
	amount = `"valueQuantity":{"value":$number,"unit":"$unit","system":"http://unitsofmeasure.org","code":"$unit"}`
	limits = `,"referenceRange":[{"low":{"value":$low,"unit":"$unit"},"high":{"value":$high,"unit":"$unit"}}]`
)

const (
	meta    = `"id":"$id","meta":{"versionId":"1","lastUpdated":"$issued"},`
	coded   = `{"coding":[{"system":"$system","code":"$code","display":"$words"}],"text":"$words"}`
	subject = `"subject":{"reference":"Patient/$patient"},"encounter":{"reference":"Encounter/$encounter"},`
	doctor  = `{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|$npi","display":"$doctor"}`
	place   = `{"reference":"Location?identifier=https://example.org/places|71c90f38-3b3f-4a75","display":"General outpatient clinic"}`
	status  = `"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"$state"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},`
)

// templates are the resources as a generator of synthetic patients writes them.
var templates = map[string]string{
	"Observation": `{"resourceType":"Observation",` + meta + `"status":"$state","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"$category","display":"$category"}]}],` +
		`"code":` + coded + `,` + subject + `"effectiveDateTime":"$when","issued":"$issued",$value}`,
	"Encounter": `{"resourceType":"Encounter",` + meta + `"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"$state"},` +
		`"type":[` + coded + `],"subject":{"reference":"Patient/$patient","display":"Mrs. Mary Typical"},"participant":[{"individual":` + doctor + `}],"period":{"start":"$when","end":"$end"},"location":[{"location":` + place + `}],"serviceProvider":{"reference":"Organization?identifier=https://example.org/places|71c90f38","display":"Example Hospital"}}`,
	"MedicationRequest": `{"resourceType":"MedicationRequest",` + meta + `"status":"$state","intent":"order","medicationCodeableConcept":` + coded + `,` + subject + `"authoredOn":"$when","requester":` + doctor +
		`,"reasonReference":[{"reference":"Condition/$encounter"}],"dosageInstruction":[{"sequence":1,"text":"Take $dose daily","timing":{"repeat":{"frequency":$dose,"period":1.0,"periodUnit":"d"}},"asNeededBoolean":false,` +
		`"doseAndRate":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/dose-rate-type","code":"ordered","display":"Ordered"}]},"doseQuantity":{"value":1.0}}]}]}`,
	"Procedure": `{"resourceType":"Procedure",` + meta + `"status":"$state","code":` + coded + `,` + subject + `"performedPeriod":{"start":"$when","end":"$end"},"location":` + place + `}`,
	"DiagnosticReport": `{"resourceType":"DiagnosticReport",` + meta + `"status":"$state","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB","display":"Laboratory"}]}],"code":` + coded + `,` + subject +
		`"effectiveDateTime":"$when","issued":"$issued","performer":[` + doctor + `],"result":[{"reference":"Observation/$encounter","display":"Hemoglobin"},{"reference":"Observation/$id","display":"Hematocrit"},{"reference":"Observation/$id","display":"Platelets"}],` +
		`"presentedForm":[{"contentType":"text/plain; charset=utf-8","data":"$note"}]}`,
	"Condition": `{"resourceType":"Condition",` + meta + status + `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis","display":"Encounter Diagnosis"}]}],` +
		`"code":` + coded + `,` + subject + `"onsetDateTime":"$when","recordedDate":"$when"}`,
	"DocumentReference": `{"resourceType":"DocumentReference",` + meta + `"identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:$id"}],"status":"$state","type":` + coded +
		`,"category":[{"coding":[{"system":"http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category","code":"clinical-note","display":"Clinical Note"}]}],"subject":{"reference":"Patient/$patient"},"date":"$issued","author":[` + doctor + `],` +
		`"custodian":{"reference":"Organization?identifier=https://example.org/places|331f4c11","display":"Example Hospital"},"content":[{"attachment":{"contentType":"text/plain; charset=utf-8","data":"$note"}}],` +
		`"context":{"encounter":[{"reference":"Encounter/$encounter"}],"period":{"start":"$when","end":"$end"}}}`,
	"Immunization": `{"resourceType":"Immunization",` + meta + `"status":"$state","vaccineCode":` + coded + `,"patient":{"reference":"Patient/$patient"},"encounter":{"reference":"Encounter/$encounter"},"occurrenceDateTime":"$when","primarySource":true,"location":` + place + `}`,
	"AllergyIntolerance": `{"resourceType":"AllergyIntolerance",` + meta + status + `"type":"allergy","category":["environment"],"criticality":"low","code":` + coded + `,"patient":{"reference":"Patient/$patient"},"recordedDate":"$when",` +
		`"reaction":[{"manifestation":[{"coding":[{"system":"http://snomed.info/sct","code":"247472004","display":"Wheal (finding)"}],"text":"Wheal (finding)"}],"severity":"mild"}]}`,
}
