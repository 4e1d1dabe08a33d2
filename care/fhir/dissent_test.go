package fhir_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
)

func coded(id, code, more string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]}%s}`, id, code, more)
}

func on(day string) string { return `,"effectiveDateTime":"` + day + `"` }

func consentWith(more string) string {
	return `{"resourceType":"Consent","id":"k1","patient":{"reference":"Patient/p1"}` + more + `}`
}

// What a patient refused at a partner is heard whatever the role may see, and
// what is about something else is not.
func TestP3_DissentIsHeard(t *testing.T) {
	const (
		refused = "416409005"
		agreed  = "417528008"
		active  = `,"status":"active","scope":{"coding":[{"code":"patient-privacy"}]}`
		deny    = active + `,"provision":{"type":"deny"`
	)
	for name, test := range map[string]struct {
		items []string
		want  string
	}{
		"nothing":                                {nil, ""},
		"a refusal":                              {[]string{coded("1", refused, on("2024-01-01"))}, refused},
		"a refusal without a date":               {[]string{coded("1", refused, ""), coded("2", agreed, on("2026-01-01"))}, refused},
		"agreed later":                           {[]string{coded("1", refused, on("2024-01-01")), coded("2", agreed, on("2024-01-02"))}, ""},
		"agreed on the same day":                 {[]string{coded("1", refused, on("2024-01-01")), coded("2", agreed, on("2024-01-01"))}, refused},
		"agreed in the same year, perhaps later": {[]string{coded("1", refused, on("2024-03-01")), coded("2", agreed, on("2024"))}, refused},
		"refused again":                          {[]string{coded("1", agreed, on("2024-01-02")), coded("2", refused, on("2024-01-01")), coded("3", refused, on("2025-01-01"))}, refused},
		"agreed alone":                           {[]string{coded("1", agreed, on("2024-01-02"))}, ""},
		"recorded in error":                      {[]string{strings.Replace(coded("1", refused, ""), "final", "entered-in-error", 1)}, ""},
		"of the national record":                 {[]string{coded("1", "416308001", "")}, ""},
		"a code of another system":               {[]string{strings.Replace(coded("1", refused, ""), "snomed.info", "other.example", 1)}, ""},
		"as a problem":                           {[]string{strings.Replace(coded("1", refused, ""), "Observation", "Condition", 1)}, refused},
		"a Consent":                              {[]string{consentWith(deny + `}`)}, "Consent"},
		"a Consent for treatment":                {[]string{consentWith(deny + `,"purpose":[{"code":"TREAT"}]}`)}, "Consent"},
		"a Consent about research":               {[]string{consentWith(deny + `,"purpose":[{"code":"HRESCH"}]}`)}, ""},
		"a Consent to research":                  {[]string{consentWith(strings.Replace(deny, "patient-privacy", "research", 1) + `}`)}, ""},
		"an advance directive":                   {[]string{consentWith(strings.Replace(deny, "patient-privacy", "adr", 1) + `}`)}, ""},
		"a Consent that permits":                 {[]string{consentWith(strings.Replace(deny, "deny", "permit", 1) + `}`)}, ""},
		"a Consent that is over":                 {[]string{consentWith(deny + `,"period":{"end":"2025-12-31"}}`)}, ""},
		"a Consent that will be":                 {[]string{consentWith(deny + `,"period":{"end":"2026-12-31"}}`)}, "Consent"},
		"a Consent withdrawn":                    {[]string{consentWith(strings.Replace(deny, "active", "inactive", 1) + `}`)}, ""},
		"a Consent by its policy":                {[]string{consentWith(active + `,"policyRule":{"coding":[{"code":"OPTOUT"}]}`)}, "Consent"},
		"a Consent by its category":              {[]string{consentWith(active + `,"category":[{"coding":[{"system":"http://snomed.info/sct","code":"416409005"}]}]`)}, "Consent"},
		"a Consent not to be read in part":       {[]string{consentWith(active + `,"modifierExtension":[{"url":"https://example.org/x","valueBoolean":true}]`)}, "Consent"},
		"a Consent of an older release":          {[]string{consentWith(`,"status":"active"`)}, ""},
		"agreed, and a Consent that denies":      {[]string{consentWith(deny + `}`), coded("2", agreed, on("2026-01-01"))}, "Consent"},
	} {
		t.Run(name, func(t *testing.T) {
			a := fhir.NewAnswer(record.Source{Code: "RKB", Kind: record.Acute}, record.Scope{record.Allergies: record.Everything}, fhir.Limit{})
			for _, item := range test.items { // a page each
				if _, err := a.Read(strings.NewReader(`{"resourceType":"Bundle","entry":[{"resource":` + item + `}]}`)); err != nil {
					t.Fatal(err)
				}
			}
			if got := a.Dissents(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))[""]; string(got) != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if r := a.Result(); r.Resources() != len(test.items) {
				t.Errorf("%+v: of %d items", r, len(test.items))
			}
			if s := a.Subjects(); len(test.items) > 0 && (len(s) != 1 || s[0].Reference != "Patient/p1" || s[0].Items != len(test.items)) {
				t.Errorf("whom they are about: %+v", s)
			}
		})
	}
}
