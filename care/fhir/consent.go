package fhir

import (
	"strconv"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"github.com/go-json-experiment/json"
)

// ConsentSite is the installation that tells of objections.
type ConsentSite struct {
	URL       string // of the viewer, whose page /right-to-object says what an objection is
	Programme nhs.ODSCode
	Name      string
}

// NotAnotherOptOut tells an objection to the shared record from what it is
// often taken for.
const NotAnotherOptOut = "Objection to the integrated care record. It is not a Type 1 opt-out, not the National Data Opt-out and not an objection to population health uses"

// Consent is an objection as a FHIR R4 Consent that denies access to the shared
// record, and nothing else. It is active while the objection is in force.
func Consent(o objection.Told, site ConsentSite) ([]byte, error) {
	status := map[objection.State]string{
		objection.Withdrawn: "inactive", objection.Received: "inactive", objection.Refused: "rejected", objection.RecordedInError: "entered-in-error",
	}[o.State]
	if o.State.InForce() {
		status = "active"
	}
	period := object{}.with("start", instant(o.Received))
	if status != "active" {
		period = period.with("end", instant(o.At))
	}
	return json.Marshal(object{}.with("resourceType", "Consent").with("id", o.ID.String()).
		with("meta", object{}.with("versionId", strconv.Itoa(o.Version)).with("lastUpdated", o.Recorded.UTC().Format("2006-01-02T15:04:05.000000Z07:00"))).
		with("status", status).
		with("scope", inSystem("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")).
		with("category", listOf(inSystem("http://loinc.org", "59284-0"))).
		with("patient", object{}.with("type", "Patient").with("identifier", object{}.with("system", nhs.NumberSystem).with("value", o.Patient.Digits()))).
		with("dateTime", instant(o.Received)).
		with("organization", listOf(object{}.with("type", "Organization").
			with("identifier", object{}.with("system", nhs.ODSSystem).with("value", string(site.Programme))).with("display", site.Name))).
		with("policy", listOf(object{}.with("authority", site.URL).with("uri", site.URL+"/right-to-object"))).
		with("policyRule", object{}.with("coding", listOf(coded(site.URL+"/right-to-object", "icr-objection").
			with("display", "Objection to the integrated care record"))).with("text", NotAnotherOptOut)).
		with("provision", object{}.with("type", "deny").with("period", period).
			with("action", listOf(inSystem("http://terminology.hl7.org/CodeSystem/consentaction", "access")))))
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
