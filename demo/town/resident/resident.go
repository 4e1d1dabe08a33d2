// Package resident says who lives in the demonstration's town, in the words
// of the demographics service and of a partner's own register.
package resident

import (
	"encoding/json"
	"strings"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

// Person is an invented inhabitant.
type Person struct {
	Number     nhs.Number
	Prefix     string
	Given      []string
	Family     string
	Gender     string
	Born       string // as FHIR writes dates
	Died       string // a FHIR dateTime
	Informally bool   // the death is notified informally
	Lines      []string
	Postcode   string
	Phone      string
	Practice   nhs.ODSCode
	Since      string // registered with the practice since
	Restricted bool
}

// Name is the person's name as people say it.
func (p Person) Name() string {
	return strings.Join(append(append([]string{}, p.Given...), p.Family), " ")
}

const (
	ukCore          = "https://fhir.hl7.org.uk/StructureDefinition/"
	ukCodes         = "https://fhir.hl7.org.uk/CodeSystem/"
	confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
)

// Demographics is the person as the demographics service knows them: the
// shape that the Personal Demographics Service publishes. A restricted
// person's whereabouts are left out.
func (p Person) Demographics() (json.RawMessage, error) {
	security := resource.Map{"system": confidentiality, "code": "U", "display": "unrestricted"}
	if p.Restricted {
		security = resource.Map{"system": confidentiality, "code": "R", "display": "restricted"}
	}
	m := resource.Map{
		"resourceType": "Patient", "id": p.Number.Digits(),
		"meta":       resource.Map{"versionId": "2", "security": []any{security}},
		"identifier": []any{p.verified()},
		"name":       []any{p.name("N1")},
		"gender":     p.Gender,
	}
	p.birth(m)
	if !p.Restricted {
		p.whereabouts(m)
	}
	p.death(m)
	return resource.Encode(m)
}

func (p Person) verified() resource.Map {
	status := resource.Map{"system": ukCodes + "UKCore-NHSNumberVerificationStatus", "version": "1.0.0", "code": "01", "display": "Number present and verified"}
	return resource.Map{
		"system": nhs.NumberSystem, "value": p.Number.Digits(),
		"extension": []any{resource.Map{
			"url":                  ukCore + "Extension-UKCore-NHSNumberVerificationStatus",
			"valueCodeableConcept": resource.Map{"coding": []any{status}},
		}},
	}
}

func (p Person) name(id string) resource.Map {
	name := resource.Map{"id": id, "use": "usual", "family": p.Family}
	if len(p.Given) > 0 {
		name["given"] = p.Given
	}
	if p.Prefix != "" {
		name["prefix"] = []string{p.Prefix}
	}
	return name
}

// whereabouts adds whatever locates the person.
func (p Person) whereabouts(m resource.Map) {
	m["address"] = []any{resource.Map{"id": "A1", "use": "home", "line": p.Lines, "postalCode": p.Postcode, "period": resource.Map{"start": p.Since}}}
	if p.Phone != "" {
		m["telecom"] = []any{resource.Map{"id": "T1", "system": "phone", "use": "mobile", "value": p.Phone, "period": resource.Map{"start": p.Since}}}
	}
	if p.Practice != "" {
		practice := resource.Map{"system": nhs.ODSSystem, "value": string(p.Practice), "period": resource.Map{"start": p.Since}}
		m["generalPractitioner"] = []any{resource.Map{"id": "G1", "type": "Organization", "identifier": practice}}
	}
}

func (p Person) birth(m resource.Map) {
	if p.Born != "" {
		m["birthDate"] = p.Born
	}
}

// death adds the date and how it was notified: 1 informally, 2 by the
// registrar.
func (p Person) death(m resource.Map) {
	if p.Died == "" {
		return
	}
	code, display := "2", "Formal - death notice received from Registrar of Deaths"
	if p.Informally {
		code, display = "1", "Informal - death notice received via an update from a local NHS Organisation such as GP or Trust"
	}
	status := resource.Map{"system": ukCodes + "UKCore-DeathNotificationStatus", "version": "1.0.0", "code": code, "display": display}
	m["deceasedDateTime"] = p.Died
	m["extension"] = []any{resource.Map{
		"url": ukCore + "Extension-UKCore-DeathNotificationStatus",
		"extension": []any{
			resource.Map{"url": "deathNotificationStatus", "valueCodeableConcept": resource.Map{"coding": []any{status}}},
			resource.Map{"url": "systemEffectiveDate", "valueDateTime": p.Died},
		},
	}}
}

// Held is the person as one partner's own register has them, under that
// partner's id and hospital number. It has the address of a restricted person
// too, as real registers do: whoever shows records must not.
func (p Person) Held(by nhs.ODSCode) resource.Map {
	id := p.HeldID(by)
	m := resource.Map{
		"resourceType": "Patient", "id": id,
		"meta": resource.Map{"versionId": "1", "profile": []string{ukCore + "UKCore-Patient"}},
		"identifier": []any{
			p.verified(),
			resource.Map{"system": "https://fhir.hl7.org.uk/Id/local-patient-identifier", "value": string(by) + "-" + strings.ToUpper(id[:6]), "assigner": resource.Map{"identifier": resource.Map{"system": nhs.ODSSystem, "value": string(by)}}},
		},
		"active": p.Died == "", "name": []any{p.name("1")}, "gender": p.Gender,
	}
	p.birth(m)
	if p.Died != "" {
		m["deceasedDateTime"] = p.Died
	}
	m["address"] = []any{resource.Map{"use": "home", "line": p.Lines, "postalCode": p.Postcode}}
	return m
}

// HeldID is the id of the person's Patient at a partner.
func (p Person) HeldID(by nhs.ODSCode) string {
	return resource.ID(string(by), p.Number.Digits(), "Patient")
}
