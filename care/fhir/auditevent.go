package fhir

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The systems of AuditEvent, as IHE BALP uses them.
const (
	auditType     = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	restSystem    = "http://hl7.org/fhir/restful-interaction"
	dicom         = "http://dicom.nema.org/resources/ontology/DCM"
	entityType    = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	entityRole    = "http://terminology.hl7.org/CodeSystem/object-role"
	balpEntity    = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
	balpProfile   = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
	participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	actReason     = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	staffSystem   = "https://fhir.nhs.uk/Id/sds-user-id"
	jobRoleSystem = "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName"
)

// auditShape is what kind of AuditEvent a kind of event is.
type auditShape struct {
	profile      string // of BALP, or none
	system, code string // of the type
	sub, subcode string
	action       string
}

var (
	reads   = auditShape{"PatientRead", auditType, "rest", restSystem, "read", "R"}
	queries = auditShape{"PatientQuery", auditType, "rest", restSystem, "search", "E"}
)

// auditShapes are the kinds that are not plainly activities of the
// application.
var auditShapes = map[audit.Kind]auditShape{
	audit.Opened: reads, audit.Disclosed: reads, audit.Printed: reads, audit.Downloaded: reads, audit.DocumentShown: reads,
	audit.Denied: reads, audit.OverBudget: reads, audit.Traced: reads, audit.SafetyRead: reads, audit.FormRead: reads, audit.RequestRead: reads,
	audit.Listed: queries, audit.Searched: queries, audit.Inquired: queries,
	audit.ObjectionsRead: queries,

	audit.SignedIn:     {"", dicom, "110114", dicom, "110122", "E"},
	audit.SignInFailed: {"", dicom, "110114", dicom, "110122", "E"},
	audit.SignedOut:    {"", dicom, "110114", dicom, "110123", "E"},
	audit.Started:      {"", dicom, "110100", dicom, "110120", "E"},
	audit.Stopped:      {"", dicom, "110100", dicom, "110121", "E"},
	audit.TrailRead:    {"", dicom, "110101", "", "", "R"},
	audit.Exported:     {"", dicom, "110106", "", "", "R"},
	audit.Imported:     {"", dicom, "110107", "", "", "C"},
	audit.Claimed:      {"", dicom, "110113", dicom, "110127", "E"},
}

var activity = auditShape{"", dicom, "110100", "", "", "E"}

// AuditSite is the installation that events are of.
type AuditSite struct {
	Name string // of the programme
	URL  string // of the server
}

// AuditEvent is e as a FHIR R4 AuditEvent, in the shape of IHE BALP: one for
// each event, which concerns at most one patient. It holds identifiers, and no
// clinical content.
func AuditEvent(e audit.Event, site AuditSite) ([]byte, error) {
	shape, ok := auditShapes[e.Kind]
	if !ok {
		shape = activity
	}
	outcome := "0"
	if slices.Contains([]audit.Kind{audit.Denied, audit.OverBudget, audit.SignInFailed, audit.LaunchFailed, audit.IdentityFailed, audit.Failed, audit.CallerRefused}, e.Kind) {
		outcome = "4"
	}
	profile := shape.profile
	if e.Patient == (nhs.Number{}) || outcome != "0" || e.Actor.Address == "" {
		profile = "" // BALP's are of what succeeded, about a patient, from an address
	}
	o := object{}.with("resourceType", "AuditEvent").with("id", e.ID.String())
	if profile != "" {
		o = o.with("meta", object{}.with("profile", list{balpProfile + profile}))
	}
	o = o.with("type", coded(shape.system, shape.code))
	if shape.subcode != "" {
		o = o.with("subtype", listOf(coded(shape.sub, shape.subcode)))
	}
	o = o.with("action", shape.action).with("recorded", e.At.UTC().Format("2006-01-02T15:04:05.000000Z07:00")).with("outcome", outcome)
	if outcome != "0" {
		o = o.with("outcomeDesc", outcomeWords(e))
	}
	if e.Patient != (nhs.Number{}) {
		o = o.with("purposeOfEvent", listOf(inSystem(actReason, purpose(e))))
	}
	o = o.with("agent", auditAgents(e, shape, site)).with("source", object{}.with("site", site.Name).
		with("observer", shown("ICR server")).with("type", listOf(coded("http://terminology.hl7.org/CodeSystem/security-source-type", "4"))))
	return json.Marshal(o.with("entity", auditEntities(e, shape)))
}

func coded(system, code string) object { return object{}.with("system", system).with("code", code) }

func outcomeWords(e audit.Event) string {
	if e.Rule != "" {
		return string(e.Rule)
	}
	return e.Words
}

