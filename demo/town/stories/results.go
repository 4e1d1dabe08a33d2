package stories

import (
	"encoding/json"
	"strconv"
	"strings"

	"example.org/icr/demo/town/resource"
)

// test is something measured, with its unit and, where laboratories give one,
// its usual range.
type test struct {
	name      concept
	unit      string // as people write it
	ucum      string
	low, high string // empty: no limit on that side
}

// value is one measurement: "52", "<5".
type value struct {
	test
	of string
}

func (t test) is(of string) value { return value{t, of} }

func (t test) isNumber(n float64, decimals int) value {
	return t.is(strconv.FormatFloat(n, 'f', decimals, 64))
}

// quantity writes the number exactly as given, comparator apart.
func (v value) quantity() resource.Map {
	number := strings.TrimLeft(v.of, "<>=")
	q := resource.Map{"value": json.Number(number), "unit": v.unit, "system": "http://unitsofmeasure.org", "code": v.ucum}
	if comparator := strings.TrimSuffix(v.of, number); comparator != "" {
		q["comparator"] = comparator
	}
	return q
}

func (v value) limit(of string) resource.Map {
	return resource.Map{"value": json.Number(of), "unit": v.unit, "system": "http://unitsofmeasure.org", "code": v.ucum}
}

// judge adds the usual range and on which side of it the value lies.
func (v value) judge(r resource.Map) {
	if v.low == "" && v.high == "" {
		return
	}
	span, said := resource.Map{}, v.low+" - "+v.high
	if v.low != "" {
		span["low"] = v.limit(v.low)
	} else {
		said = "up to " + v.high
	}
	if v.high != "" {
		span["high"] = v.limit(v.high)
	} else {
		said = "over " + v.low
	}
	span["text"] = said
	r["referenceRange"] = []any{span}
	number, _ := strconv.ParseFloat(strings.TrimLeft(v.of, "<>="), 64)
	switch low, high := side(v.low), side(v.high); {
	case low != nil && number < *low:
		r["interpretation"] = concepts(concept{codings: []coding{{hl7 + "v3-ObservationInterpretation", "L", "Low"}}})
	case high != nil && number > *high:
		r["interpretation"] = concepts(concept{codings: []coding{{hl7 + "v3-ObservationInterpretation", "H", "High"}}})
	}
}

func side(limit string) *float64 {
	if n, err := strconv.ParseFloat(limit, 64); err == nil {
		return &n
	}
	return nil
}

// lab puts a laboratory report on file, with an Observation a value.
func (f *file) lab(panel concept, when string, values []value, details ...detail) string {
	order := f.order(when, len(values))
	var results []any
	for i, v := range values {
		r := resource.Map{
			"status": "final", "category": concepts(hl7Code("observation-category", "laboratory")),
			"identifier": []any{resource.Map{"system": "https://fhir.nhs.uk/Id/laboratory-order", "value": order + "-" + strconv.Itoa(i+1)}},
			"code":       v.name.fhir(), "effectiveDateTime": when, "issued": f.person.t.instant(when), "valueQuantity": v.quantity(),
		}
		v.judge(r)
		results = append(results, resource.Map{"reference": f.add("Observation", when, r, details...), "display": v.name.said()})
	}
	return f.add("DiagnosticReport", when, resource.Map{
		"status": "final", "category": concepts(hl7Code("v2-0074", "LAB")), "code": panel.fhir(),
		"identifier":        []any{resource.Map{"system": "https://fhir.nhs.uk/Id/laboratory-order", "value": order}},
		"effectiveDateTime": when, "issued": f.person.t.instant(when), "result": results,
		"performer": []any{shown("Coventry and Warwickshire Pathology Services")},
	}, details...)
}

// order is the laboratory's number of the order: the same wherever its report
// is sent.
func (f *file) order(when string, n int) string {
	return "CW" + strings.ToUpper(resource.ID(f.person.Number.Digits(), when, strconv.Itoa(n))[:8])
}

// report puts a report in words on file: imaging, an ECG.
func (f *file) report(what concept, category, when, conclusion string, details ...detail) {
	f.add("DiagnosticReport", when, resource.Map{
		"status": "final", "category": concepts(hl7Code("v2-0074", category)), "code": what.fhir(),
		"effectiveDateTime": when, "issued": f.person.t.instant(when), "conclusion": conclusion,
	}, details...)
}

// vitals puts observations at the bedside on file.
func (f *file) vitals(when string, values ...value) {
	for _, v := range values {
		f.add("Observation", when, resource.Map{
			"status": "final", "category": concepts(hl7Code("observation-category", "vital-signs")),
			"code": v.name.fhir(), "effectiveDateTime": when, "valueQuantity": v.quantity(),
		})
	}
}

// atHome says that the patient took a reading.
func atHome(f *file) detail {
	return func(r resource.Map) { r["performer"] = []any{f.patient()} }
}

// pressure puts a blood pressure on file.
func (f *file) pressure(when, systolic, diastolic string, details ...detail) {
	part := func(v value) resource.Map {
		return resource.Map{"code": v.name.fhir(), "valueQuantity": v.quantity()}
	}
	f.add("Observation", when, resource.Map{
		"status": "final", "category": concepts(hl7Code("observation-category", "vital-signs")),
		"code": bloodPressure.fhir(), "effectiveDateTime": when,
		"component": []any{part(systolicPressure.is(systolic)), part(diastolicPressure.is(diastolic))},
	}, details...)
}
