package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
)

// other is a Patient that is not the patient, but for what is said.
func other(id, number, family, given, born string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"family":%q,"given":[%q]}],"birthDate":%q,"gender":"female"}`,
		id, nhs.NumberSystem, number, family, given, born)
}

func latexFor(subject string) string {
	return `{"resourceType":"AllergyIntolerance","id":"x1","code":{"text":"Latex"},"patient":{"reference":"` + subject + `"}}`
}

// Whom a partner's answer is about, in the ways in which real records go
// wrong: it is shown, or withheld whole, said and recorded.
func TestP5_IdentityThroughTheApplication(t *testing.T) {
	const twin = "9990000433"
	for _, test := range []struct {
		name   string
		change func(*record.Person) // of the patient as the partner holds them
		items  []string
		want   record.State
		says   string
	}{
		{"held under a former number", func(p *record.Person) { p.Number = former }, nil, record.Answered, ""},
		{"a baby in a maternity answer", nil, []string{other("p2", "9990000441", patient.Family, "Baby", "2026-11-01")}, record.Answered, "Hospital RKB also sent 1 other person, left out"},
		{"a baby and its allergy", nil, []string{other("p2", "9990000441", patient.Family, "Baby", "2026-11-01"), latexFor("Patient/p2")}, record.IdentityCheckFailed, ""},
		{"the twin's allergy", nil, []string{other("p2", twin, patient.Family, "Beatrix", patient.Born.ISO()), latexFor("Patient/p2")}, record.IdentityCheckFailed, ""},
		{"the twin's, without a number", nil, []string{strings.Replace(other("p2", twin, patient.Family, "Beatrix", patient.Born.ISO()), `"identifier"`, `"was"`, 1), latexFor("Patient/p2")}, record.IdentityCheckFailed, ""},
		{"a former name", func(p *record.Person) { p.Family = "Nightingale" }, nil, record.Answered, "holds a different family name for this patient"},
		{"a former name and given name", func(p *record.Person) { p.Family, p.Given = "Nightingale", []string{"Otto"} }, nil, record.Answered, "holds a different family name and given name for this patient"},
		{"another gender", func(p *record.Person) { p.Gender = "male" }, nil, record.Answered, "holds a different gender for this patient"},
		{"a twin under the patient's number", func(p *record.Person) { p.Given = []string{"Beatrix"} }, nil, record.Answered, "holds a different given name for this patient"},
		{"another name and birth date", func(p *record.Person) { p.Family, p.Born = "Nightingale", record.ParseDate("1931-05-06") }, nil, record.IdentityCheckFailed, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, partnertest.Holds, partnertest.Holds)
			s := w.partners["RKB"]
			if test.change != nil {
				test.change(&s.Person)
			}
			s.Items = map[string][]string{"AllergyIntolerance": test.items}
			w.relate("RKB")
			b := w.as("ed.nurse")
			b.post("/search", url.Values{"nhs_number": {former.Digits()}})
			p := b.record()
			if got := p.Find("[data-partner=RKB]").AttrOr("data-state", ""); p.status != http.StatusOK || got != string(test.want) {
				t.Fatalf("%d, %s: %s", p.status, got, p.text())
			}
			failed := test.want == record.IdentityCheckFailed
			if shown := p.Find(`[data-entry] [data-source=RKB]`).Length() > 0; shown == failed {
				t.Errorf("its items are shown: %t", shown)
			}
			if said := strings.Contains(p.text(), "Identity check failed: Hospital RKB"); said != failed {
				t.Errorf("the page says that the identity check failed: %t", said)
			}
			if n := w.kinds()[audit.IdentityFailed]; (n == 1) != failed {
				t.Errorf("%d safety events", n)
			}
			if !strings.Contains(p.text(), test.says) {
				t.Errorf("the page does not say %q: %s", test.says, p.text())
			}
			for _, told := range []string{"Nightingale", "Beatrix", "Otto ", "1931", "Baby", "Latex"} {
				if strings.Contains(p.body, told) {
					t.Errorf("the page says %q", told)
				}
			}
			if p.Find("[data-partner=RLT]").AttrOr("data-state", "") != string(record.Answered) {
				t.Error("the other partner's answer suffered")
			}
		})
	}
}
