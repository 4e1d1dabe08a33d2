package stories

import "example.org/icr/demo/town/resource"

// How long a prescription is meant to run.
var (
	continuous  = concept{text: "Repeat", codings: []coding{{hl7 + "medicationrequest-course-of-therapy", "continuous", "Continuous long term therapy"}}}
	acuteCourse = concept{text: "Acute", codings: []coding{{hl7 + "medicationrequest-course-of-therapy", "acute", "Short course (acute) therapy"}}}
)

// prescribe puts a repeat prescription on file, active since the date.
func (f *file) prescribe(drug concept, dose, since string, details ...detail) {
	f.add("MedicationRequest", since, resource.Map{
		"status": "active", "intent": "order", "category": concepts(hl7Code("medicationrequest-category", "community")),
		"courseOfTherapyType":       continuous.fhir(),
		"medicationCodeableConcept": drug.fhir(), "authoredOn": since,
		"dosageInstruction": dosage(dose),
	}, details...)
}

// course puts a short course on file, completed.
func (f *file) course(drug concept, dose, when string, details ...detail) {
	acute := []detail{status("completed"), with("courseOfTherapyType", acuteCourse.fhir())}
	f.prescribe(drug, dose, when, append(acute, details...)...)
}

// onWard puts a hospital's drug chart entry on file: the Medication is a
// resource of its own.
func (f *file) onWard(drug concept, dose, since string, details ...detail) {
	medication := f.add("Medication", since, resource.Map{"status": "active", "code": drug.fhir()})
	f.prescribe(drug, dose, since, append([]detail{func(r resource.Map) {
		delete(r, "medicationCodeableConcept")
		r["medicationReference"] = resource.Map{"reference": medication, "display": drug.said()}
		r["category"] = concepts(hl7Code("medicationrequest-category", "inpatient"))
	}}, details...)...)
}

// takes puts down what the patient says that they take.
func (f *file) takes(drug concept, dose, since string, details ...detail) {
	f.add("MedicationStatement", since, resource.Map{
		"status": "active", "medicationCodeableConcept": drug.fhir(), "dateAsserted": since,
		"effectivePeriod": resource.Map{"start": since}, "dosage": dosage(dose),
	}, details...)
}

func dosage(text string) []any { return []any{resource.Map{"text": text}} }

// stopped ends a medicine, and says why.
func stopped(why string) detail {
	return func(r resource.Map) {
		r["status"] = "stopped"
		r["statusReason"] = words(why).fhir()
		if r["resourceType"] == "MedicationStatement" {
			r["statusReason"] = concepts(words(why))
		}
	}
}

// said is the concept in its sender's words.
func (c concept) said() string {
	if c.text != "" || len(c.codings) == 0 {
		return c.text
	}
	return c.codings[0].display
}
