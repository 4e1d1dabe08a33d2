package fhir_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"example.org/icr/care/fhir"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

const ada = `{"resourceType":"Patient","id":"9990000018","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}],
	"meta":{"versionId":"2","security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"%s"}]},
	"name":[{"use":"nickname","given":["Addie"],"family":"Okafor"},{"use":"usual","period":{"start":"1980-01-01","end":"2001-01-01"},"given":["Ada"],"family":"Birth"},{"use":"usual","period":{"start":"2001-01-02"},"prefix":["Mrs"],"given":["Ada","Mary"],"family":"Okafor"},{"use":"old","family":"Older"}],
	"gender":"female","birthDate":"1980-02-29",
	"address":[{"use":"temp","line":["1 Hospital Way"],"postalCode":"CV2 2DX"},{"use":"home","period":{"start":"2010-01-01","end":"2015-01-01"},"line":["Old House"],"postalCode":"CV1 1AA"},{"use":"home","period":{"start":"2015-01-02"},"line":["2 Spon Street","","Coventry"],"postalCode":"CV1 3BB"}],
	"telecom":[{"system":"email","value":"ada@example.nhs.uk"},{"system":"phone","use":"home","value":"024 7696 0002"},{"system":"phone","use":"mobile","value":"07700 900001","period":{"end":"2020-01-01"}}],
	"generalPractitioner":[{"type":"Organization","identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Y99002","period":{"start":"2000-01-01","end":"2020-01-01"}}},{"type":"Organization","identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"y99001","period":{"start":"2020-01-02"}}}]%s}`

// told is what a Person says, in one line.
func told(p record.Person) string {
	numbers := ""
	for _, n := range p.Numbers() {
		numbers += n.Digits() + " "
	}
	return fmt.Sprintf("%s| %s, %s (%s) %s born %s died %s %v | %s %s %s | %s %v",
		numbers, p.Family, strings.Join(p.Given, " "), p.Prefix, p.Gender, p.Born, p.Died, p.Informally,
		strings.Join(p.Address, ", "), p.Postcode, p.Phone, p.Practice, p.Restricted)
}

func TestDecodePerson(t *testing.T) {
	const death = `,"deceasedDateTime":"2024-03-01","extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus","extension":[{"url":"deathNotificationStatus","valueCodeableConcept":{"coding":[{"code":"%s"}]}},{"url":"systemEffectiveDate","valueDateTime":"2024-03-02"}]}]`
	const who = "9990000018 9990000026 | Okafor, Ada Mary (Mrs) female born 29-Feb-1980 "
	const where = " | 2 Spon Street, Coventry CV1 3BB 024 7696 0002 | Y99001 false"
	for _, test := range []struct{ name, sent, want string }{
		{"living", fmt.Sprintf(ada, "U", ""), who + "died  false" + where},
		{"restricted", fmt.Sprintf(ada, "R", ""), who + "died  false |    | Y99001 true"},
		{"very restricted", fmt.Sprintf(ada, "V", ""), who + "died  false |    | Y99001 true"},
		{"redacted", fmt.Sprintf(ada, "REDACTED", ""), who + "died  false |    | Y99001 true"},
		{"dead", fmt.Sprintf(ada, "U", fmt.Sprintf(death, "2")), who + "died 01-Mar-2024 false" + where},
		{"informally dead", fmt.Sprintf(ada, "U", fmt.Sprintf(death, "1")), who + "died 01-Mar-2024 true" + where},
		{"dead without a date", fmt.Sprintf(ada, "U", `,"deceasedBoolean":true`), who + "died date not sent false" + where},
		{"said to live", fmt.Sprintf(ada, "U", `,"deceasedBoolean":false`), who + "died  false" + where},
		{"minimal", `{"resourceType":"Patient","id":"x","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"}]}`, "9990000034 | ,  ()  born  died  false |    |  false"},
		{"dirty", `{"resourceType":"Patient","id":9990000034,"name":"Ada Okafor","address":"Spon Street","telecom":"024","generalPractitioner":"A"}`, "9990000034 | Ada Okafor,  ()  born  died  false | Spon Street   |  false"},
	} {
		p, err := fhir.DecodePerson(strings.NewReader(test.sent))
		if got := told(p); err != nil || got != test.want {
			t.Errorf("%s: %v\n got %s\nwant %s", test.name, err, got, test.want)
		}
	}
}

