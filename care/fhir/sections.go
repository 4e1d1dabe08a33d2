package fhir

import (
	"slices"
	"sync"

	"example.org/icr/care/record"
)

// kind is what is to be known of one type of resource in order to show it.
type kind struct {
	section  record.Section
	noun     string                     // names an entry whose source says nothing, and Entry.Kind
	when     string                     // what its first date means
	standing map[string]record.Standing // of each status; any other is unknown
	finish   func(*resource, *record.Entry)
}

// now and gone are the statuses in which an entry counts, and no longer
// counts. An event that happened goes on counting: it is part of the history.
func statuses(now, gone []string) map[string]record.Standing {
	standing := map[string]record.Standing{}
	for _, status := range now {
		standing[status] = record.Current
	}
	for _, status := range gone {
		standing[status] = record.Past
	}
	return standing
}

var (
	requestStanding = statuses([]string{"active", "on-hold", "suspended"}, []string{"revoked", "completed", "cancelled", "stopped"})
	planStanding    = statuses([]string{"active", "on-hold"}, []string{"revoked", "completed"})
	resultStanding  = statuses([]string{"registered", "partial", "preliminary", "final", "amended", "corrected", "appended"}, []string{"cancelled"})
)

// kinds are the types of resource that a page shows.
var kinds = map[string]kind{
	"Flag": {record.Alerts, "Alert", "from", statuses([]string{"active"}, []string{"inactive"}), finishFlag},
	"AllergyIntolerance": {
		record.Allergies, "Allergy", "onset",
		statuses([]string{"active"}, []string{"inactive", "resolved"}), finishAllergy,
	},
	"MedicationRequest": {
		record.Medications, "Prescription", "prescribed",
		statuses([]string{"active", "on-hold"}, []string{"cancelled", "completed", "stopped"}), finishMedicine,
	},
	"MedicationStatement": {
		record.Medications, "Medicine taken", "taken from",
		statuses([]string{"active", "on-hold", "intended"}, []string{"completed", "stopped", "not-taken"}), finishMedicine,
	},
	"CarePlan": {record.CarePlans, "Care plan", "from", planStanding, finishTitled},
	"Goal": {
		record.CarePlans, "Goal", "from",
		statuses([]string{"proposed", "planned", "accepted", "active", "on-hold"}, []string{"completed", "cancelled", "rejected"}), finishTitled,
	},
	"CareTeam": {
		record.CareTeam, "Care team", "from",
		statuses([]string{"active", "suspended"}, []string{"inactive"}), finishTeam,
	},
	"EpisodeOfCare": {
		record.SocialCare, "Service", "from",
		statuses([]string{"planned", "waitlist", "active", "onhold"}, []string{"finished", "cancelled"}), finishTyped,
	},
	"Task": {
		record.SocialCare, "Task", "requested",
		statuses([]string{"requested", "received", "accepted", "ready", "in-progress", "on-hold"}, []string{"rejected", "cancelled", "failed", "completed"}), finishRequest,
	},
	"ServiceRequest":   {record.Visits, "Referral", "requested", requestStanding, finishRequest},
	"ReferralRequest":  {record.Visits, "Referral", "requested", requestStanding, finishReferral},
	"ProcedureRequest": {record.Visits, "Request", "requested", requestStanding, finishReferral},
	"DeviceRequest":    {record.SocialCare, "Equipment", "requested", requestStanding, finishRequest},
	"Encounter": {
		record.Visits, "Visit", "from",
		statuses([]string{"planned", "arrived", "triaged", "in-progress", "onleave"}, []string{"finished", "cancelled"}), finishEncounter,
	},
	"Appointment": {
		record.Visits, "Appointment", "booked for",
		statuses([]string{"proposed", "pending", "booked", "arrived", "checked-in", "waitlist"}, []string{"fulfilled", "cancelled", "noshow"}), finishAppointment,
	},
	"Condition": {
		record.Problems, "Problem", "onset",
		statuses([]string{"active", "recurrence", "relapse"}, []string{"inactive", "remission", "resolved"}), finishCondition,
	},
	"Procedure": {
		record.Procedures, "Procedure", "done",
		statuses([]string{"preparation", "in-progress", "on-hold", "stopped", "completed"}, []string{"not-done"}), finishProcedure,
	},
	"DiagnosticReport": {record.Results, "Report", "taken", resultStanding, finishReport},
	"Observation":      {record.Observations, "Observation", "taken", resultStanding, finishObservation},
	"Immunization":     {record.Immunisations, "Immunisation", "given", statuses([]string{"completed"}, []string{"not-done"}), finishImmunisation},
	"DocumentReference": {
		record.Documents, "Document", "written",
		statuses([]string{"current"}, []string{"superseded"}), finishDocument,
	},
}

