package fhir

import (
	"slices"
	"strings"

	"example.org/icr/care/record"
)

// outward is how entries of one type are written: the statuses that R4 allows
// there, those that stand for an entry whose status is none of them, and what
// else the type has. One that can deny in another way has no status for it.
type outward struct {
	statuses               string // separated by spaces
	current, past, refuted string
	element                string // where the status stands; "status" where empty
	fill                   func(o object, d *document, e *record.Entry) object
}

const requestStatuses = "draft active on-hold revoked completed unknown"

// outwards are the types of R4 that entries are written as.
var outwards = map[string]outward{
	"Flag":                {"active inactive", "active", "inactive", "inactive", "", outFlag},
	"AllergyIntolerance":  {"active inactive resolved", "active", "inactive", "inactive", "clinicalStatus", outAllergy},
	"MedicationRequest":   {"active on-hold cancelled completed stopped draft unknown", "active", "completed", "", "", outPrescription},
	"MedicationStatement": {"active completed intended stopped on-hold unknown not-taken", "active", "completed", "not-taken", "", outMedicine},
	"CarePlan":            {requestStatuses, "active", "completed", "revoked", "", outPlan},
	"Goal":                {"proposed planned accepted active on-hold completed cancelled rejected", "active", "completed", "cancelled", "lifecycleStatus", outGoal},
	"CareTeam":            {"proposed active suspended inactive", "active", "inactive", "inactive", "", outTeam},
	"EpisodeOfCare":       {"planned waitlist active onhold finished cancelled", "active", "finished", "cancelled", "", outEpisode},
	"Task":                {"draft requested received accepted rejected ready cancelled in-progress on-hold failed completed", "requested", "completed", "cancelled", "", outTask},
	"ServiceRequest":      {requestStatuses, "active", "completed", "", "", outRequest},
	"DeviceRequest":       {requestStatuses, "active", "completed", "revoked", "", outDevice},
	"Encounter":           {"planned arrived triaged in-progress onleave finished cancelled unknown", "unknown", "finished", "cancelled", "", outEncounter},
	"Appointment":         {"proposed pending booked arrived fulfilled cancelled noshow checked-in waitlist", "pending", "fulfilled", "cancelled", "", outAppointment},
	"Condition":           {"active recurrence relapse inactive remission resolved", "active", "inactive", "inactive", "clinicalStatus", outCondition},
	"Procedure":           {"preparation in-progress not-done on-hold stopped completed unknown", "unknown", "unknown", "not-done", "", outProcedure},
	"DiagnosticReport":    {"registered partial preliminary final amended corrected appended cancelled unknown", "unknown", "unknown", "cancelled", "", outReport},
	"Observation":         {"registered preliminary final amended corrected cancelled unknown", "unknown", "unknown", "cancelled", "", outObservation},
	"Immunization":        {"completed not-done", "completed", "completed", "not-done", "", outImmunisation},
	"DocumentReference":   {"current superseded", "current", "superseded", "superseded", "", outDocument},
}

// otherwise is the type that stands for a section's entries of a type that is
// not of R4.
var otherwise = map[record.Section]string{
	record.Alerts: "Flag", record.Allergies: "AllergyIntolerance", record.Medications: "MedicationStatement", record.CarePlans: "CarePlan",
	record.SocialCare: "ServiceRequest", record.CareTeam: "CareTeam", record.Visits: "Encounter", record.Problems: "Condition",
	record.Procedures: "Procedure", record.Results: "Observation", record.Observations: "Observation",
	record.Immunisations: "Immunization", record.Documents: "DocumentReference",
}

// item is an entry as a resource. Its narrative has all that the page says of
// it, so that nothing depends on what the type has room for.
func (d *document) item(e *record.Entry) object {
	name := today(e.Item.Type)
	kind, ok := outwards[name]
	if !ok || !slices.Contains(sectionTypes[e.Section], name) {
		name = otherwise[e.Section]
		kind = outwards[name]
	}
	o := of(name).with("text", narrated(paragraphs([]string{d.words(e)})))
	o = kind.status(o, name, e)
	return kind.fill(o, d, e)
}

