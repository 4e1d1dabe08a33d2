package fhir_test

import (
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
)

const (
	feedPatient = `"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`
	feedTrust   = `{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RKB"}}`
)

func feedOf(resources ...string) string {
	return `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + strings.Join(resources, `},{"resource":`) + `}]}`
}

func TestRelationshipsOfAFeed(t *testing.T) {
	const about = `"id":"1","subject":{` + feedPatient + `},"patient":{` + feedPatient + `}`
	for name, test := range map[string]struct {
		resource string
		want     fhir.Relationship
	}{
		"episode":            {`{"resourceType":"EpisodeOfCare",` + about + `,"status":"active","managingOrganization":` + feedTrust + `,"period":{"start":"2026-06-01T09:00:00Z"}}`, fhir.Relationship{ID: "EpisodeOfCare/1", Kind: "episode", Starts: at("2026-06-01T09:00:00Z")}},
		"encounter":          {`{"resourceType":"Encounter",` + about + `,"status":"finished","serviceProvider":` + feedTrust + `,"period":{"start":"2026-06-01","end":"2026-06-03"}}`, fhir.Relationship{ID: "Encounter/1", Kind: "encounter", Starts: at("2026-05-31T23:00:00Z"), Ends: at("2026-06-02T23:00:00Z")}},
		"encounter in error": {`{"resourceType":"Encounter",` + about + `,"status":"entered-in-error","serviceProvider":` + feedTrust + `}`, fhir.Relationship{ID: "Encounter/1", Kind: "encounter", Void: true}},
		"appointment":        {`{"resourceType":"Appointment","id":"1","status":"booked","start":"2026-06-01T09:00:00Z","end":"2026-06-01T09:30:00Z","participant":[{"actor":{` + feedPatient + `}},{"actor":` + feedTrust + `}]}`, fhir.Relationship{ID: "Appointment/1", Kind: "appointment", Starts: at("2026-06-01T09:00:00Z"), Ends: at("2026-06-01T09:30:00Z")}},
		"appointment missed": {`{"resourceType":"Appointment","id":"1","status":"noshow","participant":[{"actor":{` + feedPatient + `}},{"actor":` + feedTrust + `}]}`, fhir.Relationship{ID: "Appointment/1", Kind: "appointment", Void: true}},
		"caseload":           {`{"resourceType":"CareTeam",` + about + `,"status":"active","identifier":[{"value":"T7"}],"managingOrganization":[` + feedTrust + `],"period":{"start":"2026-06-01T09:00:00Z"}}`, fhir.Relationship{ID: "CareTeam/1", Kind: "caseload", Team: "T7", Starts: at("2026-06-01T09:00:00Z")}},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := fhir.ReadRelationships(strings.NewReader(feedOf(test.resource)))
			if err != nil || len(all) != 1 {
				t.Fatalf("%d, %v", len(all), err)
			}
			got := all[0]
			if got.Patient.Digits() != "9990000018" || got.Organisation != "RKB" {
				t.Errorf("about %v at %s", got.Patient, got.Organisation)
			}
			got.Entry, got.Patient, got.Organisation, got.Starts, got.Ends = test.want.Entry, test.want.Patient, test.want.Organisation, got.Starts.UTC(), got.Ends.UTC()
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestAFeedsReferencesLeadToItsOwnEntries(t *testing.T) {
	all, err := fhir.ReadRelationships(strings.NewReader(`{"resourceType":"Bundle","entry":[
		{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}},
		{"resource":{"resourceType":"Organization","id":"o","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RKB"}]}},
		{"resource":{"resourceType":"EpisodeOfCare","id":"1","status":"active","patient":{"reference":"urn:uuid:p"},"managingOrganization":{"reference":"Organization/o"},"period":{"start":"2026-01-01"}}}]}`))
	if err != nil || len(all) != 1 || all[0].Patient.Digits() != "9990000018" || all[0].Organisation != "RKB" {
		t.Fatal(all, err)
	}
}

func TestP10_AFeedsFaultsAreNamedByEntry(t *testing.T) {
	const about = `"id":"1","subject":{` + feedPatient + `},"period":{"start":"2026-06-01"},"serviceProvider":` + feedTrust
	for want, feed := range map[string]string{
		"no sound JSON":                    `{`,
		"no Bundle":                        `{"resourceType":"Patient"}`,
		"entry 1, Encounter: it has no id": feedOf(`{"resourceType":"Encounter","status":"finished","subject":{` + feedPatient + `}}`),
		"valid NHS number":                 feedOf(`{"resourceType":"Encounter","id":"1","status":"arrived","period":{"start":"2026-06-01"},"serviceProvider":` + feedTrust + `,"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"}}}`),
		"no organisation":                  feedOf(`{"resourceType":"Encounter","id":"1","status":"arrived","period":{"start":"2026-06-01"},"subject":{` + feedPatient + `}}`),
		"it is over and has no end":        feedOf(`{"resourceType":"Encounter","status":"finished",` + about + `}`),
		"its start must be":                feedOf(`{"resourceType":"Encounter","id":"1","status":"arrived","period":{"start":"June"},"serviceProvider":` + feedTrust + `,"subject":{` + feedPatient + `}}`),
		"entry 2, Observation":             feedOf(`{"resourceType":"Encounter","status":"in-progress",`+about+`}`, `{"resourceType":"Observation","id":"2"}`),
		"its lastUpdated must be":          feedOf(`{"resourceType":"Encounter","status":"in-progress","meta":{"lastUpdated":"June"},` + about + `}`),
		"its timestamp must be":            `{"resourceType":"Bundle","timestamp":"2026-06-01"}`,
		"changes its meaning":              feedOf(`{"resourceType":"Encounter","status":"in-progress","modifierExtension":[{}],` + about + `}`),
		"by which claims name the team":    feedOf(`{"resourceType":"CareTeam","id":"1","subject":{` + feedPatient + `},"period":{"start":"2026-06-01"},"managingOrganization":[` + feedTrust + `]}`),
	} {
		_, err := fhir.ReadRelationships(strings.NewReader(feed))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not said: %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "999000") {
			t.Errorf("P9: the number is quoted: %v", err)
		}
	}
}

func at(s string) time.Time {
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err) // it is written here
	}
	return when
}