// purpose is why the record was wanted: for treatment, or behind broken glass.
func purpose(e audit.Event) string {
	if e.Rule == access.GlassBroken {
		return "BTG"
	}
	return "TREAT"
}

// auditAgents are the server, the browser and who acted. BALP turns source and
// destination round for queries.
func auditAgents(e audit.Event, shape auditShape, site AuditSite) list {
	server, browser := "110153", "110152"
	if shape == queries {
		server, browser = browser, server
	}
	a := e.Actor
	agents := list{
		object{}.with("type", inSystem(dicom, server)).with("who", shown("ICR server")).with("requestor", false).
			with("network", object{}.with("address", site.URL).with("type", "5")),
	}
	if a.Address != "" {
		agents = append(agents, object{}.with("type", inSystem(dicom, browser)).with("who", shown("browser")).with("requestor", false).
			with("network", object{}.with("address", a.Address).with("type", "2")))
	}
	who := object{}
	switch {
	case a.StaffID != "":
		who = who.with("identifier", object{}.with("system", staffSystem).with("value", a.StaffID))
	case a.Subject != "":
		who = who.with("identifier", object{}.with("system", a.Issuer).with("value", a.Subject))
	}
	user := object{}.with("type", inSystem(participation, "IRCP")).with("who", who.with("display", a.Name)).with("requestor", true)
	if a.RoleCode != "" {
		user = user.with("role", listOf(inSystem(jobRoleSystem, a.RoleCode).with("text", a.RoleName)))
	}
	agents = append(agents, user)
	if a.Organisation != "" {
		agents = append(agents, object{}.with("type", inSystem(participation, "PROV")).with("requestor", false).
			with("who", object{}.with("identifier", object{}.with("system", nhs.ODSSystem).with("value", string(a.Organisation))).with("display", a.OrganisationName)))
	}
	return agents
}

// auditEntities are what the event was about: the request id under which
// partners' own trails join it, what was shown, the query, the patient.
func auditEntities(e audit.Event, shape auditShape) list {
	var entities list
	if slices.Contains([]audit.Kind{audit.Opened, audit.Traced, audit.Searched}, e.Kind) {
		entities = append(entities, object{}.with("what", valued("", e.ID.String())).with("type", coded(balpEntity, "XrequestId")))
	}
	if e.Reference != "" {
		entities = append(entities, object{}.with("what", valued("", e.Reference)).with("type", coded(entityType, "4")).with("name", "access reference"))
	}
	switch shape {
	case queries:
		// What was searched for is not kept: it may name people who were not found.
		entities = append(entities, object{}.with("type", coded(entityType, "2")).with("role", coded(entityRole, "24")).
			with("query", base64.StdEncoding.EncodeToString([]byte("search"))))
	case reads:
		entities = append(entities, object{}.with("what", shown(cmp.Or(e.Page, "record"))).with("type", coded(entityType, "2")).
			with("role", coded(entityRole, "4")).with("detail", details(e.Partners)))
	}
	if e.Patient != (nhs.Number{}) {
		entities = append(entities, object{}.with("what", valued(nhs.NumberSystem, e.Patient.Digits())).
			with("type", coded(entityType, "1")).with("role", coded(entityRole, "1")))
	}
	return entities
}

// details are each partner's state, and the items of its that were shown: type,
// id and version there, and nothing of what they say.
func details(partners []audit.Partner) list {
	var all list
	for _, p := range partners {
		all = append(all, object{}.with("type", string(p.Code)).with("valueString", string(p.State)))
		for _, kind := range slices.Sorted(maps.Keys(p.Shown)) {
			for _, item := range p.Shown[kind] {
				all = append(all, object{}.with("type", string(p.Code)+" "+kind).with("valueString", item))
			}
		}
	}
	return all
}

func valued(system, value string) object {
	return object{}.with("identifier", object{}.with("system", system).with("value", value))
}

// Searchset is a page of resources as a searchset. Next is a link to older
// ones, or empty.
func Searchset(resources [][]byte, self, next string, at time.Time) ([]byte, error) {
	links := listOf(object{}.with("relation", "self").with("url", self))
	if next != "" {
		links = append(links, object{}.with("relation", "next").with("url", next))
	}
	var entries list
	for _, r := range resources {
		entries = append(entries, object{}.with("resource", jsontext.Value(r)).with("search", object{}.with("mode", "match")))
	}
	return json.Marshal(object{}.with("resourceType", "Bundle").with("type", "searchset").
		with("meta", object{}.with("lastUpdated", at.UTC().Format(time.RFC3339))).with("link", links).with("entry", entries))
}
