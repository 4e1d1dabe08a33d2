package stories

// both is a concept coded in SNOMED CT and in LOINC, as laboratories send it.
func both(snomedCode, loincCode, display string) concept {
	return concept{codings: []coding{{snomedCT, snomedCode, display}, {loinc, loincCode, ""}}}
}

// inLOINC is a concept that only LOINC codes, in the laboratory's own words.
func inLOINC(code, display string) concept {
	return concept{text: display, codings: []coding{{loinc, code, display}}}
}

// What laboratories measure, with the usual ranges of adults.
var (
	sodium      = test{both("1000661000000107", "2951-2", "Serum sodium level"), "mmol/L", "mmol/L", "133", "146"}
	potassium   = test{both("1000651000000109", "2823-3", "Serum potassium level"), "mmol/L", "mmol/L", "3.5", "5.3"}
	creatinine  = test{both("1000731000000107", "14682-9", "Serum creatinine level"), "umol/L", "umol/L", "45", "110"}
	urea        = test{inLOINC("22664-7", "Serum urea level"), "mmol/L", "mmol/L", "2.5", "7.8"}
	egfr        = test{both("1011481000000105", "62238-1", "eGFR (estimated glomerular filtration rate) using creatinine Chronic Kidney Disease Epidemiology Collaboration equation per 1.73 square metres"), "mL/min/1.73m2", "mL/min/{1.73_m2}", "60", ""}
	hba1c       = test{both("999791000000106", "59261-8", "Haemoglobin A1c level - International Federation of Clinical Chemistry and Laboratory Medicine standardised"), "mmol/mol", "mmol/mol", "20", "41"}
	haemoglobin = test{both("1022431000000105", "718-7", "Haemoglobin estimation"), "g/L", "g/L", "120", "165"}
	whiteCells  = test{both("1022541000000102", "26464-8", "Total white cell count"), "10*9/L", "10*9/L", "4.0", "11.0"}
	platelets   = test{both("1022651000000100", "777-3", "Platelet count"), "10*9/L", "10*9/L", "150", "400"}
	neutrophils = test{both("1022551000000104", "751-8", "Neutrophil count"), "10*9/L", "10*9/L", "2.0", "7.5"}
	crp         = test{inLOINC("1988-5", "Serum C reactive protein level"), "mg/L", "mg/L", "", "5"}
	tsh         = test{both("1022791000000101", "11580-8", "Serum thyroid stimulating hormone level"), "mU/L", "mU/L", "0.27", "4.20"}
	cholesterol = test{both("1005671000000105", "14647-2", "Serum cholesterol level"), "mmol/L", "mmol/L", "", "5.0"}
	alt         = test{both("1018251000000107", "1742-6", "Serum alanine aminotransferase level"), "U/L", "U/L", "", "41"}
	lithium     = test{both("1006681000000100", "14334-7", "Serum lithium level"), "mmol/L", "mmol/L", "0.4", "0.8"}
	troponin    = test{inLOINC("89579-7", "High sensitivity troponin I"), "ng/L", "ng/L", "", "34"}
	ntProBNP    = test{inLOINC("33762-6", "NT-proBNP"), "ng/L", "ng/L", "", "400"}
	inr         = test{inLOINC("6301-6", "International normalised ratio"), "ratio", "{INR}", "", ""}
	cd4         = test{inLOINC("24467-3", "CD4 count"), "cells/uL", "/uL", "500", "1500"}
	hivLoad     = test{inLOINC("20447-9", "HIV-1 RNA viral load"), "copies/mL", "{copies}/mL", "", "50"}
)

// What is measured at the bedside.
var (
	bloodPressure     = both("75367002", "85354-9", "Blood pressure")
	systolicPressure  = test{name: both("271649006", "8480-6", "Systolic blood pressure"), unit: "mmHg", ucum: "mm[Hg]"}
	diastolicPressure = test{name: both("271650006", "8462-4", "Diastolic blood pressure"), unit: "mmHg", ucum: "mm[Hg]"}
	pulse             = test{name: both("364075005", "8867-4", "Heart rate"), unit: "beats/min", ucum: "/min"}
	breathing         = test{name: both("86290005", "9279-1", "Respiratory rate"), unit: "breaths/min", ucum: "/min"}
	temperature       = test{name: both("386725007", "8310-5", "Body temperature"), unit: "degrees C", ucum: "Cel"}
	saturation        = test{name: both("431314004", "59408-5", "Peripheral oxygen saturation"), unit: "%", ucum: "%"}
	weight            = test{name: both("27113001", "29463-7", "Body weight"), unit: "kg", ucum: "kg"}
	height            = test{name: both("50373000", "8302-2", "Body height"), unit: "cm", ucum: "cm"}
	bodyMass          = test{name: both("60621009", "39156-5", "Body mass index"), unit: "kg/m2", ucum: "kg/m2"}
	news2             = test{name: both("1104051000000101", "88330-6", "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score"), unit: "score", ucum: "{score}"}
)

// The panels in which laboratories report.
var (
	kidneyFunction = inLOINC("24362-6", "Urea and electrolytes")
	bloodCount     = snomed("26604007", "Full blood count")
	diabetesBloods = words("HbA1c and lipids")
	thyroidPanel   = words("Thyroid function test")
	liverPanel     = words("Liver function test")
)
