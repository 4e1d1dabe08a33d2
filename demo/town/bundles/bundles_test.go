package bundles

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// small is a bundle as the generators of synthetic patients make them.
var small = `{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Ortiz186","given":["Milton509"],"prefix":["Mr."]}],"gender":"male","birthDate":"1997-06-11",
 "identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-11-2222"}],"address":[{"line":["1033 Skiles Way"]}]}},
{"fullUrl":"urn:uuid:o","resource":{"resourceType":"Organization","id":"o","name":"Town Clinic"}},
{"fullUrl":"urn:uuid:e1","resource":{"resourceType":"Encounter","id":"e1","class":{"code":"AMB"},"period":{"start":"2019-01-01T09:00:00-05:00"},"subject":{"reference":"urn:uuid:p","display":"Mr. Milton509 Ortiz186"},"serviceProvider":{"reference":"urn:uuid:o"}}},
{"fullUrl":"urn:uuid:e2","resource":{"resourceType":"Encounter","id":"e2","class":{"code":"AMB"},"period":{"start":"2020-01-01T09:00:00-05:00"},"subject":{"reference":"urn:uuid:p"},"serviceProvider":{"reference":"urn:uuid:o"},
 "participant":[{"individual":{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999","display":"Dr. Allen322 Ferry570"}}]}},
{"fullUrl":"urn:uuid:e3","resource":{"resourceType":"Encounter","id":"e3","class":{"code":"EMER"},"period":{"start":"2021-03-01T09:00:00-05:00"},"subject":{"reference":"urn:uuid:p"},"serviceProvider":{"display":"Other"}}},
{"fullUrl":"urn:uuid:e4","resource":{"resourceType":"Encounter","id":"e4","class":{"code":"AMB"},"period":{"start":"2021-04-01T09:00:00-05:00"},"subject":{"reference":"urn:uuid:p"},"serviceProvider":{"display":"Other"}}},
{"fullUrl":"urn:uuid:l1","resource":{"resourceType":"Observation","id":"l1","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"Vitamin B12"},"encounter":{"reference":"urn:uuid:e3"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2021-03-01T10:00:00-05:00","valueQuantity":{"value":4.10}}},
{"fullUrl":"urn:uuid:r1","resource":{"resourceType":"DiagnosticReport","id":"r1","status":"final","code":{"text":"Bloods"},"encounter":{"reference":"urn:uuid:e3"},"subject":{"reference":"urn:uuid:p"},"result":[{"reference":"urn:uuid:l1","display":"Vitamin B12"}]}},
{"fullUrl":"urn:uuid:a1","resource":{"resourceType":"AllergyIntolerance","id":"a1","code":{"text":"Nuts"},"patient":{"reference":"urn:uuid:p"},"recordedDate":"2019-06-01T09:00:00-05:00"}},
{"fullUrl":"urn:uuid:m0","resource":{"resourceType":"Medication","id":"m0","code":{"text":"Drug"}}},
{"fullUrl":"urn:uuid:m1","resource":{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","medicationReference":{"reference":"urn:uuid:m0"},"subject":{"reference":"urn:uuid:p"},"encounter":{"reference":"urn:uuid:e3"},"authoredOn":"2021-03-01T10:00:00-05:00","reasonReference":[{"reference":"urn:uuid:c1"}]}},
{"fullUrl":"urn:uuid:c1","resource":{"resourceType":"Condition","id":"c1","code":{"text":"Asthma"},"subject":{"reference":"urn:uuid:p"},"encounter":{"reference":"urn:uuid:e1"}}},
{"fullUrl":"urn:uuid:d1","resource":{"resourceType":"DocumentReference","id":"d1","status":"current","type":{"text":"Note"},"subject":{"reference":"urn:uuid:p"},"context":{"encounter":[{"reference":"urn:uuid:e2"}]},"content":[{"attachment":{"contentType":"text/plain","data":"` +
	base64.StdEncoding.EncodeToString([]byte("Milton509\n saw Dr. Allen322 Ferry570 about B12.")) + `"}}]}},
{"fullUrl":"urn:uuid:x1","resource":{"resourceType":"Claim","id":"x1"}},
{"fullUrl":"urn:uuid:x2","resource":{"resourceType":"ExplanationOfBenefit","id":"x2"}}]}`