// status writes e's status: as it came, if R4 has it there, and else what
// stands for whether it counts. What is denied is never written as a fact.
func (k outward) status(o object, name string, e *record.Entry) object {
	allowed := strings.Fields(k.statuses)
	first, _, _ := strings.Cut(e.Status, ",")
	code := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(first)), " ", "-")
	switch {
	case e.Assertion == record.Refuted && k.refuted != "" && !slices.Contains(denying, code):
		code = k.refuted
	case slices.Contains(allowed, code):
	case e.Standing == record.Past:
		code = k.past
	case e.Standing == record.UnknownStanding && slices.Contains(allowed, "unknown"):
		code = "unknown"
	default:
		code = k.current
	}
	switch k.element {
	case "":
		return o.with("status", code)
	case "clinicalStatus":
		if name == "Condition" && e.Status == "" && e.Standing == record.UnknownStanding && e.Assertion == record.Present {
			return o.with("verificationStatus", verification(name, e)) // its source does not say
		}
		return o.with("clinicalStatus", inSystem(clinicalSystems[name], code)).with("verificationStatus", verification(name, e))
	}
	return o.with(k.element, code)
}

// denying are the statuses that say that something is not so.
var denying = []string{"not-done", "not-taken", "cancelled", "noshow", "revoked", "rejected", "inactive", "resolved", "superseded"}

var clinicalSystems = map[string]string{
	"AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
	"Condition":          "http://terminology.hl7.org/CodeSystem/condition-clinical",
}

var verifications = map[string]struct{ system, codes string }{
	"AllergyIntolerance": {"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "unconfirmed confirmed refuted"},
	"Condition":          {"http://terminology.hl7.org/CodeSystem/condition-ver-status", "unconfirmed provisional differential confirmed refuted"},
}

func verification(name string, e *record.Entry) object {
	known := verifications[name]
	code := strings.ReplaceAll(strings.ToLower(e.Verification), " ", "-")
	if e.Assertion == record.Refuted {
		code = "refuted"
	}
	if !slices.Contains(strings.Fields(known.codes), code) {
		return nil
	}
	return inSystem(known.system, code)
}

// words are all that is said of an entry, as the page says it.
func (d *document) words(e *record.Entry) string {
	var all []string
	add := func(label, words string) {
		if words != "" {
			all = append(all, label+words)
		}
	}
	add("", e.Kind+": "+e.What.Words())
	switch e.Assertion {
	case record.Refuted:
		all = append(all, "ruled out or not done")
	case record.Forbidden:
		all = append(all, "not to be given or done")
	}
	add("", measured(e))
	add("", e.Dose)
	add("severity ", e.Severity)
	add("criticality ", e.Criticality)
	add("reaction ", strings.Join(e.Reactions, ", "))
	add("site ", e.Site)
	add("reason ", e.Reason)
	add("", dated(e))
	add("status ", strings.Trim(e.Status+", "+e.Verification, ", "))
	add("by ", e.By)
	add("at ", e.At)
	add("telephone ", e.Phone)
	for _, note := range e.Notes {
		add("note: ", note)
	}
	if e.Recorded != e.When {
		add("recorded ", e.Recorded.String())
	}
	add("source: ", d.source(e.From))
	return strings.Join(all, "; ")
}

func measured(e *record.Entry) string {
	words := []string{e.Quantity.String()}
	if words[0] == "" {
		words[0] = e.Value.Words()
	}
	for _, p := range e.Parts {
		words = append(words, strings.TrimSpace(p.Name+" "+p.Words()))
	}
	if e.Flag != "" {
		words = append(words, e.Flag)
	} else if e.Abnormal {
		words = append(words, "out of range")
	}
	if e.Range != "" {
		words = append(words, "range "+e.Range)
	}
	return strings.Trim(strings.Join(words, ", "), ", ")
}

func dated(e *record.Entry) string {
	if e.When.IsZero() && e.Until.IsZero() {
		return "date not known"
	}
	words := e.When.String()
	if !e.Until.IsZero() {
		words += " to " + e.Until.String()
	}
	return strings.TrimSpace(words + " " + e.WhenMeans)
}

// statements are lines in words, each with all its sources.
func (d *document) statements(drawn []record.Line) []string {
	words := make([]string, len(drawn))
	for i, l := range drawn {
		words[i] = d.words(l.Lead())
		for _, e := range l.Entries[1:] {
			words[i] += ", " + d.source(e.From)
		}
		for _, e := range l.Earlier {
			words[i] += "; takes the place of: " + dated(e)
		}
	}
	return words
}
