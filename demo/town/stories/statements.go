package stories

import "example.org/icr/demo/town/resource"

// allergy puts an allergy or intolerance on file, active and confirmed.
func (f *file) allergy(what concept, recorded string, details ...detail) {
	f.add("AllergyIntolerance", recorded, resource.Map{
		"clinicalStatus":     hl7Code("allergyintolerance-clinical", "active").fhir(),
		"verificationStatus": hl7Code("allergyintolerance-verification", "confirmed").fhir(),
		"type":               "allergy", "category": []string{"medication"},
		"code": what.fhir(), "recordedDate": recorded,
	}, details...)
}

// noKnownAllergies is a positive statement, not an absence.
func (f *file) noKnownAllergies(recorded string, details ...detail) {
	f.allergy(snomed("716186003", "No known allergy"), recorded, append([]detail{with("category", []string{"medication", "food", "environment"})}, details...)...)
}

// refuses has the patient refuse that what the partner holds is shared.
func (f *file) refuses(on string) {
	f.add("Consent", on, resource.Map{
		"status": "active", "scope": hl7Code("consentscope", "patient-privacy").fhir(),
		"category": concepts(concept{text: "Sharing with other organisations"}), "dateTime": on,
		"policyRule": concept{text: "The organisation’s own form"}.fhir(), "provision": resource.Map{"type": "deny"},
	})
}

// highRisk says that the next reaction may kill.
func highRisk(r resource.Map) { r["criticality"] = "high" }

func onset(date string) detail { return with("onsetDateTime", date) }

// reaction adds what happened, and how badly: mild, moderate, severe.
func reaction(severity string, manifestations ...concept) detail {
	return func(r resource.Map) {
		list, _ := r["reaction"].([]any)
		r["reaction"] = append(list, resource.Map{"severity": severity, "manifestation": concepts(manifestations...)})
	}
}

// verified sets how sure the source is: unconfirmed, refuted …
func verified(code string) detail {
	return func(r resource.Map) {
		system := "allergyintolerance-verification"
		if r["resourceType"] == "Condition" {
			system = "condition-ver-status"
		}
		r["verificationStatus"] = hl7Code(system, code).fhir()
	}
}

// problem puts a condition on file, active and confirmed.
func (f *file) problem(what concept, since string, details ...detail) {
	f.add("Condition", since, resource.Map{
		"clinicalStatus":     hl7Code("condition-clinical", "active").fhir(),
		"verificationStatus": hl7Code("condition-ver-status", "confirmed").fhir(),
		"category":           concepts(hl7Code("condition-category", "problem-list-item")),
		"code":               what.fhir(), "onsetDateTime": since, "recordedDate": since,
	}, details...)
}

// resolved ends a condition or an allergy.
func resolved(date string) detail {
	return func(r resource.Map) {
		system := "condition-clinical"
		if r["resourceType"] == "AllergyIntolerance" {
			system = "allergyintolerance-clinical"
		} else {
			r["abatementDateTime"] = date
		}
		r["clinicalStatus"] = hl7Code(system, "resolved").fhir()
	}
}

// procedure puts an operation or other procedure on file, completed.
func (f *file) procedure(what concept, when string, details ...detail) {
	f.add("Procedure", when, resource.Map{"status": "completed", "code": what.fhir(), "performedDateTime": when}, details...)
}

func site(c concept) detail { return with("bodySite", concepts(c)) }

// vaccine puts an immunisation on file, given.
func (f *file) vaccine(what concept, when, batch string, details ...detail) {
	r := resource.Map{"status": "completed", "vaccineCode": what.fhir(), "occurrenceDateTime": when, "primarySource": true, "recorded": when}
	if batch != "" {
		r["lotNumber"] = batch
		r["site"] = snomed("368208006", "Left upper arm structure (body structure)").fhir()
		r["route"] = snomed("78421000", "Intramuscular route (qualifier value)").fhir()
	}
	f.add("Immunization", when, r, details...)
}

// notGiven says that a vaccine was not given, and why.
func notGiven(why concept) detail {
	return func(r resource.Map) {
		r["status"], r["statusReason"] = "not-done", why.fhir()
		delete(r, "lotNumber")
		delete(r, "site")
		delete(r, "route")
	}
}

// flag puts an alert on file. category is clinical, safety, advance-directive,
// behavioural …
func (f *file) flag(what concept, category concept, since string, details ...detail) {
	f.add("Flag", since, resource.Map{
		"status": "active", "category": concepts(category), "code": what.fhir(), "period": resource.Map{"start": since},
	}, details...)
}

// The categories of alerts.
var (
	clinicalAlert = concept{text: "Clinical", codings: []coding{{hl7 + "flag-category", "clinical", "Clinical"}}}
	safetyAlert   = concept{text: "Safety", codings: []coding{{hl7 + "flag-category", "safety", "Safety"}}}
	directive     = concept{text: "Advance directive", codings: []coding{{hl7 + "flag-category", "advance-directive", "Advance Directive"}}}
	contactAlert  = concept{text: "Contact", codings: []coding{{hl7 + "flag-category", "contact", "Subject Contact"}}}
)

// noKnownDrugAllergies says less than noKnownAllergies: drugs alone.
func (f *file) noKnownDrugAllergies(recorded string) {
	f.allergy(snomed("409137002", "No known drug allergy"), recorded)
}