func TestDecodePersonRefuses(t *testing.T) {
	var outcome *fhir.Outcome
	for _, test := range []struct {
		name, sent string
		want       error
	}{
		{"no number", `{"resourceType":"Patient","id":"1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"}]}`, fhir.ErrNoNumber},
		{"broken", `{"resourceType":"Patient"`, fhir.ErrUnreadable},
		{"two", `{"resourceType":"Patient","id":"9990000018"}{}`, fhir.ErrUnreadable},
		{"another type", `{"resourceType":"Person","id":"9990000018"}`, fhir.ErrUnreadable},
		{"modifier", `{"resourceType":"Patient","id":"9990000018","modifierExtension":[{"url":"x"}]}`, fhir.ErrUnreadable},
		{"huge", `{"resourceType":"Patient","id":"9990000018","x":"` + strings.Repeat("x", 3<<20) + `"}`, fhir.ErrUnreadable},
	} {
		if _, err := fhir.DecodePerson(strings.NewReader(test.sent)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	const notFound = `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"not-found","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"RESOURCE_NOT_FOUND","display":"SECRET"}]}}]}`
	_, err := fhir.DecodePerson(strings.NewReader(notFound))
	if !errors.As(err, &outcome) || !outcome.Has("RESOURCE_NOT_FOUND") || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("not found: %v", err)
	}
	if outcome, err = fhir.DecodeOutcome(strings.NewReader(notFound)); err != nil || outcome.Issues[0].Spine != "RESOURCE_NOT_FOUND" || outcome.Issues[0].Text != "SECRET" {
		t.Errorf("%v %v", outcome, err)
	}
	if _, err = fhir.DecodeOutcome(strings.NewReader(`{"resourceType":"Bundle"}`)); !errors.Is(err, fhir.ErrUnreadable) {
		t.Error(err)
	}
}

func TestDecodeMatches(t *testing.T) {
	const tooMany = `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"multiple-matches","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"TOO_MANY_MATCHES"}]}}]}`
	const invalid = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode","code":"INVALID_SEARCH_DATA"}]}}]}`
	people, many, err := fhir.DecodeMatches(strings.NewReader(bundle(fmt.Sprintf(ada, "R", ""), `{"resourceType":"Patient","id":"9990000034"}`)))
	if err != nil || many || len(people) != 2 || !people[0].Restricted || people[0].Postcode != "" || people[1].Number.Digits() != "9990000034" {
		t.Errorf("%v %v %v", people, many, err)
	}
	if people, many, err = fhir.DecodeMatches(strings.NewReader(bundle())); err != nil || many || len(people) != 0 {
		t.Errorf("none: %v %v %v", people, many, err)
	}
	if people, many, err = fhir.DecodeMatches(strings.NewReader(tooMany)); err != nil || !many || len(people) != 0 {
		t.Errorf("too many: %v %v %v", people, many, err)
	}
	var outcome *fhir.Outcome
	if _, _, err = fhir.DecodeMatches(strings.NewReader(invalid)); !errors.As(err, &outcome) || !outcome.Has("INVALID_SEARCH_DATA") {
		t.Errorf("outcome: %v", err)
	}
	if _, _, err = fhir.DecodeMatches(strings.NewReader(bundle(`{"resourceType":"Patient","id":"1"}`))); !errors.Is(err, fhir.ErrNoNumber) {
		t.Errorf("no number: %v", err)
	}
}

// The published examples of the demographics service are all understood.
func TestPublishedDemographics(t *testing.T) {
	files(t, func(t *testing.T, path string, data []byte) {
		bundle, entries, ok := plainly(data)
		switch kind := bundle["resourceType"]; {
		case !ok:
			return
		case kind == "Patient":
			p, err := fhir.DecodePerson(bytes.NewReader(data))
			if err != nil && !errors.Is(err, fhir.ErrNoNumber) {
				t.Error(err)
			}
			if p.Restricted && (p.Postcode != "" || p.Phone != "" || p.Address != nil) {
				t.Errorf("restricted, and says where: %s", told(p))
			}
		case kind == "OperationOutcome":
			if o, err := fhir.DecodeOutcome(bytes.NewReader(data)); err != nil || o.Issues[0].Code == "" {
				t.Errorf("%+v %v", o, err)
			}
		case kind == "Bundle" && strings.HasPrefix(filepath.Base(filepath.Dir(path)), "searchResponses"):
			if people, _, err := fhir.DecodeMatches(bytes.NewReader(data)); !errors.Is(err, fhir.ErrNoNumber) && (err != nil || len(people) != entries) {
				t.Errorf("%d of %d people: %v", len(people), entries, err)
			}
		}
	}, "nhs/personal-demographics-service-api")
}

func TestPersonPractice(t *testing.T) {
	p, err := fhir.DecodePerson(strings.NewReader(`{"resourceType":"Patient","id":"9990000018","generalPractitioner":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organisation-code","value":"Y99003"}},{"identifier":{"system":"other","value":"Y99001"}}]}`))
	if err != nil || p.Practice != nhs.ODSCode("Y99003") {
		t.Error(p.Practice, err)
	}
}