// social are the types that are social care where a council sends them.
// ServiceRequest is a referral elsewhere; the others are shown of councils only.
var social = []string{"EpisodeOfCare", "Task", "ServiceRequest", "DeviceRequest"}

// place is the section that r belongs to when it comes from this kind of
// organisation, and whether it has one.
func (k kind) place(r *resource, from record.Kind) (record.Section, bool) {
	switch {
	case slices.Contains(social, today(r.resourceType)) && from == record.Council:
		return record.SocialCare, true
	case k.section == record.SocialCare:
		return "", false
	case r.resourceType == "Observation" && r.laboratory():
		return record.Results, true
	}
	return k.section, true
}

func (r *resource) laboratory() bool {
	if r.specimen {
		return true
	}
	for _, category := range r.categories {
		if category.Text == "laboratory" || category.Text == "Laboratory" {
			return true
		}
		for _, coding := range category.Codings {
			if coding.Code == "laboratory" {
				return true
			}
		}
	}
	return false
}

// sectionTypes are the types to ask for, for each section.
var sectionTypes = map[record.Section][]string{
	record.Alerts:        {"Flag"},
	record.Allergies:     {"AllergyIntolerance"},
	record.Medications:   {"MedicationRequest", "MedicationStatement"},
	record.CarePlans:     {"CarePlan", "Goal"},
	record.SocialCare:    social,
	record.CareTeam:      {"CareTeam"},
	record.Visits:        {"Encounter", "Appointment", "ServiceRequest"},
	record.Problems:      {"Condition"},
	record.Procedures:    {"Procedure"},
	record.Results:       {"DiagnosticReport", "Observation"},
	record.Observations:  {"Observation"},
	record.Immunisations: {"Immunization"},
	record.Documents:     {"DocumentReference"},
}

// Types are the types of resource to search an organisation of this kind for,
// when so much may be seen, in page order: never one more.
func Types(scope record.Scope, from record.Kind) []string {
	var types []string
	for _, section := range scope.Sections() {
		if section == record.SocialCare && from != record.Council {
			continue
		}
		for _, name := range sectionTypes[section] {
			if name == "ServiceRequest" && section == record.Visits && from == record.Council {
				continue
			}
			if !slices.Contains(types, name) {
				types = append(types, name)
			}
		}
	}
	return types
}

// Include is the _include that a search for the type needs, or nothing.
func Include(resourceType string) string {
	switch resourceType {
	case "MedicationRequest", "MedicationStatement":
		return resourceType + ":medication"
	}
	return ""
}

// Holds are the sections that resources of this type can fill when they come
// from this kind of organisation: those that one failed search leaves open.
func Holds(resourceType string, from record.Kind) []record.Section {
	if from == record.Council {
		return heldByCouncils()[resourceType]
	}
	return held()[resourceType]
}

// Every view asks this of each type and partner.
var (
	held           = sync.OnceValue(func() map[string][]record.Section { return sectionsOf("") })
	heldByCouncils = sync.OnceValue(func() map[string][]record.Section { return sectionsOf(record.Council) })
)

func sectionsOf(from record.Kind) map[string][]record.Section {
	sections := map[string][]record.Section{}
	for _, section := range record.Sections {
		for _, name := range Types(record.Scope{section: record.Everything}, from) {
			sections[name] = slices.Clip(append(sections[name], section))
		}
	}
	return sections
}