func split(t *testing.T, sent, digits string) (*Bundle, Split) {
	t.Helper()
	b, err := Read(strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	p := b.Person()
	if p.Number, err = nhs.ParseNumber(digits); err != nil {
		t.Fatal(err)
	}
	s, err := b.Split(p, today)
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

// where lists, by partner, the types that it holds.
func where(s Split) map[nhs.ODSCode]string {
	held := map[nhs.ODSCode]string{}
	for partner, file := range s.Files {
		var kinds []string
		for _, raw := range file {
			kind, _, _ := resource.Type(raw)
			kinds = append(kinds, kind)
		}
		held[partner] = strings.Join(kinds, " ")
	}
	return held
}

func TestEveryItemGoesWithItsEncounter(t *testing.T) {
	b, s := split(t, small, "9991000003")
	held := where(s)
	for partner, want := range map[nhs.ODSCode]string{
		Practice: "Patient Encounter Encounter AllergyIntolerance Condition DocumentReference",
		Acute:    "Patient Encounter Observation DiagnosticReport Medication MedicationRequest",
		second:   "Patient Encounter",
		Council:  "Patient EpisodeOfCare CareTeam",
	} {
		if !strings.HasPrefix(held[partner], want) {
			t.Errorf("%s holds %s, want first %s", partner, held[partner], want)
		}
	}
	if b.Dropped["Claim"] != 1 || b.Dropped["ExplanationOfBenefit"] != 1 || b.Dropped["Organization"] != 1 || b.Entries != 15 {
		t.Errorf("%d entries, dropped %v", b.Entries, b.Dropped)
	}
}

func TestNamesLoseTheirDigitsAndNothingElseDoes(t *testing.T) {
	b, s := split(t, small, "9991000003")
	if p := b.Person(); p.Name() != "Milton Ortiz" || p.Prefix != "Mr" || p.Lines[0] != "1033 Skiles Way" {
		t.Errorf("%+v", p)
	}
	all := fmt.Sprintf("%s", s.Files)
	for _, digits := range []string{"Milton509", "Ortiz186", "Allen322", "999-11-2222", "urn:uuid"} {
		if strings.Contains(all, digits) {
			t.Errorf("%s is still there", digits)
		}
	}
	note := base64.StdEncoding.EncodeToString([]byte("Milton\n saw Dr. Allen Ferry about B12."))
	for _, words := range []string{note, `"display":"Dr. Allen Ferry"`, "Vitamin B12", `"value":4.10`, `"display":"Town Clinic"`} {
		if !strings.Contains(all, words) {
			t.Errorf("%q is lost", words)
		}
	}
}

// What a partner does not hold becomes words.
func TestReferencesStayWithinThePartner(t *testing.T) {
	_, s := split(t, small, "9991000003")
	closed(t, s)
	if hospital := fmt.Sprintf("%s", s.Files[Acute]); !strings.Contains(hospital, `"reasonReference":[{"display":"Asthma"}]`) {
		t.Error("the reason for the prescription lost its words")
	}
}

func TestSameNumberSameSplit(t *testing.T) {
	_, a := split(t, small, "9991000003")
	_, b := split(t, small, "9991000003")
	if !reflect.DeepEqual(a, b) {
		t.Error("two splits differ")
	}
}

func TestInjectedItemsAreThere(t *testing.T) {
	_, s := split(t, small, "9991000003")
	kinds := map[string]int{}
	for _, in := range s.Injected {
		kinds[in.Kind]++
	}
	if kinds["exact-share"] != 1 || kinds["near-miss"] != 1 || kinds["copied-on-admission"] != 1 || kinds["discharge"] != 1 {
		t.Errorf("%v", kinds)
	}
	gp := fmt.Sprintf("%s", s.Files[Practice])
	if !strings.Contains(gp, "2021-03-02T10:00:00-05:00") || strings.Count(gp+fmt.Sprintf("%s", s.Files[Acute]), "laboratory-order") != 2 {
		t.Error("the shared and the repeated test are not as they should be")
	}
}

func TestUnusable(t *testing.T) {
	two := strings.Replace(small, `"resourceType":"Claim"`, `"resourceType":"Patient"`, 1)
	for sent, why := range map[string]string{
		"":                           "not JSON",
		small[:400]:                  "not JSON",
		`{"resourceType":"Patient"}`: "where a Bundle is wanted",
		`{"resourceType":"Bundle"}`:  "0 patients",
		two:                          "2 patients",
		`{"resourceType":"Bundle","entry":[{"resource":[]}]}`: "entry 1",
	} {
		if _, err := Read(strings.NewReader(sent)); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40s: %v, want %s", sent, err, why)
		}
	}
}

// A bundle that is not of the promised shape is read as far as it goes.
func TestOddShapes(t *testing.T) {
	for _, patient := range []string{
		`{"resourceType":"Patient"}`, `{"resourceType":"Patient","id":"1","name":"x","birthDate":1980,"address":[null],"deceasedBoolean":true}`,
		`{"resourceType":"Patient","id":"1","name":[{"text":"王 大明"}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`,
	} {
		sent := `{"resourceType":"Bundle","entry":[{},{"resource":` + patient + `},{"resource":{"resourceType":"Observation","code":[],"encounter":[],"subject":{"reference":5}}}]}`
		b, s := split(t, sent, "9991000003")
		if len(s.Files[Practice]) < 2 || b.Person().Family == "" {
			t.Errorf("%s: %v", patient, where(s))
		}
	}
}

// closed fails t unless every reference in a file points into that file.
func closed(t *testing.T, s Split) {
	t.Helper()
	for partner, file := range s.Files {
		held := map[string]bool{}
		for _, raw := range file {
			kind, id, _ := resource.Type(raw)
			if held[kind+"/"+id] {
				t.Errorf("%s holds %s/%s twice", partner, kind, id)
			}
			held[kind+"/"+id] = true
		}
		for _, raw := range file {
			var body map[string]any
			if err := json.Unmarshal(raw, &body); err != nil {
				t.Fatal(err)
			}
			walk(body, func(m map[string]any) {
				if ref, ok := m["reference"].(string); ok && !strings.HasPrefix(ref, "#") && !held[ref] {
					t.Errorf("%s: %s is not there", partner, ref)
				}
			})
		}
	}
}
